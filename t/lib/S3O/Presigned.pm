package S3O::Presigned;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Parses presigned URLs, computes their signatures again with S3O::SigV4, and
# has the names that many tests configure.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);

use S3O::SigV4 qw(presign parse_query uri_decode);

our @EXPORT_OK = qw(ARN HOST ACCESS_KEY SECRET_KEY arn parse_url own_query
    is_signed);

use constant ACCESS_KEY => 'AKIDEXAMPLE';
use constant SECRET_KEY => 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

use constant ARN => 'arn:aws:s3-outposts:us-west-2:123456789012'
                    . ':outpost/op-01234567890123456/accesspoint/reports';
use constant HOST => 'reports-123456789012.op-01234567890123456'
                     . '.s3-outposts.us-west-2.amazonaws.com';


# the ARN of another access point on the same Outpost

sub arn {
    my ($name) = @_;

    return ARN =~ s/reports$/$name/r;
}


# parse_url(url) -> {scheme, host, path, key, query => pairs, args => {name =>
# value}, region, access_key, expires, ...}; path as it was sent, the rest
# decoded.  Dies when it is no URL; what is not in it is undef.

sub parse_url {
    my ($url) = @_;

    my ($scheme, $host, $path, $query)
        = ($url // '') =~ m{\A(https?)://([^/?#]+)(/[^?#]*)(?:\?([^#]*))?\z}
        or croak 'not a URL: ' . ($url // 'undefined');

    my @query = parse_query($query);
    my %args = map { $_->[0] => $_->[1] } @query;
    my ($access_key, undef, $region)
        = split m{/}, $args{'X-Amz-Credential'} // '';

    return {
        url        => $url,
        scheme     => $scheme,
        host       => $host,
        path       => $path,
        key        => substr(uri_decode($path), 1),
        query      => \@query,
        args       => \%args,
        access_key => $access_key,
        region     => $region,
        date       => $args{'X-Amz-Date'},
        expires    => $args{'X-Amz-Expires'},
        token      => $args{'X-Amz-Security-Token'},
        signature  => $args{'X-Amz-Signature'},
    };
}


# the query without the arguments of authentication, as "a=1&b=", sorted

sub own_query {
    my ($url) = @_;

    my $u = ref $url ? $url : parse_url($url);

    return join '&', sort map { "$_->[0]=$_->[1]" }
           grep { $_->[0] !~ /^X-Amz-/ } @{ $u->{query} };
}


# is_signed(url, method => 'GET', secret_key =>, headers => pairs): true when
# the signature in the URL is right for what is in the URL

sub is_signed {
    my ($url, %o) = @_;

    my $u = ref $url ? $url : parse_url($url);

    return 0 if grep { !defined $u->{$_} } qw(signature date expires region);

    my $made = presign(
        method        => 'GET',
        secret_key    => SECRET_KEY,
        access_key    => $u->{access_key},
        session_token => $u->{token},
        region        => $u->{region},
        date          => $u->{date},
        expires       => $u->{expires},
        scheme        => $u->{scheme},
        host          => $u->{host},
        path          => $u->{path},
        query         => [grep { $_->[0] !~ /^X-Amz-/ } @{ $u->{query} }],
        %o,
    );

    return $made->{signature} eq $u->{signature};
}


1;
