#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "make bench-check": the goals that do not hang on how busy a machine is,
# which are counts of instructions and of memory; fails when one is not met.
# The processor counts, or where it cannot, valgrind.

use strict;
use warnings;

use S3O::Bench::Answers qw(counts goals_of);
use S3O::Bench::Cost qw(counter how_counted);
use S3O::Bench::Growth qw(bends);
use S3O::Bench::Memory qw(pools);
use S3O::Bench::Report qw(heading table goals num);

$| = 1;

if (!counter()) {
    print "bench-check: skipped: no counters of instructions (perf), and no"
          . " valgrind\n";
    exit 0;
}

print how_counted(), "\n";

my $counts = counts();

heading('User instructions of an answer');
table(['', 'instructions', 'blocks of SHA-256'],
      map { [$_, num($counts->{$_}{user}), num($counts->{$_}{blocks})] }
      sort keys %$counts);
goals_of($counts);

heading('Memory');
pools();

bends();

heading('Goals');
exit(goals() ? 1 : 0);
