#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode over TLS, as the manual describes it.  nginx asks for the name of
# the Outpost and verifies it, and no other server gets the request.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp);
use S3O::TLS;

my $t = S3O::Nginx->new()->has('socket_ssl', 'openssl');

my $ca = S3O::TLS->new();
my $other_ca = S3O::TLS->new(name => 'another CA');

my $host = S3O::Outpost->new()->host();
my $wildcard = $host =~ s/^[^.]+/*/r;

# one Outpost for each certificate that a server may show

my %s3 = (
    right    => $ca->cert($wildcard),
    foreign  => $other_ca->cert($wildcard),
    name     => $ca->cert('*.s3-outposts.us-west-2.amazonaws.com'),
    expired  => $ca->cert($wildcard, { until => '20200101000000Z' }),
    client   => $ca->cert($wildcard, { client => 1 }),
);

$_ = S3O::Outpost->new(tls => $_)->start() for values %s3;

my $right = $s3{right};

$t->subst(ARN => $right->arn(), HOST => $host, CA => $ca->ca_file(),
          KEY => $right->access_key(), SECRET => $right->secret_key(),
          RIGHT => $right->tls_port(),
          UPSTREAMS => join("\n    ", map {
              "upstream $_ { server 127.0.0.1:" . $s3{$_}->tls_port() . '; }'
          } sort keys %s3));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream %%HOST%% {
        server  127.0.0.1:%%RIGHT%%;
    }

    upstream kept {
        server     127.0.0.1:%%RIGHT%%;
        keepalive  2;
    }

    %%UPSTREAMS%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=%%KEY%%
                              secret_access_key=%%SECRET%%;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        proxy_ssl_server_name          on;
        proxy_ssl_verify               on;
        proxy_ssl_trusted_certificate  %%CA%%;

        # a server does not see the name in a resumed session

        proxy_ssl_session_reuse        off;

        location /uploads/ {
            s3o_presign              proxy;
            s3o_presign_methods      GET PUT;
            client_max_body_size     5g;
            proxy_request_buffering  off;
            proxy_pass               $s3o_presign_url;
        }

        location /kept/ {
            s3o_presign          proxy;
            proxy_http_version   1.1;
            proxy_set_header     Connection "";
            proxy_ssl_name       $s3o_presign_host;
            proxy_pass           https://kept$s3o_presign_uri;
        }

        location ~ ^/door/(?<door>[a-z]+)/(?<key>.*)$ {
            s3o_presign          proxy;
            s3o_presign_methods  GET PUT;
            s3o_presign_key      $key;
            proxy_ssl_name       $s3o_presign_host;
            proxy_pass           https://$door$s3o_presign_uri;
        }

        # without the directive that gives the name nothing is sent

        location /nameless/ {
            s3o_presign  proxy;
            proxy_pass   https://right;
        }
    }
}

EOC

# the server with the right certificate

for my $case (['PUT', 'hello'], ['GET', undef], ['PUT', 'x' x 1048576],
              ['PUT', ''])
{
    my ($method, $body) = @$case;

    my $r = $t->request(method => $method, uri => '/uploads/a%20b',
                        body => $body);
    my $name = $method . (defined $body ? ' of ' . length $body : '');

    is("$r->{status} $r->{body}",
       $method eq 'GET' ? '200 hello' : '200 ', "$name over verified TLS");
    $right->accepted("$name is accepted");
    is(join(' ', map { $right->last()->{$_} } qw(tls sni)), "1 $host",
       "$name: the Outpost was asked for by its name");
    is($right->object('a b')->{body}, $body // 'hello', "$name: the object");
}

is($t->request(uri => '/door/right/a%20b')->{status}, 200,
   'a request through an upstream of another name');
is($right->last()->{sni}, $host, 'the name in TLS is the signed one');

$right->clear();
$t->request(uri => '/kept/a%20b') for 1 .. 4;
is(join(' ', map { "$_->{verdict} $_->{tls} $_->{connection_request}" }
             $right->requests()), 'ok 1 1 ok 1 2 ok 1 3 ok 1 4',
   'one TLS connection for four requests');

# the other servers are refused before a byte of the request is sent

my %why = (
    foreign => qr/certificate verify error/,
    name    => qr/certificate does not match "\Q$host\E"/,
    expired => qr/certificate verify error: \(10:certificate has expired/,
    client  => qr/certificate verify error: \(26:/,
);

for my $door (sort keys %why) {
    for my $method (qw(GET PUT)) {
        $t->clear_log();

        my $r = $t->request(method => $method, uri => "/door/$door/k",
                            $method eq 'PUT' ? (body => 'hello') : ());
        my $name = "$door, $method";

        is($r->{status}, 502, "$name: a bad gateway");
        is(scalar(() = $s3{$door}->requests()), 0,
           "$name: the server sees no request");
        $t->error_log_like(qr/\[error\].*upstream SSL $why{$door}/,
                           "$name: the log says why");
    }
}

is($t->request(uri => '/nameless/k')->{status}, 502,
   'the name of an upstream is not the name of an Outpost');

my $log = slurp($t->testdir() . '/error.log');
unlike($log, qr/\Q${\ $right->secret_key()}\E|Signature=[0-9a-f]{64}/,
       'no log has secret or signature');

$t->done();
