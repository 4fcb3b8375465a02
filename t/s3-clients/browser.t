#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A page in Chromium: uploads with progress, and downloads from another origin
# in proxy mode, with the recipe "CORS in proxy mode" of docs/recipes.md;
# images and links through redirects; and the requests that a redirect does
# not allow. S3 on Outposts does not support CORS, and its stand-in does not
# either.

use strict;
use warnings;

use File::Temp ();
use JSON::PP ();
use MIME::Base64 qw(encode_base64 decode_base64);
use Test::More;

use S3O::Clients qw(versions);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(spawn stop_process process_exited wait_until slurp
    find_program);
use S3O::SigV4 ();

BAIL_OUT('chromium is not installed: run "make test-clients"')
    unless find_program('chromium');

my $t = S3O::Nginx->new(log_level => 'info');
my $s3 = S3O::Outpost->reachable()->start();

$s3->known_to($t);
$t->write_file('htpasswd', "alice:{PLAIN}secret\n", 0644);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    # the page

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        s3o_presign  off;

        location = /page.html {
            root  %%TESTDIR%%;
            types {
                text/html  html;
            }
        }

        location = /done {
            access_log  %%TESTDIR%%/done.log;
            return      204;
        }

        # the same origin: no CORS is needed, except after a redirect

        location /same/ {
            s3o_presign          proxy;
            s3o_presign_methods  GET PUT;
            proxy_pass           http://127.0.0.1:%%OUTPOST%%;
        }

        location /redirected/ {
            s3o_presign           redirect;
            s3o_presign_methods   GET PUT;
            client_max_body_size  0;
        }
    }

    # the files

    map $http_origin $cors_origin {
        http://127.0.0.1:%%PORT_8080%%  $http_origin;
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location /files/ {
            if ($request_method = OPTIONS) {
                add_header  Access-Control-Allow-Origin   $cors_origin;
                add_header  Access-Control-Allow-Methods  "GET, PUT";
                add_header  Access-Control-Allow-Headers
                            "Authorization, Content-Type, Range";
                add_header  Access-Control-Max-Age        600;
                return      204;
            }

            add_header  Access-Control-Allow-Origin    $cors_origin always;
            add_header  Access-Control-Expose-Headers  "Content-Range, ETag"
                                                       always;
            add_header  Vary                           Origin always;

            auth_basic            files;
            auth_basic_user_file  %%TESTDIR%%/htpasswd;

            s3o_presign                 proxy;
            s3o_presign_methods         GET HEAD PUT;
            s3o_presign_signed_headers  content-type;
            client_max_body_size        10m;
            proxy_request_buffering     off;
            proxy_pass                  http://127.0.0.1:%%OUTPOST%%;
        }

        # a server that sends no CORS headers

        location /silent/ {
            s3o_presign          proxy;
            s3o_presign_methods  GET HEAD PUT;
            proxy_pass           http://127.0.0.1:%%OUTPOST%%;
        }

        location /images/ {
            s3o_presign  redirect;
        }
    }
}

EOC

my $size = 3_000_000;
my $png = decode_base64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4'
    . '2mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==');

$s3->put_object('pixel.png', $png, 'Content-Type' => 'image/png');
$s3->put_object('text', 'text', 'Content-Type' => 'text/plain');
$s3->put_object('page.html', '<title>an object</title>',
                'Content-Type' => 'text/html');

my %uri = (FILES => 'http://127.0.0.1:' . $t->port(8081), SIZE => $size,
           AUTH => 'Basic ' . encode_base64('alice:secret', ''));

my $page = <<'EOC';
<!DOCTYPE html>
<title>a page</title>
<script>
const files = '@FILES@', auth = '@AUTH@', size = @SIZE@, found = {};
const data = new Uint8Array(size).map((_, i) => i * 7 + (i >> 8));

async function step(name, run) {
    try {
        found[name] = await run();
    } catch (error) {
        found[name] = 'refused: ' + error.name;
    }
}

function upload(url) {
    return new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest(), seen = [];
        xhr.upload.onprogress = (e) => seen.push([e.loaded, e.total]);
        xhr.onload = () => resolve({status: xhr.status, seen: seen,
                                    etag: xhr.getResponseHeader('ETag')});
        xhr.onerror = () => reject(new TypeError('xhr'));
        xhr.open('PUT', url);
        xhr.setRequestHeader('Authorization', auth);
        xhr.setRequestHeader('Content-Type', 'application/x-test');
        xhr.send(new Blob([data]));
    });
}

async function get(url, headers) {
    const r = await fetch(url, {headers: headers || {}});
    const bytes = new Uint8Array(await r.arrayBuffer());
    return {status: r.status, length: bytes.length, redirected: r.redirected,
            same: bytes.length === size && bytes.every((b, i) => b === data[i]),
            text: bytes.length < 10 ? new TextDecoder().decode(bytes) : '',
            range: r.headers.get('Content-Range'), etag: r.headers.get('ETag')};
}

function image(url) {
    return new Promise((resolve, reject) => {
        const img = new Image();
        img.onload = () => resolve(img.naturalWidth + 'x' + img.naturalHeight);
        img.onerror = () => reject(new TypeError('img'));
        img.src = url;
    });
}

function frame(url) {
    return new Promise((resolve) => {
        const f = document.createElement('iframe');
        f.onload = () => resolve('loaded');
        f.src = url;
        document.body.append(f);
    });
}

