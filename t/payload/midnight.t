#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Uploads in signed chunks, in both algorithms, that last beyond midnight and
# beyond the life of their credentials.  They end with the date and the
# credentials that they began with; new requests are signed with the new ones.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives streams);

my @kinds = grep { streams($_) } kinds();

my $t = S3O::Nginx->new()->has('faketime');

$t->faketime('20240229T235958Z');

my $s3 = S3O::Outpost->new(clock_file => $t->faketime_file(),
                           sigv4a => @kinds > 1)->start();

$s3->set_credentials('NEXT', 'next+secret', 'next/token');

credentials($s3->access_key(), $s3->secret_key());

$t->subst(ARN => $s3->arn(), OUTPOST => $s3->port(),
          LOCATIONS => join '', map { my $payload = directives($_); <<"EOC" }

        location /$_/ {
            $payload
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:@{[ $s3->port() ]};
        }
EOC
          @kinds);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   file path=%%TESTDIR%%/credentials;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        %%LOCATIONS%%
    }
}

EOC

my $body = join '', map { sprintf "%07d\n", $_ } 1 .. 50000;

my @uploads = map { $_, $_ } @kinds;
my @clients = map { $t->connect() } @uploads;

for my $n (0 .. $#uploads) {
    $clients[$n]->write("PUT /$uploads[$n]/$n HTTP/1.1\r\nHost: a\r\n"
                        . 'Content-Length: ' . length($body) . "\r\n\r\n"
                        . substr $body, 0, 100000);
}

sleep 0.2;

# one day later

$t->set_faketime('20240301T000003Z');
sleep 0.1;

for my $kind (@kinds) {
    my $r = $t->request(method => 'PUT', uri => "/$kind/new-day",
                        body => $body);
    my $region = $kind eq 'streaming' ? '/us-west-2' : '';

    is("$r->{status} " . $s3->last()->{verdict}, '200 ok',
       "$kind: after midnight");
    is($s3->last()->{scope}, "20240301$region/s3-outposts/aws4_request",
       "$kind: a new request is signed for the new day");
}

$_->write(substr $body, 100000, 100000) for @clients;
sleep 0.1;

# a reload brings other credentials

credentials('NEXT', 'next+secret', 'next/token');

ok($t->reload(), 'a reload');

for my $kind (@kinds) {
    $t->request(uri => "/$kind/new-day");

    is($s3->last()->{access_key}, 'NEXT', "$kind: the new set is used");
    is($s3->last()->{verdict}, 'ok', "$kind: the new set is accepted");
}

for my $n (0 .. $#uploads) {
    $clients[$n]->write(substr $body, 200000);

    my $r = $clients[$n]->read_response();

    is($r->{status}, 200, "$uploads[$n], upload $n goes on as it began");
    is($s3->object($n)->{body} // '', $body, "upload $n is stored");
}

# no secret of either set is in a log, even at debug level

my $log = $t->read_file('error.log');

unlike($log, qr/\Q@{[ $s3->secret_key() ]}\E|next\+secret/,
       'no secret is in the log');

$t->done();


sub credentials {
    my ($id, $secret, $token) = @_;

    $t->write_file('credentials.new', "[default]\naws_access_key_id = $id\n"
                   . "aws_secret_access_key = $secret\n"
                   . (defined $token ? "aws_session_token = $token\n" : ''),
                   0600);
    rename $t->testdir() . '/credentials.new',
           $t->testdir() . '/credentials' or die "rename: $!";
}
