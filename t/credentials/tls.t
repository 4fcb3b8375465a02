#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# TLS to STS and to agents: it is always verified, with SNI, and a wrong peer
# gets no request.

use strict;
use warnings;

use POSIX qw(strftime);
use Test::More;

use S3O::Fake;
use S3O::Fake::Container;
use S3O::Fake::Dns;
use S3O::Fake::Sts;
use S3O::Process qw(slurp);
use S3O::Sources;
use S3O::TLS;

my $name = 'sts.us-west-2.amazonaws.com';
my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my $tls = S3O::TLS->new();
my $other = S3O::TLS->new(name => 'another CA');
my $dns = S3O::Fake::Dns->new()->start();
my %peer;

$t->write_file('token', 'IDENTITY-TOKEN', 0644);
$dns->names($name => ['127.0.0.1'], 'agent.local' => ['127.0.0.1']);

sub stamp {
    my ($days) = @_;

    return strftime('%Y%m%d%H%M%SZ', gmtime time + $days * 86400);
}

# makes an STS with this certificate, or another peer

sub sts {
    my ($id, $pair, %o) = @_;

    my $class = $pair ? 'S3O::Fake::Sts' : 'S3O::Fake';

    $peer{$id} = $class->new(tls => $pair, %o)->start();
    $peer{$id}->set(web_identity_token => 'IDENTITY-TOKEN',
                    set => { AccessKeyId => 'ASIA' . uc $id });

    return $peer{$id};
}

sub source {
    my ($id, %o) = @_;

    my %param = (
        host                => $name,
        role_arn            => 'arn:aws:iam::123456789012:role/web',
        token_file          => "$dir/token",
        region              => 'us-west-2',
        trusted_certificate => $tls->ca_file(),
        %o,
    );

    my $host = delete $param{host};

    $t->source($id => join ' ', 'web_identity',
                      "sts_endpoint=https://$host:" . $peer{$id}->port(),
                      map { "$_=$param{$_}" }
                      grep { defined $param{$_} } sort keys %param);
}


# certificates that are good

my %good = (
    name     => [$tls->cert($name)],
    wildcard => [$tls->cert('*.us-west-2.amazonaws.com')],
    several  => [$tls->cert('x.example', $name)],
    cn       => [$tls->cert({ cn => $name })],
    system   => [$tls->cert($name), trusted_certificate => undef],
    bundle   => [$tls->cert($name), trusted_certificate => "$dir/bundle"],
    relative => [$tls->cert($name), trusted_certificate => 'bundle'],
    address  => [$tls->cert('127.0.0.1'), host => '127.0.0.1'],
);

$t->write_file('bundle', slurp($other->ca_file()) . slurp($tls->ca_file()),
               0644);

for my $id (sort keys %good) {
    my ($pair, @more) = @{ $good{$id} };

    sts($id, $pair);
    source($id, @more);
}

# OpenSSL takes this file for the certificates of the system

$t->env(SSL_CERT_FILE => $tls->ca_file(), SSL_CERT_DIR => "$dir/none");


# bad certificates: [id, reason, certificate, ...]

my $wrong = 'the certificate is for another name';
my $untrusted = 'the certificate is not trusted';

# the rest of the message comes from OpenSSL
my $somehow = qr/^$untrusted \(\d+: [\w -]+\)$/;

my $old = [$tls->cert($name, { from => '20000101000000Z',
                               until => stamp(-1) })];

