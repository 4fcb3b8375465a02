#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Profiles of the shared config and credentials files: the sources that
# "default", and "file" with "config=", make of them, and the settings they
# refuse.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Container;
use S3O::Fake::Imds;
use S3O::Fake::Sts;
use S3O::Process qw(wait_until);
use S3O::Sources;
use S3O::TLS;

my $arn = 'arn:aws:iam::123456789012:role/web';
my $tls = S3O::TLS->new();
my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my $imds = S3O::Fake::Imds->new()->start()->role('web');
my $agent = S3O::Fake::Container->new()->start();
my $sts = S3O::Fake::Sts->new(tls => $tls->cert('localhost'),
                              name => 'localhost', region => 'us-west-2')
          ->start();

my %sts = (AWS_ENDPOINT_URL_STS => 'https://localhost:' . $sts->port(),
           AWS_CA_BUNDLE => $tls->ca_file());
my %imds = (AWS_EC2_METADATA_SERVICE_ENDPOINT => $imds->url());
my %files = (AWS_SHARED_CREDENTIALS_FILE => "$dir/credentials",
             AWS_CONFIG_FILE => "$dir/config", HOME => $dir);

$t->source(default => 'default');


# [source, profile, credentials, config, environment]

my $keys = "aws_access_key_id = AKIDBASE\naws_secret_access_key = S\n";
my $role = "role_arn = $arn\nregion = us-west-2\n";
my $base = "[base]\n$keys";

for my $case (
    ['file', 'default', '', "[default]\n$keys"],
    ['file', 'default', '', "[profile default]\n$keys"],
    ['file', 'web', '', "[profile web]\n$keys"],
    ['file', 'web', "[web]\n$keys", "[profile web]\nregion = x\n"],
    ['assume_role', 'default', "[default]\n$keys",
     "[default]\n${role}source_profile = default\n"],
    ['assume_role', 'web', $base,
     "[profile web]\n${role}source_profile = base\n"],
    ['assume_role', 'web', '', "[profile base]\n$keys"
     . "[ profile web ]\n  ${\( $role =~ s/\n/\n  /gr )}source_profile=base"],
    ['assume_role', 'web', "[web]\n${role}source_profile = base\n$base", ''],
    ['assume_role', 'web', "[web]\n${keys}${role}source_profile = base\n$base",
     ''],
    ['assume_role', 'web', '',
     "[profile web]\n${role}credential_source = Ec2InstanceMetadata\n"],
    ['assume_role', 'web', '',
     "[profile web]\n${role}credential_source = EcsContainer\n",
     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '/x'],
    ['assume_role', 'web', $base, "[profile web]\n${role}source_profile = b\n"
     . "[profile b]\n${role}source_profile = c\n"
     . "[profile c]\n${role}source_profile = base\n"],
    ['web_identity', 'web', '',
     "[profile web]\n${role}web_identity_token_file = $dir/token\n"],
    ['imds', undef, '', "[default]\nregion = us-west-2\n"],
    ['imds', undef, '', "[profile web]\n$keys"])
{
    my ($source, $profile, $credentials, $config, %env) = @$case;

    files($credentials, $config);

    my ($status, $out) = $t->check_sources(env => {
        %files, %sts, %imds, AWS_PROFILE => $profile, %env });

    is($status, 0, "$source: accepted") or diag($out);
    like($out, qr/ "s3o_presign_credentials default" uses "$source" in /,
         "$source: the source is used");
}


# profiles that are refused: [message, credentials, config, environment]

my $export = 'which is not supported: let a timer write the credentials to a '
             . 'JSON file with "aws configure export-credentials --format '
             . 'process"';

