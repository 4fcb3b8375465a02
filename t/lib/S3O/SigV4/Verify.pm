package S3O::SigV4::Verify;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Tells whether S3 accepts a request.  Looks at the bytes as they were received:
# a real server would decode and encode them again, and so forgive other
# encodings; this one refuses them, as what is signed must be what is sent.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_hex);
use POSIX ();

use S3O::SigV4 qw(uri_encode uri_decode amz_epoch amz_date canonical_request
    string_to_sign signing_key);

use constant SIGV4A => 'AWS4-ECDSA-P256-SHA256';
use constant MAX_SKEW => 900;
use constant MAX_EXPIRES => 604800;
use constant MAX_KEY => 1024;

my @streaming = qw(
    STREAMING-UNSIGNED-PAYLOAD-TRAILER
    STREAMING-AWS4-HMAC-SHA256-PAYLOAD
    STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
    STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD
);

my @once = qw(host authorization content-length content-type content-md5 date
    expect range transfer-encoding x-amz-date x-amz-content-sha256
    x-amz-security-token x-amz-decoded-content-length x-amz-trailer
    x-amz-region-set);

my @query_auth = qw(X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires
    X-Amz-SignedHeaders X-Amz-Signature);

my $mismatch = 'The request signature we calculated does not match the '
    . 'signature you provided. Check your key and signing method.';


# verify(method =>, target => as in the request line, headers => [[name, value],
# ...], and what is expected: credentials => {access key => {secret_key =>,
# session_token =>, expired => 1}}, region =>, host => name or list, service =>
# 's3-outposts', now => seconds, content_sha256 => 0 for services that are not
# S3, body_sha256 => hex once it is known, ecdsa => what S3O::SigV4A::Verifier's
# ask() does, where SigV4A is taken, too)
#
# Returns a hash with ok => 1 and form ('query' or 'header'), path, key, query
# (pairs), payload, date, scope, signature, canonical_request, secret_key ...;
# or ok => 0 and status, code, message, extra (list of [element, value]), next
# to what was found out before the error.

sub verify {
    my %o = @_;

    my %v = (ok => 0, extra => []);

    $o{service} //= S3O::SigV4::SERVICE;
    $o{now} //= time;
    $o{content_sha256} //= 1;

    my $done = eval {
        _target(\%o, \%v);
        _headers(\%o, \%v);

        my $form = _auth_form(\%v);
        $v{form} = $form;

        $form eq 'query' ? _query_form(\%o, \%v) : _header_form(\%o, \%v);

        _signed_headers(\%v);
        _credentials(\%o, \%v);
        _signature(\%o, \%v);
        1;
    };

    if (!$done) {
        die $@ unless ref $@ eq 'HASH';
        return { %v, %{$@} };
    }

    $v{ok} = 1;
    delete $v{token};

    return defined $o{body_sha256} ? check_body(\%v, $o{body_sha256}) : \%v;
}


# for a server that reads the body later: a signed hash must be that of the body

sub check_body {
    my ($v, $sha256) = @_;

    return $v unless $v->{payload} =~ /^[0-9a-f]{64}$/
                     && $v->{payload} ne $sha256;

    return { %$v, ok => 0, status => 400, code => 'XAmzContentSHA256Mismatch',
             message => 'The provided \'x-amz-content-sha256\' header does not '
                        . 'match what was computed.',
             extra => [['ClientComputedContentSHA256', $v->{payload}],
                       ['S3ComputedContentSHA256', $sha256]] };
}


sub _refuse {
    my ($status, $code, $message, @extra) = @_;

    die { status => $status, code => $code, message => $message,
          extra => \@extra };
}


# path and query must be encoded as they are when they are signed

