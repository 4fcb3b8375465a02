#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A running nginx makes the SigV4A vectors of S3 on Outposts again in every
# mode.  The canonical request is equal to that of the vector to the byte.  The
# openssl command and Python's cryptography accept the signature.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::SigV4A qw(examine by_openssl by_python python_reason);
use S3O::Vectors qw(cases);

use constant ARN => 'arn:aws:s3-outposts:us-west-2:123456789012'
                    . ':outpost/op-01ac5d28a6a232904/accesspoint/reports';

# the body of the vectors that have a payload hash

use constant BODY => 'Welcome to Amazon S3.';

my @cases = grep { $_->{kind} =~ /^outposts/ } cases('sigv4a-cases');
my @presign = grep { $_->{kind} eq 'outposts-presign' } @cases;

# the module refuses this key, unless nginx has resolved its dots before; the
# unit tests check this signature

my %refused = ('va-040' => 'a segment ".."');

my $t = S3O::Nginx->new()->has(qw/faketime openssl/);
my $s3 = S3O::Outpost->new(verify => 0)->start();

is(scalar @cases, 11, 'all vectors are there');

$t->subst(ARN => ARN, OUTPOST => $s3->port(),
          LOCATIONS => join '', map { locations($_) } @cases);
$t->faketime($cases[0]{in}{date});

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_algorithm     sigv4a;

    upstream outpost {
        server 127.0.0.1:%%OUTPOST%%;
    }

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        merge_slashes         off;
        client_max_body_size  0;

        %%LOCATIONS%%

        location @said {
            return 200 "$s3o_presign_url $s3o_presign_authorization";
        }
    }
}

EOC

my @examined;

for my $case (@presign) {
    by_redirect($case);
    by_json($case);
    by_variable($case);
}

by_proxy($_) for grep { $_->{kind} eq 'outposts-header' } @cases;

# the debug log shows what was signed, if that has no secret

my $log = $t->read_file('error.log');

for my $case (grep { !defined $_->{in}{session_token} && !$refused{$_->{id}} }
                   @cases)
{
    ok(index($log, qq{"$case->{expect}{canonical_request}"}) >= 0,
       "$case->{id}: the canonical request is in the debug log");
}

# both verifiers accept the signatures

is(join("\n", grep { length } by_openssl(@examined)), '',
   @examined . ' signatures are right for openssl');

SKIP: {
    skip python_reason(), 1 if python_reason();

    is(join("\n", grep { length } by_python(@examined)), '',
       @examined . ' signatures are right for cryptography');
}

$t->done();


sub locations {
    my ($case) = @_;

    my ($id, $common) = ($case->{id}, common($case));

    return $case->{kind} eq 'outposts-header' ? <<"EOC" : <<"EOC";
        location /proxy/$id/ {
            s3o_presign  proxy;
            $common
            proxy_pass  http://outpost;
        }

EOC
        location /redirect/$id/ {
            s3o_presign  redirect;
            $common
        }

        location /json/$id/ {
            s3o_presign  json;
            $common
        }

        location /on/$id/ {
            s3o_presign  on;
            $common
            try_files  /nowhere \@said;
        }

EOC
}


sub common {
    my ($case) = @_;

    my $in = $case->{in};
    my @sets = split /,/, $in->{region_set};
    my %has = map { $_->[0] => 1 } @{ $in->{query} };

    my @credentials = ("access_key_id=$in->{access_key}",
                       "secret_access_key=$in->{secret_key}",
                       defined $in->{session_token}
                       ? "session_token=$in->{session_token}" : ());

    my @lines = (
        "s3o_presign_credentials static @credentials;",
        "s3o_presign_methods $in->{method};",
    );

    # a location without a region set signs for "*"

    push @lines, "s3o_presign_region_set @sets;" if "@sets" ne '*';
    push @lines, "s3o_presign_expires $in->{expires}s;" if $in->{expires};
    push @lines, 's3o_presign_key $s3o_presign_arg_key;'
        if $in->{key} =~ /\.\./;
    push @lines, 's3o_presign_multipart on;' if $has{uploadId};
    push @lines, 's3o_presign_args '
                 . join(' ', map { $_->[0] } @{ $in->{query} }) . ';'
        if @{ $in->{query} } && !$has{uploadId};
    push @lines, 's3o_presign_payload signed;'
        if $in->{payload_hash} ne 'UNSIGNED-PAYLOAD';
    push @lines, 's3o_presign_signed_headers '
                 . join(' ', map { $_->[0] } @{ $in->{signed_headers} }) . ';'
        if @{ $in->{signed_headers} };

    return join "\n            ", @lines;
}


