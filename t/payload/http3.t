#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode for clients of HTTP/3: unsigned, signed and streaming payloads,
# kept or passed on at once, with and without a length that is known.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(versions);
use S3O::Curl qw(curl_http3);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives streams form_of);
use S3O::SigV4A qw(python_reason);
use S3O::TLS;

my $t = S3O::Nginx->new(log_level => 'info')->has(qw(http_v3 curl_http3
    openssl));

my $s3 = S3O::Outpost->new(sigv4a => !python_reason())->start();
my $tls = S3O::TLS->new();
my $pair = $tls->cert('127.0.0.1');
my @kinds = ('unsigned', kinds());

my $locations = join "\n", map {
    my $kind = $_;
    my $payload = directives($kind);

    <<"EOC" } @kinds;

        location /$kind/kept/ {
            $payload
            proxy_pass  http://up;
        }

        location /$kind/file/ {
            $payload
            client_body_in_file_only  clean;
            proxy_pass                http://up;
        }

        location /$kind/unbuffered/ {
            $payload
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_pass               http://up;
        }
EOC

$s3->known_to($t, CERTIFICATE => $pair->{cert},
              CERTIFICATE_KEY => $pair->{key}, LOCATIONS => $locations);

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
    %%TEST_OUTPOST%%

    client_max_body_size      4m;

    server {
        listen               127.0.0.1:%%PORT_8443%% quic;
        ssl_certificate      %%CERTIFICATE%%;
        ssl_certificate_key  %%CERTIFICATE_KEY%%;

        %%LOCATIONS%%
    }
}

EOC

my $base = 'https://127.0.0.1:' . $t->port(8443);
my $file = $t->testdir() . '/body';

note(versions('curl'));

for my $kind (@kinds) {
    for my $way (qw(kept file unbuffered)) {
        uploads($kind, $way, $_) for 0, 1, 65536, 65537, 3_000_000;
        of_unknown_length($kind, $way);
        downloads($kind, $way);
    }
}

# nginx logs this when curl has gone away

is(join('', grep { !/ failed to send stream cancellation / }
            $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub http3 {
    my ($uri, %o) = @_;

    my $r = curl_http3("$base$uri", ca => $tls->ca_file(),
                       log => $t->testdir() . '/access.log', %o);

    return { %$r, status => "curl: $r->{exit}" } if $r->{exit};
    return $r;
}


# Returns the answer, the verdict of the Outpost, the form of the payload, and
# whether the object has the same bytes.

sub outcome {
    my ($r, $key, $body) = @_;

    my $last = $s3->last();
    my $payload = $last->{payload} // 'none';
    my $form = $payload eq 'UNSIGNED-PAYLOAD' ? 'unsigned'
                                              : form_of($payload, $body);
    my $there = $s3->object($key);

    return join ' ', $r->{status}, $last->{verdict} // 'nothing came', $form,
           !$there ? 'missing' : $there->{body} eq $body ? 'stored' : 'broken';
}


sub body {
    my ($size) = @_;

    return substr join('', map { sprintf "%07d\n", $_ } 1 .. $size / 8 + 1),
                  0, $size;
}


sub uploads {
    my ($kind, $way, $size) = @_;

    my $key = "$kind-$way-$size";
    my $body = body($size);

    $s3->clear();

    my $r = http3("/$kind/$way/$key", upload => $body);
    my $form = $kind ne 'unsigned' && !$size ? 'signed' : $kind;

    is(outcome($r, $key, $body), "200 ok $form stored",
       "$kind, $way: $size bytes");
}


# S3 accepts no body of an unknown length, so nginx reads it first.

sub of_unknown_length {
    my ($kind, $way) = @_;

    my $key = "$kind-$way-unknown";
    my $body = body(100_000);

    $s3->clear();
    $t->write_file('body', $body);

    my $r = http3("/$kind/$way/$key", method => 'PUT', stdin => $file);

    is(outcome($r, $key, $body), "200 ok $kind stored",
       "$kind, $way: a body without a length");
}


sub downloads {
    my ($kind, $way) = @_;

    my $body = body(3_000_000);
    my $r = http3("/$kind/$way/$kind-$way-3000000");

    is("$r->{version} $r->{status}", '3 200', "$kind, $way: GET");
    ok($r->{body} eq $body, "$kind, $way: the same bytes come back");
}
