#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Fetches that fail: the old set serves until its end, attempts come after
# 1, 2, 4... seconds, 60 at the most, each a random bit sooner or later, and
# more often when there is no set any more.  nginx's clocks run faster than
# real ones here.

use strict;
use warnings;

use List::Util qw(max);
use Test::More;
use Time::HiRes qw(time sleep);
use Time::Local qw(timelocal);

use S3O::Nginx;
use S3O::Ports;
use S3O::Presigned qw(ARN parse_url);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(check_url fast_clock set_number);
use S3O::Rotation::Service;
use S3O::SigV4 qw(amz_epoch);

use constant { SPEED => 80, LIFE => 800 };

# what the machine may be busy with for a moment

use constant LATE => 12;

my $t = S3O::Nginx->new(log_level => 'info', workers => 2)->has('faketime');

my @warm = map { S3O::Rotation::Service->start(name => $_, life => LIFE) }
           qw(a b c d);
my $cold = S3O::Ports::free();

my $locations = join '', map { <<"EOC" } 0 .. $#warm;
        location /$_/ {
            s3o_presign              redirect;
            s3o_presign_credentials  @{[ $warm[$_]->source() ]};
        }

EOC

my $start = time();
$_->set(start => $start, speed => SPEED) for @warm;

fast_clock($t, SPEED);

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

env FAKETIME;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point      @{[ ARN ]};
    s3o_presign_expires           1s;
    s3o_presign_credentials_wait  0;

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

for my $n (0 .. $#warm) {
    ok(wait_until(sub { signed_by($n) ? 1 : 0 }, 10), 'the first set');
}

$_->down() for @warm;

# of sets that were handed out the last may have come too late

my @end = map { $warm[$_]->history()->{ signed_by($_) }{expires} } 0 .. $#warm;
my $set = { expires => $end[0] };
my ($served, $refused, $last, $stall) = (0, 0, 0, 0);
my @wrong;

# until 60 seconds after the set's end

while ($start + (time() - $start) * SPEED < $set->{expires} + 60) {
    my $began = time();
    my $r = $t->request(uri => '/0/x');
    my $url = $r->{headers}{location}[0];

    if ($url) {
        my $why = check_url('a', $warm[0]->history(), $url, 60);

        push @wrong, $why if $why;
        $last = amz_epoch(parse_url($url)->{date});
        push @wrong, 'served after 503' if $refused;
        $served++;

    } else {
        push @wrong, $r->{status} if $r->{status} != 503;
        $refused++;
    }

    sleep 0.01;

    # how long the machine was busy with something else

    $stall = max($stall, (time() - $began) * SPEED);
}

is(join(' ', @wrong), '', 'what is signed is signed with a live set');
cmp_ok($served, '>', 50, 'the old set serves');
cmp_ok($set->{expires} - $last, '<=', 10 + $stall, 'until its end');
cmp_ok($refused, '>', 5, 'and not after it');

$_->up() for @warm;

my $sets = keys %{ $warm[0]->history() };

ok($warm[0]->wait_for_sets($sets + 1, 10), 'the service is back');
ok(wait_until(sub {
    my $url = $t->request(uri => '/0/x')->{headers}{location}[0];
    $url && $warm[0]->history()->{ set_number('a', $url) }{expires}
            > $end[0] ? 1 : 0;
}, 5), 'and the new set signs');


# attempts as the log has them, to the second

my @long;

for my $n (0 .. $#warm) {
    my $s = $warm[$n];
    my @at = attempts($s->port());
    my @gaps = map { $at[$_] - $at[$_ - 1] } 1 .. $#at;
    my ($old, $after) = ([], []);
    my $end = $end[$n];

    push @{ $at[$_] < $end ? $old : $after }, $gaps[$_] for 0 .. $#gaps;

    diag(sprintf '%s: failed after %d s, then after %s, set ended, then %s',
         $s->name(), $at[0] - $start, "@$old", "@$after");

    is(join(' ', out_of_step(60, $end, \@at)), '',
       $s->name() . ': 1, 2, 4... up to 60 seconds');
    push @long, grep { $_ > 40 } @$old;

    my ($first) = grep { $_ >= $end } @at;

    cmp_ok($first - $end, '<=', 12 + $stall, 'an attempt soon after the end');
    cmp_ok((sort { $b <=> $a } @$after)[1] // 0, '<=', 9 + $stall,
           'and then every five seconds');
}

cmp_ok(scalar @long, '>=', 8, 'the longest pauses');

@long = sort { $a <=> $b } @long;
cmp_ok($long[-1] - $long[0], '>', 9, 'are not all equal');

my @at = attempts($cold);
my @gaps = map { $at[$_] - $at[$_ - 1] } 1 .. $#at;

diag("never a set: @gaps[0 .. 9]...");

is(join(' ', out_of_step(5, 0, \@at)), '', 'no set at all: 1, 2, 4, 5, 5...');

$t->done();


sub attempts {
    my ($port) = @_;

    return map {
        my ($y, $mo, $d, $h, $mi, $s)
            = /^(\d+).(\d\d).(\d\d) (\d\d):(\d\d):(\d\d)/;
        timelocal($s, $mi, $h, $d, $mo - 1, $y);
    } grep { /no new credentials "imds": .*127\.0\.0\.1:$port\b/ }
      $t->log_errors('error');
}


# pauses that are not three to five quarters of what they should be; the log
# has seconds, a worker looks twice a second, and the machine may be busy: then
# a pause gets longer, which does not happen to many

sub out_of_step {
    my ($max, $end, $at) = @_;

    my (@bad, @late);
    my $step = 1;

    for my $i (1 .. $#$at) {
        my $gap = $at->[$i] - $at->[$i - 1];
        my $left = $end - $at->[$i - 1];

        last if $end && $left < 2 * $step;

        push @bad, "$i: $gap" if $gap < 0.75 * $step - 1.1;
        push @late, "$i: $gap" if $gap > 1.25 * $step + LATE;
        $step = $step * 2 > $max ? $max : $step * 2;
    }

    return @bad, @late > 1 + @$at / 20 ? @late : ();
}


# the number of the set that signs for the n-th source, or 0

sub signed_by {
    my ($n) = @_;

    my $url = $t->request(uri => "/$n/x")->{headers}{location}[0] // return 0;

    return set_number($warm[$n]->name(), $url);
}
