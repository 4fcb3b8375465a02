#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Uploads in the framing of an SDK, where the payload is signed.  nginx removes
# the framing and verifies the checksum in the trailer.  A body with an error is
# refused and does not become an object.

use strict;
use warnings;

use Compress::Raw::Zlib ();
use Digest::SHA qw(sha256_hex sha256_base64 sha1_base64);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives streams form_of STREAMING);
use S3O::SigV4::Chunked;
use S3O::SigV4A qw(python_reason);

use constant UNSIGNED => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

my $t = S3O::Nginx->new(log_level => 'info')->has(qw(curl http_v2));
my $s3 = S3O::Outpost->new(sigv4a => !python_reason())->start();

$s3->known_to($t);

my $locations = join '', map {
    my $payload = directives($_);

    <<"EOC" }

        location /$_/buffered/ {
            $payload
            proxy_pass  http://up;
        }

        location /$_/file/ {
            $payload
            client_body_in_file_only  clean;
            proxy_pass                http://up;
        }

        location /$_/unbuffered/ {
            $payload
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_pass               http://up;
        }

        location /$_/named/ {
            $payload
            s3o_presign_signed_headers  x-amz-* content-*;
            proxy_request_buffering     off;
            proxy_pass                  http://up;
        }

        location /$_/replaced/ {
            $payload
            proxy_set_body  "another body";
            proxy_pass      http://up;
        }

        location /$_/later/ {
            s3o_presign  off;
            error_page   502 = \@$_-later;
            proxy_pass   http://127.0.0.1:%%PORT_8090%%;
        }

        location \@$_-later {
            $payload
            s3o_presign_key  later;
            proxy_pass       http://up;
        }
EOC
    kinds();

$t->subst(LOCATIONS => $t->expand($locations));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server  127.0.0.1:%%OUTPOST%%;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      10m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        %%LOCATIONS%%
    }
}

EOC

# the client signs its chunks with a key of its own, which nginx does not have

my %client = (date => '20240101T000000Z', signature => 'a' x 64,
              scope => '20240101/us-west-2/s3/aws4_request',
              signing_key => 'the key of somebody else');

my %sum = (
    crc32  => sub { encode_base64(pack('N',
                    Compress::Raw::Zlib::crc32($_[0])), '') },
    sha1   => sub { sha1_base64($_[0]) . '=' },
    sha256 => sub { sha256_base64($_[0]) . '=' },
);

my @ways = qw(buffered file unbuffered named);

for my $kind (kinds()) {
    for my $way (@ways) {
        forms($kind, $way);
        sizes($kind, $way);
        pieces($kind, $way);
        chunked($kind, $way);
        wrong($kind, $way);
        http2($kind, $way);
    }

    headers($kind);
    announced($kind);
    elsewhere($kind);
}

is(join('', grep { !/Connection refused/ }
            $t->log_errors('error')), '',
   'nothing went wrong on the way');

$t->done();


