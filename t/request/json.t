#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# JSON answers: the fields, the method that the URL is for, the headers that
# the client has to send, and the escaping.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use S3O::Judge qw(TOKEN static judge args_of);
use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url);
use S3O::SigV4 qw(amz_epoch);

my $json = JSON::PP->new()->utf8();
my $t = S3O::Nginx->new();

$t->subst(ARN => ARN, STATIC => static(), TEMPORARY => static('token'));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        s3o_presign  json;

        location /plain/ {
        }

        location /token/ {
            %%TEMPORARY%%
        }

        location = /presign {
            s3o_presign_key             $s3o_presign_arg_key;
            s3o_presign_sign_method     $s3o_presign_arg_method;
            s3o_presign_methods         GET HEAD PUT DELETE;
            s3o_presign_signed_headers  content-type content-disposition
                                        x-amz-meta-* if-match if-none-match
                                        if-modified-since range;
            s3o_presign_args            versionId;
            s3o_presign_expires         $s3o_presign_arg_life;
        }

        location /always-put/ {
            s3o_presign_sign_method  PUT;
            s3o_presign_methods      PUT;
        }

        location /window/ {
            s3o_presign_expires  1h;
            s3o_presign_window   10m;
        }
    }
}

EOC

# the fields of the answer

my $r = $t->request(uri => '/plain/a%20b/%C3%A9.txt');
my $o = $json->decode($r->{body});

is($r->{status}, 200, 'the answer is 200');
is($r->{headers}{'content-type'}[0], 'application/json',
   'the content type is JSON');
is($r->{headers}{'cache-control'}[0], 'no-store',
   'the answer may not be cached');
is($r->{headers}{location}, undef, 'the answer has no redirect');
is($r->{headers}{'content-length'}[0], length $r->{body},
   'the answer has its length');
is(join(' ', sort keys %$o), 'expires_at expires_in headers method url',
   'the names of the fields');
is(judge($o->{url}), 'signed', 'S3 accepts the URL');
is(parse_url($o->{url})->{key}, "a b/\xc3\xa9.txt", 'the URL is for the key');
is($o->{method}, 'GET', 'the answer has the method');
is_deeply($o->{headers}, {}, 'the client need not send any header');
is($o->{expires_in}, 900, 'expires_in has the seconds that the URL lives');
like($r->{body}, qr/"expires_in":900\b/, 'expires_in is a number');
like($r->{body}, qr/\}\n\z/, 'a newline ends the text');
is($o->{expires_at}, expires_at($o->{url}),
   'expires_at is the time when the URL ends');

$o = ask('/token/x');
is(judge($o->{url}), 'signed', 'S3 accepts a URL of temporary credentials');
is(args_of($o->{url})->{'X-Amz-Security-Token'}, TOKEN,
   'the URL has the session token');

# HEAD requests, and requests with another method

$r = $t->request(method => 'HEAD', uri => '/plain/x');
is("$r->{status} $r->{body}", '200 ', 'HEAD has no body');
cmp_ok($r->{headers}{'content-length'}[0], '>', 100,
       'the answer to HEAD has the length of the body');

$r = $t->request(method => 'HEAD', uri => '/presign?key=x&life=1m&method=PUT');
is($r->{status}, 200, 'HEAD is accepted where the URL is for another method');

$r = $t->request(method => 'DELETE', uri => '/plain/x');
is("$r->{status} $r->{headers}{allow}[0]", '405 GET, HEAD',
   'the allowed methods are those of the location');

# the method that the URL is for: the argument, and the method that is signed

