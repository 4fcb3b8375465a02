#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Credentials of a container, from the agents of ECS and of EKS Pod Identity,
# and the token that the agents require.

use strict;
use warnings;

use POSIX qw(mkfifo);
use Test::More;

use S3O::Fake;
use S3O::Fake::Container;
use S3O::Fake::Json qw(iso);
use S3O::Sources;
use S3O::TLS;

my $path = '/v1/credentials';
my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my $tls = S3O::TLS->new();
my $elsewhere = S3O::Fake->new()->start();
my %agent;

sub set_of {
    my ($name) = @_;

    return (AccessKeyId => 'ASIA' . uc $name, SecretAccessKey => "SECRET/$name",
            Token => "TOKEN/of+$name==");
}

# makes an agent for each source; it requires the token, if there is one

sub agent {
    my ($name, %o) = @_;

    my $token = delete $o{token};
    my $set = { set_of($name), %{ delete $o{set} // {} } };

    $agent{$name} = S3O::Fake::Container->new(%o)->start();

    return $agent{$name}->set(token => $token, $path => $set);
}

# writes a file that workers can read

sub token_file {
    my ($name, $content, $mode) = @_;

    $t->write_file($name, $content, $mode // 0644);

    return "token_file=$dir/$name";
}

sub source {
    my ($name, @more) = @_;

    $t->source($name => join ' ', 'container uri=' . $agent{$name}->url($path),
                                  @more);
}


# sources that work

my $value = 'VALUE-of.the/environment+=';
my $long = 'LONG' . 'x' x 19996;

agent('value', token => $value);
source('value');

for my $case (
    ['plain',  'PLAIN-token/of+a=file', ''],
    ['lf',     'LF-token-of-a-file', "\n"],
    ['crlf',   'CRLF-token-of-a-file', "\r\n"],
    ['blank',  'BLANK and all that is visible: "~', ''],
    ['long',   $long, ''],
    ['longlf', $long, "\r\n"])
{
    my ($name, $token, $end) = @$case;

    agent($name, token => $token);
    source($name, token_file("$name.token", $token . $end));
}

token_file('relative.token', 'RELATIVE-token-of-a-file');
agent('relative', token => 'RELATIVE-token-of-a-file');
source('relative', 'token_file=relative.token');

agent('fraction', token => $value, eks => 1, set => {
    Expiration => iso(time + 7200) =~ s/Z/.987654321Z/r });
source('fraction');

agent('offset', token => $value, set => {
    Expiration => iso(time + 7200 + 19800) =~ s/Z/+05:30/r });
source('offset');

agent('loopback', token => $value, host => '127.9.8.7');
source('loopback');

if (eval { agent('ipv6', token => $value, host => '::1') }) {
    source('ipv6');
}

agent('https', token => $value, tls => $tls->cert('localhost'));
$t->source(https => 'container uri=https://localhost:'
                    . $agent{https}->port() . $path
                    . ' trusted_certificate=' . $tls->ca_file());

agent('address', token => $value, tls => $tls->cert('127.0.0.1'));
source('address', 'trusted_certificate=' . $tls->ca_file());

my $query = "$path/abc-1?id=a%20b&x=";

agent('query', token => $value)->set($query => { set_of('query') });
$t->source(query => 'container uri=' . $agent{query}->url($query));

agent('bare', token => $value)->set('/' => { set_of('bare') });
$t->source(bare => 'container uri=' . $agent{bare}->url());

my @good = $t->names();


# sources that fail: [name, reason, content of the token file]

my $bad = 'the token file is empty, too long or has control characters';

my @bad = (
    ['empty', $bad, ''],
    ['nothing', $bad, "\n"],
    ['inner', $bad, "INNER-token\nX-Evil: 1"],
    ['twolines', $bad, "TWOLINES-token\n\n"],
    ['cr', $bad, "CR-token-of-a-file\r"],
    ['crinner', $bad, "CRINNER-token\rX-Evil: 1\n"],
    ['zero', $bad, "ZERO-token\0"],
    ['tab', $bad, "TAB-token\tof-a-file"],
    ['high', $bad, "HIGH-token\xc3\xa9"],
    ['toolong', $bad, $long . 'x'],
    ['longer', $bad, "$long\nand more"],
    ['much', $bad, 'y' x 100_000],
);

for my $case (@bad) {
    my ($name, undef, $content) = @$case;

    agent($name, token => $content);
    source($name, token_file("$name.token", $content));
}

push @bad, ['missing', 'the token file cannot be opened (2: No such file or '
            . 'directory)'];
agent('missing');
source('missing', "token_file=$dir/nowhere");

push @bad, ['directory', 'the token file is not a regular file'];
agent('directory');
source('directory', "token_file=$dir");

# a FIFO without a writer would block its reader

mkfifo("$dir/fifo", 0644) or die "mkfifo() failed: $!";
push @bad, ['fifo', 'the token file is not a regular file'];
agent('fifo');
source('fifo', "token_file=$dir/fifo");

if ($> == 0) {
    agent('private');
    source('private', token_file('private.token', 'PRIVATE-token', 0600));
    push @bad, ['private', 'the token file cannot be opened (13: Permission '
                . 'denied)'];
}

my $to = ['Location', $elsewhere->url('/')];

agent('refused', token => 'another');
source('refused');
push @bad, ['refused', 'the service answers 401'];

for my $status (302, 307, 400, 404, 429, 500) {
    my $name = "status$status";

    agent($name)->always($path => { status => $status, headers => $to,
                                    body => '{"AccessKeyId":"A"}' });
    source($name);
    push @bad, [$name, "the service answers $status"];
}

# a token that becomes right later, and a file that is written later

agent('renewed', token => 'RENEWED-token-of-a-file');
source('renewed', token_file('renewed.token', 'OLD-token-of-a-file'));

agent('late', token => 'LATE-token-of-a-file');
source('late', "token_file=$dir/late.token");


$t->env(AWS_CONTAINER_AUTHORIZATION_TOKEN => $value)->run_sources();

for my $name (@good) {
    my %set = set_of($name);

    $t->comes_to_sign($name, { access_key => $set{AccessKeyId},
                               secret_key => $set{SecretAccessKey},
                               session_token => $set{Token} },
                      "$name: signs");
}

for my $case (@bad) {
    my ($name, $reason) = @$case;

    is($t->wait_for_error(from => $agent{$name}->authority()), $reason,
       "$name: $reason");
}

for my $case (['missing', "$dir/nowhere"], ['inner', "$dir/inner.token"],
              ['directory', $dir], ['fifo', "$dir/fifo"],
              ['status404', undef])
{
    my ($name, $file) = @$case;
    my ($e) = $t->fetch_errors(from => $agent{$name}->authority());

    is($e->{file}, $file, "$name: the line names "
                          . ($file ? 'the file' : 'no file'));
}


# each fetch reads the file again

is($t->wait_for_error(from => $agent{renewed}->authority()),
   'the service answers 401', 'a token of yesterday');

$t->write_file('renewed.token', "RENEWED-token-of-a-file\n", 0644);
$t->write_file('late.token', "LATE-token-of-a-file\n", 0644);

# the fetch is tried again a second later

$t->pass(2);
$t->comes_to_sign(renewed => 'ASIARENEWED', 'a new token is read');
$t->comes_to_sign(late => 'ASIALATE', 'a file that was not there');
is_deeply([map { $_->{header}{authorization} } $agent{late}->requests()],
          ['LATE-token-of-a-file'], 'the agent was not asked without a token');

$t->one_line_each('there is one error line for each fetch that failed');


# the requests to the agents

my ($r) = $agent{value}->requests();

is("$r->{method} $r->{target}", "GET $path", 'the request is one GET');
is($r->{header}{authorization}, $value, 'Authorization is the token alone');
is($r->{header}{host}, $agent{value}->authority(), 'Host is the agent');
is_deeply([sort map { lc $_->[0] } @{ $r->{headers} }],
          [qw(accept authorization connection host user-agent)],
          'the request has no other headers');
is(($agent{query}->requests())[0]{target}, $query,
   'the arguments are sent unchanged');
is(($agent{https}->requests())[0]{sni}, 'localhost', 'TLS with SNI');
is(($agent{address}->requests())[0]{sni}, undef,
   'TLS to an address has no SNI');

is_deeply([map { $_->requests() } @agent{map { $_->[0] } grep { $_->[2] }
                                         @bad}],
          [], 'a malformed token is not sent');
is_deeply([$elsewhere->requests()], [], 'no redirect is followed');


# the log of this server has the debug level

$t->hides('no secret is in the log', map { "SECRET/$_" } keys %agent);
$t->hides('no session token', map { "TOKEN/of+$_" } keys %agent);
$t->hides('no token of an agent', $value, $long,
          map { uc . '-token' } keys %agent);


# the file is used before the value; without both there is no header

my $both = S3O::Sources->new();

$both->write_file('token', "FILE-token\n", 0644);

my $other = S3O::Fake::Container->new()->start()
        ->set(token => 'FILE-token', $path => { set_of('both') });

$both->env(AWS_CONTAINER_CREDENTIALS_FULL_URI => $other->url($path),
           AWS_CONTAINER_AUTHORIZATION_TOKEN => $value,
           AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE =>
               $both->testdir() . '/token')
     ->source(both => 'container')->run_sources();
$both->comes_to_sign(both => 'ASIABOTH', 'all of it from the environment');
$both->stop();

my $none = S3O::Sources->new();

$other = S3O::Fake::Container->new()->start()->set($path => { set_of('none') });

$none->env(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '',
           AWS_CONTAINER_CREDENTIALS_FULL_URI => $other->url($path),
           AWS_CONTAINER_AUTHORIZATION_TOKEN => '',
           AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE => '')
     ->source(none => 'container')->run_sources();
$none->comes_to_sign(none => 'ASIANONE', 'empty variables are as none');

$t->done();
