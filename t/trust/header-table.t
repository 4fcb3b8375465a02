#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Headers by their meaning: every header of the requests of the S3 object API,
# and some that nobody knows, in each mode, for each method: unnamed, named,
# and named by a pattern.  The list of names is compared with the API's model,
# where botocore is installed.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::HTTP;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(capture);

# class => the treatment in proxy mode, in redirects, in json and on: unnamed
# and named.  "sent" is sent, but not signed; "free" is not looked at;
# "signed" is also sent, and named in the JSON; a number is the status of a
# refusal.

my %class = (
    plain      => [qw(sent free free)],
    unsignable => [qw(sent free free), ''],
    own        => [qw(gone 400 free), ''],
    auth       => [qw(gone free free), ''],
    way        => [qw(gone free free), ''],
    agent      => [qw(gone 400 free)],
    cookie     => [qw(gone free free)],
    integrity  => [qw(signed signed signed)],
    frame      => [qw(gone 400 free)],
    effect     => [qw(400 400 free)],
    owner      => [qw(403 403 free)],
    copy       => [qw(501 501 free)],
    lacked     => [qw(501 501 free)],
    access     => [qw(501 501 free)],

    # values that ask for what happens without them

    usual      => [qw(gone signed free)],
);

my @modes = qw(proxy redirect json on);
my @methods = qw(GET HEAD PUT DELETE POST);
my %column = (proxy => 0, redirect => 1, json => 2, on => 2);

# the headers of the model by class

my %model = (
    plain => [qw(cache-control content-disposition content-encoding
        content-language content-type expires if-match if-modified-since
        if-none-match if-unmodified-since range)],
    integrity => [qw(content-md5 x-amz-checksum-algorithm x-amz-checksum-crc32
        x-amz-checksum-crc32c x-amz-checksum-crc64nvme x-amz-checksum-md5
        x-amz-checksum-mode x-amz-checksum-sha1 x-amz-checksum-sha256
        x-amz-checksum-sha512 x-amz-checksum-type x-amz-checksum-xxhash128
        x-amz-checksum-xxhash3 x-amz-checksum-xxhash64
        x-amz-sdk-checksum-algorithm)],
    effect => [qw(x-amz-meta- x-amz-mp-object-size x-amz-tagging
        x-amz-server-side-encryption-customer-algorithm
        x-amz-server-side-encryption-customer-key
        x-amz-server-side-encryption-customer-key-md5)],
    owner => [qw(x-amz-expected-bucket-owner)],
    copy => [qw(x-amz-copy-source x-amz-copy-source-if-match
        x-amz-copy-source-if-modified-since x-amz-copy-source-if-none-match
        x-amz-copy-source-if-unmodified-since x-amz-copy-source-range
        x-amz-copy-source-server-side-encryption-customer-algorithm
        x-amz-copy-source-server-side-encryption-customer-key
        x-amz-copy-source-server-side-encryption-customer-key-md5
        x-amz-metadata-directive x-amz-tagging-directive)],
    copyowner => [qw(x-amz-source-expected-bucket-owner)],
    lacked => [qw(x-amz-bypass-governance-retention x-amz-client-token
        x-amz-if-match-initiated-time x-amz-if-match-last-modified-time
        x-amz-if-match-size x-amz-max-parts x-amz-mfa x-amz-object-attributes
        x-amz-object-lock-legal-hold x-amz-object-lock-mode
        x-amz-object-lock-retain-until-date x-amz-optional-object-attributes
        x-amz-part-number-marker x-amz-rename-source
        x-amz-rename-source-if-match x-amz-rename-source-if-modified-since
        x-amz-rename-source-if-none-match
        x-amz-rename-source-if-unmodified-since x-amz-request-payer
        x-amz-server-side-encryption
        x-amz-server-side-encryption-aws-kms-key-id
        x-amz-server-side-encryption-bucket-key-enabled
        x-amz-server-side-encryption-context x-amz-storage-class
        x-amz-website-redirect-location x-amz-write-offset-bytes)],
    access => [qw(x-amz-acl x-amz-grant-full-control x-amz-grant-read
        x-amz-grant-read-acp x-amz-grant-write x-amz-grant-write-acp)],
    length => [qw(content-length)],
);

# other headers: of clients, of servers in between, and of future versions

