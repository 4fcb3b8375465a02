#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# One fetch at a time for the whole server: eight workers that see the same
# credentials end ask for the next ones once.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(check_url set_number);
use S3O::Rotation::Load;
use S3O::Rotation::Service;

use constant { WORKERS => 8, ROTATIONS => 20 };

my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS);

# half of a life of two seconds: a set a second

my $s = S3O::Rotation::Service->start(name => 'one', life => 2);

$t->subst(SOURCE => $s->source(), ARN => ARN);
$t->write_file_expand('nginx.conf', <<'EOC')->run();

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
            s3o_presign  redirect;
            add_header   X-Worker $pid always;
        }
    }
}

EOC

ok(wait_until(sub { $t->workers() == WORKERS }), 'all workers are there');

my $load = S3O::Rotation::Load->start($t, uris => ['/x'], clients => 4,
                                      pause => 0.02);

ok($s->wait_for_sets(ROTATIONS + 1, 60), ROTATIONS . ' rotations');

my $fetches = $s->fetches();
my @sets = sort { $a->{n} <=> $b->{n} } values %{ $s->history() };
my @answers = $load->stop();

diag(sprintf '%d workers, %d sets, %d fetches, %d requests', WORKERS,
     scalar @sets, $fetches, scalar @answers);

cmp_ok($fetches, '<=', @sets + 1, 'each set was fetched once');
is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
   'and never two at a time');

my @early = grep { $sets[$_]{real} - $sets[$_ - 1]{real} < 0.9 } 1 .. $#sets;

is("@early", '', 'none was replaced before half of its life was over');

my %by_set = map { set_number('one', $_->{url}) => 1 } @answers;

cmp_ok(scalar keys %by_set, '>=', ROTATIONS, 'all of them have signed');

my $history = $s->history();
my @bad = grep { $_ } map { check_url('one', $history, $_->{url}) } @answers;

is(join("\n", @bad), '', 'every answer was signed with a set that was alive');
is(scalar $t->workers(), WORKERS, 'no worker was lost');

$t->done();
