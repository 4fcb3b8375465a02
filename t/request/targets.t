#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Targets: access point ARN or alias, region and endpoint give the host.  The
# rules are S3's endpoint rules (t/vectors/endpoint-cases.json), and nothing
# that a client sends changes the host.

use strict;
use warnings;

use Cwd ();
use FindBin ();
use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN HOST parse_url is_signed);
use S3O::Process qw(slurp);

my $root = Cwd::abs_path("$FindBin::Bin/../..");
my $vectors = decode_json(slurp("$root/t/vectors/endpoint-cases.json"));
my @cases = @{ $vectors->{cases} };

my $t = S3O::Nginx->new();

my ($ap, $region, $endpoint)
    = map { "s3o_presign_$_" } qw(access_point region endpoint);
my $credentials = 's3o_presign_credentials static access_key_id=AKIDEXAMPLE '
                  . 'secret_access_key='
                  . S3O::Presigned::SECRET_KEY . ';';

# switches of the SDKs that no directive has, as S3 on Outposts has no such
# host

my %no_switch = (
    UseFIPS        => [qw(ep-015 ep-058 ep-061 ep-072)],
    UseDualStack   => [qw(ep-014 ep-066 ep-073)],
    Accelerate     => [qw(ep-059 ep-067)],
    ForcePathStyle => [qw(ep-006 ep-007 ep-060 ep-071)],
    UseArnRegion   => [qw(ep-010)],      # false, and the regions differ
);

# differences between this module and the SDKs, all on purpose

my %differs = (
    # the SDKs need a region even where the ARN has one
    'ep-039' => 'https://reports-123456789012.op-01ac5d28a6a232904'
                . '.s3-outposts.us-west-2.amazonaws.com',

    # plain http where the endpoint says so
    'ep-063' => 'http://reports-123456789012.op-01ac5d28a6a232904'
                . '.beta.example.com',

    # this module uses the endpoint for each alias, the SDKs ignore it there
    'ep-074' => 'https://my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3k'
                . 'use10--op-s3.op-01ac5d28a6a232904.beta.example.com',
    'ep-075' => 'http://my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3k'
                . 'beta0--op-s3.op-01ac5d28a6a232904.localhost:9000',
);

# refused values: the directive, and what its message expects

my $format = 'an access point ARN must look like arn:PARTITION:s3-outposts:'
             . 'REGION:ACCOUNT:outpost/op-ID/accesspoint/NAME';
my $resource = 'the resource of the ARN must be outpost/op-ID/accesspoint/'
               . 'NAME';
my $arn_region = 'the region of the ARN is not a region of a known partition';
my $account = 'the account id must be 12 digits';
my $outpost = 'the outpost id must be "op-" and 1 to 60 lower-case letters or '
              . 'digits';
my $name = 'the access point name must be 3 to 50 lower-case letters, digits '
           . 'or hyphens, with no hyphen at either end';
my $sub = 'nothing may follow the access point name, an object key does not '
          . 'belong in the ARN';
my $partition = 'the partition of the ARN is not that of its region';
my $alias = 'an alias must be one lower-case host label of 50 to 63 characters '
            . 'with the outpost id in it, as S3 made it';
my $scheme = 'an endpoint must begin with "https://" or "http://"';
my $authority = 'an endpoint is a host name and an optional port, without user '
                . 'info, path or query';
my $no_region = 'an alias does not contain its region, "s3o_presign_region" '
                . 'must name it';
my $beta = 'a "beta" alias has no public endpoint, "s3o_presign_endpoint" '
           . 'must name one';
my $other_partition = 'the region is in another partition than the region of '
                      . 'the ARN';
my $no_host = 'the endpoint must be a host name of letters, digits and '
              . 'hyphens, not an IP address, because labels are put before it';
my $no_port = 'the port of the endpoint must be 1 to 65535';
my $no_such = 'S3 on Outposts has no FIPS, dual-stack or accelerate endpoints';
my $neither = 'neither an access point ARN nor an alias that ends in '
              . '"--op-s3"';
