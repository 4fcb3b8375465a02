#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Fetches that fail.  The old set signs until its end.  Attempts come after 1,
# 2, 4...  seconds, at most 60, each pause a little longer or shorter at random;
# without a set they come more often.  The clock of nginx moves in steps.

use strict;
use warnings;

use List::Util qw(max min);
use Test::More;

use S3O::Nginx;
use S3O::Ports;
use S3O::Presigned qw(ARN parse_url);
use S3O::Rotation qw(check_url set_number);
use S3O::Rotation::Clock;
use S3O::Rotation::Service;
use S3O::SigV4 qw(amz_epoch);

# a worker looks at the schedule twice a second

use constant { WORKERS => 2, LIFE => 800, STEP => 0.5 };

my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS)
                  ->has('faketime');

my @warm = map { S3O::Rotation::Service->start(name => $_, life => LIFE) }
           qw(a b c d);
my $cold = S3O::Ports::free();
my $clock = S3O::Rotation::Clock->new($t, @warm);

my $locations = join '', map { <<"EOC" } 0 .. $#warm;
        location /$_/ {
            s3o_presign              redirect;
            s3o_presign_credentials  @{[ $warm[$_]->source() ]};
        }

EOC

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point      @{[ ARN ]};
    s3o_presign_expires           1s;
    s3o_presign_credentials_wait  0;

@{[ $clock->server() ]}

    server {
        listen  127.0.0.1:%%PORT_8080%%;

$locations
        location /cold/ {
            s3o_presign              redirect;
            s3o_presign_credentials  imds endpoint=http://127.0.0.1:$cold;
        }
    }
}

EOC

$clock->begin(WORKERS)->settle();

my $start = $clock->now();

is(signed_by($_), 1, 'the first set') for 0 .. $#warm;

$_->down() for @warm;

my $end = $warm[0]->history()->{1}{expires};
my ($steps, $served, $refused, $last) = (0, 0, 0, 0);
my @wrong;

# the times of the failed attempts of each source; the last source has no set

my @at = map { [] } @warm, $cold;
my (@failures, %step);

note_failures(STEP);

for (1 .. 40 / STEP) {
    step(STEP);
}

my @never = splice @{ $at[-1] };

diag('never a set: ', join ' ', map { $never[$_] - $never[$_ - 1] } 1 .. 8);

is(join(' ', out_of_step(0, @never)), '', 'no set at all: 1, 2, 4, 5, 5...');

# the other sources are due when half of their life is left, or a tenth of that
# earlier

step($start + LIFE / 2 - LIFE / 20 - 1 - $clock->now());
is(scalar(map { @$_ } @at[0 .. $#warm]), 0, 'no attempt before one is due');

# the loop ends 60 seconds after the end of the sets

while ($clock->now() < $end + 60) {
    my $now = $clock->now();

    # the steps are longer where the pauses are longer

    step($now > $start + LIFE / 2 + 50 && $now < $end - 90 ? 4 * STEP : STEP);

    next if $now < $end - 10 && ++$steps % 4;

    my $r = $t->request(uri => '/0/x');
    my $url = $r->{headers}{location}[0];

    if ($url) {
        my $why = check_url('a', $warm[0]->history(), $url);

        push @wrong, $why if $why;
        $last = amz_epoch(parse_url($url)->{date});
        push @wrong, 'served after 503' if $refused;
        $served++;

    } else {
        push @wrong, $r->{status} if $r->{status} != 503;
        $refused++;
    }
}

is(join(' ', @wrong), '', 'every signature is by a live set');
cmp_ok($served, '>', 50, 'the old set serves');
cmp_ok($end - $last, '<=', 1, 'the old set serves until its end');
cmp_ok($refused, '>', 100, 'no set serves after its end');

$_->up() for @warm;

for (1 .. 7 / STEP) {
    step(STEP);
}

for my $n (0 .. $#warm) {
    my $name = $warm[$n]->name();

    is(signed_by($n), 2, "$name: the service is back, and the new set signs");
}


# the pauses between attempts

my @long;

for my $n (0 .. $#warm) {
    my $name = $warm[$n]->name();
    my @at = @{ $at[$n] };
    my @gaps = map { $at[$_] - $at[$_ - 1] } 1 .. $#at;
    my @old = grep { $at[$_] < $end } 0 .. $#gaps;
    my @after = grep { $at[$_] >= $end } 0 .. $#gaps;

    diag(sprintf '%s: failed after %.1f s, then after %s, set ended, then %s',
         $name, $at[0] - $start, "@gaps[@old]", "@gaps[@after]");

    is(join(' ', out_of_step($end, @at)), '', "$name: 1, 2, 4... up to 60 "
       . 'seconds, half of what is left or five');
    push @long, grep { $_ >= 45 }
                map { $gaps[$_] } grep { $at[$_] <= $end - 120 } @old;

    my ($first) = grep { $_ >= $end } @at;

    cmp_ok($first - $end, '<=', 8, 'an attempt comes soon after the end');
    cmp_ok(scalar @after, '>=', 7, 'attempts then come every five seconds');

    my $port = $warm[$n]->port();

    is(scalar(grep { /no new credentials "imds": .*127\.0\.0\.1:$port\b/ }
              $t->log_errors('error')), scalar @at, 'the log has each failure');
}

cmp_ok(scalar @long, '>=', 8, 'there are pauses of the longest kind');

@long = sort { $a <=> $b } @long;
cmp_ok($long[-1] - $long[0], '>', 3, 'the longest pauses are not all equal');

$t->done();


sub step {
    $clock->step($_[0]);
    note_failures($_[0]);
}


sub note_failures {
    my ($step) = @_;

    my @sources = $clock->sources();

    for my $n (0 .. $#sources) {
        my $more = $sources[$n]{failures} - ($failures[$n] // 0);

        push @{ $at[$n] }, $clock->now() if $more;
        $step{ $clock->now() } = $step if $more;
        push @wrong, "$more at once" if $more > 1;
        $failures[$n] = $sources[$n]{failures};
    }
}


# Returns the pauses that are not between three and five quarters of what they
# should be.  A pause may end between two steps.

sub out_of_step {
    my ($end, @at) = @_;

    my @bad;

    for my $i (1 .. $#at) {
        my $gap = $at[$i] - $at[$i - 1];
        my $left = int $end - int $at[$i - 1];
        my $pause = min(2 ** ($i - 1), 60, max(5, int $left / 2));

        push @bad, "$i: $gap, not $pause"
            if $gap < 0.75 * $pause || $gap > 1.25 * $pause + $step{ $at[$i] };
    }

    return @bad;
}


# Returns the number of the set that signs for the n-th source, or 0.

sub signed_by {
    my ($n) = @_;

    my $url = $t->request(uri => "/$n/x")->{headers}{location}[0] // return 0;

    return set_number($warm[$n]->name(), $url);
}
