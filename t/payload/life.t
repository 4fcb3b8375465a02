#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Signed and streaming payloads, in both algorithms, when something unusual
# happens during the upload: a client goes away; a server answers early, slowly
# or not at all; another module reads the body; a byte is changed on the way;
# the client sends headers about its framing.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex sha256_base64);
use Test::More;
use Time::HiRes qw(sleep time);

use S3O::Flip;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives streams form_of payload_of STREAMING
    STREAMING4A);
use S3O::PayloadSink;
use S3O::Process qw(wait_until);
use S3O::SigV4 qw(EMPTY_SHA256);
use S3O::SigV4A qw(python_reason);
use S3O::SigV4A::Verifier;
use S3O::TLS;

my $t = S3O::Nginx->new(log_level => 'info');
my $ca = S3O::TLS->new();
my $host = S3O::Outpost->new()->host();

# two servers for the same Outpost

my ($s3, $second) = map { S3O::Outpost->new(tls => $ca->cert($host),
                                          sigv4a => !python_reason())->start() }
                    1, 2;

my $flip = S3O::Flip->new(port => $t->port(8091), to => $s3->port(),
                          file => $t->testdir() . '/flip');
my $slow = $t->port(8092);
my $verifier = python_reason() ? undef : S3O::SigV4A::Verifier->new();

$t->run_daemon(sub { $flip->run() });
$t->run_daemon(sub { S3O::PayloadSink::run($slow, $s3->signer(),
                                           pause => 1, verifier => $verifier
                                                       && $verifier->path())
                });

$s3->known_to($t, HOST => $host, FIRST => $s3->port(),
              SECOND => $second->port(), TLS => $s3->tls_port(),
              CA => $ca->ca_file());

my $locations = join '', map {
    my $payload = directives($_);

    <<"EOC" }

        location /$_/ {
            $payload
            proxy_pass  http://first;
        }

        location /$_-unbuffered/ {
            $payload
            proxy_request_buffering  off;
            proxy_pass               http://first;
        }

        location /$_-kept/ {
            $payload
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_set_header         Connection "";
            proxy_pass               http://kept;
        }

        location /$_-retried/ {
            $payload
            proxy_pass  http://both;
        }

        location /$_-retried-file/ {
            $payload
            client_body_in_file_only  clean;
            proxy_pass                http://both;
        }

        location /$_-retried-unbuffered/ {
            $payload
            proxy_request_buffering  off;
            proxy_pass               http://both;
        }

        location /$_-closed/ {
            $payload
            proxy_request_buffering  off;
            proxy_pass               http://closed;
        }

        location /$_-flip/ {
            $payload
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:%%PORT_8091%%;
        }

        location /$_-slow/ {
            $payload
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:%%PORT_8092%%;
        }

        location /$_-slow-file/ {
            $payload
            proxy_pass  http://127.0.0.1:%%PORT_8092%%;
        }

        location /$_-tls/ {
            $payload
            proxy_request_buffering        off;
            proxy_ssl_verify               on;
            proxy_ssl_name                 %%HOST%%;
            proxy_ssl_trusted_certificate  %%CA%%;
            proxy_pass                     https://127.0.0.1:%%TLS%%;
        }

        location /$_-tls-file/ {
            $payload
            client_body_in_file_only  clean;
            proxy_pass                https://127.0.0.1:%%TLS%%;
        }

        location /$_-replaced/ {
            $payload
            proxy_set_body  "another body";
            proxy_pass      http://first;
        }

        location /$_-dropped/ {
            $payload
            proxy_set_header         Content-Length "";
            proxy_pass_request_body  off;
            proxy_pass               http://first;
        }

        location /$_-mirrored/ {
            $payload
            mirror      /mirror;
            proxy_pass  http://first;
        }

        location /$_-later/ {
            s3o_presign        off;
            error_page         502 = \@$_-later;
            proxy_pass         http://127.0.0.1:%%PORT_8090%%;
        }

        location /$_-partly/ {
            s3o_presign              off;
            proxy_request_buffering  off;
            error_page               503 = \@$_-later;
            proxy_intercept_errors   on;
            proxy_next_upstream      off;
            proxy_pass               http://first;
        }

        location \@$_-later {
            $payload
            s3o_presign_key  later;
            proxy_pass       http://first;
        }

        location /$_-encoded/ {
            $payload
            s3o_presign_header  Content-Encoding \$arg_encoding;
            proxy_pass          http://first;
        }

        location /$_-cached/ {
            $payload
            slice                100;
            proxy_cache          cache;
            proxy_cache_key      \$uri\$slice_range;
            proxy_cache_valid    200 206 1m;
            proxy_set_header     Range \$slice_range;
            proxy_pass           http://first;
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

    log_format  payload '$s3o_presign_content_sha256 $status $uri';
    access_log  %%TESTDIR%%/payload.log payload;

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=cache:1m;

    # no server listens on the first of these ports

    upstream closed {
        server  127.0.0.1:%%PORT_8090%% max_fails=0;
        server  127.0.0.1:%%SECOND%% max_fails=0 backup;
    }

    upstream first {
        server  127.0.0.1:%%FIRST%% max_fails=0;
    }

    upstream kept {
        server     127.0.0.1:%%FIRST%% max_fails=0;
        keepalive  1;
    }

    upstream both {
        server  127.0.0.1:%%FIRST%% max_fails=0;
        server  127.0.0.1:%%SECOND%% max_fails=0 backup;
    }

    proxy_next_upstream         error timeout http_503 invalid_header
                                non_idempotent;

    s3o_presign                 proxy;
    s3o_presign_methods         GET HEAD PUT DELETE;
    s3o_presign_multipart       on;
    s3o_presign_signed_headers  x-amz-checksum-sha256 content-encoding
                                content-type x-amz-meta-*;
    %%TEST_OUTPOST%%

    client_max_body_size        100m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        %%LOCATIONS%%

        location = /mirror {
            internal;
            s3o_presign  off;
            return       204;
        }
    }
}