for my $case (
    (map { [qq{has "$_", $export}, '', "[profile web]\n$_ = x\n"],
           [qq{has "$_", $export}, "[web]\n${keys}", "[profile web]\n$_ = x\n"],
           [qq{has "$_", $export}, "[web]\n$_ = x\n", ''] }
     'sso_session', 'sso_start_url', 'credential_process', 'login_session'),
    ['has "mfa_serial", which is not supported', $base,
     "[profile web]\n${role}source_profile = base\nmfa_serial = x\n"],
    ['has "sts_regional_endpoints", "legacy" is not supported', $base,
     "[profile web]\n${role}source_profile = base\n"
     . "sts_regional_endpoints = legacy\n"],
    ['has "role_arn", expected one of', '', "[profile web]\n$role$keys"],
    ['has "role_arn", expected one of', $base, "[profile web]\n$role"
     . "source_profile = base\ncredential_source = Environment\n"],
    ['has "credential_source", expected "Environment"', '',
     "[profile web]\n${role}credential_source = Instance\n"],
    ['the profile "base", which another one names in "source_profile", is not '
     . 'in', '',
     "[profile web]\n${role}source_profile = base\n"],
    ['has "source_profile", which leads in a loop', '',
     "[profile web]\n${role}source_profile = a\n"
     . "[profile a]\n${role}source_profile = web\n"],
    ['has "source_profile", which leads in a loop, or over more than three',
     $base,
     "[profile web]\n${role}source_profile = a\n"
     . "[profile a]\n${role}source_profile = b\n"
     . "[profile b]\n${role}source_profile = c\n"
     . "[profile c]\n${role}source_profile = base\n"],
    ['neither JSON nor lines of', '', "[profile web]\nnonsense\n"],
    ['the file is accessible by others', '', "[profile web]\n$keys", 0644],
    (map { ["$_ in the environment is not supported", $base,
            "[profile web]\n${role}source_profile = base\n", 0600,
            split(/=/, $_), AWS_ENDPOINT_URL_STS => undef] }
     'AWS_USE_FIPS_ENDPOINT=true', 'AWS_USE_DUALSTACK_ENDPOINT=true',
     'AWS_STS_REGIONAL_ENDPOINTS=legacy'))
{
    my ($message, $credentials, $config, $mode, %env) = @$case;

    files($credentials, $config, $mode);

    my %all = (%files, %sts, %imds, %env);

    for my $source ('default', "file path=$dir/credentials config=$dir/config "
                               . 'profile=web')
    {
        $t->{sources}{default} = $source;

        my ($status, $out) = $t->check_sources(env => {
            %all, AWS_PROFILE => 'web' });
        my $test = substr($message, 0, 40) . ", $source" =~ s/ .*//r;

        is($status, 1, "$test: refused");
        like($out, qr/\[emerg\].*\Q$message\E/, "$test: the message");
    }
}

files("[default]\n$keys", "[profile web]\nregion = us-west-2\n");

