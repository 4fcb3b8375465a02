#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "renew": a set is replaced at a given age, though it would live longer.  So
# when the service fails, most of a set's life is left.  Failed attempts do not
# shorten this life and are not logged again and again.

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

# the same sets, with and without "renew"

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

# nginx must have the sets before the clock moves

ok(wait_until(sub { left($_) ? 1 : 0 }), "$_: nginx has the set")
    for qw(early late);


# a few hours are enough to show what happens in a day

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
           'the next set comes after an hour');
        push @wrong, "$step: $n after $old"
            if $n > $old + 1 + given_up() - $given_up;
    }

    push @wrong, "$step: " . signed_by() if signed_by() != $n;
    push @few, "$step: $_" for grep { $_ < LIFE - HOUR } left('early');
}

is("@wrong", '', 'no set comes before its time');
is("@few", '', 'at any moment more than eleven hours are left');
is($late->fetches(), $kept, 'without "renew" a set is kept');
is(scalar(grep { !/timed out/ } $t->log_errors('error')), 0, 'no errors');


# the service fails just before a renewal

at($now + HOUR - 1);
is(signed_by(), $n, 'the set is one second less than an hour old');

my $end = $early->history()->{$n}{expires};

is($end - $now, LIFE - HOUR + 1, 'eleven hours are left');

my $failed = failures('early');

$t->clear_log();
$_->down() for $early, $late;
at($now + 1);

# attempts come after one, two and four seconds; clients notice nothing

ok(wait_until(sub { failures('early') > $failed + 2 ? 1 : 0 }),
   'attempts fail');

my @lines = fetch_lines($early, 'error');

is(scalar @lines, 1,
   'the failures have one line of level error') or diag(join "\n", @lines);
cmp_ok(scalar fetch_lines($early, 'info'), '>', 2,
       'other lines have the level info');
is(signed_by(), $n, 'the old set signs');
like(status('early')->{error}, qr/failed/, 'the status has the reason');

@wrong = ();

for my $left (reverse(map { $_ * HOUR } 1 .. 10), 16 * MINUTE) {
    at($end - $left);
    push @wrong, "with $left s left: " . signed_by() if signed_by() != $n;
}

is("@wrong", '', 'the old set signs for eleven hours');
is(scalar fetch_lines($early, 'error'), 1, 'no other error is logged');


# near the end each failure is an error again

at($end - 60);

# the pause before may have grown to a minute and a quarter of real time

ok(wait_until(sub { fetch_lines($early, 'error') > 1 ? 1 : 0 }, 200),
   'with less than 15 minutes left it is an error again');

at($end - 31);
is(signed_by(), $n, 'the old set signs until its end');
at($end);
is(signed_by(), 0, 'no set signs after that');


# the service works again

$_->set(now => $now)->up() for $early, $late;
ok(wait_until(sub { signed_by() > $n ? 1 : 0 }), 'a new set');
cmp_ok(status('early')->{left}, '>', LIFE - HOUR,
       'the new set has a full life');

my $history = $early->history();

is(join(' ', grep { $_ } map { check_url('early', $history, $_) } urls()), '',
   'all URLs were right');

$t->done();


sub at {
    my ($time) = @_;

    $now = $time;

    # The services get the time first, because a fetch comes as soon as the
    # clock of nginx moves.

    $_->set(now => $now) for $early, $late;
    $t->set_faketime($now);

    # Each worker reads its clock at its next event.

    sleep 0.05;
}


# Returns the number of the set that signs now, or 0 without a set; keeps each
# URL.

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


# Returns the fetches that a service on a busy machine did not answer within two
# seconds; nginx does not get these sets.

sub given_up { return scalar grep { /timed out/ } fetch_lines($early, 'info') }


sub fetch_lines {
    my ($service, $level) = @_;

    my $port = $service->port();

    return grep { /no new credentials "imds": .*127\.0\.0\.1:$port\b/ }
           $t->log_errors($level);
}
