#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Three services keep giving the same set until less life is left than requests
# need.  nginx asks once more shortly before that time.  After that time
# requests make nginx ask, and wait for the answer as at a cold start.  The
# clock of nginx moves only in the steps of the test.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(ask check_url set_number);
use S3O::Rotation::Clock;
use S3O::Rotation::Service;

use constant { LIFE => 15, FLOOR => 4, STEP => 0.25 };

my $t = S3O::Nginx->new(log_level => 'info')->has('faketime');

my %service = map { $_ => S3O::Rotation::Service->start(name => $_,
                                                        life => LIFE) }
              qw(early late error);
my $clock = S3O::Rotation::Clock->new($t, values %service);

my $locations = join '', map { <<"EOC" } sort keys %service;
        location /$_/ {
            s3o_presign              redirect;
            s3o_presign_expires      @{[ FLOOR ]}s;
            s3o_presign_credentials  @{[ $service{$_}->source('role=only') ]};
        }

EOC

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
        location /status {
            s3o_presign_status  json;
        }
    }
}

EOC

$clock->begin(1)->settle();

my $began = $clock->now();

is(asked($_), 1, "$_: the first set") for sort keys %service;

# from now on each service gives the same set again

$_->set(rotate => 0) for values %service;

# The service "early" gets a new set when a third of the life is left.  Requests
# need less life than that, and none comes meanwhile.

$clock->step(STEP) until left() <= LIFE / 3 + 3;

cmp_ok(asked($_), '>', 1, "$_: was asked, and gave the same set again")
    for sort keys %service;

$service{early}->set(rotate => 1);

$clock->step(STEP) until left() <= FLOOR;

is(keys %{ $service{early}->history() }, 2,
   'the schedule asks once more before it is too late');
is(keys %{ $service{$_}->history() }, 1, "$_: the service gave no other set")
    for qw(late error);

# The set has less life than a request needs.  The request causes one fetch,
# which brings the same set, and another fetch a second later.  The next fetch
# would come after two more seconds.

$clock->step(STEP) until left() <= FLOOR - 1;

my $before = asked('late');
my $c = ask($t, '/late/a');

ok(wait_until(sub { waited() }), 'a request waits');
is(fetched_after('late', STEP), $before + 1, 'the request causes a fetch');
is(fetched_after('late', 0.5), $before + 1, 'a second has only one fetch');

$service{late}->set(rotate => 1);
fetched_after('late', 0.75);

my $r = answer_of($c);

is($r->{status}, 307, 'the request is served');
is(set_number('late', $r->{headers}{location}[0]), 2,
   'the request has waited for the next set');
is(check_url('late', $service{late}->history(), $r->{headers}{location}[0]),
   '', 'the next set has signed the URL');

# from now on the service fails, and requests come all the time

$service{error}->set(answer => 'error');

my @failed = failures_of('error', 12);

cmp_ok(scalar @failed, '>=', 3, 'a failing service is asked again')
    or diag("@failed");
cmp_ok(scalar @failed, '<=', 6,
       'a failing service is not asked all the time') or diag("@failed");

$t->done();


sub left { return $began + LIFE - $clock->now() }


sub asked { return scalar $service{ $_[0] }->asked('credentials') }


sub waited {
    return decode_json($t->request(uri => '/status')->{body})->{waited};
}


sub fetched_after {
    my ($name, $seconds) = @_;

    for (1 .. $seconds / STEP) {
        $clock->step(STEP);
    }

    return asked($name);
}


sub answer_of {
    my ($c) = @_;

    # a request that waits looks for a new set every 25 milliseconds

    $clock->pass(0.05) for 1 .. 3;

    return $c->read_response();
}


# Returns the times at which the service was asked, with a request in each step.

sub failures_of {
    my ($name, $seconds) = @_;

    my $before = fetches($name);
    my (@at, @clients);

    for (1 .. $seconds / STEP) {
        my $c = ask($t, "/$name/x");
        $clock->pass(STEP)->settle();
        push @at, $clock->now() - $began if fetches($name) > $before + @at;
        push @clients, $c;
    }

    $_->close() for splice @clients;

    return @at;
}


sub fetches { return $service{ $_[0] }->fetches() }
