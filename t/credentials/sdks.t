#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Files, profiles and environments, compared with the SDK for Python: both use
# the same credentials, or refuse them, or the difference is a row of the
# table in docs/credentials.md.

use strict;
use warnings;

use FindBin;
use JSON::PP ();
use Test::More;

use S3O::Botocore;
use S3O::Fake::Container;
use S3O::Fake::Imds;
use S3O::Process qw(capture slurp);
use S3O::Sources;

my $t = S3O::Sources->new()->has('faketime')->still();
my $why = S3O::Botocore::reason();
plan skip_all => $why if $why;

my $dir = $t->testdir();
my $arn = 'arn:aws:iam::123456789012:role/web';
my $imds = S3O::Fake::Imds->new()->start()
           ->role(web => { AccessKeyId => 'AKIDIMDS' });
my $agent = S3O::Fake::Container->new()->start()
            ->set('/x' => { AccessKeyId => 'AKIDCONTAINER' });

# the rows of the table, by the beginning of their first column

my ($table) = slurp("$FindBin::Bin/../../docs/credentials.md")
              =~ /^## What differs from the SDKs\n(.*?)^## /ms;
my @rows = $table =~ /^\| ([^|]+) \|[^|]+\|[^|]+\|$/mg;

sub keys_of {
    my ($id) = @_;

    return "aws_access_key_id = $id\naws_secret_access_key = S/$id\n";
}

