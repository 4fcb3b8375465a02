#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Parameters that "nginx -t" refuses, of sources that ask a service: the
# message names the parameter, its value and what is expected.  "nginx -t"
# sends no request to a service, even if it accepts the source.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Test::More;

use S3O::Sources;
use S3O::TLS;


# a service and a name server that never answer: a request to them would wait

my $nobody = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 128)
             // die "cannot listen: $@";
my $no_name = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp')
              // die "cannot listen: $@";
my $url = 'http://127.0.0.1:' . $nobody->sockport();

my $t = S3O::Sources->new()->http_lines('resolver 127.0.0.1:'
                                        . $no_name->sockport() . ';');
my $dir = $t->testdir();
my $tls = S3O::TLS->new();
my $ca = $tls->ca_file();

$t->write_file('token', 'SECRET-token', 0644);
$t->write_file('nothing', '', 0644);

my $arn = 'arn:aws:iam::123456789012:role/web';
my $role = "role_arn=$arn region=us-west-2";
my $web = "web_identity $role token_file=$dir/token";
my $assume = "assume_role $role source=static source.access_key_id=AKID";
my $secret = 'source.secret_access_key=SECRET-key';

my $prefix = '"s3o_presign_credentials %s" ';
my $unknown = 'directive has unknown parameter "%s": expected %s';
my $urls = 'expected http://host[:port] or https://host[:port]';

my $imds_params = '"role=", "endpoint=", "renew="';
my $container_params = '"uri=", "token_file=", "trusted_certificate=", '
                       . '"renew="';
my $web_params = join ', ', map { "\"$_=\"" } qw(role_arn token_file
    session_name duration policy policy_arn region sts_endpoint
    trusted_certificate proxy renew);
my $assume_params = join ', ', map { "\"$_=\"" } qw(role_arn external_id
    session_name duration policy policy_arn tag transitive_tag region
    sts_endpoint trusted_certificate proxy renew source source.NAME);

# the message of nginx for a bad file of certificates; nginx before 1.27.2
# words it differently

