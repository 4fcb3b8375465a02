#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Any bytes at all, signed by the pure half of the module, by S3O::SigV4 and by
# botocore.  Some keys and queries could not come in a request to nginx.  All
# three must make the same signature.

use strict;
use warnings;

use Cwd ();
use File::Temp ();
use FindBin ();
use Test::More;

use S3O::Oracle;
use S3O::Process qw(capture spew);
use S3O::SigV4 qw(presign authorization);

my $root = Cwd::abs_path("$FindBin::Bin/../..");
my $tool = Cwd::abs_path($ENV{OUT} // "$root/build") . '/unit/sign_tool';

plan skip_all => 'sign_tool is not built, see "make unit-bin"' unless -x $tool;
plan tests => 11;

my $seed = $ENV{S3O_SEED} // int rand 2**31;
srand $seed;
diag("S3O_SEED=$seed");

my $dir = File::Temp::tempdir('s3o-raw-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);

my @hosts = ('reports-123456789012.op-01234567890123456.s3-outposts.us-west-2'
             . '.amazonaws.com', 'a-1.op-1.example.com:8443', 'x');
my @regions = qw(us-west-2 eu-central-1 us-gov-west-1 cn-north-1);
my @blanks = (' ', '  ', "\t", " \t ", '');
my @made;        # cases, and what the tool has made of them

for my $form (qw(query header)) {
    compare("$form form, every byte as a key",
            map { { form => $form, key => chr } } 0 .. 255);

    compare("$form form, every two bytes that are not the same class",
            map { my $a = $_;
                  map { { form => $form, key => chr($a) . chr } }
                  0x00, 0x20, 0x2e, 0x2f, 0x41, 0x7e, 0x80, 0xff } 0 .. 255);

    compare("$form form, every byte in names and values of the query",
            (map { { form => $form, query => [['a' . chr, chr]] } } 0 .. 255),
            map { { form => $form,
                    query => [map { ["p$_-" . bytes(3), bytes(6)] }
                              1 .. int rand 20] } } 1 .. 300);

    compare("$form form, names that are repeated",
            map { { form => $form, repeated => 1,
                    query => [map { ['p' . int rand 3, bytes(4)] } 1 .. 9] } }
            1 .. 200);

    compare("$form form, anything",
            map { { form => $form, anything() } } 1 .. 1500);
}

SKIP: {
    my $reason = S3O::Oracle->reason();
    skip $reason, 1 if $reason;

    # botocore gets a part of the cases, because it is slow, and no case with a
    # repeated name

    my @some = grep { rand() < 0.3 && !$_->[0]{repeated} } @made;
    my @theirs = S3O::Oracle->sign(map { $_->[0] } @some);

    my @wrong;

    for my $i (0 .. $#some) {
        my ($case, $made) = @{ $some[$i] };
        my $theirs = same($case, $case->{form} eq 'query'
                                 ? $theirs[$i]{url}
                                 : $theirs[$i]{authorization});

        push @wrong, line($case) . "$made\n$theirs\n" if $made ne $theirs;
    }

    is(first(@wrong), '', 'botocore makes the same of ' . @some . ' cases');
}


sub bytes {
    my ($max) = @_;

    return join '', map { chr int rand 256 } 1 .. int rand $max + 1;
}


sub word {
    my ($max) = @_;
    my @letters = ('a' .. 'z', 0 .. 9, '-');

    return join '', 'k', map { $letters[rand @letters] } 1 .. int rand $max;
}


sub value {
    my ($n) = @_;

    return join '', map { $blanks[rand @blanks] . visible(8) }
                    1 .. int rand $n;
}


sub visible {
    my ($max) = @_;

    return join '', map { chr(0x21 + int rand 0x5e) } 0 .. int rand $max;
}


# Returns a case with anything that the signer accepts, at any time and of any
# length.

sub anything {
    my %headers = map { word(12) => value(5) } 1 .. int rand 6;

    return (
        key     => bytes(rand() < 0.1 ? 1024 : 40),
        method  => (qw(GET HEAD PUT DELETE POST))[rand 5],
        host    => $hosts[rand @hosts],
        region  => $regions[rand @regions],
        date    => 946684800 + int rand 4102444800 - 946684800,
        expires => 1 + int rand 604800,
        access_key => 'AKIA' . uc word(20) =~ tr/-//dr,
        secret_key => visible(60),
        session_token => rand() < 0.5 ? visible(300) : undef,
        query   => [map { ["q$_-" . bytes(8), bytes(20)] } 1 .. int rand 5],
        headers => [map { [$_, $headers{$_}] } sort keys %headers],
    );
}


# Signs all cases in one run of the tool, and each case in Perl.

sub compare {
    my ($name, @cases) = @_;

    for my $case (@cases) {
        %$case = (key => 'k', method => 'GET', host => $hosts[0],
                  region => $regions[0], date => 1709294400, expires => 900,
                  access_key => 'AKIDEXAMPLE', secret_key => 'secret',
                  query => [], headers => [], %$case);
    }

    spew("$dir/lines", join '', map { line($_) } @cases);

    my ($status, $out) = capture([$tool], stdin => "$dir/lines",
                                 timeout => 60);
    my @answers = split /\n/, $out;
    my @wrong;

    push @wrong, "status $status, " . @answers . ' answers'
        if $status || @answers != @cases;

    for my $i (0 .. $#cases) {
        my $case = $cases[$i];
        my $got = same($case, $answers[$i] // 'nothing');
        my $expected = same($case, $case->{form} eq 'query'
                                   ? presign(%$case)->{url}
                                   : authorization(%$case)->{authorization});

        push @wrong, line($case) . "$got\n$expected\n" if $got ne $expected;
        push @made, [$case, $got];
    }

    is(first(@wrong), '', "$name: " . @cases . ' signatures');
}


sub first {
    my @wrong = @_;

    return join "\n", @wrong[0 .. ($#wrong > 2 ? 2 : $#wrong)];
}


sub line {
    my ($case) = @_;

    my $hex = sub { length($_[0] // '') ? unpack 'H*', $_[0] : '-' };

    return join(' ', $case->{method}, $hex->($case->{key}), $case->{host},
                $case->{date}, $case->{expires},
                (map { $hex->($case->{$_}) }
                     qw(access_key secret_key session_token)),
                $case->{region}, $case->{form},
                (map { ('q', $hex->($_->[0]), $hex->($_->[1])) }
                     @{ $case->{query} }),
                (map { ('h', $hex->($_->[0]), $hex->($_->[1])) }
                     @{ $case->{headers} })) . "\n";
}


# Returns path and parameters of a URL in a fixed order; the header form stays
# unchanged.

sub same {
    my ($case, $text) = @_;

    return $text if $case->{form} ne 'query';

    my ($path, $query) = split /\?/, $text =~ s{^https://[^/]+}{}r, 2;

    return join "\n", $path, sort split /&/, $query // '';
}
