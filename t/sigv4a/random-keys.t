#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Two thousand requests, each with its own credentials, signed by the pure half
# of the module.  Python's cryptography derives the keys again and verifies the
# signatures; the openssl command verifies some of them.

use strict;
use warnings;

use Cwd ();
use File::Temp ();
use FindBin ();
use Test::More;

use S3O::Process qw(capture spew find_program);
use S3O::SigV4A qw(examine by_openssl by_python python_reason);

use constant REQUESTS => 2000;

my $root = Cwd::abs_path("$FindBin::Bin/../..");
my $tool = Cwd::abs_path($ENV{OUT} // "$root/build") . '/unit/sign_tool';

plan skip_all => 'sign_tool is not built, see "make unit-bin"' unless -x $tool;
plan skip_all => 'openssl is not installed' unless find_program('openssl');
plan tests => 6;

my $seed = $ENV{S3O_SEED} // int rand 2**31;
srand $seed;
diag("S3O_SEED=$seed");

my $dir = File::Temp::tempdir('s3o-raw-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
my $host = 'reports-123456789012.op-01234567890123456.s3-outposts.us-west-2'
           . '.amazonaws.com';
my @sets = ('*', 'us-west-2', 'us-west-*', 'us-*', 'us-west-2,us-east-1',
            'eu-*,ap-*,us-west-*');

my @cases = map { anything() } 1 .. REQUESTS;

spew("$dir/in", join '', map { line($_) } @cases);

my ($status, $out) = capture([$tool], stdin => "$dir/in", timeout => 120);
my @made = split /\n/, $out;

is("$status " . @made, '0 ' . REQUESTS, 'all requests are signed');

my @examined = map { take_apart($cases[$_], $made[$_]) } 0 .. $#cases;

is(some(map { $_->{fault} } @examined), '',
   'all signatures have the right form');

my %pairs = map { ("$_->{access_key} $_->{secret_key}" => 1) } @examined;
my %lengths = map { (length $_->{signature}) => 1 } @examined;

is(scalar keys %pairs, REQUESTS, 'no two requests have the same credentials');
cmp_ok(join(' ', sort { $a <=> $b } keys %lengths), '=~', qr/ 144$/,
       'signatures come in lengths up to the longest');

SKIP: {
    skip python_reason(), 1 if python_reason();

    is(some(by_python(@examined)), '',
       REQUESTS . ' signatures are right for cryptography');
}

my @few = @examined[grep { $_ % 20 == 0 } 0 .. $#examined];

is(some(by_openssl(@few)), '', @few . ' signatures are right for openssl');


sub anything {
    my %case = (
        form       => rand() < 0.5 ? 'query' : 'header',
        method     => (qw(GET HEAD PUT DELETE POST))[rand 5],
        key        => bytes(1 + int rand 40),
        time       => int rand 4e9,
        expires    => 1 + int rand 604800,
        access_key => join('', map { ('A' .. 'Z', 0 .. 9)[rand 36] }
                               1 .. 1 + int rand 32),
        secret_key => bytes(1 + int rand 90),
        set        => $sets[rand @sets],
        query      => [map { ["p$_" . bytes(3), bytes(int rand 9)] }
                       1 .. int rand 5],
        headers    => [map { ["x-amz-meta-$_", 'v' . int rand 1000] }
                       1 .. int rand 3],
    );

    $case{token} = 'T/+=' . rand if rand() < 0.5;

    return \%case;
}


sub bytes { return join '', map { chr int rand 256 } 1 .. $_[0] }


sub line {
    my ($case) = @_;

    my @words = (
        $case->{method}, hex_of($case->{key}), $host, $case->{time},
        $case->{expires}, hex_of($case->{access_key}),
        hex_of($case->{secret_key}), hex_of($case->{token} // ''),
        $case->{set}, "$case->{form}4a",
        (map { ('q', hex_of($_->[0]), hex_of($_->[1])) } @{ $case->{query} }),
        (map { ('h', hex_of($_->[0]), hex_of($_->[1])) } @{ $case->{headers} }),
    );

    return "@words\n";
}


sub hex_of { return length $_[0] ? unpack('H*', $_[0]) : '-' }


sub take_apart {
    my ($case, $made) = @_;

    my %o = (
        method      => $case->{method},
        credentials => { $case->{access_key} =>
                         { secret_key    => $case->{secret_key},
                           session_token => $case->{token} } },
    );

    my $e = $case->{form} eq 'query'
        ? examine(%o, url => "https://$host$made",
                  headers => [map { @$_ } @{ $case->{headers} }])
        : examine(%o, target => target($case), headers => [
              ['Host', $host], ['Authorization', $made],
              ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
              ['x-amz-date', S3O::SigV4::amz_date($case->{time})],
              ['x-amz-region-set', $case->{set}],
              (defined $case->{token}
               ? ['x-amz-security-token', $case->{token}] : ()),
              @{ $case->{headers} }]);

    # the signed request must be the one that was asked for

    $e->{fault} ||= 'another request'
        if S3O::SigV4::uri_decode(substr $e->{path}, 1) ne $case->{key}
           || $e->{date} ne S3O::SigV4::amz_date($case->{time})
           || $e->{region_set} ne $case->{set}
           || $e->{form} eq 'query' && $e->{expires} ne $case->{expires}
           || own($e->{signed_query}) ne own($case->{query});

    return $e;
}


sub target {
    my ($case) = @_;

    my $query = S3O::SigV4::canonical_query($case->{query});

    return '/' . S3O::SigV4::uri_encode($case->{key}, 1)
           . (length $query ? "?$query" : '');
}


sub own {
    return S3O::SigV4::canonical_query([grep { $_->[0] !~ /^X-Amz-/ }
                                        @{ $_[0] }]);
}


# Returns the first few faults.

sub some {
    my @wrong = grep { length } @_;

    return join "\n", @wrong[0 .. ($#wrong > 4 ? 4 : $#wrong)];
}