sub _target {
    my ($o, $v) = @_;

    my ($path, $query) = split /\?/, $o->{target}, 2;

    $v->{path} = $path;
    $v->{raw_query} = $query // '';

    _refuse(400, 'InvalidURI', "Couldn't parse the specified URI.",
            ['URI', $o->{target}])
        unless $path =~ m{^/} && uri_encode(uri_decode($path), 1) eq $path;

    $v->{key} = uri_decode(substr $path, 1);

    _refuse(400, 'KeyTooLongError', 'Your key is too long',
            ['Size', length $v->{key}], ['MaxSizeAllowed', MAX_KEY])
        if length $v->{key} > MAX_KEY;

    my @pairs;

    for my $piece (split /&/, $v->{raw_query}, -1) {
        my ($name, $value) = split /=/, $piece, 2;

        _refuse(400, 'InvalidURI', "Couldn't parse the specified URI.",
                ['Query', $piece])
            unless length($name // '') && defined $value
                   && uri_encode(uri_decode($name)) eq $name
                   && uri_encode(uri_decode($value)) eq $value;

        push @pairs, [uri_decode($name), uri_decode($value)];
    }

    $v->{query} = \@pairs;
}


sub _headers {
    my ($o, $v) = @_;

    my %values;
    push @{ $values{ lc $_->[0] } }, $_->[1] for @{ $o->{headers} };

    $v->{header} = \%values;

    for my $name (@once) {
        _refuse(400, 'InvalidRequest', "Repeated header: $name")
            if @{ $values{$name} // [] } > 1;
    }

    _refuse(400, 'InvalidRequest', 'Missing required header: Host')
        unless $values{host};

    # another host is another bucket, or none

    return unless defined $o->{host};

    my @hosts = ref $o->{host} ? @{ $o->{host} } : $o->{host};

    _refuse(404, 'NoSuchBucket', 'The specified bucket does not exist',
            ['BucketName', $values{host}[0]])
        unless grep { $values{host}[0] eq $_ } @hosts;
}


sub _auth_form {
    my ($v) = @_;

    my $header = $v->{header}{authorization};
    my $query = grep { $_->[0] =~ /^(?:X-Amz-(?:Algorithm|Credential|Date
                       |Expires|SignedHeaders|Security-Token|Signature)
                       |Signature|AWSAccessKeyId)$/ix } @{ $v->{query} };

    _refuse(400, 'InvalidArgument', 'Only one auth mechanism allowed; only the '
            . 'X-Amz-Algorithm query parameter, Signature query string '
            . 'parameter or the Authorization header should be specified',
            ['ArgumentName', 'Authorization'],
            ['ArgumentValue', $header->[0]])
        if $header && $query;

    _refuse(403, 'AccessDenied', 'Access Denied') unless $header || $query;

    return $header ? 'header' : 'query';
}


sub _query_form {
    my ($o, $v) = @_;

    my $code = 'AuthorizationQueryParametersError';
    my %p;

    for my $pair (@{ $v->{query} }) {
        my ($name, $value) = @$pair;

        _refuse(400, $code, "Repeated parameter: $name")
            if $name =~ /^X-Amz-/ && exists $p{$name};
        $p{$name} = $value;
    }

    _refuse(400, $code, 'Query-string authentication version 4 requires the '
            . 'X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, '
            . 'X-Amz-SignedHeaders, and X-Amz-Expires parameters.')
        if grep { !length($p{$_} // '') } @query_auth;

    _refuse(400, $code, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and '
            . 'AWS4-ECDSA-P256-SHA256"')
        unless _algorithm($o, $v, $p{'X-Amz-Algorithm'});

    $v->{region_set} = $p{'X-Amz-Region-Set'};
    $v->{date} = $p{'X-Amz-Date'};
    $v->{signature} = $p{'X-Amz-Signature'};
    $v->{signed_headers} = $p{'X-Amz-SignedHeaders'};
    $v->{token} = $p{'X-Amz-Security-Token'};
    $v->{signed_query} = [grep { $_->[0] ne 'X-Amz-Signature' }
                          @{ $v->{query} }];

    _scope($o, $v, $code, 'Error parsing the X-Amz-Credential parameter; ',
           $p{'X-Amz-Credential'});
    _expires($o, $v, $code, $p{'X-Amz-Expires'});

    # the hash is in a header only when that header is signed

    $v->{payload} = ($v->{header}{'x-amz-content-sha256'}
                     // [$p{'X-Amz-Content-Sha256'}])->[0]
                    // 'UNSIGNED-PAYLOAD';
    _payload($v);
}


sub _expires {
    my ($o, $v, $code, $expires) = @_;

    _refuse(400, $code, 'X-Amz-Expires must be non-negative')
        if $expires =~ /^-\d+$/;
    _refuse(400, $code, 'X-Amz-Expires should be a number')
        if $expires !~ /^[0-9]+$/;
    _refuse(400, $code, 'X-Amz-Expires must be less than a week (in seconds); '
            . 'that is, the given X-Amz-Expires must be less than 604800 '
            . 'seconds')
        if $expires > MAX_EXPIRES;
    _refuse(400, $code, 'X-Amz-Expires must be positive') if $expires < 1;

    $v->{expires} = $expires;

    my $date = amz_epoch($v->{date});

    _refuse(403, 'AccessDenied', 'Request is not valid yet',
            ['X-Amz-Date', $v->{date}], ['ServerTime', _iso($o->{now})])
        if $date > $o->{now} + MAX_SKEW;

    _refuse(403, 'AccessDenied', 'Request has expired',
            ['X-Amz-Expires', $expires], ['Expires', _iso($date + $expires)],
            ['ServerTime', _iso($o->{now})])
        if $o->{now} > $date + $expires;
}


sub _header_form {
    my ($o, $v) = @_;

    my $code = 'AuthorizationHeaderMalformed';
    my $malformed = 'The authorization header is malformed; ';
    my $text = $v->{header}{authorization}[0];

    my ($algorithm, $credential, $signed, $signature) = $text =~
        m{\A(\S+)[ ]Credential=([^\s,]+),[ ]SignedHeaders=([^\s,]+),[ ]
          Signature=([^\s,]+)\z}x
        or _refuse(400, $code, $malformed . 'it cannot be parsed.');

    _refuse(400, 'InvalidArgument', 'Unsupported Authorization Type',
            ['ArgumentName', 'Authorization'], ['ArgumentValue', $text])
        unless _algorithm($o, $v, $algorithm);

    my $header = $v->{header};

    $v->{region_set} = $header->{'x-amz-region-set'}[0]
        if $header->{'x-amz-region-set'};

    _refuse(403, 'AccessDenied',
            'AWS authentication requires a valid Date or x-amz-date header')
        unless $header->{'x-amz-date'};

    $v->{date} = $header->{'x-amz-date'}[0];
    $v->{signature} = $signature;
    $v->{signed_headers} = $signed;
    $v->{token} = $header->{'x-amz-security-token'}[0]
        if $header->{'x-amz-security-token'};
    $v->{signed_query} = $v->{query};

    _scope($o, $v, $code, $malformed, $credential);

    _refuse(403, 'RequestTimeTooSkewed', 'The difference between the request '
            . 'time and the current time is too large.',
            ['RequestTime', $v->{date}], ['ServerTime', _iso($o->{now})],
            ['MaxAllowedSkewMilliseconds', MAX_SKEW * 1000])
        if abs(amz_epoch($v->{date}) - $o->{now}) > MAX_SKEW;

    my $hash = $header->{'x-amz-content-sha256'};

    _refuse(400, 'InvalidRequest',
            'Missing required header for this request: x-amz-content-sha256')
        unless $hash || !$o->{content_sha256};

    $v->{payload} = $hash ? $hash->[0] : $o->{body_sha256}
                                         // S3O::SigV4::EMPTY_SHA256;
    _payload($v);
}


sub _algorithm {
    my ($o, $v, $algorithm) = @_;

    $v->{algorithm} = $algorithm;

    return $algorithm eq S3O::SigV4::ALGORITHM
           || ($o->{ecdsa} && $algorithm eq SIGV4A);
}


sub _payload {
    my ($v) = @_;

    # chunks are signed with the algorithm of the request

    my $other = $v->{algorithm} eq SIGV4A ? '-HMAC-' : '-ECDSA-';

    return if $v->{payload} eq 'UNSIGNED-PAYLOAD'
              || $v->{payload} =~ /^[0-9a-f]{64}$/
              || grep { $v->{payload} eq $_ && !/$other/ } @streaming;

    _refuse(400, 'InvalidArgument', 'x-amz-content-sha256 must be '
            . 'UNSIGNED-PAYLOAD, ' . join(', ', @streaming)
            . ' or a valid sha256 value.',
            ['ArgumentName', 'x-amz-content-sha256'],
            ['ArgumentValue', $v->{payload}]);
}


sub _scope {
    my ($o, $v, $code, $prefix, $credential) = @_;

    my @part = split m{/}, $credential, -1;

    # SigV4A has a set of regions instead, outside of the scope

    if ($v->{algorithm} eq SIGV4A) {
        _region_set($o, $v, $code);
        splice @part, 2, 0, $o->{region} if @part == 4;

    } elsif (defined $v->{region_set}) {
        _refuse(400, $code, $prefix . 'a region set and a region.');
    }

    _refuse(400, $code, $prefix . 'the Credential is mal-formed; expecting '
            . '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".')
        if @part != 5 || !length $part[0];

    my ($access_key, $day, $region, $service, $terminal) = @part;

    _refuse(400, $code, $prefix . "incorrect date format \"$day\". This date "
            . 'in the credential must be in the format "yyyyMMdd".')
        if $day !~ /^\d{8}$/;

    _refuse(400, $code, 'X-Amz-Date must be in the ISO8601 Long Format '
            . '"yyyyMMdd\'T\'HHmmss\'Z\'"')
        unless defined amz_epoch($v->{date});

    _refuse(400, $code, "Invalid credential date \"$day\". This date is not "
            . "the same as X-Amz-Date: \"" . substr($v->{date}, 0, 8) . '".')
        if $day ne substr $v->{date}, 0, 8;

    _refuse(400, $code, "${prefix}the region '$region' is wrong; expecting "
            . "'$o->{region}'", ['Region', $o->{region}])
        if $region ne $o->{region};

    _refuse(400, $code, $prefix . "incorrect service \"$service\". This "
            . "endpoint belongs to \"$o->{service}\".")
        if $service ne $o->{service};

    _refuse(400, $code, $prefix . "incorrect terminal \"$terminal\". This "
            . 'endpoint uses "aws4_request".')
        if $terminal ne 'aws4_request';

    $v->{access_key} = $access_key;
    $v->{scope} = (split m{/}, $credential, 2)[1];
}


sub _region_set {
    my ($o, $v, $code) = @_;

    require S3O::SigV4A;

    _refuse(400, $code, "the region set does not have '$o->{region}'")
        unless S3O::SigV4A::covers($v->{region_set}, $o->{region});
}


# host and every x-amz-* that was sent must be in the list, and whatever is in
# the list must have been sent

sub _signed_headers {
    my ($v) = @_;

    my @names = split /;/, $v->{signed_headers}, -1;
    my %signed = map { $_ => 1 } @names;

    # the list must be in lower case and sorted

    _refuse(403, 'SignatureDoesNotMatch', $mismatch,
            ['SignedHeaders', $v->{signed_headers}])
        if join(';', sort map { lc } keys %signed) ne $v->{signed_headers}
           || grep { !$v->{header}{$_} } @names;

    my @forgotten = grep { !$signed{$_} && /^(?:host$|x-amz-)/ }
                    sort keys %{ $v->{header} };

    _refuse(403, 'AccessDenied', 'There were headers present in the request '
            . 'which were not signed', ['HeadersNotSigned', "@forgotten"])
        if @forgotten;
}


sub _credentials {
    my ($o, $v) = @_;

    my $set = $o->{credentials}{ $v->{access_key} };
    my $token = $v->{token};

    # temporary keys are not known without their token

    _refuse(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided '
            . 'does not exist in our records.',
            ['AWSAccessKeyId', $v->{access_key}])
        if !$set || (length($set->{session_token} // '') && !defined $token);

    if (defined $token) {
        _refuse(400, 'InvalidToken', 'The provided token is malformed or '
                . 'otherwise invalid.', ['Token-0', $token])
            if $token ne ($set->{session_token} // '');

        _refuse(400, 'ExpiredToken', 'The provided token has expired.',
                ['Token-0', $token])
            if $set->{expired};
    }

    $v->{secret_key} = $set->{secret_key};
}


sub _signature {
    my ($o, $v) = @_;

    my %signed = map { $_ => 1 } split /;/, $v->{signed_headers};
    my @headers = grep { $signed{ lc $_->[0] } } @{ $o->{headers} };

    my $canonical = canonical_request(
        method  => $o->{method},
        path    => $v->{path},
        query   => $v->{signed_query},
        headers => \@headers,
        payload => $v->{payload},
    );

    my $sts = string_to_sign($v->{date}, $v->{scope}, $canonical);

    $sts =~ s/\A[^\n]+/$v->{algorithm}/;

    $v->{canonical_request} = $canonical;
    $v->{string_to_sign} = $sts;
    $v->{signing_key} = signing_key($v->{secret_key}, $v->{date}, $o->{region},
                                    $o->{service});

    return if $v->{algorithm} eq SIGV4A ? _ecdsa($o, $v)
              : hmac_sha256_hex($sts, $v->{signing_key}) eq $v->{signature};

    # S3 shows the texts that it computed, with the session token: a proxy that
    # passes this body on gives the token away

    _refuse(403, 'SignatureDoesNotMatch', $mismatch,
            ['AWSAccessKeyId', $v->{access_key}],
            ['StringToSign', $sts],
            ['SignatureProvided', $v->{signature}],
            ['StringToSignBytes', _spaced_hex($sts)],
            ['CanonicalRequest', $canonical],
            ['CanonicalRequestBytes', _spaced_hex($canonical)]);
}


# the signature must be DER of two numbers of up to 33 bytes, without padding

sub _ecdsa {
    my ($o, $v) = @_;

    return $v->{signature} =~ /\A30(?:[0-9a-f]{2}){7,71}\z/
           && !grep { length } $o->{ecdsa}->($v);
}


sub _spaced_hex {
    my ($bytes) = @_;

    return join ' ', unpack '(H2)*', $bytes;
}


sub _iso {
    my ($epoch) = @_;

    return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $epoch);
}


1;