my %others = (
    plain => [qw(accept accept-language origin x-forwarded-for x-amz
        x-real-ip x-abcz- amz-sdk content-md5s cookies)],
    unsignable => [qw(user-agent date)],
    own => [qw(x-amz-date x-amz-content-sha256 x-amz-security-token
        x-amz-region-set)],
    auth => [qw(authorization)],
    way => [qw(amz-sdk-invocation-id amz-sdk-request x-amz-cf-id
        x-amz-apigw-id x-amzn-trace-id x-amzn-requestid x-amzn-tls-version)],
    agent => [qw(x-amz-user-agent)],
    cookie => [qw(cookie)],
    integrity => [qw(x-amz-checksum-of-tomorrow)],
    frame => [qw(x-amz-trailer x-amz-te x-amz-decoded-content-length)],
    effect => [qw(x-amz-of-tomorrow x-amz- x-amz-meta-a x-amz-copy
        x-amz-cf x-amz-acls)],
    copy => [qw(x-amz-copy-source-of-tomorrow)],
    lacked => [qw(x-amz-object-lock-of-tomorrow)],
    access => [qw(x-amz-grant-of-tomorrow)],
);

my @usual = (
    ['x-amz-acl' => 'private'],
    ['x-amz-acl' => 'bucket-owner-full-control'],
    ['x-amz-storage-class' => 'OUTPOSTS'],
    ['x-amz-storage-class' => 'STANDARD'],
    ['x-amz-server-side-encryption' => 'AES256'],
    ['x-amz-tagging' => ''],
    ['x-amz-expected-bucket-owner' => '123456789012'],
    ['x-amz-source-expected-bucket-owner' => '123456789012'],
);

# S3 acts on these headers; all bodies are empty

my %value = (
    'content-md5'           => '1B2M2Y8AsgTpgAmY7PhCfg==',
    'x-amz-checksum-crc32'  => 'AAAAAA==',
    'x-amz-checksum-sha1'   => '2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    'x-amz-checksum-sha256' => '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    'content-encoding'      => 'gzip',
    'range'                 => 'bytes=0-1',
);

my @cases = cases();
my @names = grep { nameable($_->[1]) } @cases;

my $t = S3O::Nginx->new(log_level => 'info');
my $s3 = S3O::Outpost->new()->start();

my %named = (unnamed => '', exact => join(' ', unique(map { $_->[0] } @names)),
             pattern => 'x-amz-*');

$s3->known_to($t, LOCATIONS => join '', map { location($_) } sort keys %named);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       GET HEAD PUT DELETE POST;
    %%TEST_OUTPOST%%

    keepalive_requests        1000000;
    keepalive_timeout         1h;
    client_max_body_size      0;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        %%LOCATIONS%%
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        server_name  localhost;
        location / {
            return  200 "$http_x_signed\n";
        }
    }
}

EOC

my $count = 0;
my $client = S3O::HTTP->connect(port => $t->port(8080));

model();

for my $case (@cases) {
    for my $way (sort keys %named) {
        my @faults = map { faults($case, $way, $_) } @modes;

        is(join('; ', @faults), '',
           "$case->[0]" . (defined $case->[2] ? ": $case->[2]" : '')
           . ", a header of the class \"$case->[1]\", $way");
    }
}

# the reason names the header and the directive that would allow it

for my $case (['x-amz-of-tomorrow', 's3o_presign_signed_headers'],
              ['x-amz-acl', 's3o_presign_signed_headers'],
              ['x-amz-copy-source', 's3o_presign_copy'],
              ['x-amz-expected-bucket-owner', 'account of the access point'])
{
    $t->error_log_like(qr/\[info\].*not signed: "$case->[0]" .*$case->[1]/,
                       "the log names $case->[0]");
}

is(scalar(@cases), 124, 'headers and values');
is($count, @cases * @modes * @methods * keys %named, "$count requests");

$t->done();


sub cases {
    my @list;

    for my $group (\%model, \%others) {
        for my $class (sort keys %$group) {
            next if $class eq 'length';

            my $of = $class eq 'copyowner' ? 'owner' : $class;
            push @list, map { [$_ . (/^x-amz-meta-$/ ? 'model' : ''), $of] }
                        @{ $group->{$class} };
        }
    }

    return (@list, map { [$_->[0], 'usual', $_->[1]] } @usual);
}


sub unique {
    my %seen;

    return grep { !$seen{$_}++ } @_;
}


sub nameable {
    return !defined $class{ $_[0] }[3];
}


# reads the names of the model, so that a new header is noticed

