#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Bodies of 0 bytes to 64 MiB that nginx carries to and from a real S3 server:
# buffered and streamed, with a length and in chunks, over HTTP/1.1 and HTTP/2.

use strict;
use warnings;

use Digest::SHA ();
use Test::More;

use S3O::BodyFile qw(make_file sum);
use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;

my $t = S3O::Nginx->new(log_level => 'info')
                  ->has(qw(radosgw curl http_v2));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    log_format  size  '$request_method $uri $request_length $bytes_sent';

    upstream outpost {
        server     127.0.0.1:%%OUTPOST%%;
        keepalive  4;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        client_max_body_size  100m;
        proxy_http_version    1.1;
        proxy_set_header      Connection "";

        s3o_presign          proxy;
        s3o_presign_methods  GET HEAD PUT DELETE;

        location /buffered/ {
            proxy_pass  http://outpost$s3o_presign_uri;
        }

        location /streamed/ {
            proxy_buffering          off;
            proxy_request_buffering  off;
            proxy_pass               http://outpost$s3o_presign_uri;
        }

        # one connection to the Outpost for each request

        location /1.0/ {
            proxy_http_version       1.0;
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }

        # 8k of the body stay in memory

        location /unsigned/ {
            client_body_buffer_size  8k;
            proxy_request_buffering  off;
            proxy_pass               http://outpost$s3o_presign_uri;
        }

        location /signed/ {
            s3o_presign_payload      signed;
            client_body_buffer_size  8k;
            proxy_request_buffering  off;
            proxy_pass               http://outpost$s3o_presign_uri;
        }

        location /streaming/ {
            s3o_presign_payload      streaming;
            client_body_buffer_size  8k;
            proxy_request_buffering  off;
            proxy_pass               http://outpost$s3o_presign_uri;
        }

        location /redirected/ {
            s3o_presign           redirect;
            client_max_body_size  0;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $dir = $t->testdir();
my $MiB = 1_048_576;

for my $size (0, 1, $MiB, $MiB + 1, 64 * $MiB) {
    my $file = make_file("$dir/body", $size);
    my $name = $size < $MiB ? "$size bytes"
               : int($size / $MiB) . ' MiB' . ($size % $MiB ? ' + 1' : '');

    for my $way (qw(buffered streamed)) {
        transfer("$name, $way", "$base/$way/$size", $file);
    }

    # data that a test leaves on the server costs memory

    if ($size <= 2 * $MiB) {
        transfer("$name, HTTP/1.0", "$base/1.0/$size", $file);
        transfer("$name, redirected", "$base/redirected/$size", $file,
                 follow => 1);

        my $h2 = 'http://127.0.0.1:' . $t->port(8081);

        transfer("$name, HTTP/2, $_", "$h2/$_/$size", $file,
                 args => ['--http2-prior-knowledge']) for qw(buffered streamed);
    }

    curl("$base/buffered/$size", method => 'DELETE');
    unlink $file;
}

chunked();
broken_off();

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub transfer {
    my ($name, $url, $file, %o) = @_;

    my $back = "$dir/back";
    my $r = curl($url, %o, file => $file);
    is("$r->{exit} $r->{status}", '0 200', "$name: PUT")
        or diag("$r->{stderr} $r->{body}");

    $r = curl($url, %o, to => $back);
    is("$r->{exit} $r->{status} $r->{headers}{'content-length'}[0]",
       '0 200 ' . -s $file, "$name: GET") or diag($r->{stderr});
    is(sum($back), sum($file), "$name: all bytes are the same");

    unlink $back;

    is(curl($url, %o, method => 'HEAD')->{headers}{'content-length'}[0],
       -s $file, "$name: HEAD");
}


# S3 accepts no body without a length, so nginx reads the whole body first.

sub chunked {
    my $file = make_file("$dir/body", 300_000);
    my @chunked = (headers => ['Transfer-Encoding' => 'chunked']);

    my $h2 = 'http://127.0.0.1:' . $t->port(8081);

    for my $way (qw(buffered streamed 1.0 unsigned signed streaming)) {
        my $r = curl("$base/$way/chunked-$way", file => $file, @chunked);

        is($r->{status}, 200, "$way: chunks");
        is(Digest::SHA::sha256_hex(
               $s3->signed(key => "chunked-$way")->{body}),
           sum($file), "$way: arrive as one body");

        # curl does not know how much it will read

        $r = curl("$h2/$way/piped-$way", stdin => $file,
                  args => ['--http2-prior-knowledge']);

        is($r->{status}, 200, "$way: no length over HTTP/2");
        is(Digest::SHA::sha256_hex($s3->signed(key => "piped-$way")->{body}),
           sum($file), "$way: the same bytes arrive");
    }
}


# A refused upload is answered at once, and the connection cannot be used again.

sub broken_off {
    my $c = $t->connect();

    $c->write("PUT /streamed/half HTTP/1.1\r\nHost: localhost\r\n"
              . "Content-Length: 1000000\r\n\r\n" . 'x' x 1000);
    $c->close();

    # the server may see the end of the connection a moment later

    is($s3->signed(key => 'half')->{status}, 404,
       'half an upload is no object');
    is(curl("$base/streamed/half", upload => 'whole')->{status}, 200,
       'the next upload is accepted');
    is($s3->signed(key => 'half')->{body}, 'whole',
       'the next upload is stored as a whole');
}
