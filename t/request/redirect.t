#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirects: status, headers, the body of the request, and the host in the
# URL.

use strict;
use warnings;

use Test::More;

use S3O::Judge qw(TOKEN static judge args_of);
use S3O::Nginx;
use S3O::Presigned qw(ARN HOST parse_url);
use S3O::Process qw(capture find_program);

my $t = S3O::Nginx->new();

$t->subst(ARN => ARN, STATIC => static(), TEMPORARY => static('token'));

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        client_max_body_size  0;
        root                  %%TESTDIR%%/html;

        # a backend that waits for a body which does not come never answers

        client_body_timeout   1h;

        location /files/ {
            s3o_presign  redirect;
        }

        location /302/ {
            s3o_presign  redirect 302;
        }

        location /303/ {
            s3o_presign  redirect 303;
        }

        location /up/ {
            s3o_presign          redirect 307;
            s3o_presign_methods  GET PUT POST DELETE;
        }

        location /small/ {
            s3o_presign           redirect;
            s3o_presign_methods   PUT;
            client_max_body_size  1k;
        }

        location /token/ {
            s3o_presign  redirect;
            %%TEMPORARY%%
        }

        location /named/ {
            s3o_presign                 redirect;
            s3o_presign_methods         GET PUT;
            s3o_presign_signed_headers  content-type x-amz-meta-*
                                        x-amz-copy-source;
        }

        location /expires/ {
            s3o_presign  redirect;
            expires      1h;
        }

        location /added/ {
            s3o_presign  redirect;
            add_header   X-Added yes;
        }

        location /rewritten/ {
            s3o_presign              redirect;
            absolute_redirect        off;
            server_name_in_redirect  on;
            port_in_redirect         off;
        }

        # error_page replaces a refusal; it does not replace a redirect

        location /pages/ {
            s3o_presign  redirect;
            error_page   307 =200 /page.html;
            error_page   400 =444 /page.html;
            error_page   405 /page.html;
        }

        location = /page.html {
        }

        # local files first, and the Outpost for files that do not exist

        location /local/ {
            error_page  404 = @outpost;
        }

        location @outpost {
            s3o_presign  redirect;
        }
    }
}

EOC

mkdir $t->testdir() . '/html';
mkdir $t->testdir() . '/html/local';
$t->write_file('html/page.html', 'a page')
  ->write_file('html/local/here.txt', 'here');
$t->run();


# method, URI, status, the key that is signed

my @answers = (
    ['GET',    '/files/a/b.txt',      307, 'a/b.txt'],
    ['HEAD',   '/files/a/b.txt',      307, 'a/b.txt'],
    ['GET',    '/files/sp%20ace',     307, 'sp ace'],
    ['GET',    '/files/a%2Fb%2fc',    307, 'a/b/c'],
    ['GET',    '/files/a+b',          307, 'a+b'],
    ['GET',    '/files/q?a=1&b=2',    307, 'q'],
    ['GET',    '/302/x',              302, 'x'],
    ['HEAD',   '/302/x',              302, 'x'],
    ['GET',    '/303/x',              303, 'x'],
    ['GET',    '/up/x',               307, 'x'],
    ['PUT',    '/up/x',               307, 'x'],
    ['POST',   '/up/x',               307, 'x'],
    ['DELETE', '/up/x',               307, 'x'],
    ['GET',    '/rewritten/x',        307, 'x'],
    ['GET',    '/pages/x',            307, 'x'],
    ['GET',    '/token/x',            307, 'x'],
    ['GET',    '/local/missing/%31',  307, 'local/missing/1'],
    ['HEAD',   '/local/missing',      307, 'local/missing'],
);

