#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "make profile": where the instructions of an answer go, as a tree of
# functions in $OUT/profile.txt, each with what it and all that it calls take
# of the whole.  MODE says which answer: redirect, window, json, proxy,
# sigv4a, or limit, floor and plain of nginx alone.

use strict;
use warnings;

use S3O::Bench::Answers qw(cases counted);
use S3O::Bench::Callgrind qw(callgrind_file);
use S3O::Bench::Cost qw(counter);
use S3O::Bench::Measure qw(record);
use S3O::Bench::Setup qw(out);
use S3O::Process qw(capture spew);

use constant {
    LEAST => 0.5,       # percent, less is not shown
    ROOT  => 'ngx_process_events_and_timers',
};

my $mode = $ENV{MODE} || 'redirect';
my $file = out() . '/profile.txt';

if (counter() eq 'perf') {
    my ($case) = grep { $_->{name} eq $mode } cases(only => $mode)
        or die "profile: no mode \"$mode\"\n";

    spew($file, tree(record($case->{t}{worker}, $case->{url})));

} elsif (counter() eq 'callgrind') {
    counted($mode) or die "profile: no mode \"$mode\"\n";

    my ($status, $text) = capture(['callgrind_annotate', '--inclusive=yes',
        '--tree=calling', callgrind_file()], timeout => 120);
    spew($file, "User instructions of ten requests of \"$mode\", and of one"
                . " that ends counting.\n\n$text");

} else {
    print "profile: skipped: neither perf nor valgrind can be used\n";
    exit 0;
}

print "$file\n";


# the stacks of all samples, as perf prints them, in one tree

sub tree {
    my ($text) = @_;

    my %root = (n => 0, calls => {});
    my %self;

    for my $sample (split /\n\n+/, $text) {
        my @frames = reverse map { frame($_) } split /\n/, $sample;

        # what is before the loop is the same for all

        shift @frames while @frames && $frames[0] ne ROOT;
        next unless @frames;

        my ($at, $last) = (\%root, '');

        $self{ $frames[-1] }++;
        $at->{n}++;

        for my $name (@frames) {
            next if $name eq $last && $name =~ /^\[/;
            $at = $at->{calls}{$name} //= { n => 0, calls => {} };
            $at->{n}++;
            $last = $name;
        }
    }

    my $all = $root{n} or die "profile: no samples\n";

    return "User instructions of \"$mode\", $all samples.\n"
           . "Names in brackets: functions of a library without symbols; the "
           . "kernel:\nsamples that were taken a little late.\n\n"
           . "With what it calls, percent:\n\n"
           . join('', branch(\%root, $all, 0))
           . "\nBy itself, percent:\n\n"
           . join('', map { sprintf "%6.1f  %s\n", $self{$_} / $all * 100, $_ }
                      grep { $self{$_} / $all * 100 >= LEAST }
                      sort { $self{$b} <=> $self{$a} || $a cmp $b }
                      keys %self);
}


#     7fd12e706ffa SHA256_Update+0x5a (/usr/lib/.../libcrypto.so.3)

sub frame {
    my ($line) = @_;

    my ($name, $where) = $line =~ m{^\s+[0-9a-f]+ (.*) \(([^()]*)\)\s*$}
        or return;

    $name =~ s/\+0x[0-9a-f]+$//;

    if ($where eq 'inlined') {
        return "$name (inlined)";
    }

    return $name if $name ne '[unknown]';
    return '[kernel]' if $where eq '[unknown]';

    return '[' . ($where =~ s{.*/}{}r) . ']';
}


sub branch {
    my ($node, $all, $depth) = @_;

    my $calls = $node->{calls};

    return map {
        my $percent = $calls->{$_}{n} / $all * 100;

        $percent < LEAST ? () :
            (sprintf("%6.1f  %s%s\n", $percent, '  ' x $depth, $_),
             branch($calls->{$_}, $all, $depth + 1))
    } sort { $calls->{$b}{n} <=> $calls->{$a}{n} || $a cmp $b } keys %$calls;
}
