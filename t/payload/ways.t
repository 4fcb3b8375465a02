#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Signed and streaming payloads of all sizes, in both algorithms, from a client
# that sends a length and from one that sends chunks, over HTTP/1.1 and HTTP/2,
# in one piece and in many, kept in memory, in a file, or passed on at once.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives streams form_of payload_of);
use S3O::SigV4 qw(EMPTY_SHA256);
use S3O::SigV4A qw(python_reason);

my $t = S3O::Nginx->new(log_level => 'info')->has(qw(curl http_v2));
my $s3 = S3O::Outpost->new(session_token => 'a/token+of=some/length',
                           sigv4a => !python_reason())->start();

$s3->known_to($t);

my $locations = join "\n", map {
    my $kind = $_;
    my $payload = directives($kind);

    <<"EOC" } kinds();

        location /$kind/memory/ {
            $payload
            client_body_buffer_size  8m;
            proxy_pass               http://up;
        }

        location /$kind/file/ {
            $payload
            client_body_in_file_only  clean;
            sendfile                  on;
            proxy_pass                http://up;
        }

        location /$kind/small/ {
            $payload
            client_body_buffer_size  1k;
            proxy_pass               http://up;
        }

        location /$kind/unbuffered/ {
            $payload
            proxy_request_buffering  off;
            proxy_pass               http://up;
        }

        location /$kind/unbuffered11/ {
            $payload
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_set_header         Connection "";
            proxy_pass               http://kept\$s3o_presign_uri;
        }
EOC

$t->subst(LOCATIONS => $locations);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    upstream kept {
        server     127.0.0.1:%%OUTPOST%%;
        keepalive  2;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET HEAD PUT POST DELETE;
    s3o_presign_multipart     on;
    %%TEST_OUTPOST%%

    client_max_body_size      3m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        %%LOCATIONS%%
    }
}

EOC

my @ways = qw(memory file small unbuffered unbuffered11);

for my $kind (kinds()) {
    for my $way (@ways) {
        sizes($kind, $way);
        slow($kind, $way);
        chunks($kind, $way);
        without_body($kind, $way);
        http2($kind, $way);
    }

    expect($kind, 'unbuffered');
    multipart($kind, 'unbuffered11');
}

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub body {
    my ($size) = @_;

    my $line = join '', map { chr(($_ * 7 + $size) % 256) } 1 .. 1021;

    return substr $line x ($size / 1021 + 1), 0, $size;
}


# Returns the status, the verdict of the Outpost, the form of the payload, and
# whether the object has the same bytes.

sub outcome {
    my ($kind, $r, $key, $body) = @_;

    my $last = $s3->last();
    my $there = $s3->object($key);
    my $form = form_of($last->{payload} // 'none', $body);

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict}, $form,
           !$there ? 'missing' : $there->{body} eq $body ? 'stored' : 'broken';
}


sub expected {
    my ($kind, $size) = @_;

    return '200 ok ' . ($size ? $kind : 'signed') . ' stored';
}


sub sizes {
    my ($kind, $way) = @_;

    for my $size (0, 1, 8191, 65535, 65536, 65537, 131072, 1048576, 2500000) {
        my $body = body($size);
        my $key = "$kind-$way-$size";
        my $r = $t->request(method => 'PUT', uri => "/$kind/$way/$key",
                            body => $body);

        is(outcome($kind, $r, $key, $body), expected($kind, $size),
           "$kind, $way: $size bytes");

        my $h = $s3->last()->{header};

        is($h->{'content-encoding'} // 'none',
           streams($kind) && $size ? 'aws-chunked' : 'none',
           "$kind, $way: $size bytes: content-encoding");
        is($h->{'x-amz-decoded-content-length'} // 'none',
           streams($kind) && $size ? $size : 'none',
           "$kind, $way: $size bytes: decoded length");
    }
}


