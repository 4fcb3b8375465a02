#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Uploads in proxy mode: buffered, streamed, in chunks, with and without Expect,
# and in the framing of an SDK.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(capture slurp wait_until);

my $s3 = S3O::Outpost->new()->start();
my $t = S3O::Nginx->new();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET HEAD PUT;
    s3o_presign_multipart     on;
    %%TEST_OUTPOST%%

    client_max_body_size      3m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        location /buffered/ {
            proxy_pass  http://up;
        }

        location /file/ {
            client_body_in_file_only  clean;
            proxy_pass                http://up;
        }

        location /streamed/ {
            proxy_request_buffering  off;
            proxy_pass               http://up;
        }

        location /streamed11/ {
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_pass               http://up;
        }

        location /url/ {
            proxy_request_buffering  off;
            proxy_pass               http://up$s3o_presign_uri;
        }

        location /other/ {
            proxy_set_body  "another body of $request_method";
            proxy_pass      http://up;
        }

        location /none/ {
            proxy_pass_request_body  off;
            proxy_pass               http://up;
        }
    }
}

EOC

my @ways = qw(buffered file streamed streamed11 url);
my %sizes = (0 => 'no byte', 1 => 'one byte', 70000 => '70 kB',
             1048576 => '1 MiB');

sizes($_) for @ways;
chunks($_) for @ways;
expect($_) for @ways;
aws_chunked($_) for qw(buffered streamed);
early($_) for qw(buffered streamed11);
aborted();
replaced();

SKIP: {
    my $reason = $t->missing('http_v2') || $t->missing('curl');

    $reason ||= 'curl has no HTTP/2'
        unless (capture(['curl', '--version']))[1] =~ /HTTP2/;
    skip $reason, 8 if $reason;

    http2($_) for qw(buffered streamed);
}

$t->done();


# Returns the status of the answer, the verdict of the Outpost, and whether the
# object has the same bytes.

sub outcome {
    my ($r, $key, $body) = @_;

    my $last = $s3->last();
    my $there = $s3->object($key);

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict},
           !$there ? 'missing' : $there->{body} eq $body ? 'stored' : 'broken';
}


sub sizes {
    my ($way) = @_;

    for my $size (sort { $a <=> $b } keys %sizes) {
        my $body = join '', map { chr(($_ * 7 + $size) % 256) } 1 .. 1024;
        $body = substr $body x ($size / 1024 + 1), 0, $size;

        for my $version ('1.1', '1.0') {
            my $r = $t->request(method => 'PUT', uri => "/$way/$size-$version",
                                version => $version, body => $body);

            is(outcome($r, "$size-$version", $body), '200 ok stored',
               "$way: PUT of $sizes{$size} over HTTP/$version");
            is($s3->last()->{header}{'content-length'}, $size,
               "$way: the Outpost gets the length");
        }
    }

    # a slow client sends the body in small pieces

    my $c = $t->connect();

    $c->write("PUT /$way/slow HTTP/1.1\r\nHost: a\r\n"
              . "Content-Length: 9\r\n\r\n");
    sleep(0.01), $c->write($_) for qw(sl ow lyx ss);
    is(outcome($c->read_response(), 'slow', 'slowlyxss'), '200 ok stored',
       "$way: PUT in pieces");

    my $r = $c->request(uri => "/$way/slow");
    is("$r->{status} $r->{body}", '200 slowlyxss',
       "$way: the connection is kept");
    $c->close();

    $r = $t->request(method => 'PUT', uri => "/$way/large",
                     body => 'x' x 3200000);
    is($r->{status}, 413, "$way: client_max_body_size is obeyed");

    $r = $t->request(method => 'POST', uri => "/$way/part?uploads");
    is("$r->{status} " . $s3->last()->{verdict}, '200 ok',
       "$way: POST without a body");
}


# A body of unknown length: S3 does not accept it, so nginx reads the body first
# and sends it with a length.

sub chunks {
    my ($way) = @_;

    my @parts = ('a', 'b' x 5000, 'c' x 200000);
    my $c = $t->connect();

    $s3->clear();
    $c->write("PUT /$way/chunked HTTP/1.1\r\nHost: a\r\n"
              . "Transfer-Encoding: chunked\r\n\r\n");
    sleep 0.05;

    for my $part (@parts) {
        $c->write(sprintf("%x\r\n%s\r\n", length $part, $part),
                  until_answer => 1);
    }

    $c->write("0\r\n\r\n", until_answer => 1);

    my $r = $c->read_response();

    is(outcome($r, 'chunked', join '', @parts), '200 ok stored',
       "$way: a chunked body is stored");
    is($s3->last()->{header}{'content-length'}, 205001,
       "$way: a chunked body is sent with a length");
    is($s3->last()->{header}{'transfer-encoding'}, undef,
       "$way: a chunked body is not sent in chunks");

    $c->close();
}


# nginx answers Expect itself and does not pass it on.

sub expect {
    my ($way) = @_;

    my $body = 'y' x 300000;

    my $r = $t->request(method => 'PUT', uri => "/$way/expected", expect => 1,
                        body => $body);

    is(outcome($r, 'expected', $body), '200 ok stored',
       "$way: PUT with Expect");
    is($r->{interim}[0]{status}, 100, "$way: 100 is sent");
    is($s3->last()->{header}{expect}, undef, "$way: Expect is not passed on");

    $s3->clear();
    $r = $t->request(method => 'PUT', uri => "/$way/a?acl", expect => 1,
                     body => $body);
    is("$r->{status} " . scalar @{ $r->{interim} }, '501 0',
       "$way: a refused upload gets no 100");
}


