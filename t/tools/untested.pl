#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Reads the lines that tests have run, as gcovr --json tells them, and says how
# many there are of the pure half and of the glue, and which were not run:
#
#     perl t/tools/untested.pl coverage.json [--all]
#
# Fails if there are too few, or if a line was not run and is not explained in
# t/tools/untested.txt: a reason that begins with "# ", and below it lines
#
#     file.c function(): the line as it stands in the source
#
# The same line of a function may be there more than once.  An explanation that
# no line needs any more is a failure, too, unless its reason begins with "# In
# some runs": a thread, a kernel or another process decides about such lines.
# --all lists lines as they would be written there.

use strict;
use warnings;

use JSON::PP qw(decode_json);

# of 100, what has to be run

my %least = (pure => 95, glue => 90);

my ($name, $all) = @ARGV;

my $report = decode_json(slurp($name));
my %explained = explanations('t/tools/untested.txt');
my (%lines, %run, @new, %needed);

# gcovr leaves a file out when gcov has failed

my %counted = map { $_->{file} => 1 } @{ $report->{files} };
my @missing = grep { !$counted{$_} } glob 'src/*/*.c *.c';

die "not in the report: @missing\n" if @missing;

for my $file (sort { $a->{file} cmp $b->{file} } @{ $report->{files} }) {
    my @source = split /\n/, slurp($file->{file});
    my ($base) = $file->{file} =~ m{([^/]+)\z};
    my $half = $base =~ /\As3o_/ ? 'pure' : 'glue';

    for my $line (@{ $file->{lines} }) {
        next if $line->{'gcovr/noncode'};

        $lines{$half}++;
        $run{$half}++, next if $line->{count};

        my $what = "$base " . function(\@source, $line->{line_number}) . '(): '
                   . trim($source[ $line->{line_number} - 1 ]);

        $explained{$what} ? ($needed{$what} = 1) : push @new, $what;
    }
}

if ($all) {
    print "$_\n" for @new;
    exit;
}

my $failed = @new;

for my $half (sort keys %lines) {
    my $part = 100 * $run{$half} / $lines{$half};

    printf "%s half: %d of %d lines, %.1f %% (at least %d %%)\n",
           $half, $run{$half}, $lines{$half}, $part, $least{$half};
    $failed++ if $part < $least{$half};
}

print "not run, and not explained in t/tools/untested.txt: $_\n" for @new;

for my $what (sort grep { !$needed{$_} } keys %explained) {
    next if $explained{$what} =~ /^# In some runs/;

    print "explained in t/tools/untested.txt, and run or gone: $what\n";
    $failed++;
}

exit($failed ? 1 : 0);


# which function a line belongs to: nginx's style has names in column one

sub function {
    my ($source, $number) = @_;

    for my $line (reverse @{$source}[ 0 .. $number - 1 ]) {
        return $1 if $line =~ /^(\w+)\(/;
        return $2 if $line =~ /^(fail_hook|\w+_hook)\((\w+)/;
    }

    return '?';
}


sub explanations {
    my ($file) = @_;

    my ($why, %found);

    for my $line (split /\n/, slurp($file)) {
        if ($line =~ /^# /)                 { $why //= $line }
        elsif ($line !~ /\S/)               { $why = undef }
        elsif ($line =~ /^\S+ \w+\(\): \S/) { $found{$line} = $why }
        else                                { die "$file: \"$line\"?\n" }

        die "$file: no reason above \"$line\"\n"
            if $line =~ /^\w/ && !defined $why;
    }

    return %found;
}


sub trim { return $_[0] =~ s/\A\s+|\s+\z//gr }


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;

    return scalar <$fh>;
}
