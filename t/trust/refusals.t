#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode: an error of the Outpost that repeats the canonical request or
# the token never reaches the client, and no other error is changed.

use strict;
use warnings;

use Compress::Zlib ();
use Test::More;

use S3O::Curl qw(curl);
use S3O::Judge qw(static);
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(capture slurp);
use S3O::Refusals qw(%refusal %error told faults body);

my @forms = qw(length chunked close drip early_code late_code);
my @ways = qw(plain unbuffered cached sendfile threads small);

my $t = S3O::Nginx->new();

$t->subst(ARN => ARN, CREDENTIALS => static('token'),
          OUTPOST => '127.0.0.1:' . $t->port(9000),
          AIO => $t->missing('threads') ? '' : 'aio threads; aio_write on;',
          HTTP2 => $t->missing('http_v2') ? '' : ' http2');

$t->write_file('page.html', "a page of the server\n");

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_methods       GET HEAD PUT;
    %%CREDENTIALS%%

    proxy_cache_path  %%TESTDIR%%/cache  keys_zone=zone:1m;

    log_format  result  $s3o_presign_result;
    access_log  %%TESTDIR%%/result.log  result;

    add_header  X-Cache  $upstream_cache_status always;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8082%%%%HTTP2%%;
        server_name  localhost;
        s3o_presign  proxy;

        location /plain/ {
            proxy_pass  http://%%OUTPOST%%;
        }

        location /unbuffered/ {
            proxy_buffering          off;
            proxy_request_buffering  off;
            proxy_pass               http://%%OUTPOST%%;
        }

        location /streaming/ {
            s3o_presign_payload  streaming;
            proxy_pass           http://%%OUTPOST%%;
        }

        location /asymmetric/ {
            s3o_presign_algorithm   sigv4a;
            s3o_presign_region_set  us-west-2;
            proxy_pass              http://%%OUTPOST%%;
        }

        location /small/ {
            proxy_buffer_size        4k;
            proxy_buffers            2 4k;
            proxy_busy_buffers_size  4k;
            proxy_pass               http://%%OUTPOST%%;
        }

        location /cached/ {
            proxy_cache        zone;
            proxy_cache_key    $s3o_presign_url;
            proxy_cache_valid  any 1m;
            proxy_pass         http://%%OUTPOST%%;
        }

        # bodies that the cache has stored come as files

        location /sendfile/ {
            sendfile           on;
            proxy_cache        zone;
            proxy_cache_key    $s3o_presign_url|sendfile;
            proxy_cache_valid  any 1m;
            proxy_pass         http://%%OUTPOST%%;
        }

        location /threads/ {
            %%AIO%%
            sendfile           off;
            output_buffers     2 4k;
            proxy_cache        zone;
            proxy_cache_key    $s3o_presign_url|threads;
            proxy_cache_valid  any 1m;
            proxy_pass         http://%%OUTPOST%%;
        }

        location /intercepted/ {
            proxy_intercept_errors  on;
            error_page              400 403 404 /page.html;
            proxy_pass              http://%%OUTPOST%%;
        }

        location /page/ {
            error_page  502 = /page.html;
            proxy_pass  http://%%OUTPOST%%;
        }

        location /named/ {
            error_page  502 503 @application;
            proxy_pass  http://%%OUTPOST%%;
        }

        location /gzip/ {
            gzip             on;
            gzip_types       application/xml;
            gzip_min_length  1;
            proxy_pass       http://%%OUTPOST%%;
        }

        location @application {
            s3o_presign  off;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }

        location = /page.html {
            s3o_presign  off;
            root         %%TESTDIR%%;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return  200 "an application\n";
        }
    }
}

EOC

$t->run_daemon(\&S3O::Refusals::outpost);
$t->waitforsocket($t->port(9000));
$t->run();

# errors that must be withheld

for my $way (@ways) {
    subtest "refusals, $way" => sub {
        for my $name (sort keys %refusal) {
            for my $form (@forms) {
                my $r = $t->request(uri => "/$way/$form/$name");

                is(faults($r), '', "$name, $form, is withheld");
                is($r->{status}, 502, "$name, $form: the client gets 502");
            }
        }
    };
}

for my $way (qw(streaming asymmetric)) {
    for my $name (qw(signature upper denied)) {
        my $r = $t->request(method => 'PUT', uri => "/$way/length/$name",
                            body => 'x' x 1000);
        is("$r->{status} " . faults($r), '502 ', "$way: $name is withheld");
    }
}

for my $way (@ways, 'page', 'named') {
    my $r = $t->request(method => 'PUT', uri => "/$way/length/mismatch",
                        body => 'x' x 100000);
    is(faults($r), '', "$way: the refusal of an upload is withheld");
}

my @kept = (['/plain/coded/mismatch', 403], ['/cached/coded/expired', 400],
            ['/plain/huge/no_code', 502], ['/cached/huge/AccessDenied', 403],
            ['/sendfile/huge/AccessDenied', 403],
            ['/sendfile/coded/expired', 400],
            ['/unbuffered/huge/EntityTooLarge', 400]);

for my $case (@kept) {
    my ($uri, $status) = @$case;

    my $r = $t->request(uri => $uri);
    is("$r->{status} " . faults($r), "$status ",
       "$uri: what cannot be looked at does not pass, its status is $status");
}

for my $way (@ways) {
    my $r = $t->request(uri => "/$way/broken/mismatch");
    is($r ? "$r->{status} " . faults($r) : 'no answer', '502 ',
       "$way: an error that breaks off is withheld");

    $r = $t->request(uri => "/$way/broken/AccessDenied");
    is($r ? "$r->{status} " . faults($r) : 'no answer', '502 ',
       "$way: an ordinary error that breaks off is withheld");
}