sub slow {
    my ($kind, $way) = @_;

    my $c = $t->connect();
    my $body = body(70001);

    $c->write("PUT /$kind/$way/slow HTTP/1.1\r\nHost: a\r\n"
              . "Content-Length: 70001\r\n\r\n");

    for (my $off = 0; $off < 70001; $off += 10007) {
        $c->write(substr $body, $off, 10007);
        sleep 0.005;
    }

    is(outcome($kind, $c->read_response(), 'slow', $body),
       expected($kind, 1), "$kind, $way: a slow client");

    my $r = $c->request(uri => "/$kind/$way/slow");
    is("$r->{status} " . ($r->{body} eq $body), '200 1',
       "$kind, $way: the connection is kept");
    is($s3->last()->{payload}, EMPTY_SHA256,
       "$kind, $way: GET has the hash of an empty body");
    $c->close();
}


sub chunks {
    my ($kind, $way) = @_;

    my @parts = ('a', 'b' x 5000, 'c' x 200000);
    my $c = $t->connect();

    $s3->clear();
    $c->write("PUT /$kind/$way/chunked HTTP/1.1\r\nHost: a\r\n"
              . "Transfer-Encoding: chunked\r\n\r\n");
    sleep 0.02;

    for my $part (@parts) {
        $c->write(sprintf("%x\r\n%s\r\n", length $part, $part),
                  until_answer => 1);
    }

    $c->write("0\r\n\r\n", until_answer => 1);

    my $r = $c->read_response();

    is(outcome($kind, $r, 'chunked', join '', @parts), expected($kind, 1),
       "$kind, $way: chunks are gathered");
    is($s3->last()->{header}{'transfer-encoding'}, undef,
       "$kind, $way: a chunked body is sent with a length");

    $c->close();
}


sub without_body {
    my ($kind, $way) = @_;

    for my $method (qw(GET HEAD DELETE)) {
        $t->request(method => $method, uri => "/$kind/$way/slow");
        is($s3->last()->{verdict} . ' ' . $s3->last()->{payload},
           'ok ' . EMPTY_SHA256, "$kind, $way: $method");
    }

    # A body has no meaning for this method, but it is sent and signed
    # nevertheless.

    my $r = $t->request(method => 'DELETE', uri => "/$kind/$way/slow",
                        body => 'x' x 20000);
    is($s3->last()->{verdict} . ' ' . $s3->last()->{payload},
       'ok ' . sha256_hex('x' x 20000), "$kind, $way: DELETE with a body");
}


sub http2 {
    my ($kind, $way) = @_;

    my $url = 'http://127.0.0.1:' . $t->port(8081) . "/$kind/$way";

    for my $size (0, 1, 65537, 1048576) {
        my $body = body($size);
        my $r = curl("$url/h2-$size", upload => $body, timeout => 60,
                     args => ['--http2-prior-knowledge']);

        is(outcome($kind, $r, "h2-$size", $body), expected($kind, $size),
           "$kind, $way: HTTP/2, $size bytes");
    }

    my $r = curl("$url/h2-chunked", upload => body(300000), timeout => 60,
                 args => ['--http2-prior-knowledge', '-H', 'Content-Length:']);

    is(outcome($kind, $r, 'h2-chunked', body(300000)), expected($kind, 1),
       "$kind, $way: HTTP/2 without a length");
}


sub expect {
    my ($kind, $way) = @_;

    my $body = body(300000);
    my $r = $t->request(method => 'PUT', uri => "/$kind/$way/expected",
                        expect => 1, body => $body);

    is(outcome($kind, $r, 'expected', $body), expected($kind, 1),
       "$kind: Expect");
    is($r->{interim}[0]{status}, 100, "$kind: 100 is sent");
}


# Parts are streamed, but the list of parts is signed as a whole.

sub multipart {
    my ($kind, $way) = @_;

    my $uri = "/$kind/$way/parts";
    my $part = body(100000);
    my $list = '<CompleteMultipartUpload></CompleteMultipartUpload>';

    for ([POST => 'uploads', undef, EMPTY_SHA256],
         [PUT => 'partNumber=1&uploadId=x', $part,
          payload_of($kind, $part)],
         [POST => 'uploadId=x', $list, sha256_hex($list)],
         [DELETE => 'uploadId=x', undef, EMPTY_SHA256])
    {
        my ($method, $query, $body, $payload) = @$_;

        $s3->next_response(200, [], '');
        $t->request(method => $method, uri => "$uri?$query", body => $body);

        is($s3->last()->{verdict} . ' ' . $s3->last()->{payload},
           "ok $payload", "$kind: $method ?$query");
    }
}