for my $case (@answers) {
    my ($method, $uri, $status, $key) = @$case;

    my $r = $t->request(method => $method, uri => $uri);
    my $url = $r->{headers}{location}[0];

    is("$r->{status} " . judge($url, method => $method), "$status signed",
       "$method $uri is redirected with $status to a URL that S3 takes");
    is(parse_url($url)->{key}, $key, "$method $uri is for the key $key");
    is(join('|', map { "$_=" . ($r->{headers}{$_} // ['none'])->[0] }
                 qw(content-length cache-control content-type)),
       'content-length=0|cache-control=no-store|content-type=none',
       "$method $uri has no body and is not kept");
}

is($t->request(uri => '/local/here.txt')->{body}, 'here',
   'a local file is served');

# requests that are refused

my @refusals = (
    ['PUT',     '/files/x',            405],
    ['OPTIONS', '/files/x',            405],
    ['PATCH',   '/up/x',               405],
    ['PROPFIND', '/up/x',              405],
    ['GET',     '/files/',             400],
    ['GET',     '/files/%FF',          400],
    ['GET',     '/files/%01',          400],
    ['GET',     '/files/' . 'k' x 1025, 414],
    ['GET',     '/files/x?X-Amz-Date=1', 400],
    ['GET',     '/files/x?signature=1', 400],
    ['GET',     '/files/x?tagging',    400],
    ['PUT',     '/up/x?uploadId=1',    400],
    ['POST',    '/up/x?delete',        400],
    ['GET',     '/files/x?a=%zz',      400],
    ['GET',     '/pages/',             444],
    ['DELETE',  '/pages/x',            405],
);

for my $case (@refusals) {
    my ($method, $uri, $status) = @$case;

    my $r = $t->request(method => $method, uri => $uri);

    is($r->{status} . ($r->{headers}{location} ? ' and a URL' : ''), $status,
       "$method " . substr($uri, 0, 30) . " is refused with $status");
}

is($t->request(method => 'PUT', uri => '/files/x')->{headers}{allow}[0],
   'GET, HEAD', '405 says which methods are allowed');
like($t->request(method => 'DELETE', uri => '/pages/x')->{body}, qr/a page/,
     'error_page shows a page for 405');

# headers of the request

my @headers = (
    ['/files/x', ['X-Amz-Meta-A' => 'b'], 400],
    ['/files/x', ['x-amz-copy-source' => '/b/k'], 501],
    ['/files/x', ['X-Amz-Acl' => 'public-read'], 501],
    ['/files/x', ['X-Amz-Cf-Id' => 'a CDN', 'X-Amzn-Trace-Id' => 'Root=1',
                  'amz-sdk-request' => 'attempt=1', 'Cookie' => 'a=b'],
     'signed'],
    ['/files/x', ['x-amz-user-agent' => 'an SDK'], 400],
    ['/named/x', ['Content-MD5' => 'XUFAKrxLKna5cZ2REBfFkg=='], 'signed'],
    ['/named/x', ['X-Amz-Acl' => 'private'], 'signed'],
    ['/files/x', ['Authorization' => 'Basic eDp5'], 'signed'],
    ['/named/x', ['x-amz-security-token' => 'mine'], 400],
    ['/named/x', ['x-amz-copy-source-range' => 'bytes=0-1'], 501],
    ['/named/x', ['X-AMZ-Meta-A' => ' b  c '], 'signed'],
    ['/named/x', ['x-amz-meta-a' => 'b', 'X-Amz-Meta-A' => 'c'], 'signed'],
    ['/named/x', ['Content-Type' => 'text/plain', 'x-amz-meta-0' => '1'],
     'signed'],
    ['/named/x', ['x-amz-copy-source' => '/b/k'], 'signed'],
);

for my $case (@headers) {
    my ($uri, $headers, $expected) = @$case;

    my $r = $t->request(method => 'GET', uri => $uri, headers => $headers);
    my $url = $r->{headers}{location}[0];

    is($url ? judge($url, headers => $uri =~ /named/ ? $headers : [])
            : $r->{status}, $expected,
       "$uri with " . join(', ', @$headers) . ": $expected");
}

like(args_of($t->request(uri => '/named/x', headers => ['X-Amz-Meta-A' => 1])
             ->{headers}{location}[0])->{'X-Amz-SignedHeaders'},
     qr/^host;x-amz-meta-a$/, 'the URL says which headers are signed');

is(args_of($t->request(uri => '/token/x')->{headers}{location}[0])
   ->{'X-Amz-Security-Token'}, TOKEN,
   'a session token is a part of the URL');

my $r = $t->request(uri => '/expires/x');
is(join('|', @{ $r->{headers}{'cache-control'} }), 'max-age=3600',
   'expires replaces Cache-Control and adds none');
is($t->request(uri => '/added/x')->{headers}{'x-added'}[0], 'yes',
   'add_header adds to the answer');

# bodies without Expect are read and dropped, and the connection stays open

my %sizes = ('no byte' => 0, 'one byte' => 1, '64 kB' => 65536,
             '5 MiB' => 5 * 1024 * 1024);

for my $name (sort { $sizes{$a} <=> $sizes{$b} } keys %sizes) {
    my $c = $t->connect();
    my $body = 'x' x $sizes{$name};

    $r = $c->request(method => 'PUT', uri => '/up/x', body => $body);
    is("$r->{status} $r->{sent}", "307 $sizes{$name}",
       "PUT of $name is redirected and its body is read");
    is($c->request(uri => '/files/y')->{status}, 307,
       "PUT of $name: the connection takes a second request");
    $c->close();
}

my $c = $t->connect();
$r = $c->request(method => 'PUT', uri => '/up/x',
                 chunked => ['a' x 70000, 'b']);
is($r->{status}, 307, 'PUT of chunks is redirected');
is($c->request(uri => '/files/y')->{status}, 307,
   'PUT of chunks: the connection stays open');
$c->close();

$r = $t->request(method => 'PUT', uri => '/small/x', body => 'x' x 2000);
is($r->{status}, 413, 'client_max_body_size is still checked');

# with Expect the client sends its body to the new place only

for my $case (['GET', 'none'], ['PUT', 1], ['PUT', 5 * 1024 * 1024 * 1024]) {
    my ($method, $length) = @$case;

    $c = $t->connect(timeout => 60);
    $c->write("$method /up/x HTTP/1.1\r\nHost: localhost\r\n"
              . "Expect: 100-continue\r\n"
              . ($length eq 'none' ? '' : "Content-Length: $length\r\n")
              . "\r\n");
    $r = $c->read_response(interim => 1) // {};

    is(join(' ', $r->{status} // 'no answer',
            @{ $r->{headers}{connection} // [] }),
       $length eq 'none' ? '307 keep-alive' : '307 close',
       "$method with Expect and a length of $length gets a redirect at once");
    is(judge($r->{headers}{location}[0], method => $method), 'signed',
       "$method with Expect: S3 accepts the URL");
    $c->close();
}

$c = $t->connect();
$c->write("PUT /up/x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
          . "Transfer-Encoding: chunked\r\n\r\n");
$r = $c->read_response(interim => 1);
is("$r->{status} $r->{headers}{connection}[0]", '307 close',
   'PUT of chunks with Expect gets a redirect at once');
$c->close();

# HTTP/1.0, and several requests sent at once

like($t->http("GET /files/x HTTP/1.0\r\n\r\n"),
     qr{^HTTP/1.1 307 .*Location: https://\Q${\HOST}\E/x\?}s,
     'HTTP/1.0 without Host gets the same URL');

$c = $t->connect();
$c->write("GET /files/1 HTTP/1.1\r\nHost: a\r\n\r\n"
          . "HEAD /files/2 HTTP/1.1\r\nHost: a\r\n\r\n"
          . "GET /files/3 HTTP/1.1\r\nHost: a\r\n\r\n");
is(join(' ', map { judge($c->read_response(method => 'HEAD')
                         ->{headers}{location}[0],
                         method => $_ == 2 ? 'HEAD' : 'GET') } 1 .. 3),
   'signed signed signed', 'three requests sent at once');
$c->close();

SKIP: {
    my $reason = $t->missing('http_v2') || $t->missing('curl');

    $reason ||= 'curl has no HTTP/2'
        unless (capture(['curl', '--version']))[1] =~ /HTTP2/;
    skip $reason, 8 if $reason;

    http2();
}

# signature and token stay out of the logs

my $log = join "\n", $t->log_errors();
unlike($log, qr/X-Amz-Signature|X-Amz-Security-Token|\Q${\TOKEN}\E/,
       'the error log has no signature and no token');
unlike($t->read_file('access.log'), qr/X-Amz-Signature|Token=/,
       'the access log has no signature and no token');

$t->done();


# curl drops the answer to an upload when the stream is reset (RST_STREAM)
# before the body is sent, so nginx reads small bodies first

sub http2 {
    my $base = 'http://127.0.0.1:' . $t->port(8081);

    for my $case (['GET', '/files/h2', undef], ['HEAD', '/files/h2', undef],
                  ['PUT', '/up/h2', 0], ['PUT', '/up/h2', 1],
                  ['PUT', '/up/h2', 60000], ['PUT', '/up/h2', 65536])
    {
        my ($method, $uri, $size) = @$case;

        $t->write_file('upload', 'x' x $size) if defined $size;

        my @upload = defined $size ? ('-T', $t->testdir() . '/upload')
                     : $method eq 'HEAD' ? '-I' : ();

        my ($status, $out) = capture(['curl', '-s', '-m', 60, '-i',
            '--http2-prior-knowledge', @upload, "$base$uri"]);
        my ($url) = $out =~ /^location: (\S+)\r$/m;

        is(join(' ', $status, $out =~ m{^HTTP/2 (\d+)},
                judge($url, method => $method)), '0 307 signed',
           "HTTP/2, $method" . (defined $size ? " of $size bytes" : '')
           . ' is redirected');
    }

    my $reason = $t->missing('nghttp');
    skip $reason, 2 if $reason;

    $t->write_file('upload', 'x' x (5 * 1024 * 1024));

    my ($status, $out) = capture(['nghttp', '-v', '-d',
        $t->testdir() . '/upload', '-H', ':method: PUT', "$base/up/h2"]);
    my ($url) = $out =~ /location: (\S+)/;

    like($out, qr/:status: 307/, 'HTTP/2, PUT of 5 MiB is redirected');
    is(judge($url, method => 'PUT'), 'signed', 'HTTP/2: S3 accepts the URL');
}
