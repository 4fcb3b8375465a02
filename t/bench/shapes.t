#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The work on what a client, a service or a file sends grows by no more than n
# log n instructions.

use strict;
use warnings;

use FindBin ();
use lib $FindBin::Bin;

use Test::More;

use S3O::Bench::Callgrind qw(has_callgrind);
use S3O::Bench::Shapes qw(shapes regions MOST);
use S3O::Process qw(find_program);

plan(skip_all => 'gcc is not installed') unless find_program('gcc');
plan(skip_all => 'valgrind and sanitizers exclude each other')
    if $ENV{TEST_NGINX_PRELOAD};
plan(skip_all => 'valgrind is not installed') unless has_callgrind();

for my $shape (shapes()) {
    my ($name, $n, $few, $many) = @$shape;

    cmp_ok($many / $few, '<=', MOST, "$name: $n and four times as many");
    cmp_ok($few, '>', $n, "$name: each element is read");
}

# the signing key of a region is derived once, and kept when other regions
# come between

my ($one, $all) = regions();

SKIP: {
    skip 'blocks of SHA-256 are not understood here', 1 unless $one;

    is($all, $one, 'regions in turn: not a block of SHA-256 more');
}

done_testing();