for my $case (
    ["file path=$dir/credentials config=$dir/config profile=web",
     'there is no profile "web" with credentials in'],
    ["file path=$dir/credentials config=$dir/config profile=other",
     'there is no profile "other" with credentials in'],
    ["file path=$dir/credentials config=",
     'has an empty or unknown parameter: expected "path="'],
    ["file path=$dir/credentials config=$dir/config format=config",
     'has an empty or unknown parameter: expected "path="'],
    ["file path=$dir/credentials format=ini",
     'has invalid format "ini": expected "credentials" or "config"'],
    ["file path=$dir/credentials role=web",
     'has invalid role "web": expected "ignore"'])
{
    my ($source, $message) = @$case;

    $t->{sources}{default} = $source;

    my ($status, $out) = $t->check_sources(env => { %files, %sts, %imds });

    is($status, 1, ($source =~ s/.* //r) . ': refused');
    like($out, qr/\[emerg\].*\Q$message\E/, "$source: the message");
}


# environment variables that are ignored cause a warning

files('', '');
$t->{sources}{default} = 'default';

for my $case (
    ['AWS_ACCESS_KEY_ID in the environment is ignored without '
     . 'AWS_SECRET_ACCESS_KEY', AWS_ACCESS_KEY_ID => 'A'],
    ['AWS_SECRET_ACCESS_KEY in the environment is ignored without '
     . 'AWS_ACCESS_KEY_ID', AWS_SECRET_ACCESS_KEY => 'A'],
    ['AWS_WEB_IDENTITY_TOKEN_FILE in the environment is ignored without '
     . 'AWS_ROLE_ARN', AWS_WEB_IDENTITY_TOKEN_FILE => '/x'],
    ['ignores AWS_METADATA_SERVICE_TIMEOUT',
     AWS_METADATA_SERVICE_TIMEOUT => '5'])
{
    my ($message, %env) = @$case;
    my ($status, $out) = $t->check_sources(env => { %files, %sts, %imds,
                                                    %env });

    is($status, 0, "$message: accepted") or diag($out);
    like($out, qr/\[warn\].*\Q$message\E/, "$message: a warning");
}

# the cause is shown before the message that "imds" is disabled

my ($status, $out) = $t->check_sources(env => {
    %files, AWS_ACCESS_KEY_ID => 'A', AWS_EC2_METADATA_DISABLED => 'true' });

is($status, 1,
   'half a pair of keys is refused where nothing else is configured');
like($out, qr/is ignored without AWS_SECRET_ACCESS_KEY.*\n(?x:
              ).*is disabled by/, 'the messages name both causes');


# a chain has three steps at most, also when parameters spell it out

my $step = "source.role_arn=$arn source.region=us-west-2 ";

$t->{sources}{default} = "assume_role role_arn=$arn region=us-west-2 "
    . "source=assume_role ${step}source.source=assume_role "
    . ($step =~ s/source\./source.source./gr)
    . 'source.source.source=imds';
($status, $out) = $t->check_sources(env => { %sts, %imds });
is($status, 0, 'three roles in a row: accepted') or diag($out);

$t->{sources}{default} = "assume_role role_arn=$arn region=us-west-2 "
    . "source=assume_role ${step}source.source=assume_role "
    . ($step =~ s/source\./source.source./gr)
    . 'source.source.source=assume_role '
    . ($step =~ s/source\./source.source.source./gr)
    . 'source.source.source.source=imds';
($status, $out) = $t->check_sources(env => { %sts, %imds });
is($status, 1, 'four roles in a row are refused');
like($out, qr/too many roles in a row: expected at most 3/,
     'the message says why');


# nginx runs: a chain of two roles, and "localhost" without a look-up

$sts->set(keys => {
    AKIDBASE   => { secret_key => 'S' },
    AKIDMIDDLE => { secret_key => 'M', session_token => 'MT' },
}, set => { AccessKeyId => 'AKIDMIDDLE', SecretAccessKey => 'M',
            SessionToken => 'MT' });

files($base, "[profile web]\n${role}source_profile = middle\n"
             . "role_session_name = outer\n"
             . "[profile middle]\n${role}source_profile = base\n"
             . "role_session_name = inner\n");
$t->own_by_worker($_) for qw(credentials config);

$agent->set('/x' => { AccessKeyId => 'AKIDLOCAL', SecretAccessKey => 'L',
                      Token => 'LT' });

$t->{sources}{default} = "file path=$dir/credentials config=$dir/config "
                         . 'profile=web';
$t->source(local => 'container uri=' . ($agent->url('/x')
                                        =~ s/127\.0\.0\.1/localhost/r));
$t->http_lines('resolver 127.0.0.1:1;')->env(%sts);
$t->run_sources();

# the outer role waits for the inner one, and checks twice a second

for my $n (1, 2) {
    ok(wait_until(sub {
        $n == grep { $_->{source} eq 'assume_role' && $_->{state} eq 'valid' }
              $t->states();
    }), "role $n of the chain");
    $t->pass(0.6);
}

$t->comes_to_sign(default => 'AKIDMIDDLE', 'the chain signs');
$t->comes_to_sign(local => 'AKIDLOCAL', 'localhost is asked');

my @forms = map { $_->{body} } $sts->requests();

is(scalar @forms, 2, 'STS was asked for each role');
like($forms[0], qr/RoleSessionName=inner/,
     'STS is asked for the inner role first');
like($forms[1], qr/RoleSessionName=outer/,
     'STS is asked for the outer role second');
is_deeply([map { $_->{access_key} } $sts->requests()],
          ['AKIDBASE', 'AKIDMIDDLE'],
          'each request is signed with the keys of the step before');

$t->done();


sub files {
    my ($credentials, $config, $mode) = @_;

    $t->write_file('credentials', $credentials, 0600);
    $t->write_file('config', $config, $mode // 0600);
}