EOC

$t->waitforsocket($_) for $slow, $t->port(8091);

my $body = join '', map { sprintf "%07d\n", $_ } 1 .. 25000;     # 200000 bytes

for my $kind (kinds()) {
    aborted($kind);
    early($kind);
    kept($kind);
    retried($kind);
    slow($kind);
    tls($kind);
    replaced($kind);
    elsewhere($kind);
    partly($kind);
    encodings($kind);
    checksums($kind);
    cached($kind);
}

changed($_) for grep { streams($_) } kinds();
logged();

$t->done();


sub put {
    my ($place, %o) = @_;

    return $t->request(method => 'PUT', uri => "/$place/k", body => $body,
                       timeout => 60, %o);
}


sub outcome {
    my ($r, $door, $kind, $expected) = @_;

    my $last = $door->last() // { verdict => 'nothing came', payload => '' };
    my $there = $door->object('k');

    $expected //= $body;

    my $form = form_of($last->{payload}, $expected);

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict}, $form,
           !$there ? 'missing' : $there->{body} eq $expected ? 'stored'
                                                             : 'broken';
}


sub aborted {
    my ($kind) = @_;

    for my $place ($kind, "$kind-unbuffered") {
        my $comes = $place =~ /^streaming.*-unbuffered$/;
        my $verdict;

        # on a busy machine the client may be gone before the server sees the
        # request

        for my $pause ($comes ? (0.1, 1, 10) : 0.1) {
            $verdict = half($place, $pause);
            last if $verdict ne 'nothing came';
        }

        is($verdict, $comes ? 'IncompleteBody' : 'nothing came',
           "$place: the server has no whole request");
        is($s3->object('half'), undef, "$place: half a body is not stored");
    }
}


sub half {
    my ($place, $pause) = @_;

    $s3->clear();

    my $c = $t->connect();

    $c->write("PUT /$place/half HTTP/1.1\r\nHost: a\r\n"
              . "Content-Length: 200000\r\n\r\n" . substr $body, 0, 150000);
    sleep $pause;
    $c->close();

    wait_until(sub { scalar(() = $s3->requests()) }, 2 * $pause);

    return $s3->last()->{verdict};
}


# The server answers before the body has ended.

sub early {
    my ($kind) = @_;

    for my $place ($kind, "$kind-unbuffered", "$kind-kept") {
        $s3->next_response(status => 403, early => 1,
                           headers => ['Content-Type', 'application/xml'],
                           body => '<Error><Code>AccessDenied</Code></Error>');

        my $r = put($place, body => 'x' x 8_000_000);

        # nginx may be writing the body and not see the answer

        like($r->{status}, qr/^(?:403|502)$/, "$place: an early refusal");
        is($s3->last()->{verdict}, 'ok',
           "$place: the refused request was right");
        is(outcome(put($place), $s3, $kind), "200 ok $kind stored",
           "$place: the next one is good");
    }

    # the client has not sent all of its body, so nginx sees the answer

    $s3->next_response(status => 403, early => 1, body => '');

    my $c = $t->connect();

    $c->write("PUT /$kind-unbuffered/k HTTP/1.1\r\nHost: a\r\n"
              . "Content-Length: 200000\r\n\r\n" . substr $body, 0, 150000);

    if ($kind eq 'signed') {
        $c->write(substr $body, 150000);
    }

    is($c->read_response()->{status}, 403,
       "$kind: refused in the middle of the body");
    $c->close();
}