onload = async () => {
    const put = {method: 'PUT', body: 'text'};
    const signed = {Authorization: auth};

    await step('upload', () => upload(files + '/files/up'));
    await step('download', () => get(files + '/files/up', signed));
    await step('range', () => get(files + '/files/text',
                                  {...signed, Range: 'bytes=1-2'}));
    await step('no password', () => get(files + '/files/text'));
    await step('fetch put', async () => (await fetch(files + '/files/fetch',
        {...put, headers: signed})).status);
    await step('no cors', () => get(files + '/silent/text'));
    await step('no cors put', async () =>
        (await fetch(files + '/silent/x', put)).status);
    await step('same origin', async () =>
        (await fetch('/same/same', put)).status);
    await step('image', () => image(files + '/images/pixel.png'));
    await step('frame', () => frame(files + '/images/page.html'));
    await step('redirected get', () => get('/redirected/text'));
    await step('redirected put', async () =>
        (await fetch('/redirected/redirected', put)).status);

    await fetch('/done?' + btoa(JSON.stringify(found)).replace(/=/g, ''));
};
</script>
<body></body>
EOC

$page =~ s/\@(\w+)\@/$uri{$1}/g;
$t->write_file('page.html', $page, 0644);

note(versions('chromium'));

my $found = visit('http://127.0.0.1:' . $t->port(8080) . '/page.html');

uploads();
downloads();
elsewhere();

$t->done();


# opens the page and returns its results

sub visit {
    my ($url) = @_;

    my $profile = File::Temp->newdir('s3o-chromium-XXXXXXXX', TMPDIR => 1);
    my $log = $t->testdir() . '/chromium.log';

    my $pid = spawn(
        cmd => [find_program('chromium'), '--headless', '--no-sandbox',
                '--disable-gpu', '--disable-quic', '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update', '--disable-sync',
                '--disable-dev-shm-usage', '--no-proxy-server',
                '--remote-debugging-port=0', "--user-data-dir=$profile", $url],
        env => { HOME => "$profile", DBUS_SESSION_BUS_ADDRESS => 'disabled:' },
        stdout => $log, stderr => $log);

    my $line;

    wait_until(sub {
        return 1 if process_exited($pid);
        ($line) = slurp($t->testdir() . '/done.log') =~ m{/done\?([\w+/]+) };
        return defined $line;
    }, 300);

    stop_process($pid, timeout => 10);

    return JSON::PP->new->decode(decode_base64($line)) if defined $line;

    diag(slurp($log));
    return {};
}


sub status_of {
    my ($key) = @_;

    return $s3->object($key) ? 'stored' : 'missing';
}


sub uploads {
    my $up = $found->{upload};
    my $object = $s3->object('up') // { size => 0, headers => {} };

    $up = { status => $up, seen => [] } unless ref $up;

    is("$up->{status} $object->{size}", "200 $size",
       'XMLHttpRequest uploads to another origin');
    is($object->{headers}{'content-type'}, 'application/x-test',
       'the upload has the type that the page sends');
    is($up->{etag}, "\"$object->{etag}\"", 'the page sees the ETag');

    my @seen = @{ $up->{seen} };
    my @loaded = map { $_->[0] } @seen;

    cmp_ok(scalar @seen, '>=', 1, 'the page gets the progress of an upload');
    is(join(' ', sort { $a <=> $b } @loaded), "@loaded", 'the progress grows');
    is(join(' ', @{ $seen[-1] // [] }), "$size $size",
       'the progress ends with the whole size');

    is($found->{'fetch put'}, 200, 'fetch() uploads as well');
    is(($s3->object('fetch') // {})->{body}, 'text',
       'the upload of fetch() is whole');
    is($found->{'same origin'}, 200, 'a page needs no CORS at its own origin');

    my @preflight = grep { /"OPTIONS / }
                    split /\n/, $t->read_file('access.log');

    cmp_ok(scalar @preflight, '>', 1, 'preflight requests came');
    is(scalar(grep { !/" 204 / && !m{/silent/} } @preflight), 0,
       'preflight requests were answered without a password');
}


sub downloads {
    my ($down, $range) = @{$found}{qw(download range)};

    ($down, $range) = map { ref $_ ? $_ : { status => $_ } } $down, $range;

    is($down->{status}, 200, 'fetch() downloads');
    ok($down->{same}, 'all bytes are the same');
    is("$range->{status} $range->{text}", '206 ex', 'a part of an object');
    is($range->{range}, 'bytes 1-2/4', 'the page sees which part it got');
    is(($found->{'no password'} || {})->{status}, 401,
       'the page can read a refusal');
}


sub elsewhere {
    is($found->{'no cors'}, 'refused: TypeError',
       'the page cannot read an answer without CORS headers');
    is($found->{'no cors put'}, 'refused: TypeError',
       'the browser sends no upload without CORS headers');
    is($found->{image}, '1x1', 'an image is shown through a redirect');
    is($found->{frame}, 'loaded', 'a page is shown through a redirect');

    my @got = map { "$_->{method} $_->{key}" } grep { $_->{form} eq 'query' }
              $s3->requests();

    is(join(' ', grep { /png/ } @got), 'GET pixel.png',
       'the URL of the redirect is valid');
    is($found->{'redirected get'}, 'refused: TypeError',
       'a script cannot read through a redirect');
    is($found->{'redirected put'}, 'refused: TypeError',
       'a script cannot upload through a redirect');
    is(status_of('redirected'), 'missing',
       'the upload through a redirect is not stored');
}
