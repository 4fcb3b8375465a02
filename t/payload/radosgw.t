#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Signed and streaming payloads with a real S3 server.  It accepts the uploads
# and stores them without the framing.  When one byte is changed on the way, at
# any place, it refuses the upload.

use strict;
use warnings;

use Digest::MD5 qw(md5_base64);
use Test::More;

use S3O::BodyFile qw(make_file sum);
use S3O::Curl qw(curl);
use S3O::Flip;
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4::Chunked;

my $t = S3O::Nginx->new(log_level => 'info')
                  ->has(qw(radosgw curl http_v2));
my $s3 = S3O::Radosgw->new()->start();

my $flip = S3O::Flip->new(port => $t->port(8090), to => $s3->port(),
                          file => $t->testdir() . '/flip');

$t->run_daemon(sub { $flip->run() });

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_signed_headers  content-type content-md5 x-amz-meta-*;

    upstream outpost {
        server     127.0.0.1:%%OUTPOST%%;
        keepalive  4;
    }

    client_max_body_size   100m;
    client_body_timeout    10s;
    proxy_http_version     1.1;
    proxy_set_header       Connection "";

    s3o_presign            proxy;
    s3o_presign_methods    GET HEAD PUT DELETE;
    s3o_presign_multipart  on;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        location /unsigned/ {
            proxy_pass  http://127.0.0.1:%%PORT_8090%%;
        }

        location /signed/ {
            s3o_presign_payload  signed;
            proxy_pass           http://outpost$s3o_presign_uri;

            location /signed/changed/ {
                proxy_pass  http://127.0.0.1:%%PORT_8090%%;
            }
        }

        location /streaming/ {
            s3o_presign_payload      streaming;
            client_body_buffer_size  128k;
            proxy_request_buffering  off;
            proxy_pass               http://outpost$s3o_presign_uri;

            location /streaming/changed/ {
                proxy_pass  http://127.0.0.1:%%PORT_8090%%;
            }
        }

        location /buffered/ {
            s3o_presign_payload  streaming;
            proxy_pass           http://outpost$s3o_presign_uri;
        }
    }
}

EOC

$t->waitforsocket($t->port(8090));

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $h2 = 'http://127.0.0.1:' . $t->port(8081);
my $dir = $t->testdir();
my $MiB = 1_048_576;

for my $way (qw(signed streaming buffered)) {
    for my $size (0, 1, 8191, 65536, 65537, $MiB, 64 * $MiB) {
        my $file = make_file("$dir/body", $size);

        transfer("$size bytes, $way", "$base/$way/$size", $file);
        transfer("$size bytes, $way, HTTP/2", "$h2/$way/$size", $file,
                 args => ['--http2-prior-knowledge']) if $size <= $MiB;

        curl("$base/$way/$size", method => 'DELETE');
    }

    headers($way);
    framed($way);
    parts($way);
}

digests('unsigned', 'plain', 'text' x 50000);

changed($_) for qw(signed streaming);

is(join('', grep { !/the Outpost answered/ } $t->log_errors('error')), '',
   'nothing else went wrong');

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
}


# The headers that are stored with the object describe the object.

sub headers {
    my ($way) = @_;

    my $body = 'text' x 50000;
    my $url = "$base/$way/headers";

    my $r = curl($url, upload => $body, headers => [
        'Content-Type' => 'text/x-test', 'Content-Encoding' => 'gzip',
        'X-Amz-Meta-Colour' => 'blue',
        'Content-MD5' => md5_base64($body) . '==']);
    is($r->{status}, 200, "$way: with headers") or diag($r->{body});

    $r = curl($url, method => 'HEAD');

    # S3 removes "aws-chunked" from the stored encoding, this server does not

    like(join(' ', map { $r->{headers}{$_}[0] // 'none' } qw(content-type
         content-encoding content-length x-amz-meta-colour)),
         qr{^text/x-test (?:aws-chunked,)?gzip 200000 blue$},
         "$way: the object keeps the headers");

    digests($way, 'plain', $body);
}


