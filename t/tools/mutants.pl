#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Do the tests notice defects?  Plants each defect of t/mutants/mutants.txt in a
# copy of the tree, builds it, and runs the tests that should see it, up to the
# first check that fails.
#
#     OUT=build perl -I t/lib t/tools/mutants.pl [WORD...]
#
#     WORD   only those whose name has one of these words in it
#
# Says of each who noticed, and fails when nobody did.

package mutants;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);

use S3O::Process qw(capture slurp spew);

my $out = abs_path($ENV{OUT} // 'build');
my $tree = "$out/mutants/tree";
my $module = "$out/mutants/build/ngx_http_s3o_presign_module.so";

# a test that waits in vain has noticed the defect as well

use constant TIME => 60;

exit main(@ARGV) unless caller;


sub main {
    my @words = @_;

    my ($noticed, @missed) = (0);

    local $| = 1;

    remove_tree($tree);
    make_path($tree);
    system('cp', '-a', qw(config ngx_http_s3o_presign_module.c Makefile
           README.md CHANGES docs src t), $tree) == 0 or die "cp failed\n";

    chdir $tree or die "$tree: $!\n";
    build() or die "the tree does not build as it is\n";

    for my $m (mutants('t/mutants/mutants.txt')) {
        next if @words && !grep { index($m->{name}, $_) >= 0 } @words;

        my @misfits = misfits($m);

        die "$m->{name}: $misfits[0]\n" if @misfits;

        my $text = slurp($m->{file});
        my $at = index $text, $m->{from};

        spew($m->{file}, substr($text, 0, $at) . $m->{to}
                         . substr $text, $at + length $m->{from});

        my $who = build() ? run(@{ $m->{tests} }) : undef;

        spew($m->{file}, $text);

        print defined $who ? length $who ? "ok      $m->{name}: $who\n"
                                         : "MISSED  $m->{name}\n"
                           : "BROKEN  $m->{name}: it does not build\n";

        length($who // '') ? $noticed++ : push @missed, $m->{name};
    }

    print "$noticed noticed, ", scalar @missed, " not\n";

    return @missed ? 1 : 0;
}


# blocks of lines: "= name", the file, "-" the line in it, "+" the line that
# replaces it, and the tests; "#" is a comment

sub mutants {
    my ($file) = @_;

    my @found;

    for my $line (split /\n/, slurp($file)) {
        if ($line =~ /^= (.*)/) {
            push @found, { name => $1, from => '', to => '', tests => [] };
        } elsif ($line =~ /^-(.*)/) {
            $found[-1]{from} .= "$1\n";
        } elsif ($line =~ /^\+(.*)/) {
            $found[-1]{to} .= "$1\n";
        } elsif ($line =~ m{^t/}) {
            push @{ $found[-1]{tests} }, $line;
        } elsif ($line =~ /^src/) {
            $found[-1]{file} = $line;
        }
    }

    return @found;
}


# why a defect cannot be planted in the tree that is the current folder, or
# would not be noticed: a list of reasons

sub misfits {
    my ($m) = @_;

    return "there is no $m->{file}" if !-f ($m->{file} // '');

    my @misfits;
    my $text = slurp($m->{file});
    my $times = length $m->{from} ? () = $text =~ /\Q$m->{from}\E/g : -1;

    push @misfits, $times < 0 ? 'it replaces nothing'
                              : "its lines are there $times times"
        if $times != 1;

    push @misfits, 'it changes nothing' if $m->{from} eq $m->{to};
    push @misfits, 'no test should notice it' if !@{ $m->{tests} };
    push @misfits, map { "there is no $_" } grep { !-f } @{ $m->{tests} };

    return @misfits;
}


sub build {
    local $ENV{OUT} = "$out/mutants/build";

    my ($status) = capture(['bash', 't/tools/build.sh'], timeout => 600);

    return $status == 0;
}


# runs the tests; returns the test and the first check that failed, or ''

sub run {
    for my $test (@_) {
        local $ENV{TEST_NGINX_MODULE} = $module;

        my $pid = open my $fh, '-|', "exec perl -I t/lib $test 2>/dev/null"
            or die "$test: $!\n";
        my $why;

        local $SIG{ALRM} = sub {
            $why = 'does not end in ' . TIME . ' s';
            kill 'TERM', $pid;
        };

        alarm TIME;

        while (my $line = <$fh>) {
            next unless $line =~ /^not ok \d+(?: - (.*))?/;

            # the END blocks of the test stop all that it has started

            $why //= $1 // '';
            kill 'TERM', $pid;
            last;
        }

        alarm 0;

        my $ended = close $fh;

        return "$test: $why" if defined $why;
        return "$test ended with $?" if !$ended;
    }

    return '';
}


1;
