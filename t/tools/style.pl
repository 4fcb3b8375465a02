#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# Checks the style of the sources: nginx's, and the floors of this code, which
# floors.pl knows.
#
#     perl t/tools/style.pl             the whole tree
#     perl t/tools/style.pl FILE...     these files only
#
# Prints "file:line: message [rule]" for each fault and "note: ..." for what
# grows too long; exits with 1 when there are faults.

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use File::Find ();

use constant {
    COLUMNS       => 80,
    WORD          => 50,     # a longer one may stick out of a Perl line
    FILE_NOTE     => 500,
    FILE_MAX      => 800,
    FUNCTION_NOTE => 40,
    FUNCTION_MAX  => 80,
};

my $COMPAT = 'src/base/ngx_http_s3o_compat.h';

# what the pure half may not call: memory, clocks, input and output

my $IMPURE = join '|', qw(
    malloc calloc realloc reallocarray free strdup strndup alloca
    time gettimeofday clock_gettime localtime localtime_r gmtime gmtime_r
    mktime printf fprintf vprintf vfprintf puts fputs perror
    fopen fclose fread fwrite open close read write stat
    socket connect send recv getenv abort exit
);

# what it may include

my $PURE_INCLUDE = qr{"s3o_\w+\.h"
                      |<(?:stddef|stdint|limits|string|sys/types|emmintrin)\.h>}x;

# paths of somebody's machine

my $MACHINE = join '|', map { quotemeta } '/wo' . 'rk/', '/fa' . 'rm/',
                                          '/ro' . 'ot/', '../sha' . 'red';

my $TYPE = qr/(?:unsigned|signed|u_char|char|short|int|long|float|double|void
               |off_t|struct\ \w+|\w+_(?:t|s|pt|fn|e))/x;

exit main(@ARGV) unless caller;


sub main {
    my @files = @_;
    my ($faults, $notes, @found) = (0, 0);

    if (@files) {
        push @found, check_file($_, slurp($_)) for @files;

    } else {
        chdir root() or die "chdir: $!\n";

        @files = tree();
        push @found, check_file($_, slurp($_)) for @files;
        push @found, check_config(slurp('config'), @files);
        push @found, check_floors(@files);
    }

    # notes first, then the faults

    for ((grep { $_->[2] eq 'note' } @found),
         (grep { $_->[2] ne 'note' } @found))
    {
        my ($path, $line, $rule, $message) = @$_;

        if ($rule eq 'note') {
            $notes++;
            print "note: $path:$line: $message\n";

        } else {
            $faults++;
            print "$path:$line: $message [$rule]\n";
        }
    }

    printf "style: %d files, %d faults, %d notes\n",
           scalar @files, $faults, $notes;

    return $faults ? 1 : 0;
}


sub root {
    return Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../..');
}


# the floors: which file may know which other one

sub check_floors {
    my @files = grep { m{^src/.*\.[ch]$|^ngx_\w+\.c$} } @_;

    require(root() . '/t/tools/floors.pl');

    return floors::faults(floors::house(map { $_ => slurp($_) } @files));
}


# all files that git tracks, or would with "git add"

sub tree {
    my $root = Cwd::getcwd();

    my @files = split /\0/,
        `git -c safe.directory="$root" ls-files -coz --exclude-standard \\
             2>/dev/null`;

    if (!@files) {
        File::Find::find({ no_chdir => 1, wanted => sub {
            $File::Find::prune = 1 if m{^\./(?:build(?:-asan)?|\.git)$};
            push @files, s{^\./}{}r if -f && !m{^\./\.git/};
        } }, '.');
    }

    # seeds are data, of any bytes

    return sort grep { -f && !m{^t/fuzz/seeds/} } @files;
}


sub slurp {
    my ($path) = @_;

    open my $fh, '<:raw', $path or die "$path: $!\n";
    local $/;

    return scalar(<$fh>) // '';
}


# Faults and notes of one file: [path, line, rule, message] each.