sub kept {
    my ($kind) = @_;

    $s3->clear();

    for (1 .. 3) {
        is(outcome(put("$kind-kept"), $s3, $kind), "200 ok $kind stored",
           "$kind: request $_ on a connection");
    }

    my %seen = map { $_->{connection} => 1 } $s3->requests();

    is(scalar keys %seen, 1, "$kind: all came on one connection");
}


sub retried {
    my ($kind) = @_;

    for my $place ("$kind-retried", "$kind-retried-file") {
        for my $trouble ({ status => 503 }, { drop => 1 },
                         { status => 503, early => 1 })
        {
            $_->clear() for $s3, $second;
            $s3->next_response(%$trouble, body => '');

            my $r = put($place);
            my $name = "$place: after " . join ' ', %$trouble;

            is(outcome($r, $second, $kind), "200 ok $kind stored", $name);
            is($s3->last()->{verdict}, 'ok',
               "$name: the first request was right, too")
                unless $trouble->{early};
        }
    }

    my $r = put("$kind-closed");

    is(outcome($r, $second, $kind), "200 ok $kind stored",
       "$kind: after a server that is not there");

    $_->clear() for $s3, $second;
    $s3->next_response(503, [], '');
    $r = put("$kind-retried-unbuffered");
    is(join(' ', $r->{status}, scalar(() = $second->requests())),
       $kind eq 'signed' ? '200 1' : '503 0',
       "$kind: a streamed body cannot be sent again");
}


# The server does not read at once.  The client waits until there is room for
# the rest of the body.

sub slow {
    my ($kind) = @_;

    my $large = $body x 150;

    for my $place ("$kind-slow", "$kind-slow-file") {
        my $r = put($place, body => $large);

        is("$r->{status} $r->{body}", '200 '
           . ($kind eq 'signed' ? 'signed' : payload_of($kind, $large))
           . ' 30000000 ' . sha256_hex($large), "$place: 30 MB");
    }
}


sub tls {
    my ($kind) = @_;

    for my $place ("$kind-tls", "$kind-tls-file") {
        my $large = $body x 15;
        my $r = put($place, body => $large);

        is(outcome($r, $s3, $kind, $large), "200 ok $kind stored",
           "$place: over TLS");
        is($s3->last()->{tls}, 1, "$place: the server saw TLS");
    }
}


sub replaced {
    my ($kind) = @_;

    is(outcome(put("$kind-replaced"), $s3, 'signed', 'another body'),
       '200 ok signed stored', "$kind: proxy_set_body");

    my $r = $t->request(method => 'PUT', uri => "/$kind-replaced/k");
    is(outcome($r, $s3, 'signed', 'another body'), '200 ok signed stored',
       "$kind: proxy_set_body for no body");

    $t->request(uri => "/$kind-replaced/k", method => 'GET');
    is($s3->last()->{verdict}, 'ok', "$kind: proxy_set_body for GET");

    put("$kind-dropped");
    is($s3->last()->{payload}, EMPTY_SHA256,
       "$kind: proxy_pass_request_body off");
}


# The body has been read before this module handles the request.

sub elsewhere {
    my ($kind) = @_;

    is(outcome(put("$kind-mirrored"), $s3, $kind), "200 ok $kind stored",
       "$kind: mirror reads it first");

    # kept in memory, in a file, in more than one slice; and no body at all

    for my $size (1, 5000, 200000, 262144, 600000, 0) {
        $_->clear() for $s3, $second;

        my $text = substr $body x 4, 0, $size;
        my $r = put("$kind-later", body => $text);
        my $there = $s3->object('later') // { body => 'nothing' };

        is("$r->{status} " . $s3->last()->{verdict} . ' '
           . form_of($s3->last()->{payload}, $text) . ' '
           . ($there->{body} eq $text), '200 ok '
           . ($size ? $kind : 'signed') . ' 1',
           "$kind: another location reads $size bytes first");
    }

    my $r = $t->request(method => 'PUT', uri => "/$kind-later/k",
                        chunked => ['a' x 70000, 'b' x 70000]);
    is($r->{status} . ' ' . $s3->last()->{verdict} . ' '
       . form_of($s3->last()->{payload}, 'a' x 70000 . 'b' x 70000),
       "200 ok $kind", "$kind: another location reads a chunked body");
}


# If another location has sent a part of the body or all of it, nginx no longer
# has the whole body and must not sign.

sub partly {
    my ($kind) = @_;

    for my $early (0, 1) {
        $s3->clear();
        $s3->next_response(503, [], '', early => $early);

        my $r = put("$kind-partly");
        my @seen = $s3->requests();

        # nginx may miss an early answer, and then its status is 502

        like("$r->{status} " . join(' ', map { $_->{status} } @seen),
             $early ? qr/^50[02] 503$/ : qr/^500 503$/,
             "$kind: a body that was sent already is not signed");
    }
}


