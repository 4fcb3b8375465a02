#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Two signers that share no code, the Perl signer and botocore, agree on all
# vectors and on random requests.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;

use S3O::Oracle;
use S3O::SigV4 qw(amz_date presign authorization);
use S3O::Vectors qw(cases presign_input header_input);

plan skip_all => S3O::Oracle->reason() unless S3O::Oracle->available();

use constant RANDOM => 200;

# a seed always gives the same requests

my $seed = $ENV{S3O_SEED} // time;
srand $seed;
note("S3O_SEED=$seed");

my @requests = (
    (map { { name => $_->{id}, form => 'query', presign_input($_) } }
     cases('presign-cases')),
    (map { { name => $_->{id}, form => 'header', header_input($_) } }
     cases('header-cases')),
    (map { random_request($_) } 1 .. RANDOM),
);

my @theirs = S3O::Oracle->sign(@requests);

is(scalar @theirs, scalar @requests, 'every request is signed');

for my $i (0 .. $#requests) {
    my %in = %{ $requests[$i] };
    my $ours = $in{form} eq 'query' ? presign(%in) : authorization(%in);

    is_deeply(
        { map { $_ => $ours->{$_} }
          qw(canonical_request string_to_sign signature) },
        { map { $_ => $theirs[$i]{$_} }
          qw(canonical_request string_to_sign signature) },
        "$in{name} $in{form} form");

    # the order of arguments is free

    if ($in{form} eq 'query') {
        is(sorted($ours->{url}), sorted($theirs[$i]{url}),
           "$in{name} URL");

    } else {
        is($ours->{authorization}, $theirs[$i]{authorization},
           "$in{name} Authorization");
    }
}

done_testing();


sub sorted {
    my ($base, $query) = split /\?/, $_[0], 2;

    return "$base?" . join '&', sort split /&/, $query;
}


# returns keys and values of any bytes but NUL, in UTF-8 or not

sub random_bytes {
    my ($max) = @_;

    return join '', map { chr 1 + int rand 255 } 1 .. 1 + int rand $max;
}


# returns text for a header, with blanks that are folded

sub random_text {
    my @of = ('a' .. 'z', 'A' .. 'Z', 0 .. 9, ' ', ' ',
              qw(. - _ " ; = / + % *));

    return join '', map { $of[rand @of] } 1 .. 1 + int rand 40;
}


sub random_request {
    my ($n) = @_;

    my %query = map { random_bytes(12) => random_bytes(30) } 1 .. rand 4;
    my %headers = map { 'x-amz-meta-' . int(rand 1000) => random_text() }
                  1 .. rand 3;

    my $form = rand > 0.4 ? 'query' : 'header';

    # a presigned URL does not have the body, and has each argument once, as
    # botocore keeps them in a dictionary

    return {
        name         => "random $n",
        form         => $form,
        access_key   => join('', map { ('A' .. 'Z', 2 .. 7)[rand 32] } 1 .. 20),
        secret_key   => join('', map { ('a' .. 'z', 'A' .. 'Z', 0 .. 9, '+',
                                        '/')[rand 64] } 1 .. 40),
        session_token => rand > 0.5 ? random_text() =~ s/^ +| +$| +(?= )//gr
                                    : undef,
        date         => amz_date(int rand 4e9),
        region       => ('us-west-2', 'eu-central-1', 'us-gov-east-1',
                         'cn-north-1')[rand 4],
        method       => (qw(GET HEAD PUT POST DELETE))[rand 5],
        host         => 'ap-123456789012.op-01234567890123456.s3-outposts.'
                        . 'us-west-2.amazonaws.com',
        key          => random_bytes(rand > 0.9 ? 1024 : 60),
        query        => [map { [$_, $query{$_}] } sort keys %query],
        headers      => [map { [$_, $headers{$_}] } sort keys %headers],
        expires      => 1 + int rand 604800,
        payload_hash => $form eq 'query' || rand > 0.5
                        ? 'UNSIGNED-PAYLOAD' : sha256_hex(random_text()),
    };
}