my @methods = (
    ['GET', 'method=GET', 'GET'],
    ['GET', 'method=HEAD', 'HEAD'],
    ['GET', 'method=PUT', 'PUT'],
    ['GET', 'method=DELETE', 'DELETE'],
    ['GET', 'method=%50UT', 'PUT'],
    ['GET', 'method=', 'GET'],
    ['GET', 'a=b', 'GET'],
    ['PUT', 'a=b', 'PUT'],
    ['PUT', 'method=GET', 'GET'],
    ['GET', 'method=POST', 405],
    ['GET', 'method=put', 405],
    ['GET', 'method=PUT%20', 405],
    ['GET', 'method=PUT%0AGET', 405],
    ['POST', 'a=b', 405],
);

for my $case (@methods) {
    my ($method, $query, $expected) = @$case;

    $r = $t->request(method => $method, body => $method eq 'GET' ? undef : 'x',
                     uri => "/presign?key=k&life=5m&$query");

    if ($expected =~ /^\d/) {
        is("$r->{status} $r->{headers}{allow}[0]",
           "$expected GET, HEAD, PUT, DELETE", "$method $query is refused");
        next;
    }

    $o = $json->decode($r->{body});
    is("$o->{method} " . judge($o->{url}, method => $expected),
       "$expected signed", "$method $query gives a URL for $expected");
}

$o = ask('/always-put/x');
is("$o->{method} " . judge($o->{url}, method => 'PUT'), 'PUT signed',
   'a constant s3o_presign_sign_method');

# a URL is valid for one method only

$o = ask('/presign?key=k&method=PUT&life=5m');
like(judge($o->{url}, method => 'GET'), qr/SignatureDoesNotMatch/,
     'a URL for PUT is no URL for GET');

# headers: the answer has those that are signed, as the client must send them

my @headers = (
    ['none', [], {}],
    ['one', ['Content-Type' => 'text/plain'],
     { 'content-type' => 'text/plain' }],
    ['two', ['X-Amz-Meta-B' => '2', 'If-Match' => '"etag"'],
     { 'x-amz-meta-b' => '2', 'if-match' => '"etag"' }],
    ['conditions, which are not for us',
     ['If-None-Match' => '*',
      'If-Modified-Since' => 'Fri, 01 Jan 2100 00:00:00 GMT'],
     { 'if-none-match' => '*',
       'if-modified-since' => 'Fri, 01 Jan 2100 00:00:00 GMT' }],
    ['a range', ['Range' => 'bytes=0-9'], { 'range' => 'bytes=0-9' }],
    ['a repeated one',
     ['x-amz-meta-a' => 'b', 'Content-Type' => 'x/y', 'X-Amz-Meta-A' => 'c',
      'x-amz-meta-A' => 'a'],
     { 'x-amz-meta-a' => 'b,c,a', 'content-type' => 'x/y' }],
    ['a repeated one with tabs at its ends',
     ['x-amz-meta-a' => "\tb\t", 'x-amz-meta-a' => "\t c \t"],
     { 'x-amz-meta-a' => 'b,c' }],
    ['an empty one', ['x-amz-meta-a' => ''], { 'x-amz-meta-a' => '' }],
    ['quotes and backslashes',
     ['Content-Disposition' => 'attachment; filename="a\\"b\\\\.txt"'],
     { 'content-disposition' => 'attachment; filename="a\\"b\\\\.txt"' }],
    ['tabs and blanks inside', ['x-amz-meta-a' => "b \t  c"],
     { 'x-amz-meta-a' => "b \t  c" }],
    ['control characters', ['x-amz-meta-a' => "b\x01\x1f\x7fc"],
     { 'x-amz-meta-a' => "b\x01\x1f\x7fc" }],
    ['UTF-8', ['x-amz-meta-a' => "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"],
     { 'x-amz-meta-a' => "\x{e9}\x{20ac}\x{1f600}" }],
    ['brackets, commas and colons', ['x-amz-meta-a' => '{"a":[1,2]},</b>'],
     { 'x-amz-meta-a' => '{"a":[1,2]},</b>' }],
    ['one that is not named', ['X-Other' => 'y', 'x-amz-meta-a' => 'b'],
     { 'x-amz-meta-a' => 'b' }],
    ['one of S3 that is not named', ['x-amz-acl' => 'private'], {}],
    ['authorization', ['Authorization' => 'Bearer secret'], {}],
    ['a long one', ['x-amz-meta-long' => '"\\' x 1500],
     { 'x-amz-meta-long' => '"\\' x 1500 }],
);

