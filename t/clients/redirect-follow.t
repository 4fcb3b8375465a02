#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirected uploads over HTTP/2 with TLS, sent by "curl -L -T".  All of them
# arrive, also on a busy machine, because nginx reads the body to its end
# although it does not use it.  Uploads that get JSON or a refusal instead of a
# redirect: the answer comes, and the stream ends.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(versions);
use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(spawn stop_process);
use S3O::Size qw(large);
use S3O::TLS;

use constant { RUNS => large(12, 3), BUSY => large(6, 2) };

my $t = S3O::Nginx->new(log_level => 'info')
                  ->has(qw(http_ssl http_v2 curl_http2 openssl));
my $tls = S3O::TLS->new();
my $pair = $tls->cert('localhost', 'localhost', '127.0.0.1');
my $s3 = S3O::Outpost->reachable()->start();

$s3->known_to($t, CERT => $pair->{cert}, CERT_KEY => $pair->{key});

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      0;

    server {
        listen               127.0.0.1:%%PORT_8443%% ssl http2;
        server_name          localhost;
        ssl_certificate      %%CERT%%;
        ssl_certificate_key  %%CERT_KEY%%;

        location /up/ {
            s3o_presign  redirect;
        }

        location /url/ {
            s3o_presign  json;
        }

        location /proxy/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /page/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
            error_page   400 /400.html;
        }

        location = /400.html {
            return  200 "a page";
        }

    }
}

EOC

my $base = 'https://127.0.0.1:' . $t->port(8443);
my $file = $t->testdir() . '/body';

note(versions('curl'));

uploads($_, 'quiet') for 100_000, 1_000_000, 8_000_000;

my @busy = map { spawn(cmd => ['perl', '-e', 'alarm 600; 1 while 1']) }
           1 .. BUSY;

uploads($_, 'busy') for 100_000, 1_000_000, 8_000_000;

stop_process($_) for @busy;

# the client gets the answer and the end of the stream

for my $size (1000, 65_536, 65_537, 1_000_000, 8_000_000) {
    is(ends('/url/k', $size), "0 200 {\"url\":\"http", "json, $size bytes");
    is(ends('/proxy/k?X-Amz-Date=1', $size), '0 400 <?xml versio',
       "a refusal in proxy mode, $size bytes");
    is(ends('/url/k?X-Amz-Date=1', $size), '0 400 {"Code":"Inv',
       "a refusal in json mode, $size bytes");
    is(ends('/up/k?X-Amz-Date=1', $size), '0 400 <html> <head',
       "a refusal of a redirect, $size bytes");
}

is(ends('/page/k?X-Amz-Date=1', 1000), '0 400 a page',
   'error_page replaces the answer');

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub uploads {
    my ($size, $how) = @_;

    my $body = substr join('', map { sprintf "%07d\n", $_ } 1 .. $size / 8 + 1),
                      0, $size;

    $t->write_file('body', $body);

    my $good = 0;

    for my $n (1 .. RUNS) {
        my $key = "$how-$size-$n";
        my $r = curl("$base/up/$key", timeout => 120,
                     args => ['-L', '-T', $file, '--http2',
                              '--cacert', $tls->ca_file()]);
        my $got = $s3->object($key);

        $got && $got->{body} eq $body && $r->{exit} == 0 && $r->{status} == 200
            ? $good++ : diag("exit $r->{exit}, $r->{status}, $r->{stderr}");
    }

    is($good, RUNS, "curl -L -T, $size bytes, $how");
}


# Returns the exit code of curl, the status, and the beginning of the answer.

sub ends {
    my ($uri, $size) = @_;

    $t->write_file('body', 'x' x $size);

    my $r = curl("$base$uri", timeout => 60,
                 args => ['-T', $file, '--http2', '--cacert', $tls->ca_file()]);

    return "$r->{exit} $r->{status} "
           . substr $r->{body} =~ s/\s+/ /gr, 0, 12;
}
