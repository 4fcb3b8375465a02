#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Why a request was not signed: the status, the word of $s3o_presign_result in
# the access log, and one line of the right level in the error log.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp wait_until);

my $s3 = S3O::Outpost->new()->start();
my $t = S3O::Nginx->new();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    log_format  result '$status $s3o_presign_result';
    access_log  %%TESTDIR%%/result.log result;

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    %%TEST_OUTPOST%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /list/ {
            s3o_presign          redirect;
            s3o_presign_list     on;
            s3o_presign_key      "public/$s3o_presign_path";
        }

        location /multipart/ {
            s3o_presign            redirect;
            s3o_presign_multipart  on;
        }

        location /proxy/ {
            s3o_presign          proxy;
            s3o_presign_methods  GET PUT;
            s3o_presign_header   x-amz-meta-raw $s3o_presign_arg_raw;
            proxy_pass           http://up;
        }

        location /method/ {
            s3o_presign          proxy;
            proxy_method         PUT;
            proxy_pass           http://up;
        }

        location /where/ {
            s3o_presign               redirect;
            s3o_presign_access_point  $arg_where;
        }

        location /life/ {
            s3o_presign          redirect;
            s3o_presign_expires  $arg_life;
        }

        location /window/ {
            s3o_presign          redirect;
            s3o_presign_expires  $arg_life;
            s3o_presign_window   1h;
        }

        location /mode/ {
            s3o_presign  $arg_mode;
        }

        location /late/ {
            s3o_presign              redirect;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2020-01-01T00:00:00Z;
        }

        location /late-proxy/ {
            s3o_presign              proxy;
            proxy_pass               http://up;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2020-01-01T00:00:00Z;
        }

        location /off/ {
            return  200;
        }
    }
}

EOC

my $arn = $s3->arn();
my $n = 0;

# method, URI, headers, status, word, level and text in the error log

