#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The clock is set forwards or back by an hour.  No set signs after its end;
# fetching and signing go on.

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

# The clock is set, and the service follows it.  The next set still comes after
# two seconds, because timers do not use the wall clock.

for my $step (3600, -3600, 7200) {
    my $n = signed_by();

    $s->set(now => $now + $step) if $step > 0;
    at($now + $step);
    $s->set(now => $now);

    my ($bad, $signed, $next) = (0, 0, 0);
    my $end = time() + 60;

    # Requests come until the set after the next one has signed and ten URLs
    # were made, which takes longer on a busy machine.

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
    cmp_ok($signed, '>', 10, 'signing goes on');
}


# the clock of nginx is wrong, and that of the service is right

$t->clear_log();
at($now + 3600);

ok(wait_until(sub { get()->{status} == 503 ? 1 : 0 }),
   'an hour ahead of the service: nothing is signed');
$t->error_log_like(qr/error\].* no new credentials "imds": .*expired already/,
                   'the log says why nothing is signed');
is(scalar(grep { url_of(get()) } 1 .. 20), 0, 'no request gets a URL');

at($now - 3600);
ok(wait_until(sub { url_of(get()) ? 1 : 0 }),
   'signing goes on when the clock is right again');

$t->done();


sub at {
    my ($time) = @_;

    $now = $time;
    $t->set_faketime($now);

    # a worker knows the time of its last event

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
