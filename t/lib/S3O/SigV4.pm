package S3O::SigV4;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# AWS Signature Version 4 by the rules of S3, written from the specification
# with Digest::SHA.  The signatures of the module are compared with it, so it
# shares no code and no idea with the module.
#
# Everything is bytes: a text with characters above 255 is refused and must be
# encoded before.  Lists of query arguments and headers are lists of [name,
# value].

use strict;
use warnings;

use Carp qw(croak);
use Digest::SHA qw(sha256_hex hmac_sha256 hmac_sha256_hex);
use Exporter qw(import);
use POSIX ();
use Time::Local qw(timegm);

our @EXPORT_OK = qw(uri_encode uri_decode amz_date amz_epoch canonical_query
    canonical_headers canonical_request string_to_sign signing_key presign
    authorization verify parse_query EMPTY_SHA256);

use constant ALGORITHM => 'AWS4-HMAC-SHA256';
use constant SERVICE => 's3-outposts';
use constant EMPTY_SHA256 => sha256_hex('');


# percent-encodes every byte but the unreserved ones; "/" stays with
# "keep_slash", as in paths

sub uri_encode {
    my ($bytes, $keep_slash) = @_;

    croak 'characters where bytes are expected' if $bytes =~ /[^\x00-\xff]/;

    $bytes =~ s{([^A-Za-z0-9\-._~/])}{ sprintf '%%%02X', ord $1 }ge;
    $bytes =~ s{/}{%2F}g unless $keep_slash;

    return $bytes;
}


# "+" stays a "+", and a malformed escape stays as it is

sub uri_decode {
    my ($text) = @_;

    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;

    return $text;
}


sub amz_date {
    my ($epoch) = @_;

    return POSIX::strftime('%Y%m%dT%H%M%SZ', gmtime $epoch);
}


# undef when the text is not of the form YYYYMMDDTHHMMSSZ, or no date at all

