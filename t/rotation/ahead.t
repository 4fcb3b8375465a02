#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The clock is set ahead while a set is alive.  Timers do not notice this, but
# nginx still gets the next set before the old one ends.

use strict;
use warnings;

use Test::More;

use S3O::Faketime;
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(set_number url_of);
use S3O::Rotation::Service;

my $now = S3O::Faketime::to_epoch('2024-03-01 12:02:00');

my $t = S3O::Nginx->new(log_level => 'info')->has('faketime');
my $s = S3O::Rotation::Service->start(name => 'one', now => $now,
                                      life => 3600);

$t->subst(SOURCE => $s->source(), ARN => ARN);
$t->faketime($now)->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_credentials   %%SOURCE%%;
    s3o_presign_access_point  %%ARN%%;
    s3o_presign_expires       1s;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location / {
            s3o_presign  json;
        }
    }
}

EOC

is(wait_until(sub { signed_by() }), 1, 'a set of an hour');

# one minute of the set's life is left, which is enough for signing

$s->set(now => $now + 3540);
$t->set_faketime($now + 3540);

ok(wait_until(sub { signed_by() > 1 ? 1 : 0 }, 60),
   'the next set comes when a minute is left');

$t->done();


sub signed_by {
    my $url = url_of($t->request(uri => '/x')) // return 0;

    return set_number('one', $url);
}
