#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "s3o_presign_status ready" tells a load balancer whether this server can be
# used: 200, or 503 with one line that gives the reason, and nothing else.
#
# The clock of nginx moves only when the test moves it.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN ACCESS_KEY SECRET_KEY);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(comes set_of);
use S3O::Rotation::Service;

my $now = time();
my $t = S3O::Nginx->new(log_level => 'info')->has('faketime')
        ->faketime($now, timers => 1);
my $imds = S3O::Rotation::Service->start(name => 'imds', life => 600,
                                         now => $now, answer => 'error');

$t->subst(IMDS => $imds->source(), ARN => ARN,
          STATIC => 'static access_key_id=' . ACCESS_KEY
                    . ' secret_access_key=' . SECRET_KEY);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point      %%ARN%%;
    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /static/ {
            s3o_presign              redirect;
            s3o_presign_credentials  %%STATIC%%;
        }

        location /imds/ {
            s3o_presign              redirect;
            s3o_presign_credentials  %%IMDS%% name=uploads;
        }

        location = /ready {
            s3o_presign_status  ready;
        }

        location = /page {
            error_page          503 =200 /static/page;
            s3o_presign_status  ready;
        }

        location = /json {
            s3o_presign_status  json;
        }

        location = /metrics {
            s3o_presign_status  prometheus;
        }
    }
}

EOC

ok(comes($t, 0.002, sub { ready()->{body} =~ /service/ ? 1 : 0 }),
   'a fetch has failed');

my $r = ready();

is($r->{status}, 503, 'no set');
like($r->{body}, qr/\Anot ready: credentials "imds" "uploads": [^\n]*\n\z/,
     'one line names the source');
like($r->{body}, qr/: there are none: the service /,
     'the line gives the reason');
is($r->{headers}{'content-type'}[0], 'text/plain', 'the answer is plain text');
is($t->request(uri => '/ready', method => 'HEAD')->{status}, 503, 'HEAD');
is($t->request(uri => '/ready', method => 'POST')->{status}, 405, 'POST');
is($t->request(uri => '/page')->{status}, 503,
   'error_page does not replace the answer');

$imds->set(answer => 'ok');
ok(comes($t, 0.25, sub { ready()->{status} == 200 ? 1 : 0 }), 'a set comes');

$r = ready();

is("$r->{status} $r->{body}", "200 ready\n", 'the server is ready');

for my $page (qw(ready json metrics)) {
    is($t->request(uri => "/$page")->{headers}{'cache-control'}[0], 'no-store',
       "caches must not store $page");
}

my $secret = set_of('imds', 1);

is(scalar(grep { index(ready()->{raw}, $_) >= 0 } @$secret{qw(access_key
          secret_key token)}), 0, 'nothing of a set');

# by this time a URL would live less than half a minute

$imds->set(answer => 'error');
$t->set_faketime($now + 600 - 20);
like(ready()->{body}, qr/^not ready: .*: they end too soon/,
     'a set that ends soon is not ready');
is($t->request(uri => '/imds/x')->{status}, 503,
   'a set that ends soon does not sign');
$t->set_faketime($now + 700);
like(ready()->{body}, qr/^not ready: .*: they have expired/,
     'a set that has ended is not ready');

$t->done();


sub ready { return $t->request(uri => '/ready') }
