package S3O::Judge;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Tells whether S3 would accept a URL, by S3O::SigV4, which shares nothing with
# the module.  The access point and the permanent keys are those of
# S3O::Presigned.

use strict;
use warnings;

use Exporter qw(import);

use S3O::Presigned qw(HOST ACCESS_KEY SECRET_KEY parse_url);
use S3O::SigV4 ();

our @EXPORT_OK = qw(REGION TEMPORARY_KEY TOKEN known_credentials static judge
    args_of);

use constant {
    REGION => 'us-west-2',
    TEMPORARY_KEY => 'ASIDEXAMPLE',
    TOKEN => 'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4'
             . 'FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeo+Sim/JZEXAMPLE==',
};


# the credentials that S3 would know: access key => secret and token

sub known_credentials {
    return {
        ACCESS_KEY()    => { secret_key => SECRET_KEY },
        TEMPORARY_KEY() => { secret_key => SECRET_KEY,
                             session_token => TOKEN },
    };
}


# the same as a directive: static() with permanent keys, static('token') with
# temporary ones

sub static {
    my ($token) = @_;

    return 's3o_presign_credentials static '
           . 'access_key_id=' . ($token ? TEMPORARY_KEY : ACCESS_KEY)
           . ' secret_access_key=' . SECRET_KEY
           . ($token ? ' session_token=' . TOKEN : '') . ';';
}


# judge(url, method => 'GET', headers => [name => value, ...], now => seconds)
# is "signed" when S3 would take the request, and its complaint when not

sub judge {
    my ($url, %o) = @_;

    my $u = eval { parse_url($url) } or return 'not a URL';
    my ($target) = $url =~ m{^\w+://[^/]+(.*)$};
    my @flat = @{ delete $o{headers} // [] };
    my @headers = (['host', $u->{host}]);

    while (my ($name, $value) = splice @flat, 0, 2) {
        push @headers, [$name, $value];
    }

    my $v = S3O::SigV4::verify(
        method      => 'GET',
        target      => $target,
        headers     => \@headers,
        credentials => known_credentials(),
        region      => REGION,
        host        => HOST,
        %o,
    );

    return 'a scheme other than https' if $u->{scheme} ne 'https';
    return $v->{ok} ? 'signed' : "$v->{status} $v->{code}: $v->{message}";
}


# the decoded query arguments by name; an empty hash when it is no URL

sub args_of {
    my ($url) = @_;

    my $u = eval { parse_url($url) };

    return $u ? $u->{args} : {};
}


1;
