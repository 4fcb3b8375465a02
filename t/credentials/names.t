#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Names of sources, used in place of numbers; and the lines of "nginx -t" for
# each source: the service, the files, and where its parameters come from.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Fake::Container;
use S3O::Fake::Imds;
use S3O::Rotation qw(metrics);
use S3O::Sources;

my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my $agent = S3O::Fake::Container->new()->start();
my $arn = 'arn:aws:iam::123456789012:role/web';
my %home = (HOME => "$dir/nowhere");

$agent->set('/good' => { AccessKeyId => 'AKIDGOOD' });
$t->write_file('token', "IDENTITY-TOKEN\n", 0644);
$t->write_file('json', '{"Version": 1, "AccessKeyId": "AKIDJSON", '
                       . '"SecretAccessKey": "SECRET-OF-JSON"}', 0600);
$t->write_file('config', "[profile web]\nrole_arn = $arn\nregion = us-west-2\n"
    . "source_profile = base\n[profile base]\naws_access_key_id = AKIDBASE\n"
    . "aws_secret_access_key = SECRET-OF-BASE\n", 0600);
$t->http_lines('resolver 127.0.0.1;');


# the lines of "nginx -t": [source, environment, lines without the prefix]

my $sts = 'asks sts.us-west-2.amazonaws.com';
my $region = '"region" from the directive';