my @cases = (
    ['GET', '/redirect/k', [], 307, 'signed'],
    ['GET', '/multipart/k', [], 307, 'signed'],
    ['GET', '/off/k', [], 200, '-'],
    ['PUT', '/redirect/k', [], 405, 'method', 'info', 'the method is not'],
    ['PURGE', '/redirect/k', [], 405, 'method', 'info', 'the method is not'],
    ['GET', '/redirect/', [], 400, 'key', 'info', 'key is empty'],
    ['GET', '/redirect/%c3', [], 400, 'key', 'info', 'not valid UTF-8'],
    ['GET', '/redirect/%7f', [], 400, 'key', 'info', 'control character'],
    ['GET', '/redirect/' . 'k' x 1025, [], 414, 'key', 'info', 'longer than'],
    ['GET', '/redirect/k?x-amz-date=1', [], 400, 'args', 'info',
     'authentication argument'],
    ['GET', '/redirect/k?AWSAccessKeyId=1', [], 400, 'args', 'info',
     'authentication argument'],
    ['GET', '/redirect/k?torrent', [], 501, 'args', 'info',
     'the argument "torrent" asks for what S3 on Outposts does not have'],
    ['GET', '/redirect/?list-type=2', [], 400, 'args', 'info',
     'the argument "list-type" asks for ListObjectsV2, which is not allowed: '
     . 'see "s3o_presign_list on"'],
    ['GET', '/redirect/?versions', [], 400, 'args', 'info',
     'the argument "versions" asks for ListObjectVersions, which is not '
     . 'allowed: see "s3o_presign_operations ListObjectVersions"'],
    ['GET', '/redirect/k?uploadId=1', [], 400, 'args', 'info',
     'the argument "uploadId" asks for ListParts, which is not allowed: see '
     . '"s3o_presign_multipart on"'],
    ['PUT', '/redirect/k?tagging', [], 405, 'method', 'info',
     'the argument "tagging" asks for PutObjectTagging, which is not allowed: '
     . 'see "s3o_presign_operations PutObjectTagging"'],
    ['GET', '/redirect/k?versionId=1', [], 400, 'args', 'info',
     'the argument "versionId" is not allowed: see "s3o_presign_args '
     . 'versionId"'],
    ['GET', '/redirect/k?delete', [], 400, 'args', 'info',
     'the argument "delete" is of DeleteObjects, which has the method POST'],
    ['GET', '/redirect/k?a=%', [], 400, 'args', 'info', 'invalid escape'],
    ['GET', '/redirect/k?' . 'a&' x 200, [], 414, 'args', 'info', 'too many'],
    ['PUT', '/multipart/k?uploadId=1', [], 400, 'args', 'info', '"uploadId"'],
    ['GET', '/multipart/k?uploads', [], 400, 'args', 'info', '"uploads"'],
    ['GET', '/list/?list-type=2', [], 307, 'signed'],
    ['GET', '/list/?list-type=2&prefix=public/a', [], 307, 'signed'],
    ['GET', '/list/?list-type=2&prefix=private', [], 400, 'list', 'info',
     'the argument "prefix" is outside of what the location lists'],
    ['GET', '/list/?list-type=2&prefix=pub', [], 400, 'list', 'info',
     'the argument "prefix" is outside of what the location lists'],
    ['GET', '/list/?list-type=1', [], 400, 'args', 'info', '"list-type"'],
    ['GET', '/list/k?list-type=2', [], 400, 'args', 'info', '"list-type"'],
    ['GET', '/redirect/k', ['x-amz-tagging' => 'a=b'], 400, 'headers', 'info',
     's3o_presign_signed_headers'],
    ['GET', '/redirect/k', ['x-amz-acl' => 'public-read'], 501, 'headers',
     'info', 's3o_presign_signed_headers'],
    ['PUT', '/proxy/k', ['Content-Encoding' => 'aws-chunked'], 501, 'headers',
     'info', 'aws-chunked'],
    ['GET', '/proxy/k?raw=%0a', [], 500, 'headers', 'error',
     'control character'],
    ['PUT', '/proxy/k', ['x-amz-content-sha256' =>
                         'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
     411, 'length', 'info', 'x-amz-decoded-content-length'],
    ['GET', '/method/k', [], 500, 'method', 'error', 'proxy_method'],
    ['GET', "/where/k?where=$arn", [], 307, 'signed'],
    ['GET', '/where/k', [], 404, 'access_point', 'info', 'is empty'],
    ['GET', '/where/k?where=arn:aws:s3:::bucket', [], 500, 'access_point',
     'error', 's3o_presign_access_point'],
    ['GET', "/where/k?where=$arn/x", [], 500, 'access_point', 'error',
     's3o_presign_access_point'],
    ['GET', '/where/k?where=' . 'x' x 300, [], 500, 'access_point', 'error',
     's3o_presign_access_point'],
    ['GET', '/life/k?life=7d', [], 307, 'signed'],
    ['GET', '/life/k?life=0', [], 500, 'expires', 'error', '1s to 7d'],
    ['GET', '/life/k?life=604801', [], 500, 'expires', 'error', '1s to 7d'],
    ['GET', '/life/k', [], 500, 'expires', 'error', '1s to 7d'],
    ['GET', '/window/k?life=2h', [], 307, 'signed'],
    ['GET', '/window/k?life=1h', [], 500, 'expires', 'error',
     's3o_presign_window'],
    ['GET', '/window/k?life=7d', [], 500, 'expires', 'error',
     's3o_presign_window'],
    ['GET', '/mode/k?mode=redirect', [], 307, 'signed'],
    ['GET', '/mode/k?mode=proxy', [], 500, 'config', 'error', 'proxy_pass'],
    ['GET', '/mode/k?mode=nothing', [], 500, undef, 'error', '"nothing"'],
    ['GET', '/late/k', [], 503, 'credentials', 'error', 'no valid cred'],
    ['GET', '/late-proxy/k', [], 503, 'credentials', 'error', 'no valid cred'],
);

my $late = 0;

for my $case (@cases) {
    my ($method, $uri, $headers, $status, $word, $level, $words) = @$case;

    $t->clear_log();
    $s3->clear();

    my $r = $t->request(method => $method, uri => $uri, headers => $headers);
    my $name = "$method " . substr($uri, 0, 40);

    is($r->{status}, $status, "$name: $status");

    my ($logged, $result) = split / /, log_line();
    is("$logged $result", "$status $word", "$name: the word is $word")
        if defined $word;

    my @lines = grep { /s3o_presign/ } $t->log_errors('info');

    # missing credentials are logged as an error once a second

    $level = 'info' if $words && $words =~ /^no valid/ && $late++
                       && "@lines" =~ /\[info\]/;

    is(join("\n", map { /\[(\w+)\]/ } @lines), $level // '',
       "$name: " . ($level ? "one line, $level" : 'nothing in the log'));
    like($lines[0], qr/ s3o_presign: not signed: .*\Q$words\E/,
         "$name: the log says why")
        if $words;

    is(scalar $s3->requests(), 0, "$name: the Outpost gets no request")
        if $status != 307;
    is($r->{headers}{location}, undef,
       "$name: the answer has no URL") if $status != 307;
}

like($t->request(uri => '/late/k')->{headers}{'retry-after'}[0], qr/^[1-9]\d?$/,
   '503 says when the client may come again');

log_line();
$s3->drop_credentials();

my $r = $t->request(uri => '/proxy/k');

is("$r->{status} " . log_line(), '502 502 refused',
   'an Outpost that refuses the signature');
$t->error_log_like(qr/\[error\].*"InvalidAccessKeyId"/, 'the log has its code');

$t->done();


# nginx writes the line after the answer has been sent

sub log_line {
    my @lines;

    wait_until(sub {
        @lines = split /\n/, slurp($t->testdir() . '/result.log');
        @lines > $n;
    }, 60);

    $n = @lines;

    return $lines[-1];
}