my $keys = keys_of('AKIDKEYS');
my $role = "role_arn = $arn\nregion = us-west-2\n";
my $base = "[base]\n$keys";
my %full = (AWS_CONTAINER_CREDENTIALS_FULL_URI => $agent->url('/x'));
my %env = (AWS_ACCESS_KEY_ID => 'AKIDENV', AWS_SECRET_ACCESS_KEY => 'S');
my %web = (AWS_ROLE_ARN => $arn, AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token");
my $process = q(credential_process = /bin/echo '{"Version": 1, "AccessKeyId": )
              . q("AKIDPROCESS", "SecretAccessKey": "S"}');

# [name, credentials file, config file, environment, row of a difference]

my @cases = (
    ['a credentials file', "[default]\n$keys"],
    ['a config file', '', "[default]\n$keys"],
    ['[profile default]', '', "[profile default]\n$keys"],
    ['a profile of the credentials file', $base, '', { AWS_PROFILE => 'base' }],
    ['a profile of the config file', '', "[profile web]\n$keys",
     { AWS_PROFILE => 'web' }],
    ['both files', "[default]\n$keys", "[default]\n" . keys_of('AKIDCONFIG')],
    ['[web] in the config file', '', "[web]\n$keys", { AWS_PROFILE => 'web' }],
    ['[profile web] in the credentials file', "[profile web]\n$keys", '',
     { AWS_PROFILE => 'web' }],
    ['a region for keys of the other file', "[default]\n$keys",
     "[default]\nregion = x\n"],
    ['no file', undef, undef, { %full }],
    ['a profile that is not there', "[default]\n$keys", '',
     { AWS_PROFILE => 'web', %full }],
    ['a profile without anything', "[web]\n", '',
     { AWS_PROFILE => 'web', %full }],
    ['nothing but a region', "[default]\nregion = x\n", '', { %full }],

    ['comments', "# a\n; b\n[default] # c\n$keys# d\n"],
    ['indented comments', "[default]\n$keys  # d\n  ; e\n"],
    ['a comment behind a value', "[default]\naws_access_key_id = AKIDX # c\n"
     . "aws_secret_access_key = S\n", '', {}, 'a comment behind a value'],
    ['"#" in a value', "[default]\naws_access_key_id = AKID#X\n"
     . "aws_secret_access_key = S#;x\n"],
    ['indented keys', "[default]\n" . $keys =~ s/^/  /gmr],
    ['blanks in a name', "[ default ]\n$keys", '', {},
     'keys that are all indented, blanks in `[ name ]`'],
    ['a malformed line', "[default]\n${keys}what\n"],
    ['a malformed line elsewhere', "[other]\nwhat\n[default]\n$keys", '', {},
     'a malformed line in another profile'],
    ['a key twice', "[default]\n$keys" . keys_of('AKIDTWO'), '', {},
     'a key or a profile twice'],
    ['a profile twice', "[default]\n${keys}[default]\nregion = x\n", '', {},
     'a key or a profile twice'],
    ['upper case', "[default]\n" . $keys =~ s/^(\w+)/uc $1/gmer],
    ['CR LF', "[default]\n$keys" =~ s/\n/\r\n/gr],
    ['":" for "="', "[default]\n" . $keys =~ s/ =/:/gr, '', {},
     '`key: value`'],
    ['no blanks', "[default]\n" . $keys =~ s/ = /=/gr],
    ['quotes', "[default]\naws_access_key_id = \"AKIDX\"\n"
     . "aws_secret_access_key = 'S'\n", '', {}, 'values in quotes'],
    ['an empty secret', "[default]\naws_access_key_id = AKIDX\n"
     . "aws_secret_access_key =\n", '', {}, 'an empty secret'],
    ['no secret', "[default]\naws_access_key_id = AKIDX\n"],
    ['no secret, in the config file', '',
     "[default]\naws_access_key_id = AKIDX\n"],
    ['a pair in both files', "[default]\naws_access_key_id = AKIDX\n",
     "[default]\naws_secret_access_key = S\n"],
    ['a token', "[default]\n${keys}aws_session_token = T/1\n"],
    ['an old token', "[default]\n${keys}aws_security_token = T/2\n"],
    ['both tokens', "[default]\n${keys}aws_session_token = T/1\n"
     . "aws_security_token = T/2\n", '', {},
     '`aws_security_token` beside `aws_session_token`'],

    ['a role', $base, "[profile web]\n${role}source_profile = base\n",
     { AWS_PROFILE => 'web' }],
    ['a role beside keys', $base,
     "[profile web]\n$keys${role}source_profile = base\n",
     { AWS_PROFILE => 'web' }],
    ['a role in the credentials file', "[default]\n${role}source_profile = "
     . "base\n$base"],
    ['a role for its own keys', '',
     "[profile web]\n$keys${role}source_profile = web\n",
     { AWS_PROFILE => 'web' }],
    ['a role without a source', '', "[profile web]\n$role",
     { AWS_PROFILE => 'web' }],
    ['two sources', $base, "[profile web]\n${role}source_profile = base\n"
     . "credential_source = Environment\n", { AWS_PROFILE => 'web', %env }],
    ['a source that is not there', '',
     "[profile web]\n${role}source_profile = base\n",
     { AWS_PROFILE => 'web' }],
    ['a loop', '', "[profile web]\n${role}source_profile = a\n"
     . "[profile a]\n${role}source_profile = web\n", { AWS_PROFILE => 'web' }],
    ['two roles', $base, "[profile web]\n${role}source_profile = a\n"
     . "[profile a]\n${role}source_profile = base\n", { AWS_PROFILE => 'web' }],
    ['four roles', $base, join('', map {
         "[profile $_->[0]]\n${role}source_profile = $_->[1]\n"
     } ['web', 'a'], ['a', 'b'], ['b', 'c'], ['c', 'base']),
     { AWS_PROFILE => 'web' }, 'chains of `source_profile`'],
    (map { ["credential_source = $_->[0]", '',
            "[profile web]\n${role}credential_source = $_->[0]\n",
            { AWS_PROFILE => 'web', %full, @{ $_->[1] // [] } }] }
     ['Ec2InstanceMetadata'], ['EcsContainer'], ['Something']),
    ['a token file in a profile', '',
     "[profile web]\n${role}web_identity_token_file = $dir/token\n",
     { AWS_PROFILE => 'web' }],
    ['a code', $base, "[profile web]\n${role}source_profile = base\n"
     . "mfa_serial = arn:aws:iam::123456789012:mfa/x\n",
     { AWS_PROFILE => 'web' }, '`mfa_serial`'],
    ['a process', '', "[profile web]\n$process\n", { AWS_PROFILE => 'web' },
     '`sso_*`, `credential_process`'],
    ['single sign-on', '', "[profile web]\nsso_start_url = https://x/start\n"
     . "sso_region = us-west-2\nsso_account_id = 123456789012\n"
     . "sso_role_name = web\n", { AWS_PROFILE => 'web' },
     '`sso_*`, `credential_process`'],

    ['variables', "[default]\n$keys", '', { %env }],
    ['variables and a profile', "[web]\n$keys", '',
     { %env, AWS_PROFILE => 'web' }],
    ['variables with a token', '', '', { %env, AWS_SESSION_TOKEN => 'T/1' }],
    ['variables with an old token', '', '',
     { %env, AWS_SECURITY_TOKEN => 'T/2' }],
    ['a variable without its secret', '', '',
     { AWS_ACCESS_KEY_ID => 'AKIDENV', %full },
     '`AWS_ACCESS_KEY_ID` without its secret'],
    ['a secret without its id', '', '', { AWS_SECRET_ACCESS_KEY => 'S', %full },
     ],
    ['empty variables', '', '', { AWS_ACCESS_KEY_ID => '',
                                  AWS_SECRET_ACCESS_KEY => '', %full }],
    ['blank variables', '', '', { AWS_ACCESS_KEY_ID => ' ',
                                  AWS_SECRET_ACCESS_KEY => ' ', %full },
     'variables that are blank'],
    ['a role of the environment', '', '', { %web, AWS_REGION => 'us-west-2' }],
    ['and keys of a file', "[default]\n$keys", '',
     { %web, AWS_REGION => 'us-west-2' }],
    ['and a role of a profile', $base, "[default]\n${role}source_profile = "
     . "base\n", { %web, AWS_REGION => 'us-west-2' },
     'a role of a profile beside `AWS_WEB_IDENTITY_TOKEN_FILE`'],
    ['a token file without a role', '', '',
     { AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token", %full },
     '`AWS_WEB_IDENTITY_TOKEN_FILE` without a role'],
    ['a container before an instance', '', '', { %full }],
    ['an instance', '', '', {}],
    ['another profile variable', $base, '', { AWS_DEFAULT_PROFILE => 'base' }],
    ['both profile variables', "$base\[web]\n" . keys_of('AKIDWEB'), '',
     { AWS_DEFAULT_PROFILE => 'base', AWS_PROFILE => 'web' },
     '`AWS_DEFAULT_PROFILE` beside `AWS_PROFILE`'],
    ['the file of the user', undef, undef, { HOME => "$dir/home" }],
    ['a file below the home', undef, undef,
     { HOME => "$dir/home", AWS_SHARED_CREDENTIALS_FILE =>
                                '~/.aws/credentials' }],
);

mkdir "$dir/$_" for qw(home home/.aws);
$t->write_file('token', 'IDENTITY', 0644);
$t->write_file('home/.aws/credentials', "[default]\n" . keys_of('AKIDHOME'),
               0600);

my %method = ('env' => 'env', 'shared-credentials-file' => 'file',
    'config-file' => 'file', 'assume-role' => 'assume_role',
    'assume-role-with-web-identity' => 'web_identity',
    'container-role' => 'container', 'iam-role' => 'imds');

# each case has its own files

my @environments;

for my $i (0 .. $#cases) {
    my (undef, $credentials, $config, $more) = @{ $cases[$i] };

    my %env = (HOME => "$dir/nowhere", %{ $more // {} },
               AWS_EC2_METADATA_SERVICE_ENDPOINT => $imds->url());

    if (defined $credentials) {
        $t->write_file("credentials$i", $credentials, 0600);
        $env{AWS_SHARED_CREDENTIALS_FILE} = "$dir/credentials$i";
    }

    $t->write_file("config$i", $config // '', 0600);
    $env{AWS_CONFIG_FILE} = "$dir/config$i" if defined $credentials;

    push @environments, \%env;
}

my @theirs = judge(@environments);
my %used;

# rows that the SDK for Python cannot show, and the text of another test that
# shows them

my %elsewhere = (
    '`role_arn` in a profile, with `file`'
        => ['front/credentials-errors.t', '"role_arn", which needs "config="'],
    '`sts_regional_endpoints = legacy`'
        => ['credentials/profiles.t', 'sts_regional_endpoints = legacy'],
    '`AWS_USE_FIPS_ENDPOINT`'
        => ['credentials/profiles.t', 'AWS_USE_FIPS_ENDPOINT=true'],
    '`AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`'
        => ['credentials/profiles.t', 'AWS_ENDPOINT_URL_STS =>'],
    '`AWS_CA_BUNDLE`' => ['credentials/profiles.t', 'AWS_CA_BUNDLE =>'],
    '`HTTPS_PROXY`, `NO_PROXY`' => ['credentials/tunnel.t', 'https_proxy =>'],
    '`HTTP_PROXY`' => ['credentials/tunnel.t', 'HTTP_PROXY => $url'],
    '`https://` and `socks5://`' => ['credentials/tunnel.t', 'socks5://'],
    '`NO_PROXY`' => ['credentials/tunnel.t', 'NO_PROXY => $_'],
    '`AWS_METADATA_SERVICE_TIMEOUT`'
        => ['credentials/profiles.t', 'ignores AWS_METADATA_SERVICE_'],
    'one pair of keys split' => ['credentials/sdks.t', 'a pair in both files'],
    'an answer without `Token`' => ['credentials/bad-answers.t', "['notoken'"],
    'an empty `Token`' => ['credentials/bad-answers.t', "['emptytoken'"],
    'the source of `default`'
        => ['credentials/default.t', 'does not go on to the'],
    'static stability'
        => ['rotation/life.t', 'no other set, so URLs live shorter'],
);

for my $i (0 .. $#cases) {
    my ($name, undef, undef, undef, $row) = @{ $cases[$i] };

    my $theirs = theirs($theirs[$i]);
    my $ours = ours($environments[$i], $theirs =~ /^(?:env|file) /);

    if (!defined $row) {
        is($ours, $theirs, $name);
        next;
    }

    $used{$row} = 1;
    isnt($ours, $theirs, "$name: the module and the SDK differ");
    diag("$name: $theirs there, $ours here");
    is(scalar(grep { index($_, $row) == 0 } @rows), 1,
       "$name: the table has the difference");
}

for my $row (@rows) {
    my ($key) = grep { index($row, $_) == 0 } keys %used, keys %elsewhere;
    my $where = $elsewhere{ $key // '' };

    next if $row eq 'what';
    ok(defined $key && (!$where || index(slurp("$FindBin::Bin/../$where->[0]"),
                                         $where->[1]) >= 0),
       "a test shows the row \"$row\"");
}

$t->done();


sub judge {
    my (@environments) = @_;

    my $file = "$dir/environments.json";

    $t->write_file('environments.json',
                   JSON::PP->new->utf8->encode(\@environments));

    my ($status, $out) = capture(['/bin/sh', '-c', S3O::Botocore::python()
        . " '$FindBin::Bin/../lib/sdk_credentials.py' <'$file'"],
        env => { PYTHONDONTWRITEBYTECODE => 1 }, timeout => 120);

    my $answers = eval { JSON::PP->new->utf8->decode($out) };

    return $answers ? @$answers : BAIL_OUT("the judge says: $out");
}


# returns "SOURCE", with the keys if they are known, or "none"

sub theirs {
    my ($r) = @_;

    return 'none' unless $r->{method};

    my $source = $method{ $r->{method} } // $r->{method};

    return $source unless $source =~ /^(?:env|file)$/;
    return "$source $r->{access_key} " . ($r->{token} // '-');
}


sub ours {
    my ($env, $signs) = @_;

    $t->{sources} = {};
    $t->{names} = [];
    $t->source(one => 'default');
    $t->http_lines('resolver 127.0.0.1;');

    # variables that the case does not set must not come from the tester

    my ($status, $out) = $t->check_sources(env => $env);

    return 'none' if $status;

    my ($source) = $out =~ /default" uses "(\w+)"/;

    return $source unless $source =~ /^(?:env|file)$/;

    my $one = S3O::Sources->new()->env(%$env)->source(one => 'default');

    $one->run_sources();

    my $u = $one->signed('one');

    $one->stop();

    return "$source $u->{access_key} " . ($u->{token} // '-');
}
