#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Services that never answer: connecting takes two seconds at most, and so does
# the wait for an answer.  A worker that is ended by "worker_shutdown_timeout"
# gives its fetches up.

use strict;
use warnings;

use IO::Socket::INET;
use Test::More;

use S3O::Process qw(wait_until);
use S3O::Sources;

# The kernel accepts connections to this socket, and nobody reads them.

my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64)
    or die "listen: $@\n";

# the queue of this one is full, so the kernel drops what comes

my $full = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    or die "listen: $@\n";
my @queued = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                         PeerPort => $full->sockport(),
                                         Blocking => 0) } 1 .. 8;

my %port = (silent => $silent->sockport(), full => $full->sockport());
my $closing = 'the worker is closing';


# timeouts

my $t = sources();

$t->pass(1.9);
is_deeply([$t->fetch_errors()], [], 'there are two seconds');

$t->pass(0.2);
is(why($t, 'full'), 'connecting timed out', 'connecting has an end');
like(why($t, 'silent'), qr/^waiting for the answer timed out/,
     'waiting for an answer has an end');
is($t->signed($_)->{status}, 503, "$_: there are no credentials")
    for sort keys %port;

$t->stop();


# a request keeps the old worker until it is ended

$t = sources('worker_shutdown_timeout 1s;');

my $client = $t->connect();

$client->write("GET /status HTTP/1.1\r\n");
$t->states();
ok($t->reload(), 'a reload during two fetches');
$t->pass(1.1);
is_deeply([$t->fetch_errors()], [], 'the fetches go on');

# it looks at the time when something happens

$client->write("A: b\r\n");
is(why($t, 'full'), $closing, 'an old worker does not go on connecting');
is(why($t, 'silent'), $closing, 'an old worker does not go on waiting');
$client->close();

$t->done();


sub sources {
    my ($main) = @_;

    my $t = S3O::Sources->new()->has('faketime')->still();

    $t->main_lines($main) if $main;
    $t->source($_ => "imds endpoint=http://127.0.0.1:$port{$_}")
        for sort keys %port;

    return $t->run_sources();
}


sub why {
    my ($t, $name) = @_;

    return $t->wait_for_error(from => "127.0.0.1:$port{$name}");
}
