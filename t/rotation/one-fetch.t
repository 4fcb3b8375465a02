#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The whole server makes one fetch at a time.  Eight workers see that the same
# credentials end, and ask for the next ones only once.  The clock of nginx
# moves only in the steps of the test, after which all workers wake up at once.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(check_url set_number url_of);
use S3O::Rotation::Clock;
use S3O::Rotation::Load;
use S3O::Rotation::Service;

use constant { WORKERS => 8, ROTATIONS => 20, LIFE => 1000, LATE => 51 };

my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS)
                  ->has('faketime');
my $s = S3O::Rotation::Service->start(name => 'one', life => LIFE);
my $clock = S3O::Rotation::Clock->new($t, $s);

$t->subst(SOURCE => $s->source(), ARN => ARN, CLOCK => $clock->server());
$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_credentials   %%SOURCE%%;
    s3o_presign_access_point  %%ARN%%;
    s3o_presign_expires       1s;

%%CLOCK%%

    server {
        listen  127.0.0.1:%%PORT_8080%% reuseport;

        location / {
            s3o_presign  redirect;
            add_header   X-Worker $pid always;
        }
    }
}

EOC

$clock->begin(WORKERS)->settle();

my $load = S3O::Rotation::Load->start($t, uris => ['/x'], clients => 4,
                                      pause => 0.02);
my (@early, @missing, @answers);

all_sign(1);

for my $n (1 .. ROTATIONS) {

    # a set is due when half of its life is left, or a tenth of that earlier

    $clock->step(LIFE / 2 - LATE);
    push @early, $n if $s->fetches() != $n;

    $clock->step(LATE);
    all_sign($n + 1);
}

my $fetches = $s->fetches();
my @sets = values %{ $s->history() };
push @answers, $load->stop();

diag(sprintf '%d workers, %d sets, %d fetches, %d requests', WORKERS,
     scalar @sets, $fetches, scalar @answers);

is(scalar @sets, ROTATIONS + 1, ROTATIONS . ' rotations');
is($fetches, @sets, 'each set was fetched once');
is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
   'two fetches never run at a time');

is("@early", '', 'no set was replaced before half of its life');

my %by_set = map { set_number('one', $_->{url}) => 1 } @answers;

is(scalar keys %by_set, @sets, 'all sets have signed');
is("@missing", '', 'all sets have signed in all workers');

my $history = $s->history();

# a worker may have read the clock before the last step

my @bad = grep { $_ } map { check_url('one', $history, $_->{url}, LATE) }
                      @answers;

is(join("\n", @bad), '', 'every answer was signed with a set that was alive');
is(scalar $t->workers(), WORKERS, 'no worker was lost');

$t->done();


# Sends requests until each worker has signed with the set.  The answers are
# examined later with the others.

sub all_sign {
    my ($n) = @_;

    my %seen;

    wait_until(sub {
        my $r = $t->request(uri => '/x');
        my $url = url_of($r) // return 0;

        push @answers, { url => $url };
        $seen{ $r->{headers}{'x-worker'}[0] } = 1
            if set_number('one', $url) == $n;

        keys %seen == WORKERS ? 1 : 0;
    }) or push @missing, $n;
}