# Content-MD5 is the digest of the body without any framing.

sub digests {
    my ($way, $how, $bytes, @headers) = @_;

    my $body = 'text' x 50000;
    my $key = "digest-$way-$how";
    my $wrong = curl("$base/$way/$key", upload => $bytes, headers => [
        @headers, 'Content-MD5' => md5_base64('other') . '==']);

    is("$wrong->{status} " . ($wrong->{body} =~ m{<Code>(\w+)})[0],
       '400 BadDigest', "$way, $how: a wrong Content-MD5 is refused");
    is($s3->signed(key => $key)->{status}, 404,
       "$way, $how: nothing is stored");

    my $right = curl("$base/$way/$key", upload => $bytes, headers => [
        @headers, 'Content-MD5' => md5_base64($body) . '==']);

    is("$right->{status} " . (curl("$base/$way/$key")->{body} eq $body),
       '200 1', "$way, $how: with the right one the body is stored");
}


# An SDK sends the body in chunks that it has signed with its own key.

sub framed {
    my ($way) = @_;

    my $body = 'text' x 50000;
    my $form = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    my $bytes = S3O::SigV4::Chunked::encode($body, form => $form,
        chunk => 30000, date => '20240101T000000Z', signature => 'a' x 64,
        scope => '20240101/us-west-2/s3/aws4_request', signing_key => 'none');

    digests($way, 'aws-chunked', $bytes, 'Content-Encoding' => 'aws-chunked',
            'x-amz-content-sha256' => $form,
            'x-amz-decoded-content-length' => length $body);
}


sub parts {
    my ($way) = @_;

    my $url = "$base/$way/parts";
    my $part = 'p' x 5242880;
    my ($id) = curl("$url?uploads", method => 'POST')->{body}
               =~ m{<UploadId>([^<]+)};
    my $list = '';

    for my $n (1, 2) {
        my $r = curl("$url?partNumber=$n&uploadId=$id", upload => $part);

        $list .= "<Part><PartNumber>$n</PartNumber>"
                 . "<ETag>$r->{headers}{etag}[0]</ETag></Part>";
    }

    my $r = curl("$url?uploadId=$id", method => 'POST', args => ['-d',
        "<CompleteMultipartUpload>$list</CompleteMultipartUpload>"]);
    is($r->{status}, 200, "$way: an upload in parts") or diag($r->{body});
    is(curl($url)->{body} eq $part x 2, 1, "$way: the object is complete");
}


# Changes one byte of the body or of its framing.  This server does not verify
# the last, empty chunk.

sub changed {
    my ($way) = @_;

    my $body = join '', map { sprintf "%07d\n", $_ } 1 .. 40000;

    $flip->next('0000001');
    is(curl("$base/unsigned/x", upload => $body)->{status}, 200,
       'a changed unsigned body is accepted');
    ok($flip->done(), 'the unsigned body was changed');

    is(curl("$base/$way/changed/x", upload => $body)->{status}, 200,
       "$way: an unchanged body is stored");

    my @places = (['the first byte' => '0000001'],
                  ['one in the middle' => '0020000'],
                  ['the last line' => '0040000']);

    push @places, ['a signature' => ';chunk-signature=', 17],
                  ['the length' => '10000;chunk', 1] if $way eq 'streaming';

    for (@places) {
        my ($place, @pattern) = @$_;
        my $r;

        # the proxy misses a pattern that two of its reads share

        for (1 .. 5) {
            $flip->next(@pattern);
            $r = curl("$base/$way/changed/y", upload => $body, timeout => 60);
            last if $flip->done();
        }

        ok($flip->done(), "$way: $place is changed");
        like($r->{status}, qr/^[45]/, "$way: $place: the upload is refused");
        is($s3->signed(key => 'y')->{status}, 404,
           "$way: $place: nothing is stored");
    }
}
