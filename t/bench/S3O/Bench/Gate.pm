package S3O::Bench::Gate;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Only servers that do their work are measured: each answer is checked once, and
# its signature is made or verified by code that is not the module's.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);

use S3O::Bench::Setup qw(ACCESS_KEY SECRET_KEY TOKEN REGION URL_LENGTH KEY);
use S3O::Presigned qw(HOST is_signed parse_url);
use S3O::SigV4::Chunked;
use S3O::SigV4::Verify;
use S3O::SigV4A;

our @EXPORT_OK = qw(gate_answer gate_url gate_echo);


# gate_url(url, algorithm, length of the token) dies when S3 would

sub gate_url {
    my ($url, %o) = @_;

    my $u = eval { parse_url($url) } or die "no URL\n";
    my $token = $o{token} // TOKEN;

    die "another host\n" if $u->{host} ne HOST;
    die "another key\n" if defined $o{key} && $u->{key} ne $o{key};
    die "another token\n" if ($u->{token} // '') ne $token;

    if (($o{algorithm} // '') eq 'sigv4a') {
        my $wrong = S3O::SigV4A::refuted(S3O::SigV4A::examine(
            url => $url, region => REGION, credentials => { ACCESS_KEY() => {
                secret_key => SECRET_KEY, session_token => $token } }));
        die "$wrong\n" if length $wrong;

    } else {
        die "another access key\n" if $u->{access_key} ne ACCESS_KEY;
        die "a wrong signature\n"
            if !is_signed($u, secret_key => SECRET_KEY);
    }

    die 'a URL of ' . length($url) . ' bytes, not ' . URL_LENGTH . "\n"
        if $o{length} && length $url != $o{length};

    return;
}


# gate_answer(server, uri, kind): kind is "location" for a redirect that
# needs no signature, "redirect", "sigv4a", "json", or "data"

sub gate_answer {
    my ($t, $uri, $kind, %o) = @_;

    my $r = $t->request(uri => $uri) or die "$uri: no answer\n";
    my ($location) = @{ $r->{headers}{location} // [''] };

    my $ok = eval {
        die "status $r->{status}\n" if $r->{status} !~ /^(?:200|30[27])$/;

        if ($kind eq 'location') {
            die "the length of Location is wrong\n"
                if length $location != URL_LENGTH;

        } elsif ($kind eq 'data') {
            die "another body\n" if $r->{body} ne "data\n";

        } elsif ($kind eq 'json') {
            my ($url) = $r->{body} =~ /"url":"([^"]*)"/;
            gate_url($url, %o);

        } else {
            gate_url($location, algorithm => $kind, %o);
        }
        1;
    };

    die "$uri is not what is to be measured: $@" unless $ok;

    return;
}


# gate_echo(server, prefix, payload, body): a request through "proxy", as the
# upstream got it

sub gate_echo {
    my ($t, $prefix, $payload, $body) = @_;

    my $r = $t->request(uri => "${prefix}echo/key",
        defined $body ? (method => 'PUT', body => $body) : ());

    my ($head, $got) = split /\r\n\r\n/, $r->{body} // '', 2;
    my ($line, @lines) = split /\r\n/, $head // '';
    my ($method, $target) = split ' ', $line // '';

    my $v = S3O::SigV4::Verify::verify(
        method => $method, target => $target,
        headers => [map { [split /: */, $_, 2] } @lines],
        host => HOST, region => REGION,
        credentials => { ACCESS_KEY() => { secret_key => SECRET_KEY,
                                           session_token => TOKEN } },
        body_sha256 => sha256_hex($got // ''));

    my $is = !$v->{ok} ? "$v->{code}: $v->{message}"
             : _payload($v, $payload, $got, $body // '');

    die "$prefix is not what is to be measured: $is\n" if $is;

    return;
}


sub _payload {
    my ($v, $payload, $got, $body) = @_;

    if ($payload eq 'streaming') {
        my ($data, $error) = S3O::SigV4::Chunked::decode($got, %$v,
            form => $v->{payload});

        return $error // ($data eq $body ? '' : 'another body');
    }

    my $form = $payload eq 'signed' ? sha256_hex($body) : 'UNSIGNED-PAYLOAD';

    return $got ne $body ? 'another body'
           : $v->{payload} ne $form ? "the payload is $v->{payload}" : '';
}


1;