sub amz_epoch {
    my ($date) = @_;

    my ($y, $mo, $d, $h, $mi, $s)
        = $date =~ /\A(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\z/
        or return undef;

    return eval { timegm($s, $mi, $h, $d, $mo - 1, $y) };
}


# the query of a request line -> list of [name, value], decoded

sub parse_query {
    my ($query) = @_;

    return map {
        my ($name, $value) = split /=/, $_, 2;
        [uri_decode($name // ''), uri_decode($value // '')];
    } grep { length } split /&/, $query // '';
}


# encodes first, and then sorts as bytes: by name, then by value

sub canonical_query {
    my ($pairs) = @_;

    return join '&', map { "$_->[0]=$_->[1]" }
           sort { $a->[0] cmp $b->[0] || $a->[1] cmp $b->[1] }
           map { [uri_encode($_->[0]), uri_encode($_->[1])] } @$pairs;
}


# returns (the block of canonical headers, their names joined with ";")

sub canonical_headers {
    my ($pairs) = @_;

    my %values;

    for my $pair (@$pairs) {
        my ($name, $value) = @$pair;

        # white space around a value is removed, runs in it become one space

        $value =~ s/^[ \t\r\n]+//;
        $value =~ s/[ \t\r\n]+$//;
        $value =~ s/[ \t\r\n]+/ /g;

        push @{ $values{ lc $name } }, $value;
    }

    my @names = sort keys %values;
    my $block = join '', map { "$_:" . join(',', @{ $values{$_} }) . "\n" }
                         @names;

    return ($block, join ';', @names);
}


# canonical_request(method =>, path => as encoded on the wire, query => pairs,
# headers => pairs that are signed, payload => hash or literal)

sub canonical_request {
    my %o = @_;

    my ($block, $names) = canonical_headers($o{headers});

    return join "\n", $o{method}, $o{path}, canonical_query($o{query} // []),
                      $block, $names, $o{payload};
}


sub string_to_sign {
    my ($date, $scope, $canonical_request) = @_;

    return join "\n", ALGORITHM, $date, $scope, sha256_hex($canonical_request);
}


sub scope {
    my ($date, $region, $service) = @_;

    return join '/', substr($date, 0, 8), $region, $service // SERVICE,
                     'aws4_request';
}


sub signing_key {
    my ($secret, $date, $region, $service) = @_;

    my $key = "AWS4$secret";

    for my $part (split m{/}, scope($date, $region, $service)) {
        $key = hmac_sha256($part, $key);
    }

    return $key;
}


# Both forms take: access_key, secret_key, session_token, region, service
# (s3-outposts), date (YYYYMMDDTHHMMSSZ or seconds; now), method (GET), host,
# scheme (https), key (raw bytes) or path (already encoded), query and headers
# (lists of pairs, or flat lists), which are signed.
#
# presign(..., expires => 900) returns a hash: url, uri (path and query), path,
# query, host, signature, canonical_request, string_to_sign, signed_headers.

sub presign {
    my $o = _input(@_);

    my @headers = (['host', $o->{host}], @{ $o->{headers} });
    my (undef, $signed) = canonical_headers(\@headers);

    my @auth = (
        ['X-Amz-Algorithm', ALGORITHM],
        ['X-Amz-Credential', "$o->{access_key}/$o->{scope}"],
        ['X-Amz-Date', $o->{date}],
        ['X-Amz-Expires', $o->{expires} // 900],
        ['X-Amz-SignedHeaders', $signed],
    );

    push @auth, ['X-Amz-Security-Token', $o->{session_token}]
        if length($o->{session_token} // '');

    my @query = (@{ $o->{query} }, @auth);

    my $result = _sign($o, query => \@query, headers => \@headers,
                       payload => $o->{payload_hash} // 'UNSIGNED-PAYLOAD');

    push @query, ['X-Amz-Signature', $result->{signature}];

    $result->{query} = join '&', map { uri_encode($_->[0]) . '='
                                       . uri_encode($_->[1]) } @query;

    return _with_url($o, $result);
}


# authorization(..., payload_hash => 'UNSIGNED-PAYLOAD' or hex) returns the
# same hash, with authorization and headers: all pairs to send, Host first

sub authorization {
    my $o = _input(@_);

    my $payload = $o->{payload_hash}
                  // (defined $o->{body} ? sha256_hex($o->{body})
                                         : 'UNSIGNED-PAYLOAD');

    my @headers = (['host', $o->{host}], @{ $o->{headers} });

    # only S3 has the first of these

    push @headers, ['x-amz-content-sha256', $payload]
        unless $o->{no_content_sha256};
    push @headers, ['x-amz-date', $o->{date}];
    push @headers, ['x-amz-security-token', $o->{session_token}]
        if length($o->{session_token} // '');

    my $result = _sign($o, query => $o->{query}, headers => \@headers,
                       payload => $payload);

    $result->{query} = canonical_query($o->{query});
    $result->{authorization} = ALGORITHM
        . " Credential=$o->{access_key}/$o->{scope}"
        . ", SignedHeaders=$result->{signed_headers}"
        . ", Signature=$result->{signature}";
    $result->{headers} = [@headers,
                          ['authorization', $result->{authorization}]];

    return _with_url($o, $result);
}


sub _input {
    my %o = @_;

    croak 'access_key, secret_key, region and host are needed'
        if grep { !defined $o{$_} } qw(access_key secret_key region host);

    $o{date} //= time;
    $o{date} = amz_date($o{date}) if $o{date} =~ /^\d+$/;
    $o{method} //= 'GET';
    $o{scope} = scope($o{date}, $o{region}, $o{service});
    $o{path} //= '/' . uri_encode($o{key} // '', 1);
    $o{$_} = _pairs($o{$_}) for qw(query headers);

    return \%o;
}


# [[name, value], ...] or [name, value, name, value]

sub _pairs {
    my ($list) = @_;

    return [] unless $list && @$list;
    return [@$list] if ref $list->[0];

    my @flat = @$list;
    my @pairs;

    while (my ($name, $value) = splice @flat, 0, 2) {
        push @pairs, [$name, $value];
    }

    return \@pairs;
}


sub _sign {
    my ($o, %what) = @_;

    my $canonical = canonical_request(method => $o->{method},
                                      path => $o->{path}, %what);
    my $sts = string_to_sign($o->{date}, $o->{scope}, $canonical);
    my $key = signing_key($o->{secret_key}, $o->{date}, $o->{region},
                          $o->{service});
    my (undef, $names) = canonical_headers($what{headers});

    return {
        canonical_request => $canonical,
        string_to_sign    => $sts,
        signature         => hmac_sha256_hex($sts, $key),
        signed_headers    => $names,
        host              => $o->{host},
        path              => $o->{path},
        date              => $o->{date},
        scope             => $o->{scope},
    };
}


sub _with_url {
    my ($o, $result) = @_;

    my $query = length $result->{query} ? "?$result->{query}" : '';

    $result->{uri} = $result->{path} . $query;
    $result->{url} = ($o->{scheme} // 'https') . "://$o->{host}$result->{uri}";

    return $result;
}


# verify(...) is in S3O::SigV4::Verify; the name is here for convenience

sub verify {
    require S3O::SigV4::Verify;
    return S3O::SigV4::Verify::verify(@_);
}


1;