sub check_file {
    my ($path, $text) = @_;

    return if $text =~ /\0/;

    my @lines = split /\n/, $text, -1;
    pop @lines if @lines && $lines[-1] eq '';

    my $f = { path => $path, text => $text, lines => \@lines, found => [] };

    check_text($f);
    check_layout($f) if $path =~ /\.(?:[ch]|pl|pm|t|sh)$|^config$|^\.ci\//;

    if ($path =~ /\.[ch]$/) {
        split_code($f);
        find_functions($f);

        check_comments($f);
        check_lines($f);
        check_blocks($f);
        check_functions($f);
        check_size($f);

        check_ours($f) if $path =~ m{^src/|^ngx_\w+\.c$};
        check_pure($f) if $path =~ m{^src/\w+/s3o_};
        check_header($f) if $path =~ m{^src/.*\.h$};
    }

    return sort { $a->[1] <=> $b->[1] } @{ $f->{found} };
}


sub fault {
    my ($f, $index, $rule, $message) = @_;

    push @{ $f->{found} }, [ $f->{path}, $index + 1, $rule, $message ];
}


# rules for every text file

sub check_text {
    my ($f) = @_;
    my $lines = $f->{lines};

    for my $i (0 .. $#$lines) {
        fault($f, $i, 'machine', "a path of one machine: $1")
            if $lines->[$i] =~ /($MACHINE)/;

        fault($f, $i, 'carriage-return', 'a carriage return')
            if $lines->[$i] =~ /\r/;

        fault($f, $i, 'trailing-space', 'trailing space')
            if $lines->[$i] =~ /[ \t]$/;
    }

    return if $f->{text} eq '' || $f->{path} =~ /\.json$/;

    fault($f, $#$lines, 'final-newline', 'the file ends with one newline')
        if $f->{text} !~ /[^\n]\n\z/;
}


# rules for everything that is written by hand and runs

sub check_layout {
    my ($f) = @_;
    my $lines = $f->{lines};

    for my $i (0 .. $#$lines) {
        my $line = $lines->[$i];

        fault($f, $i, 'tab', 'a tab') if $line =~ /\t/;

        next if length($line) <= COLUMNS;
        next if $f->{path} !~ /\.[ch]$/ && $line =~ /\S{${\WORD}}/;

        fault($f, $i, 'columns',
              sprintf '%d columns, %d allowed', length $line, COLUMNS);
    }
}


# {code}: the lines without comments and without what strings hold;
# {include}: the lines without comments

sub split_code {
    my ($f) = @_;
    my ($code, $include) = ($f->{text}) x 2;

    my $comment = qr{/\*.*?\*/|//[^\n]*}s;
    my $string = qr{"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'}s;

    $f->{line_comments} = [];

    $code =~ s{($comment)|($string)}{
        if (defined $1) {
            push @{ $f->{line_comments} }, line_of($f->{text}, $-[0])
                if substr($1, 0, 2) eq '//';
            $1 =~ s/[^\n]/ /gr;
        } else {
            substr($2, 0, 1) . 'x' x (length($2) - 2) . substr($2, -1);
        }
    }ge;

    $include =~ s{($comment)|($string)}{
        defined $1 ? $1 =~ s/[^\n]/ /gr : $2
    }ge;

    $f->{code} = [ map { s/\s+$//r } split /\n/, $code, -1 ];
    $f->{include} = [ split /\n/, $include, -1 ];
}


sub line_of {
    my ($text, $offset) = @_;

    return substr($text, 0, $offset) =~ tr/\n//;
}


# {functions}: name, type, and the lines of head (the return type), name,
# open and close brace

sub find_functions {
    my ($f) = @_;
    my $code = $f->{code};

    $f->{functions} = [];

    for my $open (1 .. $#$code) {
        next unless $code->[$open] =~ /^\{/ && $code->[$open - 1] =~ /\)$/;

        my $at = $open - 1;
        $at-- while $at > 0 && $code->[$at] =~ /^(?:\s|$)/;

        next unless $code->[$at] =~ /^(.*?)(\w+)\(/;

        my ($type, $name, $head) = ($1, $2, $at);

        if ($type eq '' && $at > 0 && $code->[$at - 1] =~ /^\w[\w\s*]*$/) {
            $head = $at - 1;
            $type = $code->[$head];

        } else {
            fault($f, $at, 'return-type',
                  "the return type of $name() stands on its own line");
        }

        my $close = $open;
        $close++ while $close < $#$code && $code->[$close] !~ /^\}/;

        push @{ $f->{functions} },
             { name => $name, type => $type, head => $head, at => $at,
               open => $open, close => $close };
    }
}


sub check_comments {
    my ($f) = @_;

    fault($f, $_, 'line-comment', 'comments are /* */')
        for @{ $f->{line_comments} };
}


# rules that one line of code can break

sub check_lines {
    my ($f) = @_;
    my $code = $f->{code};

    for my $i (0 .. $#$code) {
        my $line = $code->[$i];

        fault($f, $i, 'keyword-space', "a space after \"$1\"")
            if $line =~ /\b(if|for|while|switch|return)\(/;

        fault($f, $i, 'brace-space', 'a space before "{"')
            if $line =~ /\)\{/;

        fault($f, $i, 'comma-space', 'a space after ","')
            if $line =~ /,[^\s\\]/;

        fault($f, $i, 'cast-space', 'a space after a cast')
            if $line =~ /(?<![\w)])\(\s*(?:const )?$TYPE(?:\s\*+)?\)[\w(&*]/
               && $line !~ /^\w.*\(void\)/;

        fault($f, $i, 'pointer', 'a space before "*", none after it')
            if $line =~ /\b(?:char|void|int|\w+_t)\*+[ \w)]/;

        fault($f, $i, 'operator', "a wrapped condition starts with \"$1\"")
            if $line =~ /(&&|\|\|)$/;

        fault($f, $i, 'wrapped-brace',
              '"{" of a wrapped condition stands on its own line')
            if $line =~ /^\s.*\) \{$/ && $line =~ tr/)// > $line =~ tr/(//;

        fault($f, $i, 'function-brace',
              '"{" of a function stands on its own line')
            if $line =~ /^(?!typedef|struct|union|enum|#)\w[^=]*\)\s*\{/;
    }
}


# blank lines

sub check_blocks {
    my ($f) = @_;
    my ($lines, $code) = @$f{qw(lines code)};

    my %inside = map { $_ => 1 }
                 map { $_->{open} .. $_->{close} } @{ $f->{functions} };

    for my $i (0 .. $#$lines) {
        my $line = $code->[$i] // '';
        my $before = $i ? $lines->[$i - 1] : '';
        my $next = $lines->[$i + 1] // '';

        fault($f, $i, 'else', 'a blank line before "else"')
            if $line =~ /^\s+\} else\b/ && $before ne '';

        fault($f, $i, 'else', '"else" stands behind "}"')
            if $line =~ /^\s+else\b/ && $before =~ /^\s+\}$/;

        fault($f, $i, 'block-end', 'a blank line after "}"')
            if $line =~ /^\s+\}$/ && $inside{$i}
               && $next !~ /^\s*(?:$|\}|#|else\b|while\b|break;)/;

        fault($f, $i, 'blank-lines', 'too many blank lines')
            if $i > 1 && $lines->[$i] eq '' && $before eq ''
               && $lines->[$i - 2] eq '';
    }
}


sub check_functions {
    my ($f) = @_;
    my ($lines, $code) = @$f{qw(lines code)};
    my $last;

    for my $function (@{ $f->{functions} }) {
        my ($name, $head, $close) = @$function{qw(name head close)};

        my ($top, $blank) = above($f, $head);

        fault($f, $head, 'function-blank',
              "two blank lines before $name(), not $blank")
            if $top >= 0 && $blank != 2
               && $code->[$top] !~ /^#\s*(?:if|else|elif)/;

        # the lines after a function that do not belong to a function

        my $next = $close + 1;
        $next++ while $next <= $#$lines && $lines->[$next] eq '';
        $blank = $next - $close - 1;

        fault($f, $close, 'function-blank',
              "two blank lines after $name(), not $blank")
            if $next <= $#$lines && $blank != 2
               && $code->[$next] !~ /^#/
               && !grep { (above($f, $_->{head}))[0] == $close }
                        @{ $f->{functions} };
    }
}


# the line above a function and its comments, -1 if there is none, and the
# number of blank lines between the two

sub above {
    my ($f, $i) = @_;
    my ($lines, $code) = @$f{qw(lines code)};

    while (1) {
        my $blank = 0;

        $i--;

        while ($i >= 0 && $lines->[$i] eq '') {
            $blank++;
            $i--;
        }

        return ($i, $blank)
            if $i < 0 || $blank > 1 || $code->[$i] ne '';

        $i-- while $i > 0 && $lines->[$i - 1] ne '' && $code->[$i - 1] eq '';
    }
}


sub check_size {
    my ($f) = @_;
    my $n = @{ $f->{lines} };

    fault($f, 0, $n > FILE_MAX ? 'file-size' : 'note', "$n lines")
        if $n > FILE_NOTE;

    for my $function (@{ $f->{functions} }) {
        my $n = $function->{close} - $function->{at} + 1;

        fault($f, $function->{at},
              $n > FUNCTION_MAX ? 'function-size' : 'note',
              "$function->{name}() has $n lines")
            if $n > FUNCTION_NOTE;
    }
}


# rules for the module's own sources

sub check_ours {
    my ($f) = @_;
    my ($path, $include, $code) = @$f{qw(path include code)};

    my $prefix = $path =~ m{^src/\w+/s3o_} ? 's3o_' : 'ngx_http_s3o_';

    fault($f, 0, 'copyright', 'an empty line and the copyright come first')
        if $f->{text} !~ m{\A\n/\*\n \* Copyright \(C\) };

    fault($f, $_->{at}, 'prefix', "$_->{name}() does not start with $prefix")
        for grep { $_->{name} !~ /^$prefix/ } @{ $f->{functions} };

    for my $i (0 .. $#$code) {
        fault($f, $i, 'openssl', 'only s3o_crypto* know OpenSSL')
            if $include->[$i] =~ m{^#\s*include\s+["<]openssl/}
               && $path !~ m{^src/base/s3o_crypto\w*\.[ch]$};

        fault($f, $i, 'version', "nginx versions are $COMPAT\'s")
            if $code->[$i] =~ /\bnginx_version\b/ && $path ne $COMPAT;
    }

    # ngx_config.h decides which declarations the system's headers have, so it
    # must come before any other header of the system: some versions do not
    # compile otherwise

    my ($first) = grep { $include->[$_] =~ /^#\s*include\b/ } 0 .. $#$include;

    fault($f, $first, 'first-include', 'the first is not one of nginx or glue')
        if defined $first && $path =~ m{(?:^|/)ngx_http_s3o_}
           && $include->[$first] !~ /^#\s*include\s+["<]ngx_/;
}


# the pure half: no nginx, no memory, no clock, no input and output

sub check_pure {
    my ($f) = @_;
    my ($path, $include, $code) = @$f{qw(path include code)};

    my $crypto = $path =~ m{^src/base/s3o_crypto\w*\.[ch]$};

    for my $i (0 .. $#$code) {
        fault($f, $i, 'pure-ngx', "\"$1\" in the pure half")
            if $code->[$i] =~ /\b(ngx_\w*|NGX_\w*)/;

        fault($f, $i, 'pure-call', "$1() in the pure half")
            if $code->[$i] =~ /(?<![\w.>])($IMPURE)\s*\(/;

        next unless $include->[$i] =~ /^#\s*include\s+(\S+)/;

        my $header = $1;

        fault($f, $i, 'pure-include', "$header in the pure half")
            if $header !~ /^$PURE_INCLUDE$/
               && $header !~ m{^<openssl/};
    }
}


# every group of prototypes is preceded by a comment

sub check_header {
    my ($f) = @_;
    my ($lines, $code) = @$f{qw(lines code)};

    for my $i (0 .. $#$code) {
        next unless $code->[$i] =~ /^(?!typedef|static|#)\w[\w\s*]*\b(\w+)\(/;

        my $name = $1;
        my $top = $i;

        $top-- while $top > 0 && $code->[$top - 1] ne '';

        next if $top != $i && $code->[$top] =~ /^(?!typedef|#)\w[\w\s*]*\(/;
        next if $top > 0 && $lines->[$top - 1] =~ /\*\/$/;
        next if $top > 1 && $lines->[$top - 1] eq ''
                && $lines->[$top - 2] =~ /\*\/$/;

        fault($f, $i, 'contract', "$name() has no comment");
    }
}


# "config" names all sources and headers of src/, and no others

sub check_config {
    my ($config, @files) = @_;

    my %listed = map { $_ => 1 }
                 $config =~ m{\$ngx_addon_dir/(\S+\.[ch])\b}g;
    my %there = map { $_ => 1 } grep { m{^src/.*\.[ch]$|^[^/]+\.[ch]$} }
                                     @files;

    return (map { [ 'config', 1, 'config', "$_ is not listed" ] }
                sort grep { !$listed{$_} } keys %there),
           (map { [ 'config', 1, 'config', "$_ does not exist" ] }
                sort grep { !$there{$_} } keys %listed);
}


1;