sub model {
    my $out = capture(['python3', '-c', <<'EOP'], merge => 0);
import gzip, json, os
try:
    import botocore
except ImportError:
    raise SystemExit(0)
path = os.path.join(os.path.dirname(botocore.__file__),
                    'data/s3/2006-03-01/service-2.json')
f = open(path) if os.path.exists(path) else gzip.open(path + '.gz')
m = json.load(f)
names = set()
for name, op in m['operations'].items():
    if '{Key+}' not in op['http']['requestUri'] and name not in (
            'ListObjects', 'ListObjectsV2', 'ListObjectVersions',
            'ListMultipartUploads', 'HeadBucket', 'DeleteObjects'):
        continue
    shape = m['shapes'].get(op.get('input', {}).get('shape'), {})
    for member in shape.get('members', {}).values():
        if member.get('location') in ('header', 'headers'):
            names.add(member['locationName'].lower())
print(' '.join(sorted(names)))
EOP

    my @there = split ' ', $out;

  SKIP: {
        skip 'no botocore', 2 unless @there;

        my %listed = map { $_ => 1 } map { @$_ } values %model;

        is(join(' ', grep { !$listed{$_} } @there), '',
           'each of the ' . @there . ' headers of the model is listed');
        cmp_ok(scalar(@there), '>', 50, 'the model has many headers');
    }
}


sub location {
    my ($way) = @_;

    my $named = $named{$way} ? "s3o_presign_signed_headers  $named{$way};" : '';

    return <<"EOC";

        location /proxy/$way/ {
            s3o_presign  proxy;
            $named
            proxy_pass   http://127.0.0.1:@{[ $s3->port() ]};
        }

        location /redirect/$way/ {
            s3o_presign  redirect;
            $named
        }

        location /json/$way/ {
            s3o_presign  json;
            $named
        }

        location /on/$way/ {
            s3o_presign       on;
            $named
            proxy_set_header  X-Signed \$s3o_presign_url;
            proxy_set_header  If-Match "";
            proxy_set_header  If-Unmodified-Since "";
            proxy_pass        http://127.0.0.1:@{[ $t->port(8081) ]};
        }
EOC
}


sub want {
    my ($case, $way, $mode) = @_;

    my ($name, $class) = @$case;

    # names that a pattern does not match

    my $exact = $class =~ /^(?:copy|access|cookie)$/
                || $name =~ /^x-amz-(?:acl|source-expected.*)$/;

    return 'signed' if nameable($class)
                       && ($way eq 'exact'
                           || ($way eq 'pattern' && !$exact
                               && $name =~ /^x-amz-/));

    return $class{$class}[$column{$mode}];
}


sub faults {
    my ($case, $way, $mode) = @_;

    my $want = want($case, $way, $mode);

    return grep { defined } map {
        my $got = outcome($case, $way, $mode, $_);
        $got eq $want || ($got eq 'free' && $want eq 'gone')
            ? undef : "$mode $_: $got, not $want";
    } @methods;
}


sub outcome {
    my ($case, $way, $mode, $method) = @_;

    my ($name, $class, $value) = @$case;

    $value //= $value{$name} // '210987654321';
    $count++;

    $s3->clear() if $mode eq 'proxy';

    my $r = $client->request(method => $method, uri => "/$mode/$way/k",
                             headers => [$name => $value],
                             $method =~ /^P/ ? (body => '') : ());

    if (!$r || ($r->{headers}{connection}[0] // '') eq 'close') {
        $client = S3O::HTTP->connect(port => $t->port(8080));
    }

    return 'no answer' if !$r;

    return proxied($name, $value, $r) if $mode eq 'proxy';

    return $r->{status} if $r->{status} >= 400;

    my $url = $mode eq 'redirect' ? $r->{headers}{location}[0] : $r->{body};

    # the answer does not show a body

    return want($case, $way, $mode) if $method eq 'HEAD' && $mode ne 'redirect';

    my ($names) = $url =~ /X-Amz-SignedHeaders=([^&"]*)/;
    my %signed = map { $_ => 1 } split /%3B|;/, $names // '';

    if ($mode eq 'json') {
        my $told = JSON::PP::decode_json($r->{body})->{headers};

        return 'told, but not signed'
            if defined $told->{$name} && !$signed{$name};
        return 'signed, but not told'
            if $signed{$name} && ($told->{$name} // 'nothing') ne $value;
    }

    return $signed{$name} ? 'signed' : 'free';
}


sub proxied {
    my ($name, $value, $r) = @_;

    my $last = ($s3->requests())[-1];

    return $r->{status} if !$last;

    return "$last->{verdict}: $last->{message}" if $last->{verdict} ne 'ok';

    my @values = map { $_->[1] } grep { lc $_->[0] eq $name }
                 @{ $last->{headers} };
    my %signed = map { $_ => 1 } split /;/, $last->{signed_headers};

    # headers of the module itself

    return 'gone' if $name =~ /^(?:authorization|x-amz-(?:date|content-sha256
                                |security-token|region-set))$/x
                     && !grep { $_ eq $value } @values;

    return $signed{$name} ? 'signed, but not sent' : 'gone' if !@values;

    return 'sent as ' . join '|', @values if "@values" ne $value;

    return $signed{$name} ? 'signed' : 'sent';
}
