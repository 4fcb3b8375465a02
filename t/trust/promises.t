#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Each promise of docs/security.md names the tests that prove it.

use strict;
use warnings;

use FindBin ();
use Test::More;

use S3O::Process qw(slurp);

my $root = "$FindBin::Bin/../..";
my ($list) = slurp("$root/docs/security.md") =~ /^## Promises\n(.*?)^## /ms;

my @promises = split /^- /m, $list // '';
shift @promises;

cmp_ok(scalar @promises, '>=', 10, 'the page has promises');

for my $promise (@promises) {
    my ($name) = $promise =~ /^\*\*(.*?)\*\*/s;
    my @tests = $promise =~ m{`([\w./-]+\.t)`}g;
    my @missing = grep { !-f "$root/t/$_" } @tests;

    $name = ($name // $promise) =~ s/\s+/ /gr;

    ok(@tests && !@missing, "\"$name\" has tests")
        or diag("missing: @missing");
}

my $named = join ' ', $list =~ m{`trust/([\w-]+)\.t`}g;

for my $file (glob "$root/t/trust/*.t") {
    my ($name) = $file =~ m{([\w-]+)\.t$};

    like($named, qr/\b\Q$name\E\b/, "$name.t proves a promise")
        unless $name eq 'promises';
}

done_testing();
