#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "default": the first source in the usual order of the SDKs that has
# credentials, and the message that names it.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Container;
use S3O::Fake::Imds;
use S3O::Sources;

my $t = S3O::Sources->new()->has('faketime');
my $dir = $t->testdir();

my $imds = S3O::Fake::Imds->new()->start()->role('web');
my $agent = S3O::Fake::Container->new()->start()->set('/' => {});

mkdir "$dir/$_" for qw(home home/.aws empty);
$t->write_file('home/.aws/credentials',
               "[default]\naws_access_key_id = HOME\n"
               . "aws_secret_access_key = S\n", 0600);
$t->write_file('shared', "[default]\naws_access_key_id = SHARED\n"
                         . "aws_secret_access_key = S\n"
                         . "[web]\naws_access_key_id = PROFILE\n"
                         . "aws_secret_access_key = S\n", 0600);
$t->write_file('other', "[web]\naws_access_key_id = OTHER\n"
                        . "aws_secret_access_key = S\n", 0600);
$t->write_file('nothing', '', 0600);
$t->write_file('region', "[default]\nregion = us-west-2\n", 0600);
$t->write_file('comments', "# [default]\n", 0600);
$t->write_file('half', "[default]\naws_access_key_id = HALF\n", 0600);
$t->write_file('broken', "[web]\nwhat is this\n", 0600);
$t->write_file('open', "[web]\naws_access_key_id = OPEN\n"
                       . "aws_secret_access_key = S\n", 0644);
$t->write_file('json', '{"Version": 1, "AccessKeyId": "JSON", '
                       . '"SecretAccessKey": "S"}', 0600);
$t->own_by_worker($_) for qw(home home/.aws home/.aws/credentials shared);
$t->write_file('token', 'IDENTITY', 0644);

my %keys = (AWS_ACCESS_KEY_ID => 'ENV', AWS_SECRET_ACCESS_KEY => 'S');
my %identity = (AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token",
                AWS_ROLE_ARN => 'arn:aws:iam::123456789012:role/web',
                AWS_REGION => 'us-west-2');
my %home = (HOME => "$dir/home");
my %shared = (AWS_SHARED_CREDENTIALS_FILE => "$dir/shared");
my %container = (AWS_CONTAINER_CREDENTIALS_FULL_URI => $agent->url('/'));
my %relative = (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '/x');
my %imds = (AWS_EC2_METADATA_SERVICE_ENDPOINT => $imds->url());

# a resolver, as sources may have to look up the name of STS

$t->source(default => 'default')->http_lines('resolver 127.0.0.1;');

for my $case (
    ['env', 'keys before all else', %keys, %identity, %home, %container],
    ['web_identity', 'a web identity', %identity, %home, %container],
    ['file', 'the file of the user', %home, %container],
    ['file', 'the file that is named', %shared, %container],
    ['file', 'and not the one of the user', %shared, HOME => "$dir/empty"],
    ['file', 'a profile', %shared, AWS_PROFILE => 'web'],
    ['container', 'a full URI', %container],
    ['container', 'a relative URI', %relative],
    ['imds', 'an instance', %imds],
    ['imds', 'the last one, if there is nothing'],

    ['web_identity', 'half a pair of keys is none',
     AWS_ACCESS_KEY_ID => 'A', %identity],
    ['web_identity', 'an empty one, too', AWS_ACCESS_KEY_ID => 'A',
     AWS_SECRET_ACCESS_KEY => '', %identity],
    ['file', 'a token without a role is none', %identity, %home,
     AWS_ROLE_ARN => undef],
    ['container', 'a file that is not there is none', %container,
     AWS_SHARED_CREDENTIALS_FILE => "$dir/nowhere"],
    ['container', 'nor one of nobody', %container, HOME => undef],
    (map { ['container', "a file without the profile \"default\": $_",
            AWS_SHARED_CREDENTIALS_FILE => "$dir/$_", %container] }
     qw(other nothing comments)),
    ['imds', 'and then an instance',
     AWS_SHARED_CREDENTIALS_FILE => "$dir/other", %imds],
    ['file', 'unless another one is asked for', AWS_PROFILE => 'web',
     AWS_SHARED_CREDENTIALS_FILE => "$dir/other", %container],
    ['file', 'JSON has no profiles', %container,
     AWS_SHARED_CREDENTIALS_FILE => "$dir/json"],
    ['imds', 'blank variables, too', AWS_ACCESS_KEY_ID => ' ',
     AWS_SECRET_ACCESS_KEY => "\t", AWS_PROFILE => ' ',
     AWS_SHARED_CREDENTIALS_FILE => ' ',
     AWS_CONTAINER_CREDENTIALS_FULL_URI => ' '],
    ['file', 'a file below the home', HOME => $dir,
     AWS_SHARED_CREDENTIALS_FILE => '~/shared', %container],
    ['container', 'a profile with nothing but a region', %container,
     AWS_SHARED_CREDENTIALS_FILE => "$dir/region"],
    ['file', 'a profile of an older variable', %shared,
     AWS_DEFAULT_PROFILE => 'web'],
    ['imds', 'empty variables are as none', AWS_ACCESS_KEY_ID => '',
     AWS_WEB_IDENTITY_TOKEN_FILE => '', AWS_SHARED_CREDENTIALS_FILE => '',
     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '',
     AWS_CONTAINER_CREDENTIALS_FULL_URI => ''])
{
    my ($source, $test, %env) = @$case;

    my ($status, $out) = $t->check_sources(env => { HOME => "$dir/empty",
                                                    %env });

    is($status, 0, "$test: accepted") or diag($out);
    like($out, qr/\[notice\] \S+ "s3o_presign_credentials default" uses (?x:
                  )"$source" in /, "$test: uses \"$source\"");
}


