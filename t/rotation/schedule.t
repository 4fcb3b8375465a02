#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# When nginx fetches the next set: when 15 minutes of life are left; or half of
# the life, where that is less; or at the age that "renew" gives; in each case a
# little earlier at random.  If the service gives the same set, nginx asks again
# after the same time.  The clock of nginx moves in steps.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Rotation::Clock;
use S3O::Rotation::Service;

use constant { WORKERS => 2, STEP => 2 };

# life of a set => the life that is left when the next set is fetched

my %left = (1860 => 900, 1000 => 500, 600 => 300);
my @roles = map { "role-$_" } 1 .. 8;

my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS)
                  ->has('faketime');

my %service = map { $_ => S3O::Rotation::Service->start(life => $_) }
              sort keys %left;

# sets that live for two hours; one of the services has only one set

use constant RENEW => 540;

$service{7200} = S3O::Rotation::Service->start(life => 7200);
$service{same} = S3O::Rotation::Service->start(life => 7200, rotate => 0);

my @sources = map { $service{$_}->source('role=only') } sort keys %left;
push @sources, map { $service{600}->source("role=$_") } @roles;
push @sources, map { $service{$_}->source('role=only', 'renew=' . RENEW) }
               qw(7200 same);

my $locations = join '', map { <<"EOC" } 0 .. $#sources;
        location /$_/ {
            s3o_presign              redirect;
            s3o_presign_credentials  $sources[$_];
        }

EOC

my $clock = S3O::Rotation::Clock->new($t, values %service);

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  @{[ ARN ]};

@{[ $clock->server() ]}

    server {
        listen  127.0.0.1:%%PORT_8080%%;

$locations
    }
}

EOC

$clock->begin(WORKERS)->settle();

my $began = $clock->now();

is(fetches(), @sources, 'each source has a set');

# the first set is due when half of its 600 seconds is left, or a tenth of that
# earlier

$clock->step(269);
is(fetches(), @sources, 'each source keeps its set until then');

$clock->step(STEP)
    until $service{same}->asked('credentials') > 2
          || $clock->now() > $began + 1200;

# "life role" => time from the first set to the second set

my %waited = map { intervals($_) } keys %service;

is(scalar keys %waited, @sources, 'each source gets a second set')
    or diag(join ' ', sort keys %waited);

for my $life (sort { $a <=> $b } keys %left) {
    my $due = $life - $left{$life};
    my $earliest = $due - $left{$life} / 10;
    my @times = map { $waited{$_} } grep { /^$life / } sort keys %waited;

    diag(sprintf "life %d s, the next after %s s", $life,
         join ', ', map { int } @times);

    is(join(' ', grep { $_ < $earliest || $_ > $due + STEP } @times), '',
       "life of $life s: fetched with $left{$life} s left, or a bit earlier");
}

# the time is the same when a fetch brings the set that nginx has already

for my $life (qw(7200 same)) {
    my $waited = $waited{"$life only"} // 0;

    ok($waited >= RENEW * 9 / 10 && $waited <= RENEW + STEP,
       "\"renew\" ($life): fetched at that age") or diag($waited);
}

my @at = map { $_->{at} } $service{same}->asked('credentials');

is(scalar @at, 3, 'the same set: asked again');

my $pause = $at[2] - $at[1];

ok($pause >= RENEW * 9 / 10 && $pause <= RENEW + STEP,
   'the same set: asked after the same time') or diag($pause);
is(keys %{ $service{same}->history() }, 1, 'the same set: there is only one');
is(scalar(grep { /new credentials.*:@{[ $service{same}->port() ]}\b/ }
          $t->log_errors('info')), 1, 'the same set: logged once');

# The times may differ by 30 seconds.  Without a random part all nine would be
# within three seconds.

my @spread = sort { $a <=> $b } map { $waited{$_} } grep { /^600 / }
             keys %waited;

cmp_ok($spread[-1] - $spread[0], '>', 3,
       'equal sources do not fetch at the same time');

$t->done();


sub fetches {
    my $sum = 0;
    $sum += $_->{fetches} for $clock->sources();

    return $sum;
}


sub intervals {
    my ($life) = @_;

    my %at;
    push @{ $at{ $_->{role} } }, $_->{at}
        for $service{$life}->asked('credentials');

    return map { ("$life $_" => $at{$_}[1] - $at{$_}[0]) }
           grep { @{ $at{$_} } > 1 } keys %at;
}
