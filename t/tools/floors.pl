#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# Which file of src/ knows which other one: by what it includes, and by the
# names of another file that it uses, functions that it calls as well as those
# in its tables.
#
#     perl t/tools/floors.pl            what there is, and what is wrong
#     perl t/tools/floors.pl --arrows   each arrow between two files, too
#
# The folders are floors.  A file knows files of its own floor and of lower
# ones.  It has a header of its own, which declares what others may use.  No
# file leads back to itself.  Exits with 1 where one of these is not so.

package floors;

use strict;
use warnings;

use Cwd ();
use File::Basename qw(basename dirname);

# the lowest first; the module's table is above all of them

our @FLOORS = qw(base sigv4 s3 credentials request proxy front);

exit main(@ARGV) unless caller;


sub main {
    my %option = map { $_ => 1 } @_;

    chdir Cwd::abs_path(dirname(__FILE__) . '/../..') or die "chdir: $!\n";

    my $house = house(map { $_ => slurp($_) } sources());
    my @faults = faults($house);

    print_folders($house);
    print_arrows($house) if $option{'--arrows'};
    print_functions($house);
    print_circles($house);

    print "$_->[0]:$_->[1]: $_->[3] [$_->[2]]\n" for @faults;

    my %n;
    $n{$_->[2]}++ for @faults;

    printf "floors: %d files, %d arrows, %d includes up, %d uses up,"
           . " %d without a header, %d files in circles\n",
           scalar keys %{ $house->{files} }, scalar arrows($house),
           map { $n{$_} // 0 } qw(include-up use-up own-header circle);

    return @faults ? 1 : 0;
}


sub sources {
    return sort glob 'src/*.[ch] src/*/*.[ch] ngx_http_s3o_*_module.c';
}


sub slurp {
    my ($path) = @_;

    open my $fh, '<:raw', $path or die "$path: $!\n";
    local $/;

    return scalar(<$fh>) // '';
}


# The sources, path => text.  {files}: what each of them includes, defines,
# declares and names, with the lines where; {uses}: which file uses what of
# which other one.

sub house {
    my (%text) = @_;

    my $house = { files => {}, defined => {}, uses => {} };

    for my $path (sort keys %text) {
        my $file = $house->{files}{$path} = parse($path, $text{$path});

        $house->{defined}{$_} = $path for keys %{ $file->{defines} };
    }

    for my $path (keys %{ $house->{files} }) {
        my ($names, $own) = @{ $house->{files}{$path} }{qw(names own)};

        for my $name (grep { !$own->{$_} } keys %$names) {
            my $where = $house->{defined}{$name} // next;

            $house->{uses}{$path}{$where}{$name} = $names->{$name}
                if $where ne $path;
        }
    }

    return $house;
}


sub parse {
    my ($path, $text) = @_;

    my $file = { lines => $text =~ tr/\n//, includes => {}, defines => {},
                 declares => {}, own => {}, names => {}, functions => [] };

    my $line = 0;
    my ($at, $open);
    my $code = bare($text);

    for (split /\n/, $code) {
        $line++;

        $file->{includes}{basename($1)} //= $line
            if /^#\s*include\s+"([^"]+)"/;

        $at = $line if /^\w+\(/;
        $open = $at if /^\{/;

        if (/^\}/ && $open) {
            push @{ $file->{functions} }, $line - $open + 1;
            $open = undef;
        }

        next if /^#\s*include/;

        $file->{names}{$_} //= $line for /\b((?:ngx_http_)?s3o_\w+)\b/g;
    }

    my $is_header = $path =~ /\.h$/;

    # functions, and variables: what others could use

    while ($code =~ /^(?!\#|typedef|extern)(\w[\w\s*]*?)\b
                     ((?:ngx_http_)?s3o_\w+)
                     (?: (\([^;{}]*\)\s*) (?=([{;]))
                       | (?:\[[^\]]*\])?\s*(=|;) )/gmx)
    {
        my ($type, $name, $args, $end, $is) = ($1, $2, $3, $4 // '', $5);

        if ($type =~ /^static\b/) {
            $file->{own}{$name} = 1;

        } elsif (defined $args) {
            $file->{$end eq '{' ? 'defines' : 'declares'}{$name} = 1;

        } elsif (!$is_header && !is_key($type)) {
            $file->{defines}{$name} = 1;
        }
    }

    $file->{declares}{$1} = 1
        while $code =~ /^extern\b[^;]*?(\w+)(?:\[[^\]]*\])?;/gm;

    # a declaration is not a use

    $file->{own}{$_} = 1 for keys %{ $file->{declares} };

    return $file;
}


# The text without comments, and without the contents of strings, except for the
# names of headers.

sub bare {
    my ($code) = @_;

    $code =~ s{(/\*.*?\*/)
               |^(\#\s*include[^\n]*)
               |("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}{
        defined $1 ? $1 =~ s/[^\n]//gr : defined $2 ? $2 : '""'
    }gsmex;

    return $code;
}


# 1 for the module's own variable: nginx keeps configurations and contexts by
# it, so every floor has to name it, and calls nothing of a higher floor by
# that.

sub is_key {
    my ($type) = @_;

    return $type =~ /\bngx_module_t\b/;
}


sub floor_of {
    my ($path) = @_;

    my ($folder) = $path =~ m{^src/(\w+)/};

    return scalar @FLOORS unless defined $folder;

    for my $i (0 .. $#FLOORS) {
        return $i if $FLOORS[$i] eq $folder;
    }

    return -1;
}


# What is wrong: [path, line, rule, message] each, as in style.pl.

sub faults {
    my ($house) = @_;

    my $files = $house->{files};
    my %path = map { basename($_) => $_ } keys %$files;
    my @found;

    for my $path (sort keys %$files) {
        my $file = $files->{$path};

        push @found, [ $path, 1, 'floor', 'the folder is not one of: '
                                          . join ' ', @FLOORS ]
            if floor_of($path) < 0;

        for my $header (sort keys %{ $file->{includes} }) {
            my $other = $path{$header} // next;

            push @found, [ $path, $file->{includes}{$header}, 'include-up',
                           "$header is of a higher floor" ]
                if floor_of($other) > floor_of($path);
        }

        for my $other (sort keys %{ $house->{uses}{$path} }) {
            my $names = $house->{uses}{$path}{$other};

            push @found, map { [ $path, $names->{$_}, 'use-up',
                                 "$_ is of a higher floor, $other" ] }
                         sort keys %$names
                if floor_of($other) > floor_of($path);
        }

        push @found, own_header($house, $path) if $path =~ m{^src/.*\.c$};
    }

    for my $circle (circles($house)) {
        my @names = sort map { name($_) } @$circle;

        push @found, map { [ $files->{$_} ? $_ : s/\.c$/.h/r, 1,
                             'circle', 'leads back to itself, in a'
                             . " circle of @names" ] }
                     sort @$circle;
    }

    return @found;
}


# a header of the same name, which the file includes, and which declares what
# others use of it

sub own_header {
    my ($house, $path) = @_;

    my $file = $house->{files}{$path};
    my $header = $path =~ s/\.c$/.h/r;
    my $there = $house->{files}{$header};
    my $name = basename($header);

    return [ $path, 1, 'own-header', "it has no $name" ] unless $there;

    return [ $path, 1, 'own-header', "it does not include $name" ]
        unless $file->{includes}{$name};

    my %used = map { $_ => 1 }
               map { keys %{ $house->{uses}{$_}{$path} // {} } }
               keys %{ $house->{uses} };

    return (map { [ $path, $file->{names}{$_} // 1, 'own-header',
                    "$_ is used elsewhere, and not declared in $name" ] }
                grep { !$there->{declares}{$_} } sort keys %used),
           (map { [ $header, $there->{names}{$_} // 1, 'own-header',
                    "it declares $_, which is another file's" ] }
                grep { defined $house->{defined}{$_}
                       && $house->{defined}{$_} ne $path }
                sort keys %{ $there->{declares} });
}


# The files that include or name each other in a circle, one list for each
# circle.  A file and its header are one step on the way, which leads to the
# files that they name or include.

sub circles {
    my ($house) = @_;

    my $to = $house->{ways} //= ways($house);
    my (%index, %low, %on, @stack, @found);
    my $n = 0;

    my $visit;

    $visit = sub {
        my ($path) = @_;

        $index{$path} = $low{$path} = $n++;
        push @stack, $path;
        $on{$path} = 1;

        for my $next (sort keys %{ $to->{$path} // {} }) {
            if (!defined $index{$next}) {
                $visit->($next);
                $low{$path} = $low{$next} if $low{$next} < $low{$path};

            } elsif ($on{$next} && $index{$next} < $low{$path}) {
                $low{$path} = $index{$next};
            }
        }

        return if $low{$path} != $index{$path};

        my @circle;

        do {
            unshift @circle, pop @stack;
            delete $on{ $circle[0] };
        } until $circle[0] eq $path;

        push @found, \@circle if @circle > 1;
    };

    for my $path (sort keys %$to) {
        $visit->($path) if !defined $index{$path};
    }

    undef $visit;

    return @found;
}


sub ways {
    my ($house) = @_;

    my $files = $house->{files};
    my %path = map { basename($_) => $_ } keys %$files;
    my $step = sub { $_[0] =~ s/\.h$/.c/r };
    my %to;

    for my $path (keys %$files) {
        my $from = $step->($path);

        for my $other (keys %{ $house->{uses}{$path} // {} },
                       grep { defined } map { $path{$_} }
                       keys %{ $files->{$path}{includes} })
        {
            $to{$from}{ $step->($other) } = 1 if $step->($other) ne $from;
        }
    }

    return \%to;
}


sub arrows {
    my ($house) = @_;

    return map { my $from = $_;
                 map { [ $from, $_ ] } sort keys %{ $house->{uses}{$from} } }
           sort keys %{ $house->{uses} };
}


sub name {
    my ($path) = @_;

    return basename($path) =~ s/^ngx_http_s3o_//r =~ s/\.[ch]$//r;
}


# prints how many arrows lead from each folder to each other one

sub print_folders {
    my ($house) = @_;

    my (%n, %to);

    for my $path (keys %{ $house->{files} }) {
        my $folder = dirname($path) =~ s{^src/}{}r;

        $n{$folder}{files}++;
        $n{$folder}{lines} += $house->{files}{$path}{lines};
        $n{$folder}{floor} = floor_of($path);
    }

    $to{ dirname($_->[0]) =~ s{^src/}{}r }{ dirname($_->[1]) =~ s{^src/}{}r }++
        for arrows($house);

    my @folders = sort { $n{$a}{floor} <=> $n{$b}{floor} } keys %n;

    printf "%-12s %5s %7s  %s\n", 'folder', 'files', 'lines', 'knows';

    for my $folder (reverse @folders) {
        printf "%-12s %5d %7d  %s\n", $folder, $n{$folder}{files},
               $n{$folder}{lines},
               join ', ', map { "$_ $to{$folder}{$_}" }
                          grep { $to{$folder}{$_} } @folders;
    }

    print "\n";
}


sub print_arrows {
    my ($house) = @_;

    for my $arrow (arrows($house)) {
        my ($from, $to) = @$arrow;

        printf "%s -> %s: %s\n", name($from), name($to),
               join ' ', sort keys %{ $house->{uses}{$from}{$to} };
    }

    print "\n";
}


sub print_functions {
    my ($house) = @_;

    my @lines = sort { $a <=> $b }
                map { @{ $_->{functions} } } values %{ $house->{files} };

    printf "functions: %d, of %d lines in the middle, %d at nine of ten,"
           . " %d at most\n\n",
           scalar @lines, @lines[@lines / 2, @lines * 0.9, -1] if @lines;
}


sub print_circles {
    my ($house) = @_;

    print 'circle of ', scalar @$_, ': ', join(' ', map { name($_) } @$_), "\n"
        for circles($house);
}


1;