sub request {
    my ($case, $mode) = @_;

    my $in = $case->{in};
    my @query = map { S3O::SigV4::uri_encode($_->[0]) . '='
                      . S3O::SigV4::uri_encode($_->[1]) } @{ $in->{query} };
    my $uri = "/$mode/$case->{id}/" . S3O::SigV4::uri_encode($in->{key}, 1);

    if ($in->{key} =~ /\.\./) {
        $uri = "/$mode/$case->{id}/";
        push @query, 'key=' . S3O::SigV4::uri_encode($in->{key});
    }

    return $t->request(
        method  => $in->{method},
        uri     => join('?', $uri, join('&', @query) || ()),
        headers => [map { @$_ } @{ $in->{signed_headers} }],
        ($in->{method} eq 'PUT' ? (body => BODY) : ()),
    );
}


sub by_redirect {
    my ($case) = @_;

    my $r = request($case, 'redirect');

    return refused($case, 'redirect', $r) if $refused{ $case->{id} };

    is($r->{status}, 307, "$case->{id}: a redirect");
    url_is($case, 'redirect', $r->{headers}{location}[0]);
}


sub by_json {
    my ($case) = @_;

    my $r = request($case, 'json');

    return refused($case, 'json', $r) if $refused{ $case->{id} };

    my $said = eval { decode_json($r->{body}) } // {};

    url_is($case, 'json', $said->{url});
    is($said->{method}, $case->{in}{method}, "$case->{id}, json: the method");
    is(join(' ', map { "$_: $said->{headers}{$_}" } keys %{ $said->{headers} }),
       join(' ', map { "$_->[0]: $_->[1]" } @{ $case->{in}{signed_headers} }),
       "$case->{id}, json: the headers to send");
}


sub by_variable {
    my ($case) = @_;

    my $r = request($case, 'on');

    return refused($case, 'on', $r) if $refused{ $case->{id} };

    my ($url, $authorization) = split / /, $r->{body}, 2;

    url_is($case, 'on', $url);
    like($authorization, qr/^AWS4-ECDSA-P256-SHA256\ Credential=
                            $case->{in}{access_key}\/20240301\/s3-outposts
                            \/aws4_request,\ SignedHeaders=/x,
         "$case->{id}, on: the header form is there, too");
}


sub refused {
    my ($case, $mode, $r) = @_;

    is($r->{status} . ($r->{headers}{location} // [''])->[0], 400,
       "$case->{id}, $mode: refused, $refused{ $case->{id} }");
}


sub url_is {
    my ($case, $mode, $url) = @_;

    my $in = $case->{in};

    check($case, $mode, examine(
        url => $url // 'nothing', method => $in->{method},
        headers => [map { @$_ } @{ $in->{signed_headers} }],
        credentials => credentials($in)));

    # the published example has one parameter more than the signed text

    is(join("\n", sort split /[?&]/, $url =~ s/(Signature=)\w+/$1/r),
       join("\n", sort split /[?&]/,
            $case->{expect}{url_example} =~ s/(Signature=)\w+/$1/r),
       "$case->{id}, $mode: the URL is the published one but for the "
       . 'signature');
}


sub by_proxy {
    my ($case) = @_;

    my $in = $case->{in};

    request($case, 'proxy');

    my $r = $s3->last();

    check($case, 'proxy', examine(
        method => $r->{method}, target => $r->{target},
        headers => $r->{headers}, credentials => credentials($in)));

    # the request has all headers of the vector, and the signature

    my %expected = map { @$_ } @{ $in->{signed_headers} };

    is($r->{header}{$_}, $expected{$_}, "$case->{id}, proxy: $_")
        for sort keys %expected;
    is($r->{header}{host}, $in->{host}, "$case->{id}, proxy: the host");
}


sub credentials {
    my ($in) = @_;

    return { $in->{access_key} => { secret_key    => $in->{secret_key},
                                    session_token => $in->{session_token} } };
}


sub check {
    my ($case, $mode, $e) = @_;

    my $name = "$case->{id}, $case->{doc}: $mode";

    is($e->{fault}, '', "$name, the form");
    is($e->{canonical_request}, $case->{expect}{canonical_request},
       "$name, the canonical request");
    is($e->{string_to_sign}, $case->{expect}{string_to_sign},
       "$name, the string to sign");

    $e->{public_key} = $case->{expect}{public_x} . $case->{expect}{public_y};

    push @examined, $e if $e->{fault} eq '';
}
