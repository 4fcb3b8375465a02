#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# The C unit tests of the pure half: each t/unit/*_test.c is a program of its
# own that writes TAP, built with sanitizers; each is one test here.

use strict;
use warnings;

use Cwd ();
use FindBin ();
use Test::More;

STDOUT->autoflush(1);

my $root = Cwd::abs_path("$FindBin::Bin/../..");
my $out = $ENV{OUT} // 'build';

chdir $root or die "chdir: $!";

my @names = map { m{([^/]+)\.c$} } sort glob 't/unit/*_test.c';
my @evp = map { "evp/${_}_test" } split ' ', makefile('EVP_TESTS');

plan tests => @names + @evp + 3;

ok(@names, 'there are unit tests');

# the make here must not take part in the jobs of the one that runs the tests

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES)};

my $log = qx{make -s unit-bin OUT='$out' 2>&1};

is($?, 0, 'the unit tests build') or diag($log);

ok(@evp, 'some of them use EVP');

run($_) for @names, @evp;


# the value of a variable of the Makefile

sub makefile {
    my ($name) = @_;

    open my $file, '<', 'Makefile' or die "Makefile: $!";

    my ($value) = map { /^\Q$name\E\s*=\s*(.*)/ ? $1 : () } <$file>;

    return $value // '';
}


# Runs a program, shows its TAP as a subtest, and returns whether it has passed:
# it exited with 0, ran all planned checks, and none failed.

sub run {
    my ($name) = @_;
    my ($plan, $seen, @wrong) = (undef, 0);

    my $pid = open my $tap, '-|', "$out/unit/$name";

    return fail("$name: $!") unless defined $pid;

    while (my $line = <$tap>) {
        print "    $line";

        if ($line =~ /^1\.\.(\d+)/) {
            push @wrong, 'two plans' if defined $plan;
            $plan = $1;

        } elsif ($line =~ /^(not )?ok\b(?: +(\d+))?/) {
            my ($not, $number) = ($1, $2 // $seen + 1);

            $seen++;
            push @wrong, "test $number out of order" if $number != $seen;
            push @wrong, "failed: $line"
                if $not && $line !~ /# *TODO\b/i;

        } elsif ($line =~ /^Bail out!/) {
            push @wrong, $line;
        }
    }

    close $tap;

    push @wrong, 'killed by signal ' . ($? & 127) if $? & 127;
    push @wrong, 'ended with ' . ($? >> 8) if $? >> 8;
    push @wrong, 'no plan' unless defined $plan;
    push @wrong, 'no tests' unless $seen;
    push @wrong, "planned $plan tests, ran $seen"
        if defined $plan && $plan != $seen;

    chomp @wrong;
    ok(!@wrong, "$name, $seen tests");
    diag("$name: $_") for @wrong;
}