my $bucket = q{a bucket ARN gives no access to objects, the ARN of one of the }
             . q{bucket's access points is expected};

my %refused = (
    'ep-002' => [$ap, $outpost],
    'ep-003' => [$ap, $resource],
    'ep-004' => [$ap, 'the ARN must name an "accesspoint" after the outpost '
                      . 'id'],
    'ep-016' => [$ap, $sub],
    'ep-017' => [$ap, $name],
    'ep-022' => [$ap, $alias],
    'ep-023' => [$ap, 'the hardware type in the alias must be "o" or "e"'],
    'ep-024' => [$endpoint, $beta],
    'ep-035' => [$ap, $partition],
    'ep-038' => [$region, $other_partition],
    'ep-040' => [$ap, $name],
    'ep-041' => [$ap, $name],
    'ep-042' => [$ap, $name],
    'ep-043' => [$ap, 'the access point name is longer than 50 characters, '
                      . 'together with the account id it is too long for a '
                      . 'host label'],
    'ep-044' => [$ap, $name],
    'ep-045' => [$ap, $outpost],
    'ep-046' => [$ap, $outpost],
    'ep-047' => [$ap, $outpost],
    'ep-048' => [$ap, $account],
    'ep-049' => [$ap, $arn_region],
    'ep-050' => [$ap, $arn_region],
    'ep-051' => [$ap, $bucket],
    'ep-052' => [$ap, $sub],
    'ep-053' => [$ap, $resource],
    'ep-054' => [$ap, $resource],
    'ep-055' => [$ap, $format],
    'ep-056' => [$ap, $format],
    'ep-057' => [$ap, $format],
    'ep-064' => [$endpoint, $authority],
    'ep-065' => [$endpoint, $scheme],
    'ep-076' => [$ap, $alias],
    'ep-077' => [$ap, $alias],
    'ep-078' => [$ap, $alias],
);
$refused{'ep-005'} = $refused{'ep-004'};


# the vectors that are accepted become a location each

is(scalar @cases, $vectors->{count}, 'all vectors are there');
is(scalar @cases, 78, 'there are 78 vectors');

my %unspoken = map { $_ => 1 } map { @$_ } values %no_switch;
my (@served, $locations);

for my $case (@cases) {
    my $id = $case->{id};
    my $p = $case->{params};

    if ($unspoken{$id}) {
        my @switches = grep { grep { $_ eq $id } @{ $no_switch{$_} } }
                       keys %no_switch;

        ok($p->{ $switches[0] } || $switches[0] eq 'UseArnRegion',
           "$id: no directive for $switches[0]");
        next;
    }

    my $lines = lines($p->{Bucket}, $p->{Region}, $p->{Endpoint});

    if (my $why = $refused{$id}) {
        my %value = ($ap => $p->{Bucket}, $region => $p->{Region},
                     $endpoint => $p->{Endpoint} // '');

        refused($lines, $why->[0], $value{ $why->[0] }, $why->[1],
                "$id: $case->{doc}");
        ok(defined $case->{expect}{error} || $case->{may_reject},
           "$id: may be refused");
        next;
    }

    push @served, [$id, $case->{doc}, $differs{$id} // $case->{expect}{url},
                   grep { $_->{name} eq 'sigv4' }
                   @{ $case->{expect}{authSchemes} // [] }];
    $locations .= "location /$id/ { $lines }\n";
}


# further values that are accepted: [name, host, lines]

my %partitions = (
    'aws'        => ['us-east-1', 'amazonaws.com'],
    'aws-us-gov' => ['us-gov-east-1', 'amazonaws.com'],
    'aws-cn'     => ['cn-northwest-1', 'amazonaws.com.cn'],
    'aws-iso'    => ['us-iso-west-1', 'c2s.ic.gov'],
    'aws-iso-b'  => ['us-isob-east-1', 'sc2s.sgov.gov'],
    'aws-iso-e'  => ['eu-isoe-west-1', 'cloud.adc-e.uk'],
    'aws-iso-f'  => ['us-isof-south-1', 'csp.hci.ic.gov'],
    'aws-eusc'   => ['eusc-de-east-1', 'amazonaws.eu'],
);

my $label = 'my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3';
my $tail = substr $label, -50;
my @more;

for my $p (sort keys %partitions) {
    my ($r, $suffix) = @{ $partitions{$p} };

    push @more, ["the ARN of partition $p", HOST =~ s/us-west-2.*/$r.$suffix/r,
                 lines(ARN =~ s/aws/$p/r =~ s/us-west-2/$r/r)],
                ["an alias in partition $p",
                 "$label.op-01ac5d28a6a232904.s3-outposts.$r.$suffix",
                 lines($label, $r)];
}

(my $short) = HOST =~ /^([^.]+\.[^.]+)/;

push @more, map { ["$_->[0]: the endpoint $_->[1]", "$short.$_->[2]",
                   lines(ARN, undef, $_->[1])] } (
    ['lower case', 'https://OutPosts.Example.COM', 'outposts.example.com'],
    ['a port', 'https://a.example:8443', 'a.example:8443'],
    ['the port of https', 'https://a.example:443', 'a.example'],
    ['the port of http', 'http://a.example:80', 'a.example'],
    ['not the port of http', 'http://a.example:443', 'a.example:443'],
    ['a slash', 'https://a.example/', 'a.example'],
    ['one label', 'http://localhost:9000', 'localhost:9000'],
    ['digits', 'https://1a.2b', '1a.2b'],
    ['the last port', 'https://a.example:65535', 'a.example:65535'],
);

push @more, ['an alias of 50 characters',
             "$tail.op-01ac5d28a6a232904.s3-outposts.us-east-1.amazonaws.com",
             lines($tail, 'us-east-1')],
            ['an ARN of colons', HOST, lines(ARN =~ s{/}{:}gr)],
            ['an access point name of 50 characters',
             'a' x 50 . HOST =~ s/reports//r,
             lines(ARN =~ s/reports/'a' x 50/er)],
            ['a region beside the ARN', HOST, lines(ARN, 'eu-west-1')];

$locations .= "location /more-$_/ { $more[$_][2] }\n" for 0 .. $#more;

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    $credentials

    server {
        listen        127.0.0.1:%%PORT_8080%%;
        server_name   localhost;
        s3o_presign   json;

        $locations

        location / {
            $ap @{[ ARN ]};
        }
    }
}

EOC

for my $case (@served) {
    my ($id, $doc, $url, $scheme) = @$case;
    my $u = url("/$id/x");

    is("$u->{scheme}://$u->{host}", $url, "$id: $doc");
    is($u->{region}, $scheme->{signingRegion}, "$id: the signing region")
        if $scheme;
}

for my $i (0 .. $#more) {
    my ($what, $host) = @{ $more[$i] };
    my $u = url("/more-$i/x");

    is($u->{host}, $host, $what);
    ok(is_signed($u), "$what: the URL is signed for this host");
}


# further values that are refused

my $arn = ARN;

for my $case (
    [$ap => 'arn:aws:s3:us-west-2:123456789012:accesspoint/reports',
     'an ARN of service "s3" names no access point on an Outpost, '
     . '"s3-outposts" is expected'],
    [$ap => 'arn:aws:s3:::bucket', 'an ARN of service "s3" names no access '
     . 'point on an Outpost, "s3-outposts" is expected'],
    [$ap => $arn =~ s/s3-outposts/ec2/r,
     'the service of the ARN must be "s3-outposts"'],
    [$ap => $arn =~ s/accesspoint/bucket/r, $bucket],
    [$ap => $arn =~ s/aws/aws-cn/r, $partition],
    [$ap => $arn =~ s/us-west-2/aws-global/r, $arn_region],
    [$ap => $arn =~ s/123456789012/12345678901/r, $account],
    [$ap => $arn =~ s/123456789012/1234567890123/r, $account],
    [$ap => $arn =~ s/op-0/OP-0/r, $outpost],
    [$ap => $arn =~ s/op-\d+/op-/r, $outpost],
    [$ap => $arn =~ s/reports/ab/r, $name],
    [$ap => $arn =~ s/reports/a.b.c/r, $name],
    [$ap => $arn =~ s/reports/reports-/r, $name],
    [$ap => "$arn/", $sub],
    [$ap => " $arn", $neither],
    [$ap => uc $arn, $neither],
    [$ap => 'my-bucket', $neither],
    [$ap => '', $neither],
    [$ap => '--op-s3', $alias],
    [$ap => substr($label, -49), $alias],
    [$ap => "a.$tail", $alias],
    [$region => 'us-west-2/evil', 'not a region of a known partition'],
    (map { [$endpoint => $_, $no_host] } 'https://', 'https://127.0.0.1',
     'https://[::1]:9000', 'https://a_b.example', 'https://a..b',
     'https://.a', 'https://a.', 'https://-a.example', 'https://a b',
     'https://' . 'a' x 64, 'https://10.0.0.1:80', 'https://:443'),
    (map { [$endpoint => $_, $no_port] } 'https://a:0', 'https://a:65536',
     'https://a:', 'https://a:x', 'https://a:+80', 'https://a:080'),
    (map { [$endpoint => $_, $authority] } 'https://u@a.example',
     'https://a.example/b', 'https://a.example?b', 'https://a.example#b',
     'https://a.example//', 'https://a\\\\b'),
    (map { [$endpoint => $_, $scheme] } '', 'a.example', 'ftp://a.example',
     '//a.example', 'https:/a.example', '$arg_e', 'https//a'),
    (map { [$endpoint => $_, $no_such] }
     'https://s3-outposts-fips.us-west-2.amazonaws.com',
     'https://s3-outposts.dualstack.us-west-2.amazonaws.com',
     'https://s3-accelerate.amazonaws.com',
     'https://S3-Outposts-FIPS.us-gov-west-1.amazonaws.com'))
{
    my ($directive, $value, $why) = @$case;

    refused("$ap $arn;" x ($directive ne $ap) . "$directive '$value';",
            $directive, $value =~ s/\\\\/\\/gr, $why, "$directive '$value'");
}

for my $case (
    [lines($label), $region, '', $no_region],
    [lines($label, 'aws-global'), $region, 'aws-global', $no_region],
    [lines($label =~ s/use1/beta/r, 'us-east-1'), $endpoint, '', $beta],
    [lines(ARN, 'cn-north-1'), $region, 'cn-north-1', $other_partition],
    [lines(ARN, undef, 'https://' . join '.', ('a' x 60) x 4), $endpoint,
     'https://' . join('.', ('a' x 60) x 4), 'the host name of the access '
     . 'point would be longer than 253 characters'])
{
    refused(@$case, "$case->[1] '$case->[2]'");
}

for my $case (
    ["$ap $label; location / { $region us-east-1; }",
     'a location adds the region of an alias'],
    ["$ap $arn; $region us-gov-west-1; location / { $region us-east-1; }",
     'a location corrects the region'],
    ["$region us-east-1; $ap $label; location / { location /a/ {"
     . " $ap $arn; } location /b/ { $endpoint https://a.example; } }",
     'nested locations change a part'])
{
    my ($config, $what) = @$case;
    my ($status, $out) = $t->check_server("$credentials s3o_presign json;"
                                          . $config);

    is($status, 0, $what) or diag($out);
}


# nothing that a client sends is in the host

for my $headers (
    ['Host' => 'evil.example'], ['X-Forwarded-Host' => 'evil.example'],
    ['Forwarded' => 'host=evil.example'], ['X-Host' => 'evil.example'],
    ['Host' => 'evil.example:8443'])
{
    is(url('/x', headers => $headers)->{host}, HOST,
       "the host, and \"@$headers\"");
}

for my $uri ('http://evil.example/x', '/x?host=evil.example&endpoint=a&region=b'
             . '&s3o_presign_host=evil.example', '/a@evil.example',
             '/@evil.example', '/a%2F@evil.example', '/.evil.example/x',
             '/:80@evil.example/%23', '/x%3F@evil.example')
{
    is(url($uri)->{host}, HOST, "the host, and $uri");
}

is($t->request(uri => $_)->{status}, 400, "no URL for $_")
    for '//evil.example/x', '/%2F%2Fevil.example';

$t->done();


sub lines {
    my ($access_point, $its_region, $its_endpoint) = @_;

    return join ' ', "$ap '$access_point';",
           (defined $its_region ? "$region $its_region;" : ()),
           (defined $its_endpoint ? "$endpoint $its_endpoint;" : ());
}


sub url {
    my ($uri, %o) = @_;

    my $r = $t->request(uri => $uri, %o);

    return parse_url(decode_json($r->{body} =~ /^\{/ ? $r->{body} : '{}')
                     ->{url} // "https://none/$r->{status}");
}


# the message comes from the directive itself, or from the location that uses
# all of them

sub refused {
    my ($lines, $directive, $value, $why, $what) = @_;

    my ($status, $out) = $t->check_location(
        "s3o_presign json; $credentials $lines");
    my ($said) = $out =~ /\[emerg\] \d+#\d+: (.*) in \S+check\.conf:\d+$/m;

    # both forms of the message name all three directives

    my $expected = ($said // '') =~ / in location "/
                   ? "\"$directive\" \"$value\" in location \"/\": $why"
                   : "\"$directive\" directive has invalid value \"$value\": "
                     . $why;

    is("$status " . ($said // $out), "1 $expected", "refused: $what");
}