sub unreadable {
    my ($name) = @_;

    my $said = qr/SSL_CTX_load_verify_locations\(|cannot load certificate /;

    return qr/(?:$said)"\Q$dir\E\/\Q$name\E"/;
}

sub said {
    my ($source, $message) = @_;

    return sprintf($prefix, $source) . $message;
}

my $uri = 'expected a path, an https:// URL, or an http:// URL of a loopback '
          . 'address, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]';
my $session = 'expected 2 to 64 letters, digits or _+=,.@-';
my $https = 'expected https://host[:port]';

my $arns = 'expected up to 10 ARNs such as arn:aws:iam::123456789012:policy/'
           . 'NAME';
my $policy = 'has an invalid policy: expected a JSON object of up to 2048 '
             . 'characters';
my $tag = 'expected up to 50 times KEY=VALUE, of 128 and 256 letters, digits, '
          . 'spaces and _.:/=+-@ at most, and no key that begins with "aws:"';

# [source and parameters, message, environment]

my @refused = (

    # names of parameters

    ['imds path=x', said('imds', sprintf $unknown, 'path', $imds_params)],
    ['imds 169.254.169.254', said('imds', sprintf $unknown, '...',
                                  "$imds_params, each with its value behind "
                                  . 'the "="')],
    ['container url=x', said('container', sprintf $unknown, 'url',
                             $container_params)],
    ['web_identity role=x', said('web_identity', sprintf $unknown, 'role',
                                 $web_params)],
    ['assume_role role=x', said('assume_role', sprintf $unknown, 'role',
                                $assume_params)],
    ['assume_role source.=x', said('assume_role', sprintf $unknown, '...',
                                   $assume_params)],
    ["$assume $secret source.path=/x",
     said('static', 'directive has unknown parameter "path": expected '
          . '"access_key_id=", "secret_access_key=", "session_token=", '
          . '"expires="')],

    # policies and tags of a session

    (map { ["$_->[0] 'policy=$_->[1]'", said($_->[0] =~ /(\w+)/, $policy)] }
     [$web, '{'], [$web, '[]'], ["$assume $secret", '"x"'],
     [$web, '{"a":"' . 'x' x 2041 . '"}'], [$web, "{\"a\":\"\xff\"}"]),
    (map { ["$_->[0] policy_arn=$_->[1]", said($_->[0] =~ /(\w+)/,
            "has invalid policy_arn \"$_->[2]\": $arns")] }
     [$web, 'ReadOnlyAccess', 'ReadOnlyAccess'],
     ["$assume $secret", 'arn:aws:iam::aws:p', 'arn:aws:iam::aws:p'],
     [$web . ' policy_arn=arn:aws:iam::aws:policy/x' x 10,
      'arn:aws:iam::aws:policy/y', 'arn:aws:iam::aws:policy/y']),
    (map { ["$assume $secret '$_'",
            said('assume_role', 'has an invalid ' . (/(\w+)/)[0] . ": $tag")] }
     'tag=a', 'tag==b', 'transitive_tag=AWS:x=b', 'tag=a=b*', 'tag=a?=b',
     'tag=' . 'a' x 129 . '=b', 'tag=a=' . 'b' x 257, "tag=a=\xff"),
    ["$assume $secret " . join(' ', map { "tag=k$_=v" } 0 .. 50),
     said('assume_role', "has an invalid tag: $tag")],
    ["$assume $secret tag=a=b transitive_tag=A=c",
     said('assume_role', 'has two tags with the key "A"')],
    ["$web tag=a=b", said('web_identity', sprintf $unknown, 'tag',
                          $web_params)],
    ["$assume $secret 'policy={}' 'policy={}'",
     said('assume_role', 'directive has duplicate parameter "policy"')],

    ["$assume $secret source.access_key_id=B",
     said('assume_role', 'directive has duplicate parameter '
          . '"source.access_key_id"')],
    ["imds role=a role=b", said('imds', 'directive has duplicate parameter '
                                        . '"role"')],
    ['imds role=', said('imds', 'directive has empty parameter "role"')],
    ["$assume source.secret_access_key=",
     said('assume_role', 'directive has empty parameter '
          . '"source.secret_access_key"')],

    # imds

    (map { ["imds \"role=$_\"", said('imds', "has invalid role \"$_\": "
                                           . 'expected the name of a role')] }
     'a/b', 'a?b', 'a#b', 'a%20b', 'a b', "a\xe9"),
    ['imds role=' . 'a' x 1025, qr/ imds" has invalid role "a{500}/],
    (map { ["imds \"endpoint=$_\"", '"s3o_presign_credentials" has invalid '
            . "endpoint \"$_\": $urls"] }
     '169.254.169.254', 'http://', 'https://', 'ftp://127.0.0.1',
     'HTTP://127.0.0.1', 'http:/127.0.0.1', 'http://u@127.0.0.1',
     'http://127.0.0.1:x', 'http://127.0.0.1:0', 'http://127.0.0.1:99999',
     'http://127.0.0.1#x', 'http://a b', 'http://[::1', 'http://[::x]',
     'http://unix:/x', 'http://:80', 'unix:/x'),
    (map { ["imds endpoint=$_", said('imds', "has invalid endpoint \"$_\": "
                                             . 'expected no path')] }
     'http://127.0.0.1/latest', 'http://127.0.0.1?x', 'http://127.0.0.1//'),
    ['imds', said('imds', 'is disabled by AWS_EC2_METADATA_DISABLED in the '
                          . 'environment'),
     { AWS_EC2_METADATA_DISABLED => 'True' }],
    ['imds', '"s3o_presign_credentials imds": AWS_EC2_METADATA_SERVICE_'
     . 'ENDPOINT_MODE is neither IPv4 nor IPv6',
     { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE => 'v6' }],
    ['imds', "\"s3o_presign_credentials\" has invalid endpoint \"x\": $urls",
     { AWS_EC2_METADATA_SERVICE_ENDPOINT => 'x' }],

    # container

    ['container', said('container', 'needs "uri=", or AWS_CONTAINER_'
                       . 'CREDENTIALS_RELATIVE_URI or _FULL_URI in the '
                       . 'environment of the master process')],
    (map { ["container \"uri=$_\"",
            said('container', "has invalid uri \"$_\": $uri")] }
     'http://169.254.169.254/x', 'http://10.0.0.1/x', 'http://169.254.170.3/x',
     'http://128.0.0.1/x', 'http://126.255.255.255/x', 'http://0.0.0.0/x',
     'http://localhost.x/y', 'http://example.com/x', 'http://127.0.0.1.x/y',
     'http://[fd00:ec2::24]/x', 'http://[::]/x', 'http://[::2]/x',
     'http://[::ffff:127.0.0.1]/x', 'http://127.0.0.1/a b',
     "http://127.0.0.1/\xe9", 'http://127.0.0.1?x', 'http://2130706433/x',
     'http://127.1/x'),
    ['container "uri=/a b"', said('container', 'has invalid uri "http://'
                                  . "169.254.170.2/a b\": $uri")],
    ['container', said('container', 'has invalid uri "http://10.0.0.1/": '
                       . $uri),
     { AWS_CONTAINER_CREDENTIALS_FULL_URI => 'http://10.0.0.1/' }],
    (map { ["container uri=$_", '"s3o_presign_credentials" has invalid uri '
            . "\"$_\": $urls"] }
     'x', '169.254.170.2/x', 'http://u:p@127.0.0.1/', 'http://127.0.0.1:x/'),
    ['container uri=/x', 'AWS_CONTAINER_AUTHORIZATION_TOKEN has characters '
     . 'that a header cannot have',
     { AWS_CONTAINER_AUTHORIZATION_TOKEN => "SECRET-a\nb" }],
    ["container uri=/x trusted_certificate=$ca", '"s3o_presign_credentials" '
     . 'has "trusted_certificate=" for "169.254.170.2": expected an https:// '
     . 'URL'],
    ["container uri=https://localhost/ trusted_certificate=$dir/nowhere",
     unreadable('nowhere')],
    ["container uri=https://localhost/ trusted_certificate=nothing",
     unreadable('nothing')],

    # roles

    ["web_identity $role", said('web_identity', 'needs "token_file=", or '
                                . 'AWS_WEB_IDENTITY_TOKEN_FILE in the '
                                . 'environment of the master process')],
    ["web_identity region=us-west-2 token_file=x",
     said('web_identity', 'needs "role_arn=", the ARN of a role')],
    ['assume_role region=us-west-2 source=imds',
     said('assume_role', 'needs "role_arn=", the ARN of a role')],
    ["web_identity role_arn=$arn token_file=x",
     said('web_identity', 'needs "region=", the region of STS, or AWS_REGION '
          . 'in the environment of the master process')],
    ["assume_role role_arn=$arn source=imds",
     said('assume_role', 'needs "region=", the region of STS, or AWS_REGION '
          . 'in the environment of the master process')],

    (map { ["web_identity token_file=x region=us-west-2 role_arn=$_",
            said('web_identity', "has invalid role_arn \"$_\": expected an "
                 . 'ARN such as arn:aws:iam::123456789012:role/NAME')] }
     'web', 'arn:aws:iam::1:role', 'role/web-of-many-characters'),
    ['web_identity token_file=x region=us-west-2 role_arn=arn:' . 'x' x 2045,
     qr/ web_identity" has invalid role_arn "arn:x{500}/],
    (map { ["web_identity token_file=x role_arn=$arn region=$_",
            said('web_identity', "has invalid region \"$_\": expected one "
                 . 'such as us-west-2')] }
     'nowhere', 'us-west', 'US-WEST-2', 'us-west-2.evil.example', 'aws-global',
     'us-west-2/', 'xx-west-2'),
    ["web_identity role_arn=$arn token_file=x",
     said('web_identity', 'has invalid region "mars": expected one such as '
          . 'us-west-2'), { AWS_REGION => 'mars' }],
    (map { ["$web \"session_name=$_\"",
            said('web_identity', "has invalid session_name \"$_\": $session")] }
     'a', 'a' x 65, 'a b', 'a/b', 'a:b', "a\xe9", 'a&b'),
    (map { ["$web duration=$_",
            said('web_identity', "has invalid duration \"$_\": expected a "
                 . 'time from 15m to 12h')] }
     '899', '14m', '43201', '13h', '1d', '-1', 'x', '0'),
    (map { my $source = $_;
           map { ["$source renew=$_",
                  said($source =~ /^(\w+)/, "has invalid renew \"$_\": "
                       . 'expected a time of at least 1m')] }
           '59', '0', '-1h', '1hour', 'x' }
     'imds', 'container uri=/x', 'default'),
    (map { my $source = $_;
           map { ["$source renew=$_->[0] $_->[1]",
                  said($source =~ /^(\w+)/, "has invalid renew \"$_->[0]\": "
                       . "expected less than the duration of a session, "
                       . "$_->[2] s")] }
           ['1h', '', 3600], ['901', 'duration=15m', 900],
           ['12h', 'duration=12h', 43200] }
     $web, "$assume $secret"),
    ["assume_role $role source=imds source.renew=1",
     said('imds', 'has invalid renew "1": expected a time of at least 1m')],
    ["file path=$dir/x renew=1h",
     said('file', sprintf $unknown, 'renew', '"path=", "profile=", "config=", '
          . '"format=", "role="')],
    ["$web sts_endpoint=https://x renew=1h renew=2h",
     said('web_identity', 'directive has duplicate parameter "renew"')],
    (map { ["$web sts_endpoint=$_",
            said('web_identity', "has invalid sts_endpoint \"$_\": $https")] }
     'http://127.0.0.1', 'https://127.0.0.1/x', 'https://127.0.0.1?x'),
    (map { ["$assume $secret sts_endpoint=$_", '"s3o_presign_credentials" '
            . "has invalid sts_endpoint \"$_\": $urls"] }
     'sts.amazonaws.com', 'https://', 'https://a@b'),
    ["$web trusted_certificate=$dir/nowhere",
     unreadable('nowhere')],

    ["assume_role $role", said('assume_role', 'needs "source=", another '
                               . 'source whose credentials assume the role')],
    ["assume_role $role source=assume_role",
     said('assume_role', 'needs "role_arn=", the ARN of a role')],
    ["assume_role $role source=assume_role source.role_arn=$arn"
     . " source.region=us-west-2",
     said('assume_role', 'needs "source=", another source whose credentials '
          . 'assume the role')],
    ["assume_role $role source=vault",
     '"s3o_presign_credentials" directive has invalid source "vault": '
     . 'expected "static", "env", "file", "imds", "container", '
     . '"web_identity", "assume_role" or "default"'],
    ["$assume source.session_token=SECRET-t",
     '"s3o_presign_credentials static": the secret access key is missing'],
    ["assume_role $role source=file source.path=$dir/nowhere",
     "\"s3o_presign_credentials file\" \"$dir/nowhere\": open() failed (2: No "
     . 'such file or directory)'],
    ["assume_role $role source=default source.x=y",
     said('default', 'directive has unknown parameter: expected '
          . '"renew=" or no parameters')],
    ["default renew=1h renew=1h",
     said('default', 'directive has unknown parameter: expected "renew=" or '
          . 'no parameters')],
);

for my $case (@refused) {
    my ($source, $message, $env) = @$case;

    my ($status, $out) = check($source, $env);
    my ($said) = $out =~ /\[emerg\] \d+#\d+: (.*)$/m;
    my $name = $source =~ s/\Q$dir\E/DIR/gr =~ s/\Q$role\E/ROLE/r
                       =~ s/[^ -~]/./gr;

    $said =~ s/ in \S+check\.conf:\d+$// if defined $said;

    subtest 'refused: ' . substr($name, 0, 60) => sub {
        is($status, 1, 'nginx -t fails');
        ref $message ? like($said, $message, 'the message says why')
                     : is($said, $message, 'the message says why');
        unlike($out, qr/SECRET/, 'the message shows no secret');
    };
}


# [source and parameters, environment]: accepted

my @accepted = (
    ['imds'],
    ['imds role=a.b-c_d+e=f,g@h'],
    ['imds renew=1m'],
    ['imds renew=30d'],
    ['container uri=/x renew=1h'],
    ['default renew=1h'],
);

push @accepted, map { ["imds endpoint=$_"] } $url, "$url/",
    'http://[::1]', 'http://[::1]:1', 'https://imds.example',
    'http://imds.example:8080', 'http://127.0.0.1';
push @accepted, ['imds', { AWS_EC2_METADATA_DISABLED => 'false' }],
    ['imds', { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE => '' }];
push @accepted, map { ["container uri=$_"] } "$url/x", '/', '/a?b=c',
    'http://127.0.0.1', 'http://127.255.255.254/x', 'http://[::1]/x',
    'http://169.254.170.2/x', 'http://169.254.170.23/x',
    'http://[fd00:ec2::23]/x', 'http://[fd00:0ec2:0:0:0:0:0:0023]:81/x',
    'https://agent.example/x', 'https://10.0.0.1:8443/x';
push @accepted, ["container uri=/x token_file=$dir/nowhere"],
    ["container uri=https://agent.example/x trusted_certificate=$ca"];
push @accepted, map { [$_] } $web, "$web duration=15m", "$web duration=12h",
    "$web session_name=" . 'a' x 64, "$web sts_endpoint=https://x.example",
    "$web sts_endpoint=https://x.example:8443/ trusted_certificate=$ca",
    "$web renew=59m", "$web renew=1h duration=12h", "$assume $secret renew=30m",
    "assume_role $role source=imds source.renew=1h", "$assume $secret",
    "assume_role $role source=imds",
    "assume_role $role source=imds source.role=a source.endpoint="
    . $url,
    "assume_role $role source=default",
    "assume_role $role source=web_identity source.role_arn=$arn "
    . 'source.region=us-west-2 source.token_file=x';

for my $case (@accepted) {
    my ($source, $env) = @$case;

    my ($status, $out) = check($source, $env);
    my $name = $source =~ s/\Q$dir\E/DIR/gr =~ s/\Q$role\E/ROLE/r;

    is($status, 0, 'accepted: ' . substr $name, 0, 60) or diag($out);
    unlike($out, qr/\[(?:warn|error)\]|SECRET/, 'accepted without a message')
        if $status == 0;
}

is(scalar(() = IO::Select->new($nobody, $no_name)->can_read(0)), 0,
   '"nginx -t" sends no request');

$t->done();


sub check {
    my ($source, $env) = @_;

    $t->source(one => $source);

    return $t->check_sources(env => { HOME => '/nowhere', %{ $env // {} } });
}
