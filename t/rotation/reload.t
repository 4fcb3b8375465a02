#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A reload keeps the sets.  The first request after a reload is served even when
# the service fails.  nginx finds a kept set by the source and all parameters of
# that source, so a source never signs with the set of another.
#
# The clock of nginx moves only when the test moves it.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use S3O::HTTP;
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(check_url comes set_number);
use S3O::Rotation::Service;

my $now = time();
my $t = S3O::Nginx->new(log_level => 'info', workers => 2)->has('faketime')
        ->faketime($now, timers => 1);
my $s = S3O::Rotation::Service->start(name => 'one', life => 3600,
                                      now => $now);

configure(a => $s->source('role=a'), plain => $s->source());
$t->run();

ok(comes($t, 0.002, sub { keys %{ $s->history() } == 2 }),
   'two sources, two sets');
ok(wait_until(sub { url('a') && url('plain') ? 1 : 0 }), 'both sources sign');

my %first = map { $_ => set_number('one', url($_)) } qw(a plain);

isnt($first{a}, $first{plain}, 'each source has its own set');


# the service is gone, and no request waits

$s->down();

for my $i (1 .. 5) {
    ok($t->reload(), "reload $i");

    for my $name (qw(a plain)) {
        is(set_number('one', url($name)), $first{$name},
           "$name: the first request is served from the kept set");
    }
}

kill 'HUP', $t->pid();
sleep 0.02;
kill 'HUP', $t->pid();
ok($t->reload(), 'the last of three reloads in a row');
is(set_number('one', url($_)), $first{$_}, "$_: kept") for qw(a plain);


# a source with other parameters

my %other = (
    'another role'      => $s->source('role=b'),
    'more parameters'   => $s->source('role=aa'),
    'another order'     => 'imds role=a endpoint=' . $s->endpoint(),
    'another endpoint'  => 'imds endpoint=http://127.0.0.1:1 role=a',
    'no role'           => 'imds endpoint=http://127.0.0.1:1',
    'another source'    => 'container uri=' . $s->endpoint() . '/x',
);

for my $what (sort keys %other) {
    configure(a => $other{$what}, plain => $s->source());
    ok($t->reload(), $what);
    is(url('a'), undef, 'other parameters do not get the old set');
    is(set_number('one', url('plain')), $first{plain},
       'the unchanged source keeps its set');
}

configure(a => $s->source('role=a'), plain => $s->source());
ok($t->reload(), 'a reload with the first parameters');
is(set_number('one', url('a')), $first{a},
   'the set of the first parameters was kept');


# the names and the order of locations do not matter

configure(x => $s->source(), y => $s->source('role=a'));
ok($t->reload(), 'other locations');
is(set_number('one', url('x')), $first{plain},
   'the first source has its set in another location');
is(set_number('one', url('y')), $first{a},
   'the second source has its set in another location');


# a refused configuration changes nothing

$t->write_file('nginx.conf', $t->read_file('nginx.conf')
                             =~ s/^(\s*)s3o_presign /$1s3o_nonsense /mr);
ok(!$t->reload(), 'a reload that fails');
is(set_number('one', url('x')), $first{plain},
   'a reload that fails changes nothing');


# an old worker that still has a request gets the next set as well

$s->up()->set(life => 40);

configure(x => $s->source('role=old'));
ok($t->reload(), 'a reload with a source of short-lived sets');
ok(comes($t, 0.002, sub { url('x') ? 1 : 0 }),
   'the source of short-lived sets signs');

my @old = $t->workers();
my @kept = map { S3O::HTTP->connect(port => $t->port(8080)) } 1 .. 4;

# the first half of a request keeps the old worker alive; the second half makes
# it sign

$_->write("GET /x/x HTTP/1.1\r\nHost: localhost\r\n") for @kept;
sleep 0.2;
ok($t->reload(), 'a reload');

my $newest = set_number('one', url('x'));

# the next set comes when half of the life is over

for my $rotation (1, 2) {
    $now += 20;
    $s->set(now => $now);
    $t->pass(20);
    $newest++;
    ok(wait_until(sub { set_number('one', url('x')) == $newest }),
       "rotation $rotation");
}

for my $c (@kept) {
    $c->write("\r\n");

    my $r = $c->read_response();
    my $url = $r && $r->{headers}{location}[0];

    is($url ? set_number('one', $url) : 0, $newest,
       'an old worker signs with the newest set');
    is($url ? check_url('one', $s->history(), $url) : 'none', '',
       'the URL of the old worker is right');
    $c->close();
}

$t->todo_alerts(qr/unknown directive "s3o_nonsense"/);
$t->done();


sub configure {
    my (%sources) = @_;

    my $locations = join '', map { <<"EOC" } sort keys %sources;
        location /$_/ {
            s3o_presign              redirect;
            s3o_presign_credentials  $sources{$_};
        }

EOC

    $t->write_file_expand('nginx.conf', <<"EOC");

%%TEST_GLOBALS%%

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
    }
}

EOC
}


sub url { return $t->request(uri => "/$_[0]/x")->{headers}{location}[0] }