my $r = $t->request(uri => '/page/length/mismatch');
is("$r->{status} $r->{body}", "200 a page of the server\n",
   'error_page replaces the withheld error');
$r = $t->request(uri => '/named/length/expired');
is("$r->{status} $r->{body}", "502 an application\n",
   'error_page of an application replaces the withheld error');
$r = $t->request(uri => '/intercepted/length/mismatch');
is("$r->{status} $r->{body}", "403 a page of the server\n",
   'proxy_intercept_errors comes first');

# the connection of the client stays open

my $c = $t->connect();

for my $uri (qw(/plain/length/mismatch /cached/chunked/mismatch
                /named/drip/mismatch /unbuffered/close/mismatch))
{
    $r = $c->request(uri => $uri);
    is(($r->{headers}{connection} // [''])->[0], 'keep-alive',
       "after $uri the connection may be used again");
}

is($c->request(uri => '/plain/length/NoSuchKey')->{status}, 404,
   'a request on the same connection is answered');
$c->close();

# the answer to HEAD has no body, and puts no error into a cache

for my $way (@ways) {
    $r = $t->request(method => 'HEAD', uri => "/$way/head/mismatch");
    is("$r->{status} " . faults($r), '403 ', "$way: HEAD keeps its status");
}

SKIP: {
    my $reason = $t->missing('http_v2') || $t->missing('curl');
    skip $reason, 14 if $reason;

    for my $form (@forms) {
        $r = curl('http://127.0.0.1:' . $t->port(8082)
                  . "/plain/$form/mismatch",
                  args => ['--http2-prior-knowledge']);
        is("$r->{exit} $r->{status} " . faults($r), '0 502 ',
           "HTTP/2, $form: a refusal is withheld");

        $r = curl('http://127.0.0.1:' . $t->port(8082)
                  . "/unbuffered/$form/AccessDenied",
                  args => ['--http2-prior-knowledge']);
        is("$r->{exit} $r->{status} $r->{body}",
           '0 403 ' . body('AccessDenied', $form),
           "HTTP/2, $form: an ordinary error passes");
    }

    for my $way (qw(page named)) {
        $r = curl('http://127.0.0.1:' . $t->port(8082) . "/$way/length/expired",
                  args => ['--http2-prior-knowledge']);
        like($r->{body}, qr/^an? (?:page of the server|application)$/,
             "HTTP/2, $way: an error_page");
    }
}

# errors that pass unchanged

for my $way (@ways) {
    subtest "errors, $way" => sub {
        for my $code (sort keys %error) {
            for my $form (@forms) {
                $r = $t->request(uri => "/$way/$form/$code");

                is("$r->{status} $r->{body}",
                   "$error{$code} " . body($code, $form),
                   "$code, $form, passes");
                is($r->{headers}{'x-amz-request-id'}[0], '4442587FB7D0A2F9',
                   "$code, $form: the headers pass");

                next unless $way eq 'cached';

                $r = $t->request(uri => "/$way/$form/$code");
                is("$r->{headers}{'x-cache'}[0] $r->{status} $r->{body}",
                   "HIT $error{$code} " . body($code, $form),
                   "$code, $form: the cache has the same error");
            }
        }
    };
}

for my $case (['/plain/huge/NoSuchKey', 404], ['/plain/coded/NoSuchKey', 404],
              ['/plain/empty/AccessDenied', 403],
              ['/unbuffered/empty/AccessDenied', 403],
              ['/cached/empty/AccessDenied', 403],
              ['/cached/empty/AccessDenied', 403])
{
    my ($uri, $status) = @$case;
    my ($form, $code) = $uri =~ m{^/\w+/(\w+)/(\w+)};

    $r = $t->request(uri => $uri);
    is("$r->{status} $r->{body}", "$status " . body($code, $form),
       "$uri passes");
}

$r = $t->request(method => 'HEAD', uri => '/plain/head/NoSuchKey');
is("$r->{status} $r->{headers}{'content-length'}[0]",
   '404 ' . length body('NoSuchKey', 'head'), 'HEAD of an error passes');

$r = $t->request(uri => '/gzip/length/AccessDenied',
                 headers => ['Accept-Encoding' => 'gzip']);
is(Compress::Zlib::memGunzip($r->{body}), body('AccessDenied', 'length'),
   'an error that was held back may be compressed');

# the log has the code of the error, and nothing else of it

$t->error_log_like(qr/\[error\].*s3o_presign:\ the\ Outpost\ answered\ 403
                      \ "SignatureDoesNotMatch",\ its\ body\ is\ withheld/x,
                   'the error log has the code of a refusal');
is(join("\n", grep { told($_) } $t->log_errors()), '',
   'the error log has nothing else of the refusal');
like($t->read_file('result.log'), qr/^refused$/m,
     '$s3o_presign_result says that a request was refused');

my @files = map { -f $_ ? $_ : () } cache_files();
cmp_ok(scalar @files, '>', 20, 'the cache has files');
is(join("\n", grep { told(slurp($_)) } @files), '',
   'no file of the cache has the signature or the token');
is(join("\n", grep { slurp($_) =~ /SignatureDoesNotMatch|ExpiredToken/ }
                   @files), '', 'no file of the cache is a refusal');

$t->done();


sub cache_files {
    return split /\n/, (capture(['find', $t->testdir() . '/cache', '-type',
                                 'f']))[1];
}
