#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A service that repeats the same set until its end is asked more often as
# that comes near, so that the next one is there in time.  nginx's clocks run
# faster than real ones here.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(fast_clock);
use S3O::Rotation::Service;

use constant {
    SPEED => 10,
    LIFE  => 60,
};

my $t = S3O::Nginx->new(log_level => 'info')->has('faketime');
my $service = S3O::Rotation::Service->start(life => LIFE, rotate => 0);
my $source = $service->source('role=only');

$service->set(start => time(), speed => SPEED);
fast_clock($t, SPEED);

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

env FAKETIME;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  @{[ ARN ]};

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location / {
            s3o_presign              redirect;
            s3o_presign_credentials  $source;
        }
    }
}

EOC

my @at;

wait_until(sub {
    @at = map { $_->{at} } $service->asked('credentials');
    return @at && $at[-1] - $at[0] > LIFE + 15 ? 1 : 0;
}, 20);

my @after = map { $_ - $at[0] } @at;

# at half of its life, and then not before 22 seconds later if that had
# nothing to do with what is left

my @near = grep { $_ > LIFE / 2 + 1 && $_ < LIFE + 14 } @after;

cmp_ok(scalar @near, '>', 2, 'asked more often in the last seconds')
    or diag(join ' ', map { sprintf '%.1f', $_ } @after);

# but not all the time

cmp_ok(scalar @near, '<', 15, 'and not too often');

is(keys %{ $service->history() }, 1, 'there was but one set');

$t->done();