sub frame {
    my ($body, %o) = @_;

    my $form = $o{form} // UNSIGNED;
    my @trailer = $o{sum} ? ("x-amz-checksum-$o{sum}",
                             ($o{value} // $sum{ $o{sum} }->($body))) : ();

    my $bytes = S3O::SigV4::Chunked::encode($body, %client, form => $form,
        chunk => $o{chunk} // 65536, trailer => @trailer ? \@trailer : undef);

    my @headers = ('Content-Encoding' => $o{encoding} // 'aws-chunked',
                   'x-amz-content-sha256' => $form,
                   'x-amz-decoded-content-length' => $o{length}
                                                     // length $body);

    push @headers, 'x-amz-trailer' => $trailer[0],
                   'x-amz-sdk-checksum-algorithm' => uc $o{sum} if $o{sum};

    return ($bytes, \@headers);
}


sub outcome {
    my ($kind, $r, $key, $body) = @_;

    my $last = $s3->last();
    my $there = $s3->object($key);
    my $h = $last->{header};

    my $form = form_of($last->{payload}, $body);

    # the headers that describe the body to the Outpost

    my @told = map { "$_:$h->{$_}" } grep { defined $h->{$_} }
               qw(content-encoding x-amz-trailer x-amz-sdk-checksum-algorithm
                  x-amz-decoded-content-length transfer-encoding);

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict}, $form,
           !$there ? 'missing' : $there->{body} eq $body ? 'stored' : 'broken',
           @told;
}


sub expected {
    my ($kind, $body, $encoding) = @_;

    my $n = length $body;
    my $streaming = streams($kind) && $n;
    my @coding = ($streaming ? 'aws-chunked' : (), $encoding // ());

    return join ' ', '200 ok', $streaming ? $kind : 'signed', 'stored',
           @coding ? 'content-encoding:' . join ',', @coding : (),
           $streaming ? "x-amz-decoded-content-length:$n" : ();
}


sub body {
    my ($size) = @_;

    my $line = join '', map { chr(($_ * 13 + $size) % 256) } 1 .. 1021;

    return substr $line x ($size / 1021 + 1), 0, $size;
}


sub put {
    my ($kind, $way, $key, $bytes, $headers) = @_;

    return $t->request(method => 'PUT', uri => "/$kind/$way/$key",
                       headers => $headers, body => $bytes);
}


sub forms {
    my ($kind, $way) = @_;

    my $body = body(150000);

    for my $form (UNSIGNED, STREAMING, STREAMING . '-TRAILER') {
        for my $sum (undef, sort keys %sum) {
            next if $form eq STREAMING && defined $sum;

            my ($bytes, $headers) = frame($body, form => $form, sum => $sum);
            my $r = put($kind, $way, 'forms', $bytes, $headers);

            is(outcome($kind, $r, 'forms', $body), expected($kind, $body),
               "$kind, $way: $form, " . ($sum // 'no checksum'));
        }
    }
}


sub sizes {
    my ($kind, $way) = @_;

    for my $size (0, 1, 8191, 65535, 65536, 65537, 1048576) {
        for my $chunk (8192, 65536, 1000000) {
            my $body = body($size);
            my $key = "size-$size-$chunk-$way-$kind";
            my ($bytes, $headers) = frame($body, sum => 'crc32',
                                          chunk => $chunk);
            my $r = put($kind, $way, $key, $bytes, $headers);

            is(outcome($kind, $r, $key, $body), expected($kind, $body),
               "$kind, $way: $size bytes in chunks of $chunk");
        }
    }

    my ($bytes, $headers) = frame(body(3000), sum => 'sha1', chunk => 1);
    my $r = put($kind, $way, 'small', $bytes, $headers);

    is(outcome($kind, $r, 'small', body(3000)), expected($kind, body(3000)),
       "$kind, $way: chunks of one byte");
}


sub pieces {
    my ($kind, $way) = @_;

    my $body = body(70000);
    my ($bytes, $headers) = frame($body, sum => 'sha256', chunk => 10000);
    my $c = $t->connect();

    $c->write(S3O::HTTP::build_head(method => 'PUT', uri => "/$kind/$way/piece",
                                    headers => [@$headers, 'Content-Length',
                                                length $bytes]));

    while (length $bytes) {
        $c->write(substr $bytes, 0, 3571, '');
        sleep 0.001;
    }

    is(outcome($kind, $c->read_response(), 'piece', $body),
       expected($kind, $body), "$kind, $way: in pieces");
    is($c->request(uri => "/$kind/$way/piece")->{body}, $body,
       "$kind, $way: the connection goes on");
    $c->close();
}


# Some SDKs do not know the length of the framed body, so they send it in
# HTTP/1.1 chunks.

sub chunked {
    my ($kind, $way) = @_;

    my $body = body(200000);
    my ($bytes, $headers) = frame($body, sum => 'crc32');
    my @parts = unpack '(a30000)*', $bytes;

    $s3->clear();

    my $r = $t->request(method => 'PUT', uri => "/$kind/$way/chunked",
                        headers => $headers, chunked => \@parts);

    is(outcome($kind, $r, 'chunked', $body), expected($kind, $body),
       "$kind, $way: chunks in chunks");
}


# A wrong body is refused, at the latest at its end, and nothing is stored.

sub wrong {
    my ($kind, $way) = @_;

    my $body = body(140000);
    my ($good, $headers) = frame($body, sum => 'crc32');
    my ($forged) = frame($body, sum => 'crc32', value => 'AAAAAA==');
    my ($none) = frame($body);
    my ($other) = frame($body, sum => 'sha1');
    my (undef, $longer) = frame($body, sum => 'crc32', length => 140001);
    my (undef, $shorter) = frame($body, sum => 'crc32', length => 139999);
    my $changed = $good;

    substr($changed, 139990, 1) ^= "\x01";

    for (['a checksum that does not match', $forged, $headers],
         ['a byte that has changed', $changed, $headers],
         ['no checksum', $none, $headers],
         ['another checksum', $other, $headers],
         ['more announced', $good, $longer],
         ['less announced', $good, $shorter],
         ['no end', substr($good, 0, -2), $headers],
         ['half', substr($good, 0, 100000), $headers],
         ['more behind the end', "$good\r\n", $headers],
         ['no framing', $body, $headers])
    {
        my ($name, $bytes, $headers) = @$_;

        my $r = put($kind, $way, 'wrong', $bytes, $headers);

        is($r ? $r->{status} : 'none', 400, "$kind, $way: $name");
        sleep 0.05 if streams($kind);
        is($s3->object('wrong'), undef, "$kind, $way: $name: not stored");
    }

    $t->error_log_like(qr/\[info\].*an\ aws-chunked\ upload:\ the\ checksum/x,
                       "$kind, $way: the log says why");
}


sub http2 {
    my ($kind, $way) = @_;

    my $url = 'http://127.0.0.1:' . $t->port(8081) . "/$kind/$way/h2";

    for my $size (1, 300000) {
        my $body = body($size);
        my ($bytes, $headers) = frame($body, sum => 'sha256');
        my $r = curl($url, upload => $bytes, headers => $headers,
                     args => ['--http2-prior-knowledge'], timeout => 60);

        is(outcome($kind, $r, 'h2', $body), expected($kind, $body),
           "$kind, $way: HTTP/2, $size bytes");
    }
}


sub headers {
    my ($kind) = @_;

    my $body = body(9000);

    for (['aws-chunked,gzip' => 'gzip'], ['gzip, AWS-Chunked' => 'gzip'],
         ['br , aws-chunked,gzip' => 'br,gzip'], ['' => undef])
    {
        my ($given, $kept) = @$_;
        my ($bytes, $headers) = frame($body, encoding => $given);
        my $r = put($kind, 'buffered', 'encoding', $bytes, $headers);

        is(outcome($kind, $r, 'encoding', $body),
           expected($kind, $body, $kept), "$kind: the encoding \"$given\"");
    }

    my ($bytes, $headers) = frame($body, encoding => 'gzip,aws-chunked');
    put($kind, 'replaced', 'k', $bytes, $headers);

    is(join(' ', map { $s3->last()->{header}{$_} // 'none' }
                 qw(content-encoding content-length
                    x-amz-decoded-content-length x-amz-content-sha256)),
       'gzip 12 none ' . sha256_hex('another body'),
       "$kind: proxy_set_body replaces the body");
}


# Errors in the headers are refused before the body is read.

sub announced {
    my ($kind) = @_;

    my ($bytes, $headers) = frame('hello', sum => 'crc32');
    my %h = @$headers;

    for (['no length', 411, 'x-amz-decoded-content-length' => undef],
         ['no number', 400, 'x-amz-decoded-content-length' => '5x'],
         ['less than nothing', 400, 'x-amz-decoded-content-length' => '-5'],
         ['a checksum that nobody knows', 501,
          'x-amz-trailer' => 'x-amz-checksum-md5'],
         ['another trailer', 501, 'x-amz-trailer' => 'x-amz-meta-a'],
         ['a long one', 501, 'x-amz-trailer' => 'x-amz-meta-' . 'a' x 300],
         ['two trailers', 501,
          'x-amz-trailer' => 'x-amz-checksum-crc32,x-amz-checksum-sha1'],
         ['no body', 400, 'Content-Length' => 0])
    {
        my ($name, $status, $header, $value) = @$_;

        $s3->clear();

        my %given = (%h, $header => $value);
        my $r = put($kind, 'buffered', 'k', $bytes,
                    [map { $_ => $given{$_} } sort keys %given]);

        is("$r->{status} " . scalar(() = $s3->requests()), "$status 0",
           "$kind: $name");
    }
}


# Another location has read the body and left the framing in it; the framing is
# removed later.

sub elsewhere {
    my ($kind) = @_;

    my ($bytes, $headers) = frame(body(100000), sum => 'crc32');

    $s3->clear();

    my $r = put($kind, 'later', 'k', $bytes, $headers);
    my $body = body(100000);

    is(outcome($kind, $r, 'later', $body), expected($kind, $body),
       "$kind: another location reads it first");
}
