#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A reload keeps the sets: the first request after it is served, whether the
# service is there or not.  What is kept is found by the source and all of its
# parameters, so no source ever signs with the set of another one.
#
# The clock of nginx stands still but for what the test lets pass.

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
ok(wait_until(sub { url('a') && url('plain') ? 1 : 0 }), 'that sign');

my %first = map { $_ => set_number('one', url($_)) } qw(a plain);

isnt($first{a}, $first{plain}, 'each its own');


# the service is not there any more, and no request waits

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
ok($t->reload(), 'three in a row');
is(set_number('one', url($_)), $first{$_}, "$_: kept") for qw(a plain);


# other parameters

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
    is(url('a'), undef, 'is not served from the set of the former');
    is(set_number('one', url('plain')), $first{plain}, 'the other one is');
}

configure(a => $s->source('role=a'), plain => $s->source());
ok($t->reload(), 'back to the first');
is(set_number('one', url('a')), $first{a}, 'whose set was kept');


# names of locations and their order do not count

configure(x => $s->source(), y => $s->source('role=a'));
ok($t->reload(), 'other locations');
is(set_number('one', url('x')), $first{plain}, 'the same sources');
is(set_number('one', url('y')), $first{a}, 'with the same sets');


# a configuration that is refused changes nothing

$t->write_file('nginx.conf', $t->read_file('nginx.conf')
                             =~ s/^(\s*)s3o_presign /$1s3o_nonsense /mr);
ok(!$t->reload(), 'a reload that fails');
is(set_number('one', url('x')), $first{plain}, 'changes nothing');


# an old worker that has to stay gets the next set as well

$s->up()->set(life => 40);

configure(x => $s->source('role=old'));
ok($t->reload(), 'a source of a short life');
ok(comes($t, 0.002, sub { url('x') ? 1 : 0 }), 'signs');

my @old = $t->workers();
my @kept = map { S3O::HTTP->connect(port => $t->port(8080)) } 1 .. 4;

# half a request keeps the worker, the rest asks it

$_->write("GET /x/x HTTP/1.1\r\nHost: localhost\r\n") for @kept;
sleep 0.2;
ok($t->reload(), 'a reload');

my $newest = set_number('one', url('x'));

# the next one comes with half of the life over

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
       'which is right');
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
