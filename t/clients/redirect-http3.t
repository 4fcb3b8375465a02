#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirects and JSON over HTTP/3 with curl.  The answers are the same as over
# HTTP/1.1.  nginx reads the body before it answers, so that no answer is lost.
# Where nginx answers without the body, it delays the end of the stream.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Clients qw(versions);
use S3O::Curl qw(curl_http3);
use S3O::Judge qw(static judge);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Ports;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::TLS;

use constant RUNS => 10;

my $t = S3O::Nginx->new()->has(qw(http_v3 curl_http3 openssl debug));

my $port = S3O::Ports::free();
my $s3 = S3O::Outpost->new(
    port => $port,
    host => "my-ap-123456789012.op-01234567890123456.localhost:$port")->start();

my $tls = S3O::TLS->new();
my $pair = $tls->cert('127.0.0.1');

$t->subst(ARN => ARN, STATIC => static(), OUTPOST_ARN => $s3->arn(),
          OUTPOST => $s3->port(), KEY => $s3->access_key(),
          SECRET => $s3->secret_key(), CERTIFICATE => $pair->{cert},
          CERTIFICATE_KEY => $pair->{key});

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       GET HEAD PUT;
    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%

    client_max_body_size      0;

    server {
        listen               127.0.0.1:%%PORT_8443%% quic;
        ssl_certificate      %%CERTIFICATE%%;
        ssl_certificate_key  %%CERTIFICATE_KEY%%;

        location /up/ {
            s3o_presign  redirect;
        }

        location /url/ {
            s3o_presign  json;
        }

        # nginx reads only the bytes that are already on the way

        location /now/ {
            s3o_presign          redirect;
            s3o_presign_discard  size=0;
        }

        # a body that is read before the answer must not be written to disk

        location /no-disk/ {
            s3o_presign              redirect;
            client_body_buffer_size  1k;
        }

        location /limited/ {
            s3o_presign           redirect;
            client_max_body_size  10k;
        }

        location /outpost/ {
            s3o_presign               redirect;
            s3o_presign_access_point  %%OUTPOST_ARN%%;
            s3o_presign_endpoint      http://localhost:%%OUTPOST%%;
            s3o_presign_credentials   static access_key_id=%%KEY%%
                                      secret_access_key=%%SECRET%%;
        }
    }
}

EOC

my $base = 'https://127.0.0.1:' . $t->port(8443);
my $file = $t->testdir() . '/body';

note(versions('curl'));

redirects();
as_json();
refuses();
one_connection();

for my $size (0, 1, 1200, 65536, 65537, 1_000_000) {
    is(answers('/up/k', $size), RUNS, "$size bytes");
    is(answers('/up/k', $size, 'pipe'), RUNS, "$size bytes from a pipe");
}

is(answers('/up/k', 8_000_000), RUNS, '8000000 bytes');
is(answers('/url/k', $_), RUNS, "json, with $_ bytes") for 1000, 1_000_000;
is(answers('/no-disk/k', 65536, $_), RUNS, '64 kB are read first')
    for '', 'pipe';
is(answers('/limited/k', 1000, $_), RUNS, 'client_max_body_size')
    for '', 'pipe';
is(answers('/up/k', 1000, 'expect'), RUNS, 'with Expect');

follows($_) for 0, 1000, 65536, 65537, 1_000_000, 8_000_000;

$t->error_log_unlike(qr/buffered to a temporary file/,
                     'nothing is written to disk');

# nginx logs this when curl has gone away

is(join('', grep { !/ failed to send stream cancellation / }
            $t->log_errors('error')), '', 'nothing went wrong on the way');

large();

$t->done();


sub http3 {
    my ($uri, %o) = @_;

    return curl_http3("$base$uri", ca => $tls->ca_file(),
                      log => $t->testdir() . '/access.log', %o);
}


# Returns the version, the status, and whether the Outpost would accept the URL.

sub verdict {
    my ($r, $url, $method) = @_;

    return "curl: $r->{exit}" if $r->{exit};

    return "HTTP/$r->{version} $r->{status} " . judge($url, method => $method);
}


