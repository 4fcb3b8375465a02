#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Names of services: the "resolver" of http{} looks them up while nginx runs;
# without a resolver they are looked up at start.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Dns;
use S3O::Fake::Imds;
use S3O::Fake::Sts;
use S3O::Process qw(wait_until);
use S3O::Sources;
use S3O::TLS;

my $name = 'sts.us-west-2.amazonaws.com';
my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my $tls = S3O::TLS->new();
my $dns = S3O::Fake::Dns->new()->start();

my $sts = S3O::Fake::Sts->new(tls => $tls->cert($name, 'moved.example',
                                                'several.example', 'localhost'))
          ->start()->set(web_identity_token => 'IDENTITY');
my $imds = S3O::Fake::Imds->new()->start()->role('web');
my $port = $sts->port();

$t->write_file('token', 'IDENTITY', 0644);

sub source {
    my ($id, %o) = @_;

    my %param = (
        role_arn            => "arn:aws:iam::123456789012:role/$id",
        token_file          => "$dir/token",
        region              => 'us-west-2',
        trusted_certificate => $tls->ca_file(),
        %o,
    );

    $t->source($id => join ' ', 'web_identity', map { "$_=$param{$_}" }
                      grep { defined $param{$_} } sort keys %param);
}


$dns->names($name => ['127.0.0.1'], 'imds.example' => ['127.0.0.1'],
            'several.example' => ['127.0.0.3', '127.0.0.1', '127.0.0.4'],
            'moved.example' => ['127.0.0.5'], 'wrong.example' => 'servfail',
            'slow.example' => 'silent', 'empty.example' => []);

source('one', sts_endpoint => "https://$name:$port");
source('several', sts_endpoint => "https://several.example:$port");
source('moved', sts_endpoint => "https://moved.example:$port");
$t->source(imds => 'imds endpoint=http://imds.example:' . $imds->port());

my %refused = (
    'nowhere.example' => 'the name could not be resolved (3: Host not found)',
    'empty.example'   => 'the name could not be resolved (3: Host not found)',
    'wrong.example'   => 'the name could not be resolved (2: Server failure)',
    'slow.example'    => 'the name could not be resolved (110: Operation timed '
                         . 'out)',
);

source($_, sts_endpoint => "https://$_:$port") for sort keys %refused;

# the endpoints of all partitions, which the name server does not know

my %endpoint = (
    'us-east-1'      => 'sts.us-east-1.amazonaws.com',
    'us-gov-west-1'  => 'sts.us-gov-west-1.amazonaws.com',
    'cn-north-1'     => 'sts.cn-north-1.amazonaws.com.cn',
    'us-iso-east-1'  => 'sts.us-iso-east-1.c2s.ic.gov',
    'us-isob-east-1' => 'sts.us-isob-east-1.sc2s.sgov.gov',
    'eu-isoe-west-1' => 'sts.eu-isoe-west-1.cloud.adc-e.uk',
    'us-isof-east-1' => 'sts.us-isof-east-1.csp.hci.ic.gov',
    'eusc-de-east-1' => 'sts.eusc-de-east-1.amazonaws.eu',
);

source($_, region => $_) for sort keys %endpoint;

$t->http_lines('resolver ' . $dns->authority() . ' ipv6=off valid=1s; '
               . 'resolver_timeout 1s;')->run_sources();


$t->comes_to_sign(one => 'ASIASTSEXAMPLE', 'a name is looked up');
$t->comes_to_sign(imds => 'ASIAIOSFODNN7EXAMPLE', 'of whatever service');
$t->comes_to_sign(several => 'ASIASTSEXAMPLE',
                  'one of several addresses is enough');
is_deeply([$t->fetch_errors(from => "several.example:$port")], [],
          'the other addresses cause no error');

my ($e) = ($t->wait_for_error(from => "moved.example:$port"),
           $t->fetch_errors(from => "moved.example:$port"))[1];

like($e->{reason}, qr/^connecting failed \(111: /, 'the connection is refused');
is($e->{address}, "127.0.0.5:$port", 'the line names the address');

for my $host (sort grep { $_ ne 'slow.example' } keys %refused) {
    is($t->wait_for_error(from => "$host:$port"), $refused{$host},
       "$host: $refused{$host}");
}

for my $region (sort keys %endpoint) {
    is($t->wait_for_error(from => $endpoint{$region}),
       'the name could not be resolved (3: Host not found)',
       "the endpoint of $region");
}

# two seconds later; "resolver_timeout" and the first pause are shorter

ok(asked_for('slow.example', 1), 'a name server that never answers is asked');
is_deeply([$t->fetch_errors(from => "slow.example:$port")], [],
          'the answer of the name server is waited for');
$dns->names('moved.example' => ['127.0.0.1']);
$t->pass(2);
is($t->wait_for_error(from => "slow.example:$port"), $refused{'slow.example'},
   "slow.example: $refused{'slow.example'}");
$t->comes_to_sign(moved => 'ASIASTSEXAMPLE',
                  'a new address is used without a reload');

$t->one_line_each('there is one error line for each fetch that failed');

my %asked = map { $_->{name} => 1 } $dns->requests();

is_deeply([grep { !$asked{$_} } values %endpoint, $name, 'imds.example'], [],
          'all names were looked up by this resolver');

my ($r) = grep { $_->{body} =~ /role%2Fone/ } $sts->requests();

is($r->{header}{host}, "$name:$port", 'Host has the name');
is($r->{sni}, $name, 'SNI has the name');

$t->stop();


# The deadline of a fetch counts where the time of the resolver is longer, as
# the default is.

my $slow = S3O::Sources->new()->still();
my $before = asked('slow.example');

$dns->names('slow.example' => 'silent');
$slow->source(slow => 'imds endpoint=http://slow.example:1')
     ->http_lines('resolver ' . $dns->authority() . ' ipv6=off;')
     ->run_sources();

ok(asked_for('slow.example', $before + 1),
   'a name server that never answers is asked');
$slow->pass(4.9);
is_deeply([$slow->fetch_errors()], [],
          'the answer of the name server is waited for');
$slow->pass(0.2);
is($slow->wait_for_error(from => 'slow.example:1'),
   'the answer takes too long', 'the fetch ends after five seconds');
$slow->stop();


# without a resolver the machine looks up names at start

my $static = S3O::Sources->new();

$static->source(imds => 'imds endpoint=http://localhost:' . $imds->port());
$static->run_sources();
$static->comes_to_sign(imds => 'ASIAIOSFODNN7EXAMPLE', 'the name of this host');
$static->source(imds => 'imds endpoint=http://nowhere.invalid');

my ($status, $out) = $static->check_sources();

is($status, 1, 'a name that nobody knows is an error at start');
like($out, qr/\[emerg\].* host not found in "s3o_presign_credentials" (?x:
              )"nowhere\.invalid"; a "resolver" in http\{\}/,
     'the message says what helps');

$static->http_lines('resolver 127.0.0.1;');
is(($static->check_sources())[0], 0, 'the help of the message works');

$static->http_lines('');
$static->{sources}{imds} = 'imds endpoint=http://localhost:1';
is(($static->check_sources())[0], 0, 'a known name is accepted');

$static->done();


# counts the requests for a name, and waits until there are so many

sub asked {
    my ($host) = @_;

    return scalar grep { $_->{name} eq $host } $dns->requests();
}


sub asked_for {
    my ($host, $n) = @_;

    return wait_until(sub { asked($host) >= $n });
}
