#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "make bench-check": the goals that do not hang on how busy a machine is,
# which are counts of instructions and of memory; fails when one is not met.
# The processor counts, or where it cannot, valgrind.

use strict;
use warnings;

use S3O::Bench::Answers qw(counts goals_of);
use S3O::Bench::Callgrind qw(has_callgrind);
use S3O::Bench::Growth qw(bends);
use S3O::Bench::Measure qw(has_perf);
use S3O::Bench::Memory qw(pools);
use S3O::Bench::Report qw(heading table goals num);

$| = 1;

if (!has_perf() && !has_callgrind()) {
    print "bench-check: skipped: no counters of instructions (perf), and no"
          . " valgrind\n";
    exit 0;
}

print 'Instructions are counted by ',
      has_perf() ? 'the processor' : 'valgrind', ".\n";

my $counts = counts();

heading('User instructions of an answer');
table(['', 'instructions'],
      map { [$_, num($counts->{$_}{user})] } sort keys %$counts);
goals_of($counts);

heading('Memory');
pools();

bends() if has_perf();

heading('Goals');
exit(goals() ? 1 : 0);
