#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Bodies whose length is unknown before they have been read: HTTP/1.1 chunks, or
# HTTP/2 without a length.  S3 does not accept such bodies, so nginx reads them
# first, whatever the configuration says, and sends them with their length.

use strict;
use warnings;

use Digest::SHA qw(sha256_base64);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives streams form_of);
use S3O::SigV4::Chunked;
use S3O::SigV4A qw(python_reason);

use constant TRAILER => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

my $t = S3O::Nginx->new(log_level => 'info')->has(qw(curl http_v2));
my $s3 = S3O::Outpost->new(sigv4a => !python_reason())->start();

$s3->known_to($t);

# nginx 1.29.7 and later speaks HTTP/1.1 by default

my %ways = (
    'default'      => '',
    '1.0'          => 'proxy_http_version 1.0;',
    '1.1'          => 'proxy_http_version 1.1;',
    'unbuffered'   => 'proxy_request_buffering off;',
    'unbuffered10' => 'proxy_request_buffering off; proxy_http_version 1.0;',
    'unbuffered11' => 'proxy_request_buffering off; proxy_http_version 1.1;',
    'cached'       => 'proxy_request_buffering off; proxy_http_version 1.1;'
                      . ' proxy_cache c; proxy_cache_methods GET;',
    'file'         => 'proxy_request_buffering off; proxy_http_version 1.1;'
                      . ' client_body_in_file_only clean;',
    'retried'      => 'proxy_request_buffering off; proxy_http_version 1.1;',
);

my @kinds = ('unsigned', kinds());

$t->subst(LOCATIONS => join "\n", map {
    my $kind = $_;
    my $payload = $kind eq 'unsigned' ? '' : directives($kind);

    map { my $to = $_ eq 'retried' ? 'closed' : 'up'; <<"EOC" } sort keys %ways;

        location /$kind/$_/ {
            $payload
            $ways{$_}
            proxy_pass  http://$to;
        }
EOC
} @kinds);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=c:1m;

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    # no server listens on the first of these ports

    upstream closed {
        server 127.0.0.1:%%PORT_8090%% max_fails=0;
        server 127.0.0.1:%%OUTPOST%% max_fails=0 backup;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT POST;
    s3o_presign_multipart     on;
    %%TEST_OUTPOST%%

    client_body_buffer_size   16k;
    client_max_body_size      1m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        %%LOCATIONS%%
    }
}

EOC

for my $kind (@kinds) {
    for my $way (sort keys %ways) {
        sizes($kind, $way);
        too_large($kind, $way);
        trailer($kind, $way);
    }
}

parts($_) for @kinds;