# An upload in the framing of an SDK.  If its chunks were signed with a key that
# is not ours, the framing would be stored in the object.

sub aws_chunked {
    my ($way) = @_;

    my $chunk = '5;chunk-signature=' . '0' x 64 . "\r\nhello\r\n"
                . '0;chunk-signature=' . '0' x 64 . "\r\n\r\n";
    my $plain = "5\r\nhello\r\n0\r\n\r\n";
    my $trailer = "5\r\nhello\r\n0\r\n"
                  . "x-amz-checksum-sha256:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQz"
                  . "YpOLmCQ=\r\n\r\n";

    my @decoded = ('x-amz-decoded-content-length' => 5);

    for my $headers (
        ['Content-Encoding' => 'aws-chunked', @decoded],
        ['Content-Encoding' => 'AWS-Chunked, gzip', @decoded],
        ['x-amz-content-sha256' => 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
         @decoded],
        ['x-amz-content-sha256' =>
             'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
         'Content-Encoding' => 'aws-chunked', @decoded],
        ['X-Amz-Content-SHA256' =>
             'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', @decoded])
    {
        $s3->clear();
        $t->clear_log();

        my $r = $t->request(method => 'PUT', uri => "/$way/framed",
                            headers => $headers, body => $chunk);

        is("$r->{status} " . scalar(() = $s3->requests()), '501 0',
           "$way: @$headers: not stored");
        $t->error_log_like(qr/aws-chunked body/, "$way: the log says why");
    }

    # unsigned chunks are accepted, because nginx signs the headers of the
    # framing

    my @unsigned = ('Content-Encoding' => 'aws-chunked', @decoded,
                    'x-amz-content-sha256' =>
                        'STREAMING-UNSIGNED-PAYLOAD-TRAILER');

    for my $case ([$plain, []], [$trailer, ['x-amz-trailer' =>
                                            'x-amz-checksum-sha256']])
    {
        my ($body, $more) = @$case;

        my $r = $t->request(method => 'PUT', uri => "/$way/unframed$more",
                            headers => [@unsigned, @$more], body => $body);

        is(outcome($r, "unframed$more", 'hello'), '200 ok stored',
           "$way: unsigned chunks, @$more: S3 removes the framing");
        is($s3->last()->{payload}, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
           "$way: the payload hash names the framing");
    }

    # another encoding in the same header is no framing

    my $r = $t->request(method => 'PUT', uri => "/$way/gzip", body => 'hello',
                        headers => ['Content-Encoding' => 'gzip']);
    is(outcome($r, 'gzip', 'hello'), '200 ok stored', "$way: other encodings");
}


# The Outpost answers before it has read the body.

sub early {
    my ($way) = @_;

    $s3->next_response(status => 503, early => 1,
                       headers => ['Content-Type', 'application/xml'],
                       body => '<Error><Code>SlowDown</Code></Error>');

    my $r = $t->request(method => 'PUT', uri => "/$way/early",
                        body => 'x' x 2500000);

    # nginx may be writing the body and not see the answer

    like($r->{status}, qr/^50[23]$/, "$way: an early refusal is passed on");
    is($s3->last()->{verdict}, 'ok', "$way: the refused request was right");
    is($s3->object('early'), undef, "$way: nothing is stored");
}


# A client that goes away during an upload leaves no partial object.

sub aborted {
    for my $way (qw(buffered streamed11)) {
        $s3->clear();

        my $seen = $s3->heads();
        my $c = $t->connect();

        $c->write("PUT /$way/half HTTP/1.1\r\nHost: a\r\n"
                  . "Content-Length: 100000\r\n\r\n" . 'x' x 50000);
        $way eq 'buffered' ? sleep 0.1 : $s3->wait_heads($seen);
        $c->close();

        if ($way eq 'streamed11') {
            $s3->wait_requests(1);
            is($s3->last()->{verdict}, 'IncompleteBody',
               "$way: the Outpost sees an incomplete body");
        }

        is($s3->object('half'), undef, "$way: half a body is not stored");
    }
}


sub replaced {
    my $r = $t->request(method => 'PUT', uri => '/other/k', body => 'mine');
    is(outcome($r, 'k', 'another body of PUT'), '200 ok stored',
       'proxy_set_body');

    $r = $t->request(method => 'GET', uri => '/none/k');
    is("$r->{status} $r->{body}", '200 another body of PUT',
       'proxy_pass_request_body off');
}


sub http2 {
    my ($way) = @_;

    for my $size (1, 70000, 1048576, 2500000) {
        my $body = 'z' x $size;
        $t->write_file('upload', $body);

        my ($status, $out) = capture(['curl', '-s', '-m', 60, '-i', '-T',
            $t->testdir() . '/upload', '--http2-prior-knowledge',
            'http://127.0.0.1:' . $t->port(8081) . "/$way/h2"]);

        my ($code) = $out =~ m{^HTTP/2 (\d+)};

        is("$status " . outcome({ status => $code // 'none' }, 'h2', $body),
           '0 200 ok stored', "$way: HTTP/2, PUT of $size bytes");
    }
}
