package S3O::Bench::Report;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Tables in Markdown, on the terminal and in a file, and the list of goals
# with what became of them.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(report_to say_line heading table goal goals num us);

my ($file, @goals);


sub report_to {
    my ($path) = @_;

    open $file, '>', $path or die "$path: $!\n";
    $file->autoflush(1);

    return;
}


sub say_line {
    my ($text) = @_;

    for my $fh (\*STDOUT, $file ? $file : ()) {
        print {$fh} "$text\n";
    }

    return;
}


sub heading { return say_line("\n### $_[0]\n") }


# the first column is text, the others are numbers

sub table {
    my @rows = map { [map { $_ // '-' } @$_] } @_;
    my @width;

    for my $row (@rows) {
        for my $i (0 .. $#$row) {
            my $n = length $row->[$i];
            $width[$i] //= 3;
            $width[$i] = $n if $n > $width[$i];
        }
    }

    my $line = sub {
        my @cells = @_;

        return '| ' . join(' | ', map {
            sprintf $_ ? "%$width[$_]s" : "%-$width[$_]s", $cells[$_] // ''
        } 0 .. $#width) . ' |';
    };

    say_line($line->(@{ shift @rows }));
    say_line('|' . join('|', map { $_ ? '-' x ($width[$_] + 1) . ':'
                                      : '-' x ($width[$_] + 2) } 0 .. $#width)
             . '|');
    say_line($line->(@$_)) for @rows;

    return;
}


# goal(name, value, most it may be, unit) or, with "least" for a unit, least;
# a value that could not be had is none that is met

sub goal {
    my ($name, $value, $limit, $unit, $least) = @_;

    my $text = sub { defined $_[0] ? num($_[0]) . ($unit ? " $unit" : '')
                                   : '-' };
    my ($ok, $short);

    if (defined $value && defined $limit) {
        my $over = $least ? $limit - $value : $value - $limit;
        ($ok, $short) = ($over <= 0, $over);
    }

    push @goals, { ok => $ok, row => [$name,
        ($least ? 'at least ' : 'at most ') . $text->($limit),
        $text->($value), !defined $ok ? 'not measured'
                         : $ok ? 'met' : 'short by ' . $text->($short)] };

    return $ok;
}


# prints them; returns how many are not met

sub goals {
    table(['goal', 'wanted', 'is', ''], map { $_->{row} } @goals);

    return scalar grep { defined $_->{ok} && !$_->{ok} } @goals;
}


# whole, or with three digits or more; thousands apart

sub num {
    my ($n) = @_;

    return undef unless defined $n;

    my $size = abs $n;
    my $text = sprintf $size >= 100 || $n == int $n ? '%.0f'
                       : $size >= 10 ? '%.1f' : '%.3g', $n;

    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;

    return $text;
}


# microseconds of nanoseconds

sub us { return defined $_[0] ? sprintf '%.1f', $_[0] / 1000 : undef }


1;