for my $case (@headers) {
    my ($name, $sent, $told) = @$case;

    $o = ask('/presign?key=k&method=PUT&life=5m', $sent);

    is_deeply($o->{headers}, $told, "headers: $name");

    # S3 accepts a client that sends the headers of the answer

    my @send = map { my $value = $told->{$_};
                     utf8::encode($value); ($_ => $value) } sort keys %$told;
    is(judge($o->{url}, method => 'PUT', headers => \@send), 'signed',
       "$name: S3 accepts the URL with the headers");
}

$o = ask('/presign?key=k&method=PUT&life=5m', ['x-amz-meta-a' => 'b']);
like(judge($o->{url}, method => 'PUT'), qr/SignatureDoesNotMatch/,
     'S3 refuses the URL without the headers');

# bytes that JSON cannot hold

for my $value ("\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82(", "\x80",
               "\xf4\x90\x80\x80", "\xc9\xd2", "\xc3\xc3", "\xe2\x82\xff",
               "\xf0\x9f\x98\xc0")
{
    $r = $t->request(uri => '/presign?key=k&method=PUT&life=5m',
                     headers => ['x-amz-meta-a' => $value]);
    is($r->{status}, 400,
       'a header of the bytes ' . unpack('H*', $value) . ' is refused');
}

# other bytes: the URL has no character that JSON would have to escape

$o = ask('/presign?life=5m&versionId=%22%5C%0A%F0%9F%98%80'
         . '&key=%22%5C%27%3C%2Fb%3E%E2%80%A8%26');
is(judge($o->{url}), 'signed',
   'S3 accepts a URL with quotes in key and version');
unlike($o->{url}, qr/[^!-~]|["\\<>]/, 'the URL has no bare quotes');
is(args_of($o->{url})->{versionId}, "\"\\\n\xf0\x9f\x98\x80",
   'the signed version is the one of the request');

# the expiry of each request

for my $case (['1s', 1], ['90', 90], ['7d', 604800], ['0', 500], ['8d', 500],
              ['x', 500], ['', 500])
{
    my ($life, $expected) = @$case;

    $r = $t->request(uri => "/presign?key=k&life=$life");

    is($r->{status} == 200 ? $json->decode($r->{body})->{expires_in}
                           : $r->{status}, $expected,
       "a life of \"$life\" is $expected");
}

$r = $t->request(uri => '/window/x');
$o = $json->decode($r->{body});
is(judge($o->{url}), 'signed', 'S3 accepts a URL of a window');
is($r->{headers}{'cache-control'}[0], 'no-store',
   'JSON may not be cached with a window either');
is(args_of($o->{url})->{'X-Amz-Expires'}, 4200,
   'the signed life is expiry and window together');
cmp_ok($o->{expires_in}, '>=', 3600,
       'the URL lives at least as long as configured');
cmp_ok($o->{expires_in}, '<=', 4200,
       'the URL lives no longer than it is signed for');
is($o->{expires_at}, expires_at($o->{url}),
   'expires_at is the end of the signed life');

$t->done();


sub ask {
    my ($uri, $headers) = @_;

    my $r = $t->request(uri => $uri, headers => $headers // []);

    return $r->{status} == 200 ? $json->decode($r->{body}) : {};
}


# the end that the URL itself names

sub expires_at {
    my ($url) = @_;

    my $p = args_of($url);
    my @t = gmtime amz_epoch($p->{'X-Amz-Date'}) + $p->{'X-Amz-Expires'};

    return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1,
                   @t[3, 2, 1, 0];
}
