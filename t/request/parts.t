#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Many parts of a multipart upload in one JSON answer: each URL is right, and
# a bad range of parts is refused.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use S3O::Judge qw(REGION known_credentials static judge args_of);
use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $json = JSON::PP->new()->utf8();
my $t = S3O::Nginx->new(log_level => 'info');

$t->subst(ARN => ARN, STATIC => static(), TOKEN => static('token'));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_multipart     on;
    s3o_presign_methods       GET;
    %%STATIC%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        s3o_presign              json;
        s3o_presign_sign_method  PUT;
        add_header               X-Url $s3o_presign_url;

        location /json/ {
        }

        location /token/ {
            %%TOKEN%%
            s3o_presign_window  10m;
        }

        location /headers/ {
            s3o_presign_header  content-length 5242880;
            s3o_presign_header  x-amz-meta-a "\"é\"";
        }

        location /slow/ {
            limit_rate  100k;
        }

        location /get/ {
            s3o_presign_args         partNumber;
            s3o_presign_sign_method  $arg_method;
        }

        location /on/ {
            s3o_presign              on;
            s3o_presign_sign_method  PUT;
            add_header               X-Result $s3o_presign_result always;
        }
    }
}

EOC

# the fields of the answer

my $r = ask('/json/a%20b/c', '1-3');
my $o = $json->decode($r->{body});

is($r->{status}, 200, 'the answer is 200');
is($r->{headers}{'content-type'}[0], 'application/json',
   'the content type is JSON');
is($r->{headers}{'cache-control'}[0], 'no-store',
   'the answer may not be cached');
is(join(' ', sort keys %$o), 'expires_at expires_in headers method parts',
   'the names of the fields');
is("$o->{method} $o->{expires_in}", 'PUT 900',
   'method and expires_in are given once for all parts');
is(join(' ', map { join ',', sort keys %$_ } @{ $o->{parts} }),
   'partNumber,url ' x 2 . 'partNumber,url', 'the fields of a part');
right($r, 1, 3, 'three parts');
like($o->{parts}[0]{url}, qr{/a%20b/c\?}, 'the URL is for the key');
is($r->{headers}{'x-url'}[0], $o->{parts}[0]{url},
   '$s3o_presign_url is the URL of the first part');
like($r->{body}, qr/\}\n\z/, 'a newline ends the text');

# part numbers of all lengths, one part, and the largest number of parts

right(ask('/json/k', $_), split(/-/), "parts $_")
    for '1-1', '10000-10000', '8-12', '98-102', '995-1004', '9996-10000',
        '1-1000', '9001-10000';

# a session token, a window, and headers

$r = ask('/token/k', '1-200');
right($r, 1, 200, 'a token and a window');
like($json->decode($r->{body})->{parts}[199]{url}, qr/X-Amz-Expires=1500&/,
     'expires_in has the window in it');

$r = ask('/headers/k', '1-200');
is_deeply($json->decode($r->{body})->{headers},
          { 'content-length' => '5242880', 'x-amz-meta-a' => "\"\x{e9}\"" },
          'the headers are given once for all parts');
right($r, 1, 200, 'headers', 'content-length' => 5242880,
      'x-amz-meta-a' => "\"\xc3\xa9\"");

# the answer is complete for a slow client, HTTP/1.0, HEAD, and on a
# connection that is kept alive

right(ask('/slow/k', '1-1000'), 1, 1000, 'a slow answer');

my $c = $t->connect();
$r = $c->request(uri => '/json/k?uploadId=x&partNumber=1-150',
                 version => '1.0');
is($r->{headers}{'transfer-encoding'}, undef, 'HTTP/1.0: no chunks');
right($r, 1, 150, 'HTTP/1.0');

$r = $t->request(method => 'HEAD',
                 uri => '/json/k?uploadId=x&partNumber=1-150');
is("$r->{status} $r->{body}", '200 ', 'HEAD has no body');

$c = $t->connect();
right($c->request(uri => "/json/k?uploadId=x&partNumber=1-$_"), 1, $_,
      "kept alive, $_ parts") for 300, 2, 65;
$c->close();

# ranges that are refused, and the reason

my $form = qr/expected a number from 1 to 10000, or the first and the last of/;

for my $case (
    ['1-1001', qr/"partNumber" asks for 1001 parts: an answer has 1000 at/],
    ['1-10000', qr/"partNumber" asks for 10000 parts: an answer has 1000/],
    ['9999-10001', qr/"partNumber" is "9999-10001": $form/],
    ['0-5', qr/"partNumber" is "0-5": $form/],
    ['5-4', qr/"partNumber" is "5-4": $form/],
    ['-', qr/"partNumber" is "-": $form/],
    ['1-', qr/"partNumber" is "1-": $form/],
    ['-1', qr/"partNumber" is "-1": $form/],
    ['1-2-3', qr/"partNumber" is "1-2-3": $form/],
    ['01-2', qr/"partNumber" is "01-2": $form/],
    ['1-2&partNumber=3', qr/"partNumber"/],
    ['1-2&partNumber=3-4', qr/"partNumber"/])
{
    my ($range, $re) = @$case;

    $r = ask('/json/k', $range);
    is($r->{status}, 400, "$range is refused");
    like($json->decode($r->{body})->{Message}, $re, "$range: the reason");
}

$r = $t->request(uri => '/json/k?partNumber=1-2');
is($r->{status}, 400, 'a range without "uploadId" is refused');
$r = $t->request(uri => '/get/k?method=GET&partNumber=1-2');
is($r->{status}, 400, 'a range for GET is refused');
like($json->decode($r->{body})->{Message},
     qr/a range in "partNumber" is for PUT with "uploadId"/,
     'the answer says what a range is for');
$r = ask('/on/k', '1-2');
is("$r->{status} $r->{headers}{'x-result'}[0]", '400 args',
   'a range is refused in mode "on"');

# a client that leaves in the middle of the answer leaves nothing behind

for my $n (1 .. 5) {
    $c = $t->connect();
    $c->write("GET /slow/k?uploadId=x&partNumber=1-1000 HTTP/1.1\r\n"
             . "Host: localhost\r\n\r\n");
    $c->fill() if $n % 2;
    $c->close();
}

right(ask('/json/k', '1-1000'), 1, 1000, 'the next one gets its own');

$t->done();


sub ask {
    my ($uri, $range) = @_;

    return $t->request(uri => "$uri?uploadId=x%2Fy&partNumber=$range");
}


# tests that each part is there, in order, and that S3 accepts its URL

sub right {
    my ($r, $first, $last, $name, @headers) = @_;

    my $o = eval { $json->decode($r->{body}) } // {};
    my @parts = @{ $o->{parts} // [] };
    my %times = map { args_of($_->{url})->{'X-Amz-Date'} => 1 } @parts;

    is(join(' ', map { $_->{partNumber} } @parts), join(' ', $first .. $last),
       "$name: the numbers of the parts");
    is(join(' ', map { args_of($_->{url})->{partNumber} } @parts),
       join(' ', $first .. $last), "$name: the numbers in the URLs");
    is(keys %times, 1, "$name: all URLs are signed at one time");
    is(join(' ', grep { $_ ne 'signed' }
                 map { judge($_->{url}, method => 'PUT', headers => \@headers) }
                 @parts[0, -1, map { int rand @parts } 1 .. 20]),
       '', "$name: S3 accepts the URLs");

    return;
}
