#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A clock that is set forwards or back by an hour: no dead set signs, and
# refresh and signing go on.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);

use S3O::Faketime;
use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(set_number url_of);
use S3O::Rotation::Service;
use S3O::SigV4 qw(amz_epoch);

my $now = S3O::Faketime::to_epoch('2024-03-01 12:02:00');

my $t = S3O::Nginx->new(log_level => 'info', workers => 2)->has('faketime');
my $s = S3O::Rotation::Service->start(name => 'one', now => $now, life => 4);

$t->subst(SOURCE => $s->source(), ARN => ARN);
$t->faketime($now)->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_credentials       %%SOURCE%%;
    s3o_presign_access_point      %%ARN%%;
    s3o_presign_expires           1s;
    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location / {
            s3o_presign  json;
        }
    }
}

EOC

ok(wait_until(sub { signed_by() > 1 ? 1 : 0 }), 'sets of four seconds');

# the clock is set, and the service goes with it.  Another set comes after two
# seconds all the same, as timers do not run by the wall clock.

for my $step (3600, -3600, 7200) {
    my $n = signed_by();

    $s->set(now => $now + $step) if $step > 0;
    at($now + $step);
    $s->set(now => $now);

    my ($bad, $signed, $next) = (0, 0, 0);
    my $end = time() + 60;

    # all that is signed on the way to the next set but one, however few a busy
    # machine signs until then

    while (($next < $n + 2 || $signed <= 10) && time() < $end) {
        my $url = url_of(get());

        sleep 0.01;
        next unless $url;

        $next = set_number('one', $url);
        $bad++ if dead($url);
        $signed++;
    }

    is($bad, 0, "the clock is set by $step s: no dead set signs");
    cmp_ok($next, '>=', $n + 2, 'refresh goes on');
    cmp_ok($signed, '>', 10, 'and so does signing');
}


# the clock is wrong, and the service's is right

$t->clear_log();
at($now + 3600);

ok(wait_until(sub { get()->{status} == 503 ? 1 : 0 }),
   'an hour ahead of the service: nothing is signed');
$t->error_log_like(qr/error\].* no new credentials "imds": .*expired already/,
                   'and the log says why');
is(scalar(grep { url_of(get()) } 1 .. 20), 0, 'nothing at all');

at($now - 3600);
ok(wait_until(sub { url_of(get()) ? 1 : 0 }),
   'and a moment after the clock is right again it goes on');

$t->done();


sub at {
    my ($time) = @_;

    $now = $time;
    $t->set_faketime($now);

    # what workers have of the time is as old as their last event

    sleep 0.05;
}


sub get { return $t->request(uri => '/x') }


sub signed_by {
    my $url = url_of(get()) // return 0;

    return set_number('one', $url);
}


sub dead {
    my ($url) = @_;

    my $u = parse_url($url);
    my $given = $s->history()->{ set_number('one', $u) };
    my $date = amz_epoch($u->{date});

    return $date >= $given->{expires}
           || $date + $u->{expires} > $given->{expires};
}