is(join('', grep { !/too large chunked body|Connection refused/ }
            $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub body {
    my ($size) = @_;

    my $line = join '', map { chr(($_ * 11 + $size) % 256) } 1 .. 1021;

    return substr $line x ($size / 1021 + 1), 0, $size;
}


# Returns the status, the verdict of the Outpost, the form of the payload, and
# how the Outpost was told the length.

sub outcome {
    my ($kind, $r, $key, $body) = @_;

    my $last = $s3->last();
    my $payload = $last->{payload} // 'none';
    my $form = $payload =~ /^UNSIGNED|^@{[ TRAILER ]}/
               ? 'unsigned' : form_of($payload, $body);
    my $there = $s3->object($key);
    my $h = $last->{header} // {};
    my $length = $h->{'x-amz-decoded-content-length'} // $h->{'content-length'};

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict}, $form,
           !$there ? 'missing' : $there->{body} eq $body ? 'stored' : 'broken',
           $length // 'no length', $h->{'transfer-encoding'} // 'whole';
}


sub expected {
    my ($kind, $size) = @_;

    my $form = $size || $kind eq 'unsigned' ? $kind : 'signed';

    return "200 ok $form stored $size whole";
}


sub sizes {
    my ($kind, $way) = @_;

    my $h2 = 'http://127.0.0.1:' . $t->port(8081) . "/$kind/$way";

    # sizes that nginx keeps in the buffer of the header, in that of the body,
    # and in a file

    for my $size (0, 1, 9000, 300_000) {
        my $body = body($size);
        my $key = "$kind-$way-$size";

        is(outcome($kind, chunked("/$kind/$way/$key", $body), $key, $body),
           expected($kind, $size), "$kind, $way: $size bytes in chunks");

        $t->write_file('body', $body);

        my $r = curl("$h2/$key-h2", stdin => $t->testdir() . '/body',
                     args => ['--http2-prior-knowledge']);

        is(outcome($kind, $r, "$key-h2", $body), expected($kind, $size),
           "$kind, $way: $size bytes over HTTP/2");
    }
}


# Sends the header first, so that nginx handles the header before the body
# comes.

sub chunked {
    my ($uri, $body, @headers) = @_;

    my $c = $t->connect();

    $s3->clear();

    $c->write(S3O::HTTP::build_head(method => 'PUT', uri => $uri,
        headers => [@headers, 'Transfer-Encoding', 'chunked']));
    sleep 0.01;

    for my $part (unpack('(a70000)*', $body), '') {
        $c->write(sprintf("%x\r\n%s\r\n", length $part, $part),
                  until_answer => 1);
    }

    my $r = $c->read_response();
    $c->close();

    return $r;
}


sub too_large {
    my ($kind, $way) = @_;

    my $body = body(1_048_577);
    my $r = chunked("/$kind/$way/large", $body);

    is("$r->{status} " . scalar(() = $s3->requests()), '413 0',
       "$kind, $way: client_max_body_size is obeyed");
    is($s3->object('large'), undef, "$kind, $way: nothing is stored");

    $t->write_file('body', $body);
    curl('http://127.0.0.1:' . $t->port(8081) . "/$kind/$way/large",
         stdin => $t->testdir() . '/body', args => ['--http2-prior-knowledge']);

    # the answer comes early, so curl may not see it

    like((split /\n/, $t->read_file('access.log'))[-1], qr/" 413 /,
         "$kind, $way: over HTTP/2 as well");
    is(scalar(() = $s3->requests()), 0, "$kind, $way: nothing is sent");
}


# With an SDK's framing in HTTP/1.1 chunks, a header gives the length of the
# data.  nginx sends such a body in HTTP/1.1 chunks again if it passes it on at
# once, and S3 accepts this.

sub trailer {
    my ($kind, $way) = @_;

    my $body = body(200_000);
    my $bytes = S3O::SigV4::Chunked::encode($body, form => TRAILER,
        chunk => 65536, trailer => ['x-amz-checksum-sha256',
                                    sha256_base64($body) . '=']);
    my %headers = ('Content-Encoding' => 'aws-chunked',
                   'x-amz-content-sha256' => TRAILER,
                   'x-amz-decoded-content-length' => length $body,
                   'x-amz-trailer' => 'x-amz-checksum-sha256');

    my $r = chunked("/$kind/$way/trailer", $bytes, %headers);
    my $got = outcome($kind, $r, 'trailer', $body);

    $got =~ s/ chunked$/ whole/ if $kind eq 'unsigned';

    is($got, expected($kind, 200_000),
       "$kind, $way: chunks in chunks, with the data length");

    for (['no length', 411], ['no number', 400, 'many'], ['empty', 400, ''],
         ['negative', 400, '-1'])
    {
        my ($name, $status, $length) = @$_;
        my %h = (%headers, 'x-amz-decoded-content-length' => $length);

        delete $h{'x-amz-decoded-content-length'} unless defined $length;

        $r = chunked("/$kind/$way/trailer", $bytes, %h);
        is("$r->{status} " . scalar(() = $s3->requests()), "$status 0",
           "$kind, $way: chunks in chunks, $name");
    }
}


# All payload forms but "unsigned" sign a list of parts as a whole.

sub parts {
    my ($kind) = @_;

    my $list = '<CompleteMultipartUpload></CompleteMultipartUpload>';

    $s3->clear();
    $s3->next_response(200, [], '');
    $t->request(method => 'POST', uri => "/$kind/unbuffered11/k?uploadId=x",
                chunked => [$list]);

    is(join(' ', $s3->last()->{verdict}, map { $_ // 'none' }
            @{ $s3->last()->{header} }{qw(content-length transfer-encoding)}),
       'ok ' . length($list) . ' none', "$kind: a list of parts in chunks");
}
