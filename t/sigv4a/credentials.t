#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# SigV4A derives its keys from the credentials.  The keys follow these: from a
# file, in several workers, over reloads, and separately for each source.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::SigV4A qw(examine refuted private_key);

my $t = S3O::Nginx->new(workers => 2)->has('openssl');
my $dir = $t->testdir();

$t->subst(ARN => ARN);
$t->write_file('changing', ini('OLD', 'OLDSECRET', 'OLD/TOKEN='), 0600);
$t->write_file('other', ini('OTHER', 'OTHERSECRET'), 0600);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_algorithm     sigv4a;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        s3o_presign              redirect;
        s3o_presign_credentials  file path=%%TESTDIR%%/changing;

        location / {
        }

        location /window/ {
            s3o_presign_window  10s;
        }

        location /set/ {
            s3o_presign_region_set  us-*;
        }

        location /other/ {
            s3o_presign_credentials  file path=%%TESTDIR%%/other;
        }

        location /same/ {
            s3o_presign_credentials  static access_key_id=OTHER
                                     secret_access_key=ANOTHERSECRET;
        }

        location /sigv4/ {
            s3o_presign_algorithm  sigv4;
        }
    }
}

EOC

my %sets = (
    OLD  => { secret_key => 'OLDSECRET', session_token => 'OLD/TOKEN=' },
    NEW  => { secret_key => 'NEWSECRET' },
    SAME => { secret_key => 'OLDSECRET', session_token => 'OLD/TOKEN=' },
    LAST => { secret_key => 'x' x 200, session_token => 'T' x 2000 },
);

all_signed('OLD', 'at start');

# reloads with another set, with another access key id for the same secret (the
# key depends on the id, too), and with a long id and a long secret

for my $id (qw(NEW SAME LAST OLD)) {
    $t->write_file('changing', ini($id, @{ $sets{$id} }{qw(secret_key
                                                           session_token)}),
                   0600);
    ok($t->reload(), "a reload with the set $id");
    all_signed($id, "after the reload with $id");
}

# a refused reload does not change the key

$t->write_file('changing', "[default]\naws_access_key_id = X\n", 0600);
ok(!$t->reload(), 'a reload without a secret is refused');
all_signed('OLD', 'after the reload that was refused');
$t->todo_alerts(qr/\[emerg\].*"s3o_presign_credentials file" "\S+changing": /);

# two sources have the same access key id and different secrets

for my $n (1 .. 3) {
    for my $case (['/other/x', 'OTHERSECRET'], ['/same/x', 'ANOTHERSECRET']) {
        my ($uri, $secret) = @$case;
        my $e = examine(url => location($uri), credentials => {
            OTHER => { secret_key => $secret } });

        is(refuted($e), '', "$uri, $n: the key is that of its source");
    }
}

my $log = $t->read_file('error.log');
my @keys = map { ($sets{$_}{secret_key}, private_key($_, $sets{$_}{secret_key}))
               } sort keys %sets;

is(scalar(grep { $log =~ /\Q$_\E/i } @keys), 0, 'no key is in the log');

$t->done();


sub ini {
    my ($id, $secret, $token) = @_;

    return "[default]\naws_access_key_id = $id\n"
           . "aws_secret_access_key = $secret\n"
           . (defined $token ? "aws_session_token = $token\n" : '');
}


sub location {
    my ($uri) = @_;

    return $t->request(uri => $uri)->{headers}{location}[0] // 'nothing';
}


# Sends many requests, so that both workers get some.  A window and a region set
# have signers of their own.

sub all_signed {
    my ($id, $name) = @_;

    my @examined = map { examine(url => location($_),
                                 credentials => { $id => $sets{$id} }) }
                   map { ("/x$_", "/window/x$_", "/set/x$_") } 1 .. 4;

    is(refuted(@examined), '', "$name: " . @examined . ' signatures are right');
    like(location('/sigv4/x'), qr/&X-Amz-Credential=$id%2F\d{8}%2Fus-west-2%2F/,
         "$name: SigV4 has the same set");
}
