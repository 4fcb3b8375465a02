#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# STS through a proxy by CONNECT: the request to the proxy, its answers, the
# certificate that is verified, and the settings of the proxy.

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Fake;
use S3O::Fake::Connect;
use S3O::Fake::Sts;
use S3O::Process qw(wait_until);
use S3O::Sources;
use S3O::TLS;

my $arn = 'arn:aws:iam::123456789012:role/web';
my $name = 'sts.us-west-2.amazonaws.test';
my $password = 'PASSWORD@of:all/';
my $basic = 'Basic ' . encode_base64("user:$password", '');
my $tls = S3O::TLS->new();
my $other = S3O::TLS->new();
my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my (%sts, %proxy, %called);

$t->write_file('token', 'IDENTITY', 0644);

# only the proxy can look up the name of STS

$t->http_lines('resolver 127.0.0.1:1;');

# the fake services of a source: STS has the certificate of a name, and is
# known by a name

sub pair {
    my ($source, $cert, $called) = @_;

    $called{$source} = $called // $name;
    $sts{$source} = S3O::Fake::Sts->new(tls => $tls->cert($cert // $name),
                                        name => $called{$source})->start()
        ->set(web_identity_token => 'IDENTITY',
              set => { AccessKeyId => 'AKID' . uc $source });
    $proxy{$source} = S3O::Fake::Connect->new()->start();

    return $proxy{$source};
}

sub source {
    my ($source, $proxy, %o) = @_;

    $t->source($source => "web_identity role_arn=$arn region=us-west-2 "
        . "token_file=$dir/token sts_endpoint=https://$called{$source}:"
        . $sts{$source}->port() . ' trusted_certificate='
        . ($o{ca} // $tls->ca_file()) . ($proxy ? " proxy=$proxy" : ''));
}


# tunnels that the proxy opens

my $coded = $password =~ s/([\@:\/])/sprintf '%%%02x', ord $1/ger;

pair('plain');
source('plain', $proxy{plain}->url());
pair('slash');
source('slash', $proxy{slash}->url() . '/');
pair('noscheme');
source('noscheme', $proxy{noscheme}->authority());
pair('named');
source('named', 'http://localhost:' . $proxy{named}->port());
pair('literal', '127.0.0.1', '127.0.0.1');
source('literal', $proxy{literal}->url());
pair('literal6', '::1', '[::1]');
source('literal6', $proxy{literal6}->url());
pair('user')->set(authorization => $basic);
source('user', "http://user:$coded\@" . $proxy{user}->authority());
pair('uncoded')->set(authorization => 'Basic '
                                      . encode_base64('user:p@w:d', ''));
source('uncoded', 'http://user:p@w:d@' . $proxy{uncoded}->authority());
pair('alone')->set(authorization => 'Basic ' . encode_base64('user:', ''));
source('alone', 'http://user@' . $proxy{alone}->authority());
pair('http10')->set(head => "HTTP/1.0 200\n\n");
source('http10', $proxy{http10}->url());
pair('length')->set(head => "HTTP/1.1 201 OK\r\nContent-Length: 10\r\n"
                            . "Transfer-Encoding: chunked\r\n\r\n");
source('length', $proxy{length}->url());

my @good = $t->names();

# a role for a role, each through its own proxy

pair('inner')->set(authorization => $basic);
$sts{inner}->set(set => { AccessKeyId => 'AKIDINNER', SecretAccessKey => 'S',
                          SessionToken => 'T' });
pair('outer');
$sts{outer}->set(keys => { AKIDINNER => { secret_key => 'S',
                                          session_token => 'T' } });
$t->source(outer => "assume_role role_arn=$arn region=us-west-2 sts_endpoint="
    . "https://$name:" . $sts{outer}->port() . ' trusted_certificate='
    . $tls->ca_file() . ' proxy=' . $proxy{outer}->url()
    . " source=web_identity source.role_arn=$arn source.region=us-west-2 "
    . "source.token_file=$dir/token source.sts_endpoint=https://$name:"
    . $sts{inner}->port() . ' source.trusted_certificate=' . $tls->ca_file()
    . " source.name=inner source.proxy=http://user:$coded\@"
    . $proxy{inner}->authority());


# tunnels that the proxy does not open: [name, reason, answer]

my $wants = 'the proxy answers 407: the user or password is missing or wrong';
my $malformed = "the proxy's answer is malformed";

my @bad = (
    ['refused', 'the proxy answers 403',
     { status => 403, body => 'x' x 10000 }],
    ['nouser', $wants],
    ['nosts', 'the proxy answers 502', { status => 502 }],
    ['moved', 'the proxy answers 302',
     { status => 302, headers => ['Location', 'http://127.0.0.1/'] }],
    ['closed', 'the proxy closed the connection', { raw => '' }],
    ['half', 'the proxy closed the connection',
     { raw => "HTTP/1.1 200 OK\r\n" }],
    ['reset', "reading the proxy's answer failed",
     { raw => "HTTP/1.1 200 OK\r\n", end => 'reset' }],
    ['ssh', $malformed, { raw => "SSH-2.0-x\r\n\r\n" }],
    ['interim', $malformed, { raw => "HTTP/1.1 100 Continue\r\n\r\n" }],
    ['talks', $malformed, { raw => "HTTP/1.1 200 OK\r\n\r\nx",
                            end => 'hold' }],
    ['endless', "the proxy's answer is over 8k",
     { raw => "HTTP/1.1 200 OK\r\n" . "X: y\r\n" x 2000, end => 'hold' }],
    ['notls', 'the TLS handshake failed',
     { raw => "HTTP/1.1 200 OK\r\n\r\n" }],
);

for my $case (@bad) {
    my ($source, undef, $answer) = @$case;

    pair($source);
    $proxy{$source}->always('*' => $answer) if $answer;
    $proxy{$source}->set(authorization => $basic) if $source eq 'nouser';
    source($source, $proxy{$source}->url());
}

# STS is verified in the tunnel as without it

pair('othername', 'proxy.amazonaws.test');
source('othername', $proxy{othername}->url());
push @bad, ['othername', 'the certificate is for another name'];

pair('otherca');
source('otherca', $proxy{otherca}->url(), ca => $other->ca_file());
push @bad, ['otherca', qr/^the certificate is not trusted \(\d+: /];

pair('down');
$proxy{down}->stop();
source('down', $proxy{down}->url());
push @bad, ['down', 'connecting failed (111: Connection refused)'];


$t->run_sources();
$t->comes_to_sign($_ => 'AKID' . uc $_, "$_: signs") for @good;

wait_until(sub { grep { $_->{id} eq 'inner' && $_->{state} eq 'valid' }
                 $t->states() });
$t->pass(0.6);
$t->comes_to_sign(outer => 'AKIDOUTER', 'a chain of roles signs');

for my $case (@bad) {
    my ($source, $reason) = @$case;

    my $said = $t->wait_for_error(from => "$name:" . $sts{$source}->port());

    ref $reason ? like($said, $reason, "$source: why")
                : is($said, $reason, "$source: $reason");
}

$t->one_line_each('there is one error line for each fetch that failed');

my ($e) = $t->fetch_errors(from => "$name:" . $sts{refused}->port());

like($e->{line}, qr/ from \S+ \(\S+:\d+\) through the proxy (?x:
                   )127\.0\.0\.1:@{[ $proxy{refused}->port() ]}$/,
     'the line names the proxy');

for my $source (@good, 'inner', 'outer') {
    my ($r, @more) = $proxy{$source}->requests();

    is("$r->{method} $r->{target} $r->{version} " . @more,
       "CONNECT $called{$source}:" . $sts{$source}->port() . ' 1.1 0',
       "$source: the request to the proxy");
    is($r->{header}{host}, $r->{target},
       "$source: Host of the request to the proxy");
}

is_deeply([sort map { lc $_->[0] } @{ ($proxy{user}->requests())[0]{headers} }],
          [qw(host proxy-authorization user-agent)],
          'the headers of the request to the proxy');
is(($sts{user}->requests())[0]{header}{'proxy-authorization'}, undef,
   'STS does not get the password of the proxy');
is(($sts{user}->requests())[0]{sni}, $name, 'SNI has the name of STS');
is(scalar $sts{$_}->requests(), 0, "$_: nothing was sent to STS")
    for qw(othername otherca nouser);

$t->hides('no password and no token is in the log', $password, $coded, $basic,
          $basic =~ s/Basic //r, 'IDENTITY');


# a proxy that never answers, and one that sends its answer in slow pieces

my $slow = S3O::Sources->new()->still();

pair('silent')->always('*' => { silent => 1 });
pair('pieces')->always('*' => { status => 502, drip => [10, 'turn'] });
source($_, $proxy{$_}->url()) for qw(silent pieces);

$slow->{names} = [qw(silent pieces)];
$slow->{sources}{$_} = $t->{sources}{$_} for @{ $slow->{names} };
$slow->http_lines('resolver 127.0.0.1:1;')->run_sources();
ok($proxy{$_}->wait_for_requests('*', 1), "$_: the proxy is asked")
    for @{ $slow->{names} };
$slow->pass(1.9);
is(failures(), '0 0', 'both proxies are waited for');
piece(1);
$slow->pass(0.2);
ok(wait_until(sub { failures() eq '1 0' }),
   'the silent proxy fails after two seconds');
is(($slow->states())[0]{error}, 'waiting for the proxy timed out',
   'the status page says why it failed');
$slow->pass(1.6);
is(failures(), '1 0', 'each piece may take two seconds');
piece(2);
$slow->pass(1.2);
is(failures(), '1 0', 'the slow proxy is waited for until the fifth second');
piece(3);
$slow->pass(0.2);
ok(wait_until(sub { failures() eq '1 1' }),
   'the slow proxy fails after five seconds');
is(($slow->states())[1]{error}, 'the answer takes too long',
   'the status page says why the slow proxy failed');
$slow->stop();


# the proxy of the environment is used for "default", for profiles, and where
# a parameter asks for it; [source, environment, is the proxy used]

my %sts_env = (AWS_ENDPOINT_URL_STS => "https://$name:444", HOME => $dir,
               AWS_CA_BUNDLE => $tls->ca_file());
my %web = (AWS_ROLE_ARN => $arn, AWS_REGION => 'us-west-2',
           AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token");
my $url = "http://user:$coded\@127.0.0.1:3128";
my $asks = 'web_identity proxy=environment';

mkdir "$dir/.aws";
$t->write_file('.aws/config', "[profile web]\nrole_arn = $arn\n"
    . "region = us-west-2\nweb_identity_token_file = $dir/token\n", 0600);

for my $case (
    ['default', { %web, HTTPS_PROXY => $url }, 1],
    ['default', { %web, https_proxy => $url, HTTPS_PROXY => 'nonsense://' }, 1],
    ['default', { %web, HTTPS_PROXY => '127.0.0.1:3128' }, 1],
    ['default', { %web, HTTPS_PROXY => ' ' }, 0],
    ['default', { %web, HTTP_PROXY => $url }, 0],
    ['default renew=10m', { %web, HTTPS_PROXY => $url }, 1],
    ['default', { AWS_PROFILE => 'web', HTTPS_PROXY => $url }, 1],
    ["file config=$dir/.aws/config profile=web", { HTTPS_PROXY => $url }, 1],
    [$asks, { %web, HTTPS_PROXY => $url }, 1],
    [$asks, { %web }, 0],
    ['web_identity proxy=off', { %web, HTTPS_PROXY => $url }, 0],
    ['web_identity', { %web, HTTPS_PROXY => $url }, 0],
    (map { [$asks, { %web, HTTPS_PROXY => $url, NO_PROXY => $_ }, 0] }
     '*', $name, uc $name, 'amazonaws.test', '.amazonaws.test', "$name:444",
     ' x.test , amazonaws.test,', 'x.test amazonaws.test'),
    (map { [$asks, { %web, HTTPS_PROXY => $url, NO_PROXY => $_ }, 1] }
     '', ',', 'aws.test', "x.$name", "$name:443", '*.test', 'test:', '[::1]'),
    [$asks, { %web, HTTPS_PROXY => $url, no_proxy => 'x', NO_PROXY => '*' },
     1],
    (map { [$asks, { %web, HTTPS_PROXY => $url, NO_PROXY => $_->[0],
                     AWS_ENDPOINT_URL_STS => $_->[1] }, $_->[2]] }
     ['127.0.0.0/8', 'https://127.1.2.3', 0], ['127.1.2.3', 'https://127.1.2.3',
     0], ['10.0.0.0/8', 'https://127.1.2.3', 1],
     ['127.1.2.3:443', 'https://127.1.2.3', 0],
     ['3', 'https://127.1.2.3', 1], ['fd00::/8', 'https://[fd00::1]', 0],
     ['fd00::1', 'https://[fd00::1]', 0], ['[fd00::1]', 'https://[fd00::1]',
     0], ['fd00::2', 'https://[fd00::1]', 1]))
{
    my ($source, $env, $used) = @$case;

    $t->{sources} = {};
    $t->{names} = [];
    $t->source(one => $source);

    my ($status, $out) = $t->check_sources(env => { %sts_env, %$env });
    my $test = join ' ', $source, map { "$_=" . ($env->{$_} =~ s/:.*\@//r) }
                                  grep { /prox/i } sort keys %$env;

    is($status, 0, "$test: accepted") or diag($out);
    $used ? like($out, qr/"proxy" from https?_proxy/i, "$test: the proxy")
          : unlike($out, qr/"proxy" from https?_proxy/i, "$test: no proxy");
    unlike($out, qr/PASSWORD/, "$test: no password");

    is($out =~ /does not use the proxy that HTTPS_PROXY names/ ? 1 : 0,
       $source eq 'web_identity' ? 1 : 0,
       "$test: a warning where the proxy may not be meant");
}

# values that are not a proxy

my $expected = 'names no proxy that can be used: expected http://host[:port] '
               . 'or http://user:password@host[:port], percent-encoded';

for my $case (
    (map { ["'proxy=$_'", qq{"proxy=" $expected}] }
     "https://user:$coded\@127.0.0.1", 'socks5://127.0.0.1:1080', 'http://',
     "http://user:$coded\@", 'http://127.0.0.1/x', 'http://127.0.0.1?x',
     "http://u:$coded%\@127.0.0.1", "http://u:$coded \@127.0.0.1"),
    ['proxy=environment', "HTTPS_PROXY $expected",
     HTTPS_PROXY => "https://user:$coded\@127.0.0.1"],
    ['proxy=http://127.0.0.1:0', 'has invalid proxy "http://127.0.0.1:0"'])
{
    my ($param, $message, %env) = @$case;

    $t->{sources} = {};
    $t->{names} = [];
    $t->source(one => "web_identity $param");

    my ($status, $out) = $t->check_sources(env => { %sts_env, %web, %env });

    is($status, 1, "$param: refused");
    like($out, qr/\[emerg\].*\Q$message\E/, "$param: why");
    unlike($out, qr/PASSWORD/, "$param: without the password");
}

$t->done();


# counts the failed fetches of the slow sources

sub failures {
    return join ' ', map { $_->{failures} } $slow->states();
}


# sends one more piece of an answer; nginx has read it when states() returns

sub piece {
    my ($n) = @_;

    $proxy{pieces}->set(turn => $n);
    ok(wait_until(sub { $proxy{pieces}->turns($n) == 1 }), "piece $n");
    $slow->states();
}
