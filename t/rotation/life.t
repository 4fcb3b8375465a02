#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The life of a fetched set.  No URL outlives the set, and shortly before the
# end of the set a request makes nginx fetch a new one at once.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Faketime;
use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url is_signed);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(set_number set_of url_of);
use S3O::Rotation::Service;
use S3O::SigV4 qw(amz_epoch);

my $start = S3O::Faketime::to_epoch('2024-03-01 12:02:00');
my $now = $start;

my $t = S3O::Nginx->new(log_level => 'info', workers => 2)->has('faketime');
my $s = S3O::Rotation::Service->start(name => 'one', now => $now, life => 600);

$t->subst(SOURCE => $s->source(), ARN => ARN);
$t->faketime($now)->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_credentials       %%SOURCE%%;
    s3o_presign_access_point      %%ARN%%;
    s3o_presign_credentials_wait  0;

    log_format  life  "$uri $s3o_presign_expires $s3o_presign_expires_at";
    access_log  %%TESTDIR%%/life.log  life;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /json/ {
            s3o_presign  json;
        }

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /window/ {
            s3o_presign         redirect;
            s3o_presign_window  5m;
        }

        location /short/ {
            s3o_presign          json;
            s3o_presign_expires  10s;
        }

        location /proxied/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }

        location /waits/ {
            s3o_presign                   redirect;
            s3o_presign_credentials_wait  60s;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;
        return  200 "authorization $http_authorization";
    }
}

EOC

ok($s->wait_for_sets(1), 'the first set');
ok(wait_until(sub { get('json')->{status} == 200 ? 1 : 0 }),
   'the first set signs');


# the service gives no other set, so URLs live shorter and shorter

$s->set(answer => 'error');

my $set = $s->history()->{1};
my @clock = (
    [0,   json => 600, redirect => 600, window => 600, short => 10],
    [299, json => 301, redirect => 301, window => 301, short => 10],
    [570, json => 30,  redirect => 30,  window => 30,  short => 10],
    [571, json => 503, redirect => 503, window => 503, short => 10],
    [590, json => 503, redirect => 503, window => 503, short => 10],
    [591, json => 503, redirect => 503, window => 503, short => 503],
    [600, json => 503, redirect => 503, window => 503, short => 503],
    [601, json => 503, redirect => 503, window => 503, short => 503],
);

for my $moment (@clock) {
    my ($seconds, %expected) = @$moment;

    at($start + $seconds);
    is_deeply({ map { $_ => life($_) } keys %expected }, \%expected,
              "after $seconds s");
    is(get('proxied')->{status}, $seconds < 600 ? 200 : 503,
       "proxied, after $seconds s");
}

my $r = get('redirect');

like($r->{headers}{'retry-after'}[0], qr/^[1-9]\d?$/,
     'the client is told when to come again');

for my $line (grep { !m{^/proxied} } split /\n/, $t->read_file('life.log')) {
    my ($uri, $in, $until) = split ' ', $line;

    next if $in eq '-';

    my $end = S3O::Faketime::to_epoch($until);

    cmp_ok($end, '<=', $set->{expires}, "$uri: \$s3o_presign_expires_at");
    cmp_ok($in, '<=', 600, "$uri: \$s3o_presign_expires");
}


# Less life is left than requests need: the next fetch comes at once, and
# requests that wait for it are served.  Timers do not follow the clock that is
# set here.  By them the next set is due in about five minutes, and no request
# waits that long.

$s->set(answer => 'ok', now => $now);
ok(wait_until(sub { signed_by() == 2 ? 1 : 0 }, 120), 'a new set');

my $fetches = fetched();

at($now + 575, service => 1);
$r = get('waits', timeout => 90);

is($r->{status}, 307, 'with less than 30 seconds left a request waits');
is(set_number('one', $r->{headers}{location}[0]), 3, 'the next set signs');
is(fetched(), $fetches + 1, 'the next set is fetched once');

# a set is fetched with 15 minutes of life left, or here with half of its life
# left

at($now + 295, service => 1);
sleep 1.2;
is(fetched(), $fetches + 1,
   'no fetch comes with more than half of the life left');
at($now + 6, service => 1);
ok($s->wait_for_sets(4), 'a clock that was set ahead is noticed');
is(fetched(), $fetches + 2, 'once');

$t->done();


sub at {
    my ($time, %o) = @_;

    $now = $time;
    $s->set(now => $now) if $o{service};
    $t->set_faketime($now);

    # a worker knows the time of its last event

    sleep 0.05;
}


sub get {
    my ($mode, %o) = @_;

    return $t->request(uri => "/$mode/x", %o);
}


# leaves out requests that a busy machine did not answer in time

sub fetched {
    return $s->fetches()
           - grep { /no new credentials.*(?:timed out|takes too long)/ }
             $t->log_errors('info');
}


sub signed_by {
    my $url = url_of(get('short')) // return 0;

    return set_number('one', $url);
}


# Returns for how many seconds from now the URL in an answer lives; or the
# status; or words on what is wrong with the URL.

sub life {
    my ($mode) = @_;

    my $r = get($mode);

    return $r->{status} if $r->{status} >= 400;

    my $url = url_of($r);
    my $u = parse_url($url);
    my $life = amz_epoch($u->{date}) + $u->{expires} - $now;
    my $max_age = $r->{headers}{'cache-control'}[0] // '';

    return 'not signed'
        unless is_signed($u, secret_key => set_of('one', 1)->{secret_key});
    return "kept for $1" if $max_age =~ /max-age=(\d+)/ && $1 > $life;

    if ($mode =~ /json|short/) {
        my $json = decode_json($r->{body});

        return "said $json->{expires_in}" if $json->{expires_in} != $life;
        return "said $json->{expires_at}"
            if S3O::Faketime::to_epoch($json->{expires_at}) != $now + $life;
    }

    return $life;
}
