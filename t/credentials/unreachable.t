#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A service whose host answers no packet: connecting takes two seconds at most,
# and then the next attempt is planned.

use strict;
use warnings;

use IO::Socket::INET;
use Test::More;

use S3O::Sources;

# the queue of this socket is full, and the kernel drops what does not fit

my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    or die "listen: $@\n";
my $port = $listen->sockport();
my @queued = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                         PeerPort => $port, Blocking => 0) }
             1 .. 8;

my $t = S3O::Sources->new()->has('faketime')->still();

$t->source(silent => "imds endpoint=http://127.0.0.1:$port");
$t->run_sources();
$t->pass(1.9);
is_deeply([$t->fetch_errors()], [], 'connecting may take two seconds');

$t->pass(0.2);
is($t->wait_for_error(from => "127.0.0.1:$port"), 'connecting timed out',
   'connecting ends then');
is($t->signed('silent')->{status}, 503, 'there are no credentials');

$t->done();
