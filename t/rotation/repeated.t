#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A service repeats the same set until the end of the set.  nginx asks it more
# often as that end comes near, so that the next set comes in time.  The test
# moves the clocks of nginx and of the service, a second at a time.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(comes);
use S3O::Rotation::Service;

use constant LIFE => 60;

my $now = time();
my $t = S3O::Nginx->new(log_level => 'info')->has('faketime')
        ->faketime($now, timers => 1);
my $service = S3O::Rotation::Service->start(life => LIFE, rotate => 0,
                                            now => $now);
my $source = $service->source('role=only');

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

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

        location /status {
            s3o_presign_status  json;
        }
    }
}

EOC

ok(comes($t, 0.002, sub { scalar $service->asked('credentials') }),
   'the service is asked the first time');

for my $second (1 .. LIFE + 15) {
    $service->set(now => $now + $second);
    $t->set_faketime($now + $second);

    # the clock does not move before nginx has done all that is due

    wait_until(sub {
        status() for 1, 2;
        return status()->{fetches} == $service->asked('credentials');
    }) or last;
}

my @after = map { $_->{at} - $now } $service->asked('credentials');

# The second attempt is at half of the set's life.  Pauses of half of its life
# would put the next attempt 22 seconds later.

my @near = grep { $_ > LIFE / 2 + 1 && $_ < LIFE + 14 } @after;

cmp_ok(scalar @near, '>', 2,
       'the service is asked more often in the last seconds')
    or diag(join ' ', map { sprintf '%.1f', $_ } @after);

cmp_ok(scalar(grep { $_ < LIFE } @near), '>=', 2,
       'the service is asked twice before the end');

# the service is not asked all the time

cmp_ok(scalar @near, '<', 15, 'the service is not asked too often');

is(keys %{ $service->history() }, 1, 'the service had only one set');

$t->done();


sub status {
    return decode_json($t->request(uri => '/status')->{body})->{sources}[0];
}
