#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# C programs that link one or two files of the glue without nginx, for cases
# that no request can cause: memory that fails, or a process that dies between
# two instructions.  Each *.c here is a program that writes TAP, and one test;
# its "link: ..." names the objects of the module that it is linked with.

use strict;
use warnings;

use Cwd ();
use File::Basename qw(basename dirname);
use FindBin ();
use Test::More;

use S3O::Glue;

my $root = Cwd::abs_path("$FindBin::Bin/../..");
my $module = Cwd::abs_path($ENV{TEST_NGINX_MODULE}
                           // "$root/build/ngx_http_s3o_presign_module.so");
my $out = dirname($module // '');

my $glue = S3O::Glue->new($out)
    or plan skip_all => 'needs the objects of the module and the headers of '
                        . 'nginx beside it';

my $bin = "$out/glue";
mkdir $bin;

run($_) for sort glob "$root/t/glue/*.c";

done_testing();


sub run {
    my ($file) = @_;

    my $name = basename($file, '.c');
    my $said = $glue->build($file, "$bin/$name");

    return fail("$name builds") || diag($said) if $said;

    subtest $name => sub {
        my @lines = split /\n/, qx{'$bin/$name' 2>&1};
        my $status = $?;
        my ($plan) = map { /^1\.\.(\d+)$/ ? $1 : () } @lines;
        my $n = 0;

        for my $line (@lines) {
            if ($line =~ /^(not )?ok \d+ - (.*)/) {
                $n++;
                ok(!$1, $2);

            } elsif ($line =~ /^SKIP (.*)/) {
                plan skip_all => $1;

            } elsif ($line !~ /^1\.\./) {
                diag($line);
            }
        }

        is($status, 0, 'it ends with 0');
        is($plan, $n, 'it ran all that it planned');
    };
}