my @bad = (
    ['wrong', $wrong, $tls->cert('sts.us-east-1.amazonaws.com')],
    ['parent', $wrong, $tls->cert('us-west-2.amazonaws.com')],
    ['above', $wrong, $tls->cert('*.amazonaws.com')],
    ['suffix', $wrong, $tls->cert("x.$name")],
    ['noname', $wrong, $tls->cert({ cn => 'nobody' })],
    ['ignored', $wrong, $tls->cert('x.example', { cn => $name })],
    ['ip', $wrong, $tls->cert('127.0.0.1')],
    ['byip', $wrong, $tls->cert('127.0.0.2', $name), host => '127.0.0.1'],
    ['ipname', $wrong, $tls->cert({ cn => '127.0.0.1' }),
     host => '127.0.0.1'],

    ['old', "$untrusted (10: certificate has expired)", @$old],
    ['future', "$untrusted (9: certificate is not yet valid)",
     $tls->cert($name, { from => stamp(1) })],
    ['unknown', $somehow,
     $other->cert($name)],
    ['notsystem', $somehow,
     $other->cert($name), trusted_certificate => undef],
    ['self', $somehow,
     { cert => $other->ca_file(), key => $other->ca_file() =~ s/crt/key/r }],
    ['client', $somehow,
     $tls->cert($name, { client => 1 })],
);

for my $case (@bad) {
    my ($id, undef, $pair, @more) = @$case;

    sts($id, $pair);
    source($id, @more);
}

# a peer that does not speak TLS

my $handshake = 'the TLS handshake failed';

for my $case (
    ['plain', $handshake, greeting => "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ['closed', $handshake, greeting => ''],
    ['reset', qr/^(?:the TLS handshake|connecting) failed/, reset => 1],
    ['alert', $handshake, greeting => "\x15\x03\x03\x00\x02\x02\x28"])
{
    my ($id, $reason, @more) = @$case;

    sts($id, undef, @more);
    source($id);
    push @bad, [$id, $reason];
}

# a peer that never answers

sts('silent', undef);
source('silent');

# an agent is verified in the same way

$peer{agent} = S3O::Fake::Container->new(tls => $other->cert('agent.local'))
               ->start()->set('/' => {});
push @bad, ['agent', $somehow];
$t->source(agent => 'container uri=https://agent.local:' . $peer{agent}->port()
                    . ' trusted_certificate=' . $tls->ca_file());


$t->http_lines('resolver ' . $dns->authority() . ' ipv6=off;')->run_sources();

$t->comes_to_sign($_ => 'ASIA' . uc, "$_: signs") for sort keys %good;

for my $case (@bad) {
    my ($id, $reason) = @$case;

    my ($e) = wait_for($id);

    ref $reason ? like($e->{reason}, $reason, "$id: refused")
                : is($e->{reason}, $reason, "$id: $reason");
}

is_deeply([$t->fetch_errors(from => from('silent'))], [],
          'silent: the handshake is waited for');
$t->pass(1.9);
is_deeply([$t->fetch_errors(from => from('silent'))], [],
          'silent: there is no error after 1.9 seconds');
$t->pass(0.2);
is((wait_for('silent'))[0]{reason}, 'the TLS handshake timed out',
   'silent: the fetch fails after two seconds');

push @bad, ['silent'];

$t->one_line_each('there is one error line for each fetch that failed');

is(($peer{$_}->requests())[0]{sni}, $name, "$_: SNI")
    for qw(name wildcard cn);
is(($peer{address}->requests())[0]{sni}, undef, 'TLS to an address has no SNI');

is_deeply([map { $_->requests() } @peer{qw(agent), map { $_->[0] } @bad}], [],
          'a wrong peer gets no request');

my ($e) = wait_for('wrong');

is($e->{from}, "$name:" . $peer{wrong}->port(), 'the line names the peer');
is($e->{address}, '127.0.0.1:' . $peer{wrong}->port(),
   'the line names the address');

$t->hides('the token is not in the log', 'IDENTITY-TOKEN');

$t->done();


sub wait_for {
    my ($id) = @_;

    $t->wait_for_error(from => from($id));

    return $t->fetch_errors(from => from($id));
}


sub from {
    my ($id) = @_;

    return ($id eq 'agent' ? 'agent.local' : $id =~ /^(?:byip|ipname)$/
            ? '127.0.0.1' : $name) . ':' . $peer{$id}->port();
}
