#!/usr/bin/perl

# (C) 2026 the ngx_http_s3o_presign_module authors

# Turns t/vectors/*.json into C initialisers for the unit tests:
#
#     gen_vectors.pl OUTDIR
#
# writes OUTDIR/endpoint_vectors.inc, an array of vector_endpoint_t, and
# OUTDIR/{presign,header,suite,doc,sigv4a}_vectors.inc, arrays of vector_t,
# OUTDIR/chunk_vectors.inc, an array of vector_chunk_t, and
# OUTDIR/derive_vectors.inc, an array of vector_derive_t (t/unit/vectors.h).

use strict;
use warnings;

use Encode ();
use FindBin ();
use JSON::PP ();
use Time::Local ();

my $vectors = "$FindBin::Bin/../vectors";
my $dir = shift // die "usage: gen_vectors.pl OUTDIR\n";

write_file('endpoint', map { endpoint($_) } cases('endpoint-cases'));
write_file('presign', map { presign($_) } cases('presign-cases'));
write_file('header', map { header($_) } cases('header-cases'));
write_file('suite', map { suite($_, 'header'), suite($_, 'query') }
                    cases('sigv4-suite'));
write_file('doc', map { doc($_) } cases('s3-doc-examples'));
write_file('chunk', map { chunks($_) } cases('s3-doc-examples'));
write_file('sigv4a', map { sigv4a($_) } cases('sigv4a-cases'));
write_file('derive', map { derive($_) } cases('sigv4a-cases'));


sub cases {
    my ($name) = @_;

    open my $file, '<:raw', "$vectors/$name.json"
        or die "$vectors/$name.json: $!\n";
    local $/;

    return @{ JSON::PP->new->utf8->decode(<$file>)->{cases} };
}


sub write_file {
    my ($name, @entries) = @_;
    my $path = "$dir/${name}_vectors.inc";

    open my $file, '>:raw', $path or die "$path: $!\n";
    print $file "/* made by t/unit/gen_vectors.pl */\n\n";
    print $file "$_,\n" for @entries;
    close $file or die "$path: $!\n";
}


# a C string of these bytes, in pieces of a line

