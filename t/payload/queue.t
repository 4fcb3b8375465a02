#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A body in small chunks has a buffer for each chunk.  Valgrind counts the
# instructions: four times as many buffers cost the queue of signed chunks about
# four times as much.

use strict;
use warnings;

use File::Temp ();
use Test::More;

use S3O::Process qw(capture);

my $out = $ENV{OUT} // 'build';
my $nginx = "$out/nginx/src";

plan skip_all => 'no valgrind' if (capture(['valgrind', '--version']))[0];
plan skip_all => "no build in $out" unless -e "$out/objs/ngx_auto_config.h";

my $dir = File::Temp->newdir();
my @include = map { "-I$_" } glob('src/*'), "$out/objs", map { "$nginx/$_" }
              qw(core event event/modules event/quic os/unix http http/modules
                 http/v2 http/v3);

my ($status, $said) = capture(['cc', '-O1', '-w', '-o', "$dir/queue", @include,
    't/payload/queue_work.c', 'src/proxy/ngx_http_s3o_queue.c'],
    timeout => 120);

is($status, 0, 'the queue is built alone') or diag($said);

my ($none, $some, $many) = map { instructions($_) } 0, 2000, 8000;

cmp_ok($some - $none, '>', 2000, 'so many buffers are counted');
cmp_ok(($many - $none) / ($some - $none), '<=', 5,
       'four times as many cost at most five times as much');

done_testing();


sub instructions {
    my ($n) = @_;

    my ($status, $said) = capture(['valgrind', '--tool=callgrind',
        '--callgrind-out-file=/dev/null', "$dir/queue", $n], timeout => 600);

    is($status, 0, "$n buffers come and go");

    return $said =~ /Collected : (\d+)/ ? $1 : die "no count: $said";
}
