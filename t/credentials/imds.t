#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Credentials of an instance's role: IMDSv2, with answers that the service and
# the helper of IAM Roles Anywhere are known to give.

use strict;
use warnings;

use Test::More;

use S3O::Fake;
use S3O::Fake::Imds;
use S3O::Fake::Json qw(credentials iso);
use S3O::Sources;

my $put = 'PUT /latest/api/token';
my $list = 'GET /latest/meta-data/iam/security-credentials/';
my $get = $list . 'web';

my $t = S3O::Sources->new()->has('faketime')->still();
my %imds;

# redirects lead to this server, and must not be followed

my $elsewhere = S3O::Fake->new()->start();

# makes credentials for each source

sub set_of {
    my ($name) = @_;

    return (AccessKeyId => "ASIA" . uc $name, SecretAccessKey => "SECRET/$name",
            Token => "TOKEN/of+$name==");
}

sub imds {
    my ($name, %o) = @_;

    return $imds{$name} = S3O::Fake::Imds->new(%o)->start()
                          ->role(web => { set_of($name) });
}

sub endpoint {
    my ($name) = @_;

    return 'imds endpoint=' . $imds{$name}->url();
}


# sources that work: name => more parameters

my %good = (
    listed  => '',
    given   => ' role=web',
    lines   => '',
    blanks  => '',
    helper  => '',
    slash   => '',
    again   => '',
    ended   => '',
    dotted  => ' role=a-b_c.d+e=f,g@h',
    chunked => '',
    nocode  => '',
);

imds($_, helper => $_ eq 'helper') for keys %good;

$imds{lines}->set(role => "web\nsecond\n");
$imds{blanks}->set(role => "  web \r\n\r\n");
$imds{dotted}->set(role => 'a-b_c.d+e=f,g@h');
$imds{again}->once($get => { status => 401 });
$imds{ended}->once($list => { status => 401 });
$imds{chunked}->always($list => { chunked => 1, body => 'web' });
$imds{nocode}->role(web => { set_of('nocode'), Code => undef });

$t->source($_ => endpoint($_) . $good{$_}) for sort keys %good;
$t->source(slash => endpoint('slash') . '/');

my $ipv6 = eval { imds('ipv6', host => '::1') };

if ($ipv6) {
    $good{ipv6} = '';
    $t->source(ipv6 => endpoint('ipv6'));
}

# the variable of the SDKs is used where there is no parameter

imds('env');
$good{env} = '';
$t->env(AWS_EC2_METADATA_SERVICE_ENDPOINT => $imds{env}->url('/'))
  ->source(env => 'imds');


# sources that fail: [name, reason, key => answer, or a function]

my $none = '0001-01-01T00:00:00Z';
my $to = ['Location', $elsewhere->url('/')];

my @bad = (
    ['norole', 'the instance has no role', sub { $_[0]->role(undef) }],
    ['refused', 'the service refuses a token (IMDSv2): it answers 403',
     $put => { status => 403 }],
    ['version1', 'the service refuses a token (IMDSv2): it answers 404',
     $put => { status => 404 }],
    ['method', 'the service refuses a token (IMDSv2): it answers 405',
     $put => { status => 405 }],
    ['token400', 'the service refuses a token (IMDSv2): it answers 400',
     $put => { status => 400 }],
    ['token302', 'the service refuses a token (IMDSv2): it answers 302',
     $put => { status => 302, headers => $to }],
    ['notoken', 'the service gives no token', $put => {}],
    ['blank', 'the service gives no token',
     $put => { body => " \r\n" }],
    ['crtoken', 'the service gives no token',
     $put => { body => "abc\rX-Evil: 1" }],
    ['spaced', 'the service gives no token',
     $put => { body => 'a b' }],
    ['longtoken', 'the service gives no token',
     $put => { body => 'a' x 1025 }],

    ['list500', 'the service answers 500',
     $list => { status => 500 }],
    ['list307', 'the service answers 307',
     $list => { status => 307, headers => $to, body => 'web' }],
    ['nolist', 'the service gives no name of a role', $list => {}],
    (map { ["name$_->[0]", 'the service gives no name of a role',
            $list => { body => $_->[1] }] }
     ['slash', 'a/b'], ['query', 'a?b'], ['escape', 'a%20b'],
     ['space', 'a b'], ['byte', "a\xe9"], ['hash', 'a#b'],
     ['long', 'a' x 1025]),

    ['nosuch', 'the service has no such role', $get =>
     { status => 404 }],
    ['throttled', 'the service answers 429', $get =>
     { status => 429 }],
    ['set302', 'the service answers 302', $get =>
     { status => 302, headers => $to, body => credentials() }],
    ['always401', 'the service answers 401', $get =>
     { status => 401 }],
    ['unauthorized',
     'the service answers with the code "AssumeRoleUnauthorizedAccess"',
     sub { $_[0]->role(web => { Code => 'AssumeRoleUnauthorizedAccess',
                                Message => 'EC2 cannot assume the role' }) }],
    ['failed',
     'the service answers with the code "Failed"', $get =>
     { body => '{"Code":"Failed","Message":"no keys"}' }],
    ['strangecode',
     'the service answers with a "Code" other than "Success"',
     sub { $_[0]->role(web => { Code => 'A b"<c' }) }],
    ['numbercode',
     'the service answers with a "Code" other than "Success"',
     sub { $_[0]->role(web => { Code => \1 }) }],
    ['emptyset', 'the access key id is missing',
     sub { $_[0]->role(web => { failed => 1 }) }, helper => 1],
    ['year1', 'the credentials have expired already',
     sub { $_[0]->role(web => { Expiration => $none }) }],
);

