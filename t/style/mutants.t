#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# The planted defects of t/mutants/mutants.txt fit the source as it is: each
# line to replace is there exactly once, and the tests that should notice are
# there, too.

use strict;
use warnings;

use Cwd ();
use FindBin ();
use Test::More;

use S3O::Process qw(slurp);

my $root = Cwd::abs_path("$FindBin::Bin/../..");

chdir $root or die "$root: $!\n";
require "$root/t/tools/mutants.pl";

my @mutants = mutants::mutants('t/mutants/mutants.txt');
my $blocks = () = slurp('t/mutants/mutants.txt') =~ /^= /mg;

is(scalar @mutants, $blocks, 'each block is read');
cmp_ok($blocks, '>', 0, 'there are blocks');

for my $m (@mutants) {
    is(join('; ', mutants::misfits($m)), '', "$m->{name}: fits the source");
}

# a block that does not fit is found

my %good = (file => 'config', from => slurp('config'), to => '-',
            tests => ['t/style/mutants.t']);

for my $case ([from => "no such line\n", 'its lines are there 0 times'],
              [from => "\n", qr/^its lines are there [1-9]\d+ times$/],
              [from => '', 'it replaces nothing'],
              [to => $good{from}, 'it changes nothing'],
              [file => 'src/none.c', 'there is no src/none.c'],
              [tests => ['t/none.t'], 'there is no t/none.t'],
              [tests => [], 'no test should notice it'])
{
    my ($what, $value, $said) = @$case;

    my $found = join '; ', mutants::misfits({ %good, $what => $value });

    ref $said ? like($found, $said, "a wrong $what is found")
              : is($found, $said, "a wrong $what is found");
}

done_testing();
