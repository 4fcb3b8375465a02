#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The Perl signer, which judges all other tests, is compared with the vectors:
# results of other implementations of Signature Version 4.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex hmac_sha256_hex);
use Test::More;

use S3O::SigV4 qw(uri_encode uri_decode amz_date amz_epoch parse_query
    canonical_request string_to_sign signing_key presign authorization verify);
use S3O::SigV4::Chunked;
use S3O::Vectors qw(cases presign_input header_input);


# encoding: every byte, once

is(uri_encode(join '', map { chr } 0 .. 255),
   join('', map { chr =~ /[A-Za-z0-9._~-]/ ? chr : sprintf '%%%02X', $_ }
            0 .. 255),
   'every byte is encoded by the rule');
is(uri_encode('a/b c', 1), 'a/b%20c', 'slashes of a path stay');
is(uri_decode('a%2Fb+c%zz%'), 'a/b+c%zz%', 'decoding');
ok(!eval { uri_encode("\x{263a}"); 1 }, 'characters are refused');
is(amz_date(1709294400), '20240301T120000Z', 'date');
is(amz_epoch('20240301T120000Z'), 1709294400, 'date, the other way');
is(amz_epoch($_), undef, "no date: $_")
    for qw(20240301 20240301T120000 20241301T120000Z 2024-03-01T12:00:00Z);


# presigned URLs; the vectors keep the order of arguments of their
# implementation, so the whole URL can be compared

for my $case (cases('presign-cases')) {
    my %in = presign_input($case);
    my $got = presign(%in);

    for my $what (qw(canonical_request string_to_sign signature url)) {
        is($got->{$what}, $case->{expect}{$what},
           "$case->{id} $what: $case->{doc}");
    }

    my $v = verify(
        method => $in{method}, target => $got->{uri},
        headers => [['Host', $in{host}], @{ $in{headers} }],
        host => $in{host}, region => $in{region},
        now => amz_epoch($in{date}),
        credentials => { $in{access_key} => \%in });

    is($v->{code} // 'ok', 'ok', "$case->{id} verifies");
    is($v->{key}, $in{key}, "$case->{id} key comes back");
}


# Authorization headers

for my $case (cases('header-cases')) {
    my %in = header_input($case);
    my $got = authorization(%in);

    for my $what (qw(canonical_request string_to_sign signature
                     authorization))
    {
        is($got->{$what}, $case->{expect}{$what},
           "$case->{id} $what: $case->{doc}");
    }

    my $v = verify(
        method => $in{method}, target => $got->{uri},
        headers => $got->{headers}, host => $in{host},
        region => $in{region}, now => amz_epoch($in{date}),
        credentials => { $in{access_key} => \%in },
        body_sha256 => sha256_hex($case->{in}{body} // ''));

    is($v->{code} // 'ok', 'ok', "$case->{id} verifies");
}


# The suite of AWS for services in general.  Six cases are left out, as they
# normalise paths and S3 does not: get-relative-normalized,
# get-relative-relative-normalized, get-slash-dot-slash-normalized,
# get-slash-normalized, get-slash-pointless-dot-normalized and
# get-slashes-normalized.  Other cases named "normalized" have a path that is
# normal already.  S3 does not encode paths twice either, but no path of the
# suite has an escape.  The query forms hash the body, where S3 has
# UNSIGNED-PAYLOAD, and the header forms have x-amz-content-sha256 only if the
# body is signed.

for my $case (cases('sigv4-suite')) {
    my ($ctx, $cred) = ($case->{context}, $case->{context}{credentials});
    my ($head, $body) = split /\n\n/, $case->{request}, 2;
    my ($line, @lines) = split /\n(?![ ])/, $head;
    my ($method, $target) = $line =~ m{^(\S+) (.*) HTTP/1\.1$};
    my ($path, $query) = split /\?/, $target, 2;
    my $date = $ctx->{timestamp} =~ tr/:-//dr;

  SKIP: {
        skip "$case->{name}: paths of S3 are not normalised", 4
            if $ctx->{normalize} && $path =~ m{//|/\.};

        my @headers = map { [split /:/, $_, 2] } @lines;
        my ($host) = map { $_->[1] } grep { lc $_->[0] eq 'host' } @headers;

        my %in = (
            access_key => $cred->{access_key_id},
            secret_key => $cred->{secret_access_key},
            session_token => $ctx->{omit_session_token} ? undef
                                                        : $cred->{token},
            region => $ctx->{region}, service => $ctx->{service},
            date => $date, method => $method, host => $host,
            path => uri_encode($path, 1), query => [parse_query($query)],
            headers => [grep { lc $_->[0] ne 'host' } @headers],
            payload_hash => sha256_hex($body // ''),
            expires => $ctx->{expiration_in_seconds},
        );

        my $got = authorization(%in,
                                no_content_sha256 => !$ctx->{sign_body});

        is($got->{canonical_request}, $case->{header}{canonical_request},
           "$case->{name} header form, canonical request");
        is($got->{signature}, $case->{header}{signature},
           "$case->{name} header form, signature");

        $got = presign(%in);

        is($got->{canonical_request}, $case->{query}{canonical_request},
           "$case->{name} query form, canonical request");
        is($got->{signature}, $case->{query}{signature},
           "$case->{name} query form, signature");
    }
}


# the examples of the S3 documentation, from their canonical request on

for my $case (cases('s3-doc-examples')) {
    my $scope = S3O::SigV4::scope(@$case{qw(date region service)});
    my $key = signing_key(@$case{qw(secret_key date region service)});
    my $sts = string_to_sign($case->{date}, $scope, $case->{canonical_request});

    is($sts, $case->{string_to_sign}, "$case->{name}: string to sign");
    is(hmac_sha256_hex($sts, $key), $case->{signature},
       "$case->{name}: signature");

    # the canonical request is also built from its documented parts

    my ($method, $path, $query, @rest) = split /\n/, $case->{canonical_request};
    my $payload = pop @rest;
    my @pairs = map { [split /:/, $_, 2] } grep { /:/ } @rest;

    is(canonical_request(method => $method, path => $path,
                         query => [parse_query($query)], headers => \@pairs,
                         payload => $payload),
       $case->{canonical_request}, "$case->{name}: canonical request");

    next unless $case->{chunks};

    my %seed = (date => $case->{date}, scope => $scope, signing_key => $key,
                signature => $case->{signature}, form => $payload);
    my $body = 'a' x (65536 + 1024);
    my $wire = S3O::SigV4::Chunked::encode(
        $body, %seed, chunk => 65536,
        ($case->{trailer} ? (trailer => [$case->{trailer}{line}
                                         =~ /^([^:]+):(.*)\n$/]) : ()));

    for my $chunk (@{ $case->{chunks} }) {
        like($wire, qr/(?:^|\r\n)\Q$chunk->{header}\E\r\n/,
             "$case->{name}: chunk of $chunk->{size}");
    }

    like($wire, qr/\Q$case->{trailer}{sent}\E\r\n\r\n\z/,
         "$case->{name}: trailer") if $case->{trailer};

    my ($decoded, $error) = S3O::SigV4::Chunked::decode($wire, %seed);
    is($error, undef, "$case->{name}: decodes");
    is($decoded, $body, "$case->{name}: body comes back");

    # the signature of the last chunk counts, too; a real server was seen not
    # to check it

    substr($wire, index($wire, "\r\n0;") + 30, 1) =~ tr/0-9a-f/1-9a-f0/;
    (undef, $error) = S3O::SigV4::Chunked::decode($wire, %seed);
    is($error, 'signature of a chunk does not match',
       "$case->{name}: changed signature of the last chunk");
}

done_testing();
