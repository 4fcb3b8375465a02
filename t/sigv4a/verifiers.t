#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Every SigV4A vector, signed by the pure half of the module.  The openssl
# command and Python's cryptography verify the signatures; neither shares code
# with the module.  The unit test proves that the signed text is that of the
# vectors.

use strict;
use warnings;

use Cwd ();
use Digest::SHA qw(sha256_hex);
use FindBin ();
use Test::More;

use S3O::Process qw(capture find_program);
use S3O::SigV4A qw(private_key public_key by_openssl by_python python_reason
    python_version);
use S3O::Vectors qw(cases);

my $root = Cwd::abs_path("$FindBin::Bin/../..");
my $program = Cwd::abs_path($ENV{OUT} // "$root/build")
              . '/unit/sigv4a_vectors_test';

plan skip_all => 'sigv4a_vectors_test is not built, see "make unit-bin"'
    unless -x $program;
plan skip_all => 'openssl is not installed' unless find_program('openssl');
plan tests => 9;

my @cases = cases('sigv4a-cases');
my (@published, %public);

is(scalar @cases, 43, 'all vectors are there');

# the unit test has compared our keys with the published ones

my @derive = grep { $_->{kind} eq 'derive' } @cases;

is(join("\n", map { private_key(@$_{qw(access_key secret_key)}) } @derive),
   join("\n", map { $_->{private_key} } @derive),
   @derive . ' private keys are equal to those that S3O::SigV4A derives');

for my $case (@cases) {
    my $expect = $case->{expect} // $case;
    my %in = $case->{in} ? %{ $case->{in} }
           : $case->{context} ? (access_key => $case->{context}{credentials}
                                                    {access_key_id},
                                 secret_key => $case->{context}{credentials}
                                                    {secret_access_key})
           : %$case;
    my $key = $expect->{public_x} . $expect->{public_y};

    $public{$in{access_key}, $in{secret_key}} = [@in{qw(access_key secret_key)},
                                                 $key];

    push @published, map {
        { access_key => $in{access_key}, secret_key => $in{secret_key},
          public_key => $key, string_to_sign => $_->{string_to_sign},
          signature => $_->{signature_example} }
    } $case->{kind} eq 'suite' ? @$case{qw(header query)}
      : $case->{kind} eq 'derive' ? () : $expect;
}

is(join("\n", map { public_key(@$_[0, 1]) } values %public),
   join("\n", map { $_->[2] } values %public),
   keys(%public) . ' public keys are those that openssl computes');

# signatures: one for each form of each case

my ($status, $out) = capture([$program, 'list']);

is($status, 0, 'the vectors are signed');

my @ours = map { read_line($_) } $out =~ /^signed (.*)$/mg;

is(join(' ', map { sha256_hex($_->{string_to_sign}) } @ours),
   join(' ', map { sha256_hex($_->{string_to_sign}) } @published),
   @published . ' signed texts are equal to the published ones');

is(wrong(\@ours, by_openssl(@ours)), '',
   @ours . ' signatures of ours are right for openssl');
is(wrong(\@published, by_openssl(@published)), '',
   @published . ' published signatures are right, too');

SKIP: {
    skip python_reason(), 2 if python_reason();

    diag('verified by openssl ', (split ' ', `openssl version`)[1],
         ' and cryptography ', python_version());

    is(wrong(\@ours, by_python(@ours)), '',
       @ours . ' signatures of ours are right for cryptography');
    is(wrong(\@published, by_python(@published)), '',
       @published . ' published signatures are right, too');
}


sub read_line {
    my ($line) = @_;

    my ($id, $access_key, $secret, $text, $signature) = split / /, $line;

    return {
        id             => $id,
        access_key     => pack('H*', $access_key),
        secret_key     => pack('H*', $secret // ''),
        string_to_sign => pack('H*', $text // ''),
        signature      => $signature,
    };
}


sub wrong {
    my ($all, @verdicts) = @_;

    return join "\n", map { ($all->[$_]{id} // $_) . ": $verdicts[$_]" }
           grep { $verdicts[$_] ne '' } 0 .. $#verdicts;
}