for my $case (@bad) {
    my ($name, undef, $key, $answer, @more) = @$case;

    if (ref $key) {
        imds($name, defined $answer ? ($answer => @more) : ());
        $key->($imds{$name});

    } else {
        imds($name)->always($key => $answer);
    }

    $t->source($name => endpoint($name));
}


# one answer never comes; of the others each takes less than its limit, but
# all together, with the second attempt after a 401, take more

imds('slow')->always($get => { silent => 1 });
$t->source(slow => endpoint('slow'));

imds('hop')->always($put => { silent => 1 });
$t->source(hop => endpoint('hop'));

imds('steps')->once($put => { turn => 1, body => 'web' })
              ->once($put => { turn => 4, body => 'web' })
              ->always($list => { turn => 2, body => 'web' },
                       $get  => { turn => 3, status => 401 });
$t->source(steps => endpoint('steps'));


$t->run_sources();

for my $name (sort keys %good) {
    my %set = set_of($name);

    $t->comes_to_sign($name, { access_key => $set{AccessKeyId},
                               secret_key => $set{SecretAccessKey},
                               session_token => $set{Token} },
                      "$name: signs");
}

for my $case (@bad) {
    my ($name, $reason) = @$case;

    is($t->wait_for_error(from => $imds{$name}->authority()), $reason,
       "$name: $reason");
}

# answers that take too long, by a clock that the test steps

$imds{slow}->wait_for_requests($get, 1);

for my $step (1 .. 4) {
    ok($imds{steps}->wait_for_requests('*', $step), "request $step");
    is($t->fetch_errors(from => $imds{steps}->authority()), 0,
       'a slow answer is waited for');
    $t->pass(1.3);
    $imds{steps}->set(turn => $step) if $step < 4;

    next if $step > 1;

    is($t->fetch_errors(from => $imds{slow}->authority()), 0,
       'each answer may take less than two seconds');
}

is($t->wait_for_error(from => $imds{hop}->authority()),
   'waiting for the answer timed out (in a container the hop limit of the '
   . 'service must be 2 or more)', 'hop: no token comes');
is($t->wait_for_error(from => $imds{slow}->authority()),
   'waiting for the answer timed out', 'slow: two seconds without a byte');
is($t->wait_for_error(from => $imds{steps}->authority()),
   'the answer takes too long', 'steps: more than five seconds');

$t->one_line_each('there is one error line for each fetch that failed');

my ($e) = $t->fetch_errors(from => $imds{norole}->authority());

is($e->{source}, 'imds', 'the line names the source');
is($e->{address}, $imds{norole}->authority(), 'the line names the address');


# the requests to the service

my @listed = $imds{listed}->requests();

is_deeply(asked('listed'), [$put, $list,
                            $get],
          'the requests are for a token, the role, and its credentials');
is($listed[0]{header}{'x-aws-ec2-metadata-token-ttl-seconds'}, 21600,
   'the token is to live for six hours');
is($listed[0]{header}{'content-length'}, 0, 'the PUT has an empty body');
ok($listed[1]{header}{'x-aws-ec2-metadata-token'}
   && $listed[1]{header}{'x-aws-ec2-metadata-token'}
      eq $listed[2]{header}{'x-aws-ec2-metadata-token'},
   'each request has the token');
is($listed[0]{header}{host}, $imds{listed}->authority(), 'Host is the service');

is_deeply([sort map { lc $_->[0] } @{ $listed[1]{headers} }],
          [sort qw(host user-agent accept connection
                   x-aws-ec2-metadata-token)],
          'the requests have no other headers');
is_deeply([grep { defined $_->{header}{'x-forwarded-for'} }
           map { $_->requests() } values %imds], [],
          'no request has X-Forwarded-For');
is_deeply([map { $_->{status} } grep { $_->{status} != 200 } @listed], [],
          'the service refused no request');

is_deeply(asked('given'), [$put, $get],
          'the name of a configured role is not requested');
is_deeply(asked('lines'), [$put, $list,
                           $get],
          'the first of several roles is used');
is_deeply(asked('dotted'), [$put,
                            $list . 'a-b_c.d+e=f,g@h'],
          'a role name may have all characters');

my @twice = ($put, $list, $get) x 2;

is_deeply(asked('again'), \@twice,
          'a 401 for the credentials: both are requested again with a new '
          . 'token');
is_deeply(asked('ended'), [@twice[0, 1], @twice[3 .. 5]],
          'a 401 for the role: both are requested again with a new token');

my @tokens = map { $_->{header}{'x-aws-ec2-metadata-token'} // () }
             $imds{again}->requests();

isnt($tokens[0], $tokens[-1], 'the new token is another one');

my @first = (asked('always401'));

is_deeply([@{ $first[0] }[0 .. 5]], \@twice, 'a second 401 ends the fetch');
is_deeply([grep { !/^PUT/ } map { @{ asked($_) } }
           qw(refused version1 method token400 token302 notoken)], [],
          'without a token there are no further requests, as IMDSv1 has');
is_deeply([$elsewhere->requests()], [], 'no redirect is followed');

if ($ipv6) {
    is(($ipv6->requests())[0]{header}{host}, $ipv6->authority(),
       'Host has brackets round an IPv6 address');
}


# the log of this server has the debug level

$t->hides('no secret is in the log', map { "SECRET/$_" } keys %imds);
$t->hides('no session token', map { "TOKEN/of+$_" } keys %imds);
$t->hides('no token of the service', map { $_->tokens() } values %imds);

$t->done();


sub asked {
    my ($name) = @_;

    return [map { "$_->{method} $_->{target}" } $imds{$name}->requests()];
}