for my $case (
    ['static access_key_id=AKIDSTATIC secret_access_key=SECRET-OF-STATIC', {},
     'static": "access_key_id" from the directive, "secret_access_key" from '
     . 'the directive'],
    ['env name=a', { AWS_ACCESS_KEY_ID => 'AKIDENV',
                     AWS_SECRET_ACCESS_KEY => 'SECRET-OF-ENV',
                     AWS_SECURITY_TOKEN => 'TOKEN-OF-ENV' },
     'env" named "a": AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, '
     . 'AWS_SECURITY_TOKEN'],
    ["name=f-1.x_ file path=$dir/json", {},
     qq{file" named "f-1.x_": reads "$dir/json"; "path" from the directive}],
    ['imds', {}, 'imds": asks 169.254.169.254'],
    ['imds role=x', { AWS_EC2_METADATA_SERVICE_ENDPOINT => 'http://[::1]:81' },
     'imds": asks [::1]:81; "role" from the directive, "endpoint" from '
     . 'AWS_EC2_METADATA_SERVICE_ENDPOINT'],
    ['imds', { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE => 'IPv6' },
     'imds": asks [fd00:ec2::254]; AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE'],
    ['container', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '/SECRET-PATH',
                    AWS_CONTAINER_AUTHORIZATION_TOKEN => 'TOKEN-OF-AGENT' },
     'container": asks 169.254.170.2; "uri" from '
     . 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, '
     . 'AWS_CONTAINER_AUTHORIZATION_TOKEN'],
    ["container uri=http://127.0.0.1:82/x token_file=$dir/token", {},
     qq{container": asks 127.0.0.1:82, reads "$dir/token"; "uri" from the }
     . 'directive, "token_file" from the directive'],
    ['web_identity renew=10m', {
        AWS_ROLE_ARN => $arn, AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token",
        AWS_DEFAULT_REGION => 'us-west-2' },
     qq{web_identity": $sts, reads "$dir/token"; "renew" from the directive, }
     . '"token_file" from AWS_WEB_IDENTITY_TOKEN_FILE, "role_arn" from '
     . 'AWS_ROLE_ARN, "region" from AWS_DEFAULT_REGION'],
    ["assume_role name=outer role_arn=$arn region=us-west-2 source=file "
     . "source.path=$dir/json source.name=inner", {},
     qq{assume_role" named "outer": $sts, with the credentials of "inner"; }
     . qq{"role_arn" from the directive, $region, "source" from the directive},
     qq{file" named "inner": reads "$dir/json"; "path" from the directive}],
    ["file config=$dir/config profile=web name=p", {},
     qq{assume_role" named "p": $sts, with the credentials of "file"; }
     . '"role_arn" from the profile, "region" from the profile, "source" '
     . 'from the profile',
     qq{file": reads "$dir/config"; "path" from the profile, "profile" from }
     . 'the profile, "format" from the profile'],
    ['default name=d', { AWS_CONFIG_FILE => "$dir/config",
                         AWS_PROFILE => 'base' },
     qq{file" named "d": reads "$dir/config"; "path" from the profile, }
     . '"profile" from the profile, "format" from the profile'])
{
    my ($source, $env, @lines) = @$case;

    $t->{sources} = {};
    $t->{names} = [];
    $t->source(one => $source);

    my ($status, $out) = $t->check_sources(env => { %home, %$env });
    my $test = substr $source, 0, 20;

    is($status, 0, "$test: accepted") or diag($out);
    my @said = $out =~ m{^nginx:\ \[notice\]\ "s3o_presign_credentials\ (.*)
                         \ in\ \S+check\.conf:\d+$}gmx;

    is_deeply(\@said, \@lines, "$test: the lines") or diag($out);
    unlike($out, qr/AKID|SECRET-|TOKEN-|IDENTITY-/,
           "$test: no secret value is shown");
}


# names that are malformed or used twice

for my $case (
    [['env name='], 'has an invalid name: expected up to 64 letters'],
    [['imds name=1a'], 'has an invalid name'],
    [['imds name=a"b'], 'has an invalid name'],
    [['imds "name=a b"'], 'has an invalid name'],
    [['imds name=' . 'n' x 65], 'has an invalid name'],
    [['imds name=a name=b'], 'has duplicate parameter "name"'],
    [['default name=a name=a'], 'has duplicate parameter "name"'],
    [['imds name=a', 'imds name=b'],
     qr/"s3o_presign_credentials imds" with these parameters is named "a" (?x:
        )in \S+:\d+, and cannot be "b" as well/],
    [['imds name=a', 'imds role=x name=a'],
     qr/two different "s3o_presign_credentials" have the name "a", in (?x:
        )\S+:\d+ and in \S+:\d+/])
{
    my ($sources, $message) = @$case;

    $t->{sources} = {};
    $t->{names} = [];
    $t->source("s$_" => $sources->[$_]) for 0 .. $#$sources;

    my ($status, $out) = $t->check_sources(env => \%home);

    my $test = join ', ', map { substr $_, 0, 20 } @$sources;

    is($status, 1, "$test: refused");
    like($out, ref $message ? qr/\[emerg\].*$message/
                            : qr/\[emerg\].*\Q$message\E/, "$test: why");
}


# nginx runs

$t->{sources} = {};
$t->{names} = [];
$t->source(good => 'container name=uploads uri=' . $agent->url('/good'),
           same => 'container uri=' . $agent->url('/good') . ' name=uploads',
           bad => 'container name=down uri=' . $agent->url('/none'),
           none => 'container uri=' . $agent->url('/other'));
$t->run_sources();
$t->comes_to_sign($_ => 'AKIDGOOD', "$_: signs") for qw(good same);
$t->wait_for_error(source => 'down');

is_deeply([map { $_->{id} } $t->states()], ['uploads', 'down', 2],
          'the status page has names, or numbers of sources without a name');
is_deeply([map { $_->{source} } $t->states()], [('container') x 3],
          'beside what they are');

$t->error_log_like(qr/new credentials "uploads", valid for \d+ s, while (?x:
                     )fetching credentials "container" from /,
                     'the log has the name when it fetches');
$t->error_log_like(qr/no new credentials "down": the service answers 404/,
                   'the log has the name when a fetch fails');
$t->request(uri => '/bad/x');
$t->error_log_like(qr/not signed: no valid credentials "down", client/,
                   'the log has the name when a request is refused');
unlike($t->request(uri => '/bad/x')->{body}, qr/down/,
       'the client does not get the name');

# a source with another name is the same source

my $asked = $agent->requests('/good');

$t->write_file('nginx.conf', $t->read_file('nginx.conf')
                             =~ s/name=uploads/name=renamed/gr
                             =~ s/s3o_presign_status +json/s3o_presign_status
                                  prometheus/r);
ok($t->reload(), 'nginx reloads with another name');

my $metrics = metrics($t->request(uri => '/status')->{body});

is($metrics->{'s3o_presign_credentials_valid{source="container",'
              . 'id="renamed",name="renamed"}'}, 1,
   'metrics have the name as a label');
is($metrics->{'s3o_presign_credentials_valid{source="container",id="2"}'}, 0,
   'metrics have a number for a source without a name');
is(scalar $agent->requests('/good'), $asked,
   'the credentials are kept under the new name');

$t->done();