sub text {
    my ($text) = @_;

    $text = Encode::encode('UTF-8', $text // '');
    my @pieces = unpack '(a60)*', $text;
    @pieces = ('') unless @pieces;

    for (@pieces) {
        s/([^ !#->@-\[\]-~])/sprintf '\\%03o', ord $1/ge;
        $_ = qq{"$_"};
    }

    return join "\n        ", @pieces;
}


sub string {
    return 's3o_string(' . text($_[0]) . ')';
}


sub entry {
    my (%field) = @_;

    return "{\n"
           . join('', map { "    .$_ = $field{$_},\n" } sort keys %field)
           . '}';
}


sub pairs {
    my (@pairs) = @_;

    return '{ ' . join(",\n        ",
                       map { "{ $_->[0], $_->[1] }" }
                       map { [ string($_->[0]), string($_->[1]) ] } @pairs)
           . ' }' if @pairs;

    return '{ { { 0, NULL }, { 0, NULL } } }';
}


sub seconds {
    my ($date) = @_;

    my ($year, $month, @rest) =
        $date =~ /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)Z$/
        or die "no date: $date\n";

    return Time::Local::timegm(reverse(@rest), $month - 1, $year);
}


sub endpoint {
    my ($case) = @_;
    my %params = %{ $case->{params} };
    my %expect = %{ $case->{expect} };

    my ($scheme) = grep { $_->{name} eq 'sigv4' }
                        @{ $expect{authSchemes} // [] };

    my @switches = grep { $params{$_} }
                        qw(UseFIPS UseDualStack Accelerate ForcePathStyle);

    push @switches, 'UseArnRegion=false'
        if exists $params{UseArnRegion} && !$params{UseArnRegion};

    return entry(
        id => text($case->{id}),
        doc => text($case->{doc}),
        access_point => string($params{Bucket}),
        region => string($params{Region}),
        endpoint => string($params{Endpoint}),
        switches => text(join ' ', @switches),
        may_reject => $case->{may_reject} ? 1 : 0,
        error => text($expect{error}),
        url => string($expect{url}),
        signing_region => string($scheme && $scheme->{signingRegion}),
    );
}


# what presign and header cases have in common

sub outposts {
    my ($case) = @_;
    my ($in, $expect) = @{$case}{qw(in expect)};

    return (
        id => text($case->{id}),
        doc => text($case->{doc}),
        access_key => string($in->{access_key}),
        secret_key => string($in->{secret_key}),
        token => string($in->{session_token}),
        time => seconds($in->{date}),
        access_point => string($in->{bucket}),
        client_region => string($in->{client_region}),
        service => string('s3-outposts'),
        method => string($in->{method}),
        key => string($in->{key}),
        query => pairs(@{ $in->{query} }),
        nquery => scalar @{ $in->{query} },
        host => string($expect->{host}),
        path => string($expect->{path}),
        expected(%$expect),
    );
}


sub expected {
    my (%expect) = @_;

    return (
        canonical_request => string($expect{canonical_request}),
        string_to_sign => string($expect{string_to_sign}),
        signature => string($expect{signature}),
    );
}


sub presign {
    my ($case) = @_;
    my ($in, $expect) = @{$case}{qw(in expect)};
    my @headers = ([ 'host', $expect->{host} ], @{ $in->{signed_headers} });

    return entry(
        outposts($case),
        region => string($expect->{signing_region}),
        headers => pairs(@headers),
        nheaders => scalar @headers,
        payload_hash => string('UNSIGNED-PAYLOAD'),
        expires => $in->{expires},
        url => string($expect->{url}),
    );
}


sub header {
    my ($case) = @_;
    my ($in, $expect) = @{$case}{qw(in expect)};
    my ($region) = $expect->{string_to_sign} =~ m{^\d{8}/([^/]+)/}m;

    my @headers = ([ 'host', $expect->{host} ],
                   [ 'x-amz-date', $expect->{x_amz_date} ],
                   [ 'x-amz-content-sha256',
                     $expect->{x_amz_content_sha256} ],
                   @{ $in->{signed_headers} });

    push @headers, [ 'x-amz-security-token',
                     $expect->{x_amz_security_token} ]
        if defined $expect->{x_amz_security_token};

    return entry(
        outposts($case),
        region => string($region),
        headers => pairs(@headers),
        nheaders => scalar @headers,
        payload_hash => string($in->{payload_hash}),
        expires => 0,
        authorization => string($expect->{authorization}),
    );
}


sub decode {
    my ($text) = @_;

    $text = Encode::encode('UTF-8', $text);
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;

    return Encode::decode('UTF-8', $text);
}


sub query {
    my ($query) = @_;

    return map { [ decode($_->[0]), decode($_->[1] // '') ] }
           map { [ split /=/, $_, 2 ] }
           grep { !/^X-Amz-/ } split /&/, $query // '';
}


# The parts of a canonical request that the other rules of this suite (paths
# normalised and encoded twice, an empty body hashed) do not concern come from
# the request, the others from the expected canonical request.

sub suite { return entry(suite_case(@_)) }


sub suite_case {
    my ($case, $form) = @_;
    my ($context, $expect) = ($case->{context}, $case->{$form});
    my %credentials = %{ $context->{credentials} };

    my @lines = split /\n/, $expect->{canonical_request}, -1;
    my ($head) = split /\n\n/, $case->{request};
    my ($first, $rest) = split /\n/, $head, 2;

    my ($method, $raw) = $first =~ m{^(\w+) [^ ?]*[^?]*?(?:\?(.*))? HTTP/1.1$}
        or die "$case->{id}: $first\n";

    my @headers = map { [ lc $_->[0], $_->[1] ] }
                  map { [ split /:/, $_, 2 ] }
                  split /\n(?![ \t])/, $rest;

    my %seen = map { $_->[0] => 1 } @headers;
    my %added = (
        'x-amz-date' => $context->{timestamp} =~ tr/-://dr,
        'x-amz-content-sha256' => $lines[-1],
        'x-amz-security-token' => $credentials{token},
        'x-amz-region-set' => $context->{region},
    );

    for my $name (split /;/, $lines[-2]) {
        push @headers, [ $name, $added{$name} ] unless $seen{$name};
    }

    my @query = query($raw);
    my $has_token = $expect->{canonical_request} =~ /x-amz-security-token/i;

    return (
        id => text("$case->{id} $form"),
        doc => text($case->{name}),
        access_key => string($credentials{access_key_id}),
        secret_key => string($credentials{secret_access_key}),
        token => string($has_token ? $credentials{token} : ''),
        time => seconds($context->{timestamp}),
        region => string($context->{region}),
        service => string($context->{service}),
        method => string($method),
        path => string($lines[1]),
        query => pairs(@query),
        nquery => scalar @query,
        headers => pairs(@headers),
        nheaders => scalar @headers,
        payload_hash => string($lines[-1]),
        expires => $form eq 'query' ? $context->{expiration_in_seconds} : 0,
        expected(%$expect),
    );
}


# SigV4A: the cases of a suite, and those of S3 on Outposts.  The signature is
# one of many that are right.

sub sigv4a {
    my ($case) = @_;

    return map { entry(suite_case($case, $_), sigv4a_case($case, $case->{$_})) }
               qw(header query)
        if $case->{kind} eq 'suite';

    my ($in, $expect) = @{$case}{qw(in expect)};

    return if !$in;

    my @headers = ([ 'host', $in->{host} ], @{ $in->{signed_headers} });

    push @headers, [ 'x-amz-date', $in->{date} ],
                   [ 'x-amz-content-sha256', $in->{payload_hash} ],
                   [ 'x-amz-region-set', $in->{region_set} ]
        if $in->{form} eq 'header';

    push @headers, [ 'x-amz-security-token', $in->{session_token} ]
        if $in->{form} eq 'header' && defined $in->{session_token};

    return entry(
        outposts($case),
        region => string($in->{region_set}),
        host => string($in->{host}),
        headers => pairs(@headers),
        nheaders => scalar @headers,
        payload_hash => string($in->{payload_hash}),
        expires => $in->{expires} // 0,
        sigv4a_case($expect, $expect),
    );
}


sub sigv4a_case {
    my ($key, $expect) = @_;

    return (
        algorithm => 'S3O_SIGV4A',
        public_key => string($key->{public_x} . $key->{public_y}),
        signature => string($expect->{signature_example}),
    );
}


sub derive {
    my ($case) = @_;

    return if $case->{kind} ne 'derive';

    return entry(
        id => text($case->{id}),
        access_key => string($case->{access_key}),
        secret_key => string($case->{secret_key}),
        private_key => string($case->{private_key}),
        public_key => string($case->{public_x} . $case->{public_y}),
    );
}


# documented examples: the headers are given in reverse order

sub doc {
    my ($case) = @_;

    my @lines = split /\n/, $case->{canonical_request}, -1;
    my ($method, $path, $query) = splice @lines, 0, 3;
    my ($hash, $names, $empty) = map { pop @lines } 1 .. 3;

    my @headers = reverse map { [ split /:/, $_, 2 ] } @lines;
    my @query = reverse query($query);
    my ($expires) = $query =~ /X-Amz-Expires=(\d+)/;

    return entry(
        id => text($case->{name}),
        doc => text($case->{name}),
        access_key => string($case->{access_key}),
        secret_key => string($case->{secret_key}),
        time => seconds($case->{date}),
        region => string($case->{region}),
        service => string($case->{service}),
        method => string($method),
        path => string($path),
        query => pairs(@query),
        nquery => scalar @query,
        headers => pairs(@headers),
        nheaders => scalar @headers,
        payload_hash => string($hash),
        expires => $expires // 0,
        url => string($case->{url}),
        expected(%$case),
    );
}


# the chunks and the trailer of the documented streaming uploads

sub chunks {
    my ($case) = @_;

    my @signed = (@{ $case->{chunks} // [] },
                  $case->{trailer} ? $case->{trailer} : ());

    return map {
        entry(id => text($case->{name}),
              access_key => string($case->{access_key}),
              secret_key => string($case->{secret_key}),
              time => seconds($case->{date}),
              region => string($case->{region}),
              service => string($case->{service}),
              string_to_sign => string($_->{string_to_sign}),
              signature => string($_->{signature}))
    } @signed;
}
