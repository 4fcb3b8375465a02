#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "renew": a set is replaced when it is some time old, though it goes on to
# live.  Whenever the service goes away, most of a set's life is left; attempts
# that fail then take nothing from it, and are not said again and again.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use List::Util qw(min);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(check_url set_number url_of);
use S3O::Rotation::Service;

use constant { MINUTE => 60, HOUR => 3600, LIFE => 12 * 3600 };

my $t = S3O::Nginx->new(log_level => 'info', workers => 2)->has('faketime');
my $start = int time;
my $now = $start;

$t->faketime($now);

# the same sets, renewed or not

my $early = S3O::Rotation::Service->start(name => 'early', life => LIFE,
                                          now => $now);
my $late = S3O::Rotation::Service->start(name => 'late', life => LIFE,
                                         now => $now);

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point      @{[ ARN ]};
    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /early/ {
            s3o_presign              redirect;
            s3o_presign_credentials  @{[ $early->source('renew=1h') ]};
        }

        location /late/ {
            s3o_presign              redirect;
            s3o_presign_credentials  @{[ $late->source() ]};
        }

        location /status {
            s3o_presign_status  json;
        }
    }
}

EOC

ok($_->wait_for_sets(1), 'the first set of ' . $_->name()) for $early, $late;

# the clock must not move before nginx has them

ok(wait_until(sub { left($_) ? 1 : 0 }), "$_: is taken") for qw(early late);


# a day at work would be no different

my $n = signed_by();
my $kept = $late->fetches();
my ($age, @few, @wrong) = (0);

for my $step (1 .. 18) {
    at($now + 20 * MINUTE);
    $age += 20 * MINUTE;

    if ($age == HOUR) {
        my ($old, $given_up) = ($n, given_up());

        $age = 0;
        ok(wait_until(sub { ($n = signed_by()) > $old ? 1 : 0 }),
           'the next set after an hour');
        push @wrong, "$step: $n after $old"
            if $n > $old + 1 + given_up() - $given_up;
    }

    push @wrong, "$step: " . signed_by() if signed_by() != $n;
    push @few, "$step: $_" for grep { $_ < LIFE - HOUR } left('early');
}

is("@wrong", '', 'and none before its time');
is("@few", '', 'at any moment more than eleven hours are left');
is($late->fetches(), $kept, 'without "renew" a set is kept');
is(scalar(grep { !/timed out/ } $t->log_errors('error')), 0, 'no errors');


# the line goes down in the last moment before a renewal

at($now + HOUR - 1);
is(signed_by(), $n, 'one second less than an hour old');

my $end = $early->history()->{$n}{expires};

is($end - $now, LIFE - HOUR + 1, 'eleven hours are left');

my $failed = failures('early');

$t->clear_log();
$_->down() for $early, $late;
at($now + 1);

# attempts after one second, two and four, of which nothing is to be noticed

ok(wait_until(sub { failures('early') > $failed + 2 ? 1 : 0 }),
   'attempts fail');

my @lines = fetch_lines($early, 'error');

is(scalar @lines, 1, 'that is said once') or diag(join "\n", @lines);
cmp_ok(scalar fetch_lines($early, 'info'), '>', 2, 'others are information');
is(signed_by(), $n, 'the set that is there signs');
like(status('early')->{error}, qr/failed/, 'the status has the reason');

@wrong = ();

for my $left (reverse(map { $_ * HOUR } 1 .. 10), 16 * MINUTE) {
    at($end - $left);
    push @wrong, "with $left s left: " . signed_by() if signed_by() != $n;
}

is("@wrong", '', 'and goes on for eleven hours');
is(scalar fetch_lines($early, 'error'), 1, 'in silence');


# in the end it is an error as ever, each time

at($end - 60);

# the pause before it may have grown to a minute and a quarter of real time

ok(wait_until(sub { fetch_lines($early, 'error') > 1 ? 1 : 0 }, 200),
   'with less than 15 minutes left it is an error again');

at($end - 31);
is(signed_by(), $n, 'until its end');
at($end);
is(signed_by(), 0, 'and no longer');


# the line is up again

$_->set(now => $now)->up() for $early, $late;
ok(wait_until(sub { signed_by() > $n ? 1 : 0 }), 'a new set');
cmp_ok(status('early')->{left}, '>', LIFE - HOUR, 'for another day');

my $history = $early->history();

is(join(' ', grep { $_ } map { check_url('early', $history, $_) } urls()), '',
   'all URLs were right');

$t->done();


sub at {
    my ($time) = @_;

    $now = $time;

    # the services first: a fetch comes as soon as the clock of nginx moves

    $_->set(now => $now) for $early, $late;
    $t->set_faketime($now);

    # each worker looks at its clock at the next event

    sleep 0.05;
}


# the number of the set that signs now, 0 without one; each URL is kept

my @urls;

sub urls { return @urls }

sub signed_by {
    my $url = url_of($t->request(uri => '/early/x')) // return 0;

    push @urls, $url;

    return set_number('early', $url);
}


sub status {
    my ($name) = @_;

    my $all = decode_json($t->request(uri => '/status')->{body})->{sources};

    return $all->[$name eq 'early' ? 0 : 1];
}


sub left { return status($_[0])->{left} }
sub failures { return status($_[0])->{failures} }


# fetches that a service on a busy machine did not answer within two seconds;
# what it gave then is lost

sub given_up { return scalar grep { /timed out/ } fetch_lines($early, 'info') }


sub fetch_lines {
    my ($service, $level) = @_;

    my $port = $service->port();

    return grep { /no new credentials "imds": .*127\.0\.0\.1:$port\b/ }
           $t->log_errors($level);
}