# "renew" is for fetched credentials, and is accepted elsewhere

$t->{sources}{default} = 'default renew=30m';

for my $case (['env', %keys], ['file', %shared, AWS_PROFILE => 'web'],
              ['web_identity', %identity], ['container', %container],
              ['imds'])
{
    my ($source, %env) = @$case;

    my ($status, $out) = $t->check_sources(env => { HOME => "$dir/empty",
                                                    %env });

    is($status, 0, "$source: \"renew\" is accepted") or diag($out);
    like($out, qr/ uses "$source" in /,
         "$source: \"renew\" does not change the choice");
}


# a source that cannot be used is an error; "default" does not go on to the
# next one

for my $case (
    ['another parameter', 'directive has unknown parameter: expected '
     . '"renew=" or no parameters', ' path=x'],
    ['a time that is none', '"s3o_presign_credentials default" has invalid '
     . 'renew "soon": expected a time of at least 1m', ' renew=soon', %shared],
    ['renewed too late', '"s3o_presign_credentials web_identity" has invalid '
     . 'renew "2h": expected less than the duration of a session, 3600 s',
     ' renew=2h', %identity],
    ['no IMDS', '"s3o_presign_credentials imds" is disabled by '
     . 'AWS_EC2_METADATA_DISABLED', '', AWS_EC2_METADATA_DISABLED => 'true'],
    ['no such profile', 'asks for the profile "nobody", but neither',
     '', %shared, AWS_PROFILE => 'nobody'],
    ['no file', 'asks for the profile "nobody", but neither', '',
     %imds, AWS_PROFILE => 'nobody'],
    ['no file, by an older variable', 'asks for the profile "nobody"', '',
     %imds, AWS_DEFAULT_PROFILE => 'nobody'],
    ['a profile that is in no file', 'asks for the profile "web"', '',
     %container, AWS_PROFILE => 'web',
     AWS_SHARED_CREDENTIALS_FILE => "$dir/nowhere"],
    ['a home that is not there', 'there is no HOME in the environment for the '
     . '"~"', '', %container, AWS_SHARED_CREDENTIALS_FILE => '~/x',
     HOME => undef],
    ['no such profile, beside another one', 'asks for the profile "nobody"', '',
     %container, AWS_SHARED_CREDENTIALS_FILE => "$dir/other",
     AWS_PROFILE => 'nobody'],
    ['half a profile', 'the secret access key is missing', '', %container,
     AWS_SHARED_CREDENTIALS_FILE => "$dir/half"],
    ['neither', 'neither JSON nor lines of', '', %container,
     AWS_SHARED_CREDENTIALS_FILE => "$dir/broken"],
    ['a file for all', 'the file is accessible by others', '', %container,
     AWS_SHARED_CREDENTIALS_FILE => "$dir/open"],
    ['no region', '"s3o_presign_credentials web_identity" needs "region="',
     '', %identity, AWS_REGION => ''])
{
    my ($test, $message, $more, %env) = @$case;

    $t->{sources}{default} = "default$more";

    my ($status, $out) = $t->check_sources(env => { HOME => "$dir/empty",
                                                    %env });

    is($status, 1, "$test: refused");
    like($out, qr/\[emerg\].*\Q$message\E/, "$test: the message says why");
}

is_deeply([$imds->requests(), $agent->requests()], [],
          '"nginx -t" sends no request');


# nginx runs, with the later sources configured as well

for my $case (
    ['ENV', 'keys', %keys, %home],
    ['HOME', 'the file of the user', %home, %container],
    ['PROFILE', 'a profile', %shared, AWS_PROFILE => 'web'],
    ['ASIAIOSFODNN7EXAMPLE', 'a container', %container],
    ['ASIAIOSFODNN7EXAMPLE', 'an instance', %imds])
{
    my ($key, $test, %env) = @$case;
    my $one = S3O::Sources->new()->env(HOME => "$dir/empty", %env)
              ->still();

    $one->source(default => 'default renew=1h')->run_sources();
    $one->comes_to_sign(default => $key, "$test: signs");
    $one->error_log_like(qr/\[notice\].*_credentials default" uses "\w+"/,
                         "$test: the log names the chosen source");
    $one->stop();
}

is(scalar $imds->requests(), 3, 'the instance was asked once');
is(scalar $agent->requests(), 1, 'the container was asked once');

$t->done();
