#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# URLs of many parts for clients that read slowly: URLs are made when there is
# room for them, and later ones have the same credentials and time.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use S3O::Judge qw(args_of static);
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(slurp wait_until);

my $json = JSON::PP->new()->utf8();
my $t = S3O::Nginx->new();
my $long = 'x' x 4000;

$t->subst(ARN => ARN,
          LONG => static('token') =~ s/(session_token=)\S+/$1$long;/r);

$t->faketime('20240301T120000Z');

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    %%LONG%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location / {
            s3o_presign              json;
            s3o_presign_multipart    on;
            s3o_presign_sign_method  PUT;
        }

        location /short/ {
            send_timeout             100ms;
            s3o_presign              json;
            s3o_presign_multipart    on;
            s3o_presign_sign_method  PUT;
        }

        location /limited/ {
            limit_rate               2m;
            s3o_presign              json;
            s3o_presign_multipart    on;
            s3o_presign_sign_method  PUT;
        }
    }
}

EOC

my ($pid) = $t->workers();
my $before = data($pid);
my @stalled = map { $t->connect() } 1 .. 20;

$_->write("GET /k?uploadId=x&partNumber=1-1000 HTTP/1.1\r\n"
          . "Host: localhost\r\nConnection: close\r\n\r\n") for @stalled;
$_->fill() for @stalled;

$t->set_faketime('20240301T120100Z');

my $r = $t->request(uri => '/k?uploadId=x&partNumber=1');

like($json->decode($r->{body})->{url},
     qr/X-Amz-Date=20240301T120100Z/, 'another request goes on meanwhile');

# the whole of all answers would be 20 times 5 megabytes

cmp_ok(data($pid) - $before, '<', 20 * 1024,
       'a slow client holds only a buffer or two');

for my $c (@stalled[0, 19]) {
    my $o = $json->decode($c->read_response()->{body});

    my %dates = map { args_of($_->{url})->{'X-Amz-Date'} => 1 }
                @{ $o->{parts} };

    is(scalar @{ $o->{parts} }, 1000, 'a client that reads late gets all URLs');
    is(join(' ', keys %dates), '20240301T120000Z',
       'late URLs have the time of the first one');
}

$_->close() for @stalled;

# "send_timeout" and "limit_rate" hold for these answers, too

my $late = $t->connect();

$late->write("GET /short/k?uploadId=x&partNumber=1-1000 HTTP/1.1\r\n"
             . "Host: localhost\r\n\r\n");
ok(wait_until(sub { grep { /client timed out/ } $t->log_errors('info') }),
   'a client that reads nothing is given up');
1 while $late->fill();
ok($late->{eof}, 'its connection is closed');
unlike($late->{buf}, qr/"partNumber":1000/, 'before the end of the answer');
$late->close();

$r = $t->request(uri => '/limited/k?uploadId=x&partNumber=1-300');
is(scalar @{ $json->decode($r->{body})->{parts} }, 300,
   'an answer that is slowed down is complete');

$t->done();


# returns the memory that a process has allocated, in kilobytes

sub data {
    my ($pid) = @_;

    my ($size) = slurp("/proc/$pid/status") =~ /^VmData:\s*(\d+) kB/m;

    return $size;
}
