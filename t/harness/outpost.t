#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The stand-in for an Outpost accepts every request of the vectors at its
# date, and refuses each one after any part of it was changed.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;

use S3O::HTTP;
use S3O::Outpost;
use S3O::SigV4 qw(uri_encode amz_date amz_epoch presign authorization);
use S3O::SigV4::Chunked;
use S3O::Vectors qw(cases presign_input header_input);

my @presign = cases('presign-cases');
my @header = cases('header-cases');

my %hosts = (
    (map { $_->{expect}{host} => $_->{expect}{signing_region} } @presign),
    (map { my %in = header_input($_); $in{host} => $in{region} } @header),
);

my $s3 = S3O::Outpost->new(host => \%hosts)->start();
my $c;


# one request on a kept connection; returns (status, error code or 'ok')

sub send_it {
    my (%r) = @_;

    $c = S3O::HTTP->connect(port => $s3->port()) if !$c || $c->{eof};

    my $answer = $c->request(
        method => $r{method}, uri => $r{uri}, body => $r{body},
        headers => [map { @$_ } @{ $r{headers} }])
        // die "no answer: $r{method} $r{uri}\n" . $s3->log();

    my ($code) = $answer->{body} =~ m{<Code>(\w+)</Code>};

    return ($answer->{status}, $code // 'ok', $answer);
}


# the vector as a request: method, uri, headers, body

sub request_of {
    my ($case) = @_;

    my $presigned = exists $case->{expect}{url};
    my %in = $presigned ? presign_input($case) : header_input($case);
    my $got = $presigned ? presign(%in) : authorization(%in);

    my %r = (
        in      => \%in,
        method  => $in{method},
        uri     => $got->{uri},
        headers => $presigned ? [['Host', $in{host}], @{ $in{headers} }]
                              : $got->{headers},
        body    => $case->{in}{body},
    );

    # the checksums in the vectors are those of this body

    $r{body} //= 'test' if $in{method} eq 'PUT';
    $r{body} = S3O::SigV4::Chunked::encode('hello world',
        form => $in{payload_hash}, trailer => ['x-amz-checksum-crc32',
                                               'DUoRhQ=='])
        if ($in{payload_hash} // '') =~ /^STREAMING/;

    $s3->drop_credentials()->set_credentials(@in{qw(access_key secret_key
                                                     session_token)});
    $s3->set_clock($in{date});

    return %r;
}


# changes by an attacker, or by mistake: name => function that edits the copy
# of the request in place and returns false where it does not apply

my %common = (
    'another method' => sub {
        my ($r) = @_;
        $r->{method} = $r->{method} eq 'DELETE' ? 'GET' : 'DELETE';
    },
    'one more byte in the path' => sub {
        $_[0]{uri} =~ s{^([^?]*)}{$1x};
    },
    'one byte less in the path' => sub {
        $_[0]{uri} =~ s{^(/[^?]*[^?%])[A-Za-z0-9](?=\?|$)}{$1};
    },
    'path encoded twice' => sub {
        $_[0]{uri} =~ s{^[^?]*%[^?]*}{ $& =~ s/%/%25/gr }e;
    },
    'lower case escapes' => sub {
        $_[0]{uri} =~ s{%([0-9A-F]{2})}{ '%' . lc $1 }ge
            && $_[0]{uri} =~ /%[0-9]?[a-f]/;
    },
    'an escape where none is needed' => sub {
        $_[0]{uri} =~ s{([a-z])(?=[^?]*(?:\?|$))}{ sprintf '%%%02X', ord $1 }e;
    },
    'one more argument' => sub {
        $_[0]{uri} .= ($_[0]{uri} =~ /\?/ ? '&' : '?') . 'versionId=1';
    },
    'another host of ours' => sub {
        my ($r) = @_;
        my ($h) = grep { lc $_->[0] eq 'host' } @{ $r->{headers} };
        my ($other) = grep { $hosts{$_} eq $r->{in}{region} && $_ ne $h->[1] }
                      sort keys %hosts;
        $h->[1] = $other;
    },
    'a host of nobody' => sub {
        my ($h) = grep { lc $_->[0] eq 'host' } @{ $_[0]{headers} };
        $h->[1] = 'example.com';
    },
    'a host with a port' => sub {
        my ($h) = grep { lc $_->[0] eq 'host' } @{ $_[0]{headers} };
        $h->[1] .= ':443';
    },
    'an unsigned x-amz header' => sub {
        push @{ $_[0]{headers} }, ['x-amz-meta-evil', 'yes'];
    },
    'an unsigned ACL header' => sub {
        push @{ $_[0]{headers} }, ['X-Amz-Acl', 'public-read'];
    },
    'a second host' => sub {
        push @{ $_[0]{headers} }, ['Host', 'example.com'];
    },
    'an unknown key' => sub {
        $_[0]{secret} = 'forgotten';
    },
    'another secret' => sub {
        $_[0]{secret} = 'wrong';
    },
    'chunked body' => sub {
        my ($r) = @_;
        return 0 if $r->{method} ne 'PUT'
                    || grep { lc $_->[0] eq 'content-length' }
                            @{ $r->{headers} };
        push @{ $r->{headers} }, ['Transfer-Encoding', 'chunked'];
        $r->{body} = "4\r\ntest\r\n0\r\n\r\n";
    },
    'a changed signed header' => sub {
        my ($r) = @_;
        my ($h) = grep { lc $_->[0] !~ /^(?:host|x-amz-content-sha256
                         |x-amz-date|x-amz-security-token|authorization
                         |content-length)$/x } @{ $r->{headers} };
        $h && ($h->[1] .= '1');
    },
    'a missing signed header' => sub {
        my ($r) = @_;
        my $n = @{ $r->{headers} };
        $r->{headers} = [grep { lc $_->[0] !~ /^(?:content-type|range|if-match
                         |cache-control|x-amz-meta-.*|x-amz-tagging)$/x }
                         @{ $r->{headers} }];
        $n != @{ $r->{headers} };
    },
);

my %query_form = (
    'both forms at once' => sub {
        push @{ $_[0]{headers} }, ['Authorization', 'Basic dTpw'];
    },
    'a changed value' => sub {
        $_[0]{uri} =~ s/(X-Amz-Expires=)\d+/${1}4711/;
    },
    'a changed argument of the operation' => sub {
        $_[0]{uri} =~ s/([?&](?!X-Amz-)[\w-]+=)/${1}7/;
    },
    'a removed argument' => sub {
        $_[0]{uri} =~ s/[?]?X-Amz-Date=\w+&//;
    },
    'a repeated argument' => sub {
        $_[0]{uri} =~ s/(X-Amz-Expires=\d+)/$1&$1/;
    },
    'expiry passed' => sub {
        my ($r) = @_;
        $s3->set_clock(amz_epoch($r->{in}{date}) + $r->{in}{expires} + 1);
    },
    'a date far in the future' => sub {
        $s3->set_clock(amz_epoch($_[0]{in}{date}) - 901);
    },
    'expiry of more than a week' => sub { _presign_again($_[0], expires =>
                                                         604801) },
    'expiry of nothing' => sub { _presign_again($_[0], expires => 0) },
    'expiry below nothing' => sub { _presign_again($_[0], expires => -1) },
    'expiry that is no number' => sub { _presign_again($_[0], expires => 'x') },
    'wrong service' => sub { _presign_again($_[0], service => 's3') },
    'wrong region' => sub { _presign_again($_[0], region => 'mars-1') },
    'no date at all' => sub { _presign_again($_[0], date => '20240301') },
    'an impossible date' => sub { _presign_again($_[0],
                                                 date => '20241332T120000Z') },
    'date of another day than the credential' => sub {
        $_[0]{uri} =~ s/(X-Amz-Date=\d{7})(\d)/$1 . ($2 + 1) % 10/e;
    },
    'a token that is not ours' => sub {
        _presign_again($_[0], session_token => 'stolen');
    },
    'a missing token' => sub {
        length($_[0]{in}{session_token} // '')
            && _presign_again($_[0], session_token => undef);
    },
    'a changed signature' => sub {
        $_[0]{uri} =~ s/(X-Amz-Signature=)(.)/$1 . ($2 eq '0' ? 1 : 0)/e;
    },
    'a changed list of headers' => sub {
        $_[0]{uri} =~ s/(X-Amz-SignedHeaders=)/${1}accept%3B/;
    },
    'another algorithm' => sub {
        $_[0]{uri} =~ s/AWS4-HMAC-SHA256/AWS4-HMAC-SHA512/;
    },
);

my %header_form = (
    'both forms at once' => sub {
        my ($r) = @_;
        my $p = presign(%{ $r->{in} }, headers => []);
        $r->{uri} = $p->{uri};
    },
    'a clock that is late' => sub {
        $s3->set_clock(amz_epoch($_[0]{in}{date}) + 901);
    },
    'a clock that is early' => sub {
        $s3->set_clock(amz_epoch($_[0]{in}{date}) - 901);
    },
    'no content hash' => sub { _drop($_[0], 'x-amz-content-sha256') },
    'no date' => sub { _drop($_[0], 'x-amz-date') },
    'another content hash' => sub { _set($_[0], 'x-amz-content-sha256',
                                         sha256_hex('other')) },
    'a content hash that is none' => sub { _set($_[0], 'x-amz-content-sha256',
                                                'none') },
    'another date' => sub { _set($_[0], 'x-amz-date', '20240302T120000Z') },
    'another second' => sub { _set($_[0], 'x-amz-date', '20240301T120001Z') },
    'no signature' => sub { _drop($_[0], 'authorization') },
    'a second date' => sub {
        push @{ $_[0]{headers} }, ['x-amz-date', $_[0]{in}{date}];
    },
    'a second authorization' => sub {
        push @{ $_[0]{headers} }, ['Authorization', 'Basic dTpw'];
    },
    'wrong service' => sub { _sign_again($_[0], service => 's3') },
    'wrong region' => sub { _sign_again($_[0], region => 'mars-1') },
    'a token that is not ours' => sub {
        _sign_again($_[0], session_token => 'stolen');
    },
    'a changed signature' => sub {
        my ($h) = grep { lc $_->[0] eq 'authorization' } @{ $_[0]{headers} };
        $h->[1] =~ s/(Signature=)(.)/$1 . ($2 eq '0' ? 1 : 0)/e;
    },
    'a header taken off the list' => sub {
        my ($h) = grep { lc $_->[0] eq 'authorization' } @{ $_[0]{headers} };
        $h->[1] =~ s/;x-amz-date//;
    },
    'a body that is not the signed one' => sub {
        my ($r) = @_;
        return 0 if $r->{in}{payload_hash} !~ /^[0-9a-f]{64}$/;
        $r->{body} = 'something else';
    },
);

sub _presign_again {
    my ($r, %change) = @_;
    $r->{uri} = presign(%{ $r->{in} }, %change)->{uri};
}

sub _sign_again {
    my ($r, %change) = @_;
    $r->{headers} = authorization(%{ $r->{in} }, %change)->{headers};
}

sub _drop {
    my ($r, $name) = @_;
    $r->{headers} = [grep { lc $_->[0] ne $name } @{ $r->{headers} }];
}

sub _set {
    my ($r, $name, $value) = @_;
    my ($h) = grep { lc $_->[0] eq $name } @{ $r->{headers} };
    $h->[1] = $value;
}


my %applied;

for my $case (@presign, @header) {
    my %r = request_of($case);
    my ($status, $code, $answer) = send_it(%r);

    $s3->accepted("$case->{id} is accepted: $case->{doc}");
    is($s3->last()->{key}, $r{in}{key}, "$case->{id} key as the server saw it");

    my %tampering = (%common, exists $case->{expect}{url} ? %query_form
                                                          : %header_form);
    my @passed;

    for my $name (sort keys %tampering) {
        my %t = request_of($case);
        $t{headers} = [map { [@$_] } @{ $t{headers} }];

        $tampering{$name}->(\%t) or next;
        $applied{$name} = 1;

        $s3->set_credentials($t{in}{access_key}, 'wrong', $t{in}{session_token})
            if ($t{secret} // '') eq 'wrong';
        $s3->drop_credentials() if ($t{secret} // '') eq 'forgotten';

        ($status, $code) = send_it(%t);

        push @passed, "$name ($status $code)"
            unless $status =~ /^(?:400|403|501)$/ || $code eq 'NoSuchBucket'
                   || ($t{method} eq 'HEAD' && $status == 404
                       && $s3->last()->{verdict} eq 'NoSuchBucket');
    }

    is(join(', ', @passed), '', "$case->{id} is refused after each change");
}


is(join(', ', grep { !$applied{$_} } sort keys %{ { %common, %query_form,
                                                    %header_form } }),
   '', 'every kind of change was tried');


# the message of the refusal, where its text matters to users

my $one = S3O::Outpost->new(clock => '20240301T120000Z',
                            session_token => 'TOKEN/+=')->start();
my $r = $one->presigned(key => 'a', expires => 60, date => '20240301T115859Z');
like($r->{body}, qr{<Message>Request[ ]has[ ]expired</Message>
                    <X-Amz-Expires>60<.*<Expires>2024-03-01T11:59:59Z<}x,
     'expired');
$one->refused('AccessDenied');

$r = $one->presigned(key => 'a', expires => 61, date => '20240301T115859Z');
is($r->{status}, 404, 'a URL is valid in its last second');

$r = $one->presigned(key => 'a', date => '20240301T121501Z');
like($r->{body}, qr/Request is not valid yet/, 'a URL from the future');

$r = $one->signed(key => 'a', date => '20240301T121501Z');
like($r->{body}, qr/RequestTimeTooSkewed.*<MaxAllowedSkewMilliseconds>900000</,
     'skewed');

$r = $one->signed(key => 'a', secret_key => 'x');
like($r->{body}, qr{<Code>SignatureDoesNotMatch</Code>.*<CanonicalRequest>GET
                    .*x-amz-security-token:TOKEN/\+=}sx,
     'a bad signature: the answer has the computed texts, with the token');

$one->set_credentials($one->access_key(), $one->secret_key(), 'TOKEN/+=',
                      expired => 1);
$r = $one->presigned(key => 'a');
like($r->{body}, qr{<Code>ExpiredToken<.*<Token-0>TOKEN/\+=<},
     'an expired token is in the answer');
is($r->{status}, 400, 'status of an expired token');
$r = $one->presigned(key => 'a', method => 'HEAD');
is($r->{body}, '', 'no body on HEAD');

done_testing();