sub redirects {
    for my $method (qw(GET HEAD)) {
        my $r = http3('/up/a%20b%2Bc', method => $method);
        my ($url) = @{ $r->{headers}{location} // [] };

        is(verdict($r, $url, $method), 'HTTP/3 307 signed', $method);
        like($url, qr{^https://[^/]+/a%20b%2Bc\?}, "$method: the key");
        is("@{ $r->{headers}{'cache-control'} }", 'no-store',
           "$method: caches must not store the answer");
    }
}


sub as_json {
    my $r = http3('/url/a.txt');
    my $got = eval { JSON::PP::decode_json($r->{body}) } // {};

    is(verdict($r, $got->{url}, 'GET'), 'HTTP/3 200 signed', 'json');
    is("@{ $r->{headers}{'content-type'} }", 'application/json',
       'json: its type');
    is("@{ $r->{headers}{'content-length'} }", length $r->{body},
       'json: its length');
}


sub refuses {
    my $r = http3('/up/a', method => 'DELETE');

    is("$r->{version} $r->{status}", '3 405', 'a method that is not allowed');
    is("@{ $r->{headers}{allow} }", 'GET, HEAD, PUT',
       'the answer lists the allowed methods');

    $r = http3('/up/a?acl');

    is("$r->{version} $r->{status}", '3 501',
       'an operation that S3 on Outposts does not have');
}


# The second answer comes on the connection of the first.

sub one_connection {
    $t->write_file('body', 'x' x 1000);

    my $r = http3('/up/b', file => $file,
                  args => ['-o', '/dev/null', '-T', $file, "$base/up/a",
                           '-w', '%{num_connects} - -\n']);

    is($r->{exit} . ' ' . join(' ', map { $_->{status} } @{ $r->{heads} }),
       '0 307 307', 'two bodies one after the other');
    is(join(' ', $r->{stderr} =~ /^(\d) - -$/mg), '1 0', 'on one connection');
}


# Returns how many of the uploads get their answer.

sub answers {
    my ($uri, $size, $how) = @_;

    my $pipe = ($how // '') eq 'pipe';
    my $good = 0;

    $t->write_file('body', 'x' x $size);

    for (1 .. RUNS) {
        my $r = http3($uri, method => 'PUT',
                      $pipe ? (stdin => $file) : (file => $file),
                      ($how // '') eq 'expect'
                          ? (headers => [Expect => '100-continue']) : ());

        my ($url) = ($r->{headers}{location} // [])->[0]
                    // $r->{body} =~ /"url":"([^"]+)"/;
        my $verdict = verdict($r, $url, 'PUT');

        $good++ if $verdict =~ m{^HTTP/3 (?:200|307) signed$};
        diag("$uri, $size bytes: $verdict") if $verdict !~ / signed$/;
    }

    return $good;
}


# The end of the stream must not overtake the answer: when it did, every tenth
# or twentieth answer was lost.  nginx delays the end so that the client has
# time to read the answer.  A client that is slower than that still loses the
# answer.

sub large {
    my $good = 0;

    for my $size (65537, 8_000_000) {
        $t->clear_log();
        $good += answers('/now/k', $size);

        my $put_off = wait_until(sub {
            my $n = () = $t->read_file('error.log')
                         =~ /event timer add: \S+ 200:/g;
            $n >= RUNS ? $n : 0;
        }, 60);

        cmp_ok($put_off, '>=', RUNS,
               "$size bytes, the end of the stream is delayed");
    }

    cmp_ok($good, '>', 0, "bodies above 64 kB, $good answers");
}


sub follows {
    my ($size) = @_;

    my $body = 'y' x $size;
    my $r = http3("/outpost/f-$size", upload => $body, follow => 1);

    is(join(' ', map { "$_->{version} $_->{status}" }
                 grep { $_->{status} != 100 } @{ $r->{heads} }),
       '3 307 1.1 200', "$size bytes go on to the Outpost");
    is(($s3->object("f-$size") // {})->{body} // 'no object', $body,
       "the object has these $size bytes");
}