sub encodings {
    my ($kind) = @_;

    my $streaming = streams($kind);

    for ([['Content-Encoding' => 'gzip'] => 'gzip'],
         [['Content-Encoding' => ' gzip, br '] => 'gzip,br'],
         [['Content-Encoding' => 'gzip', 'content-encoding' => 'br']
          => 'gzip,br'],
         [[] => ''])
    {
        my ($headers, $expected) = @$_;

        $s3->clear();

        my $r = put($kind, headers => $headers);
        my $sent = join ',', map { $_->[1] }
                   grep { lc $_->[0] eq 'content-encoding' }
                   @{ $s3->last()->{headers} };

        $sent =~ s/ //g;

        is(outcome($r, $s3, $kind), "200 ok $kind stored",
           "$kind: the encoding \"$expected\"");
        is($sent, $streaming ? join(',', 'aws-chunked', $expected || ())
                             : $expected, "$kind: its content-encoding");
    }

    my $r = put("$kind-encoded", uri => "/$kind-encoded/k?encoding=zstd",
                headers => ['Content-Encoding' => 'gzip',
                            'Content-Type' => 'text/x']);

    is(outcome($r, $s3, $kind), "200 ok $kind stored",
       "$kind: an encoding that is set");
    is($s3->last()->{header}{'content-encoding'},
       $streaming ? 'aws-chunked,zstd' : 'zstd',
       "$kind: it replaces the client's encoding");
}


# A checksum is that of the body without any framing.

sub checksums {
    my ($kind) = @_;

    my $sum = sha256_base64($body) . '=';
    my $r = put("$kind-unbuffered", headers => [
        'x-amz-checksum-sha256' => $sum, 'x-amz-acl' => 'private',
        'x-amz-decoded-content-length' => 7,
        'x-amz-content-sha256' => 'UNSIGNED-PAYLOAD']);

    is(outcome($r, $s3, $kind), "200 ok $kind stored", "$kind: a checksum");
    is($s3->last()->{header}{'x-amz-checksum-sha256'}, $sum,
       "$kind: the checksum is passed on unchanged");
    is($s3->last()->{header}{'x-amz-acl'}, undef,
       "$kind: the default x-amz-acl is left out");

    $r = put($kind, headers => ['x-amz-checksum-sha256' => 'x' x 43 . '=']);
    is($r->{status} . ' ' . $s3->last()->{verdict}, '400 BadDigest',
       "$kind: a checksum that is wrong");
}


sub cached {
    my ($kind) = @_;

    $s3->put_object('k', 'abcdefghij' x 35);

    for (1, 2) {
        $s3->clear();

        my $r = $t->request(uri => "/$kind-cached/k");

        is("$r->{status} $r->{body}", '200 ' . 'abcdefghij' x 35,
           "$kind: slices, time $_");
        is(join(' ', map { "$_->{verdict}-$_->{payload}" } $s3->requests()),
           $_ == 1 ? join(' ', ('ok-' . EMPTY_SHA256) x 4) : '',
           "$kind: each signed, or from the cache, time $_");
    }
}


# The strict server verifies the last chunk, too.

sub changed {
    my ($kind) = @_;

    for my $case (['a byte', '0000001', 0], ['the last byte', '0025000', 7],
                  ['a size', '10000;chunk', 1],
                  ['a signature', ';chunk-signature', 20],
                  ['the last size', "\r\n0;chunk", 2],
                  ['the last signature', "\r\n0;chunk", 25],
                  ['the end', "\r\n0;chunk", 3])
    {
        my ($name, @change) = @$case;
        my $r;

        for (1 .. 5) {
            $s3->clear();
            $flip->next(@change);
            $r = put("$kind-flip");
            last if $flip->done();
        }

        like($s3->last()->{verdict}, qr/^(?!ok)/,
             "$kind: $name is changed: refused");
    }

    is(outcome(put("$kind-flip"), $s3, $kind), "200 ok $kind stored",
       "$kind: nothing is changed: stored");
}


# $s3o_presign_content_sha256 is the value that was sent.

sub logged {
    $t->stop();

    my $log = $t->read_file('payload.log');

    like($log, qr{^@{[ STREAMING ]} 200 /streaming/k$}m,
         'the log has the streaming value');
    like($log, qr{^@{[ STREAMING4A ]} 200 /streaming4a/k$}m,
         'the log has the streaming value of SigV4A') unless python_reason();
    like($log, qr{^@{[ sha256_hex($body) ]} 200 /signed/k$}m,
         'the log has the hash of the signed body');
}
