#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The default addresses of the services, in a network of its own for this
# test, with fakes on the real ports.

use strict;
use warnings;

use Test::More;

use S3O::Fake;
use S3O::Fake::Container;
use S3O::Fake::Dns;
use S3O::Fake::Imds;
use S3O::Fake::Sts;
use S3O::OwnNetwork;
use S3O::Sources;
use S3O::TLS;

S3O::OwnNetwork::enter(qw(169.254.169.254/32 169.254.170.2/32
    169.254.170.23/32 fd00:ec2::254/128 fd00:ec2::23/128));

my $arn = 'arn:aws:iam::123456789012:role/web';
my %fake;

sub fake {
    my ($name, $kind, $host, $port, %o) = @_;

    $fake{$name} = "S3O::Fake::$kind"->new(host => $host, port => $port, %o)
                   ->start();

    return $fake{$name};
}

sub key {
    my ($name) = @_;

    return { AccessKeyId => 'ASIA' . uc $name };
}

fake('imds', 'Imds', '169.254.169.254', 80)->role(web => key('imds'));
fake('imds6', 'Imds', 'fd00:ec2::254', 80)->role(web => key('imds6'));
fake('ecs', 'Container', '169.254.170.2', 80)
    ->set('/v2/credentials/1' => key('ecs'), '/param' => key('param'));
fake('eks', 'Container', '169.254.170.23', 80, eks => 1)
    ->set('/v1/credentials' => key('eks'));
fake('eks6', 'Container', 'fd00:ec2::23', 80, eks => 1)
    ->set('/v1/credentials' => key('eks6'));

my $name = 'sts.eu-central-1.amazonaws.com';
my $tls = S3O::TLS->new();
my $dns = S3O::Fake::Dns->new(port => 53)->start();

$dns->names($name => ['127.0.0.1']);
fake('sts', 'Sts', '127.0.0.1', 443, tls => $tls->cert($name),
     region => 'eu-central-1')
    ->set(keys => { AKID => { secret_key => 'SECRET' } }, set => key('sts'));


# sources that need no environment

my $t = S3O::Sources->new()->has('faketime')->still();

$t->source(imds => 'imds', param => 'container uri=/param',
           eks => 'container uri=http://169.254.170.23/v1/credentials',
           eks6 => 'container uri=http://[fd00:ec2::23]/v1/credentials',
           imds6 => 'imds endpoint=http://[fd00:ec2::254]',
           sts => "assume_role role_arn=$arn region=eu-central-1 "
                  . 'source=static source.access_key_id=AKID '
                  . 'source.secret_access_key=SECRET '
                  . 'trusted_certificate=' . $tls->ca_file());
$t->http_lines('resolver 127.0.0.1 ipv6=off;')->run_sources();

$t->comes_to_sign($_ => 'ASIA' . uc, "$_: signs")
    for qw(imds param eks eks6 imds6 sts);

is(host_of('imds'), '169.254.169.254',
   'Host has no port where it is that of the scheme');
is(host_of('imds6'), '[fd00:ec2::254]',
   'Host has brackets round an IPv6 address');
is(host_of('ecs'), '169.254.170.2', 'Host is the agent of ECS');
is(host_of('sts'), $name, 'Host is the name of STS');
is_deeply([$t->fetch_errors()], [], 'there are no errors');
$t->stop();


# sources whose address comes from the environment

for my $case (
    ['ecs', 'container', 'the relative URI of ECS',
     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '/v2/credentials/1',
     AWS_CONTAINER_CREDENTIALS_FULL_URI => 'http://127.0.0.1:1/'],
    ['eks', 'container', 'the full URI of EKS',
     AWS_CONTAINER_CREDENTIALS_FULL_URI =>
         'http://169.254.170.23/v1/credentials'],
    ['imds6', 'imds', 'the mode IPv6',
     AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE => 'IPv6'],
    ['imds6', 'imds', 'in any case',
     AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE => 'ipv6'],
    ['imds', 'imds', 'the mode IPv4',
     AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE => 'IPv4'],
    ['imds', 'imds', 'an endpoint goes before a mode',
     AWS_EC2_METADATA_SERVICE_ENDPOINT => 'http://169.254.169.254/',
     AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE => 'IPv6'],
    ['imds', 'default', 'the last of the usual chain', HOME => '/nowhere'],
    ['ecs', 'default', 'a container goes before an instance',
     HOME => '/nowhere',
     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '/v2/credentials/1'])
{
    my ($id, $source, $test, %env) = @$case;

    my $one = S3O::Sources->new()->env(%env)->source(one => $source);

    $one->run_sources();
    $one->comes_to_sign(one => 'ASIA' . uc $id, $test);
    $one->stop();
}


# where nobody answers, the kernel refuses at once, and the log has one line

my $none = S3O::Sources->new();

$_->stop() for values %fake;

$none->source(gone => 'imds', unreachable => 'imds endpoint=http://192.0.2.1');
$none->run_sources();
like($none->wait_for_error(from => '169.254.169.254'),
     qr/^connecting failed \(111: /, 'connections are refused');
like($none->wait_for_error(from => '192.0.2.1'),
     qr/^connecting failed \(\d+: /, 'there is no route');
$none->one_line_each('there is one error line for each fetch that failed');

$none->done();


sub host_of {
    my ($id) = @_;

    return ($fake{$id}->requests())[0]{header}{host};
}
