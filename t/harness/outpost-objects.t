#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The stand-in for an Outpost, with requests whose signature is right:
# objects, multipart uploads, lists, and its behaviour on the connection.

use strict;
use warnings;

use Digest::MD5 qw(md5_base64);
use Digest::SHA qw(sha256_hex sha256_base64);
use Test::More;
use Time::HiRes qw(time);

use S3O::HTTP;
use S3O::Outpost;
use S3O::SigV4 qw(authorization uri_encode);
use S3O::SigV4::Chunked;
use S3O::TLS;

my $tls = S3O::TLS->new();
my $pair = $tls->cert('*.op-01234567890123456.s3-outposts.us-west-2'
                      . '.amazonaws.com');

my $s3 = S3O::Outpost->new(clock => '20240301T120000Z', tls => $pair,
                           session_token => 'TOKEN')->start();

is($s3->arn(), 'arn:aws:s3-outposts:us-west-2:123456789012:outpost/'
   . 'op-01234567890123456/accesspoint/my-ap', 'ARN');
is($s3->host(), 'my-ap-123456789012.op-01234567890123456.s3-outposts.'
   . 'us-west-2.amazonaws.com', 'host');

# objects

my $key = "d/\xc3\xbc b+c%.txt";

my $r = $s3->presigned(method => 'PUT', key => $key, body => 'hello world',
                       headers => ['Content-Type' => 'text/x',
                                   'x-amz-meta-a' => 'b']);
is($r->{status}, 200, 'PUT') or diag($r->{raw});
$s3->accepted('PUT is accepted');
is($s3->object($key)->{body}, 'hello world', 'object is there');
is($s3->last()->{body}, 'hello world', 'body is recorded');
is($s3->last()->{body_sha256}, sha256_hex('hello world'),
   'the hash of the body is recorded');
is($s3->last()->{key}, $key, 'the key is recorded');
is($s3->last()->{header}{'content-type'}, 'text/x', 'the headers are recorded');

$r = $s3->signed(key => $key);
is($r->{body}, 'hello world', 'GET');
is($r->{headers}{'content-type'}[0], 'text/x', 'content type comes back');
is($r->{headers}{'x-amz-meta-a'}[0], 'b', 'metadata comes back');
is($r->{headers}{date}[0], 'Fri, 01 Mar 2024 12:00:00 GMT',
   'the clock is that of the test');
my $etag = $r->{headers}{etag}[0];

$r = $s3->signed(method => 'HEAD', key => $key);
is("$r->{status} $r->{headers}{'content-length'}[0] '$r->{body}'", "200 11 ''",
   'HEAD');

for my $case (['bytes=0-4', 206, 'hello'], ['bytes=6-', 206, 'world'],
              ['bytes=-3', 206, 'rld'], ['bytes=4-99', 206, 'o world'],
              ['bytes=99-', 416, undef])
{
    my ($range, $status, $body) = @$case;
    $r = $s3->presigned(key => $key, headers => [Range => $range]);
    is($r->{status}, $status, "$range, status");
    is($r->{body}, $body, "$range, body") if defined $body;
}

$r = $s3->presigned(key => $key, headers => ['If-None-Match' => $etag]);
is($r->{status}, 304, 'If-None-Match');
$r = $s3->presigned(key => $key, headers => ['If-Match' => '"x"']);
is($r->{status}, 412, 'If-Match');
$r = $s3->presigned(method => 'PUT', key => $key, body => 'x',
                    headers => ['If-None-Match' => '*']);
is($r->{status}, 412, 'PUT with If-None-Match');

$r = $s3->presigned(key => $key, query => [
    ['response-content-disposition', 'attachment; filename="x y"']]);
is($r->{headers}{'content-disposition'}[0], 'attachment; filename="x y"',
   'response-* argument');

$r = $s3->signed(method => 'DELETE', key => $key);
is($r->{status}, 204, 'DELETE');
$r = $s3->presigned(key => $key);
is($r->{status}, 404, 'object is gone');
like($r->{body}, qr/<Code>NoSuchKey</, 'the error is NoSuchKey');
is($s3->last()->{operation_error}, 'NoSuchKey', 'the record has the error');

$s3->put_object('put', 'from here', 'Content-Type' => 'text/plain');
is($s3->presigned(key => 'put')->{body}, 'from here', 'put_object');

# uploads that are refused

for my $case (
    ['InvalidStorageClass', 400, 'x-amz-storage-class' => 'STANDARD'],
    ['AccessControlListNotSupported', 400, 'x-amz-acl' => 'private'],
    ['NotImplemented', 501, 'x-amz-copy-source' => 'a/b'],
    ['BadDigest', 400, 'content-md5' => md5_base64('y') . '=='],
    ['BadDigest', 400, 'x-amz-checksum-sha256' => sha256_base64('y') . '='])
{
    my ($code, $status, @header) = @$case;
    $r = $s3->presigned(method => 'PUT', key => 'no', body => 'x',
                        headers => \@header);
    is($r->{status}, $status, "$header[0]: status");
    like($r->{body}, qr/<Code>$code</, "$header[0]: $code");
}

$r = $s3->signed(method => 'PUT', key => 'no', body => 'x',
                 payload_hash => sha256_hex('y'));
like($r->{body}, qr/<Code>XAmzContentSHA256Mismatch</, 'another body');
$r = $s3->presigned(method => 'PUT', key => 'no', chunked => ['abc']);
is($r->{status}, 501, 'chunked body');
ok($s3->last()->{chunked}, 'a chunked body is recorded as such');
$r = $s3->presigned(method => 'PUT', key => 'no');
is($r->{status}, 411, 'no length');
$r = $s3->presigned(key => 'k' x 1025);
like($r->{body}, qr/<Code>KeyTooLongError</, 'key of 1025 bytes');
$r = $s3->presigned(key => 'put', query => [['tagging', '']]);
is($r->{status}, 501, 'an operation that is not implemented');
is($s3->object('no'), undef, 'nothing was stored');

# aws-chunked uploads, signed and not

for my $form (qw(STREAMING-AWS4-HMAC-SHA256-PAYLOAD
                 STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
                 STREAMING-UNSIGNED-PAYLOAD-TRAILER))
{
    my $data = 'x' x 20000;
    my @trailer = $form =~ /TRAILER/
                  ? ('x-amz-checksum-sha256', sha256_base64($data) . '=') : ();

    my %sign = ($s3->signer(), date => '20240301T120000Z', method => 'PUT',
                key => 'stream', payload_hash => $form,
                headers => ['content-encoding', 'aws-chunked',
                            'x-amz-decoded-content-length', length $data,
                            @trailer ? ('x-amz-trailer', $trailer[0]) : ()]);
    my $signed = authorization(%sign);
    my $body = S3O::SigV4::Chunked::encode($data, chunk => 8192, %$signed,
        form => $form, @trailer ? (trailer => \@trailer) : (),
        signing_key => S3O::SigV4::signing_key($s3->secret_key(), '20240301',
                                               'us-west-2'));
    my %send = (method => 'PUT', headers => [map { @$_ }
                                             @{ $signed->{headers} }]);

    $r = $s3->fetch($signed->{url}, %send, body => $body);
    is($r->{status}, 200, $form) or diag($r->{raw});
    is($s3->object('stream')->{body}, $data, "$form: stored without framing");
    is($s3->object('stream')->{headers}{'content-encoding'}, undef,
       "$form: aws-chunked is not in the content encoding");

    substr($body, 300, 1) = 'y';
    $r = $s3->fetch($signed->{url}, %send, body => $body);
    is($r->{status}, 400, "$form: changed data");
}

# multipart

$r = $s3->presigned(method => 'POST', key => 'big', body => '',
                    query => [['uploads', '']],
                    headers => ['Content-Type', 'video/x']);
my ($id) = $r->{body} =~ m{<UploadId>(.*?)</UploadId>};
ok($id, 'CreateMultipartUpload');

my @etags;

for my $n (1, 2) {
    $r = $s3->presigned(method => 'PUT', key => 'big', body => $n x 3,
                        query => [['partNumber', $n], ['uploadId', $id]]);
    is($r->{status}, 200, "UploadPart $n");
    push @etags, $r->{headers}{etag}[0];
}

$r = $s3->presigned(key => 'big', query => [['uploadId', $id]]);
is(() = $r->{body} =~ /<Part>/g, 2, 'ListParts');

my $list = '<CompleteMultipartUpload>'
    . join('', map { "<Part><PartNumber>$_</PartNumber>"
                     . "<ETag>$etags[$_ - 1]</ETag></Part>" } 1, 2)
    . '</CompleteMultipartUpload>';

$r = $s3->presigned(method => 'POST', key => 'big', body => $list =~ s/2</3</r,
                    query => [['uploadId', $id]]);
is($r->{status}, 400, 'CompleteMultipartUpload with a part that is not there');
$r = $s3->presigned(method => 'POST', key => 'big', body => $list,
                    query => [['uploadId', $id]]);
is($r->{status}, 200, 'CompleteMultipartUpload');
is($s3->object('big')->{body}, '111222', 'parts are joined');
is($s3->object('big')->{headers}{'content-type'}, 'video/x', 'type is kept');
$r = $s3->presigned(method => 'DELETE', key => 'big',
                    query => [['uploadId', $id]]);
is($r->{status}, 404, 'AbortMultipartUpload of a finished one');

# lists

$s3->put_object($_, $_) for "l/a&b", "l/\xc3\xbc", 'l/d/1', 'l/d/2', 'l/z';

$r = $s3->presigned(key => '', query => [
    ['list-type', 2], ['prefix', 'l/'], ['delimiter', '/'], ['max-keys', 2]]);
is(join(' ', $r->{body} =~ m{<Key>(.*?)</Key>}g), 'l/a&amp;b', 'list, keys');
is(join(' ', $r->{body} =~ m{<CommonPrefixes><Prefix>(.*?)</Prefix>}g),
   'l/d/', 'list, groups');
my ($token) = $r->{body} =~ m{<NextContinuationToken>(.*?)<};
$r = $s3->presigned(key => '', query => [
    ['list-type', 2], ['prefix', 'l/'], ['delimiter', '/'],
    ['encoding-type', 'url'], ['continuation-token', $token]]);
is(join(' ', $r->{body} =~ m{<Key>(.*?)</Key>}g), 'l/z l/%C3%BC',
   'list, second page');
is($s3->presigned(key => '', method => 'HEAD')->{status}, 200, 'HeadBucket');

# the wire

my $c = S3O::HTTP->connect(port => $s3->port());
my $n = $s3->last()->{connection};

for (1 .. 3) {
    $r = $s3->presigned(key => 'put', connection => $c);
    is($r->{body}, 'from here', "kept connection, request $_");
}

is($s3->last()->{connection}, $n + 1, 'one connection');
is($s3->last()->{connection_request}, 3, 'three requests on it');
$c->close();

$r = $s3->presigned(key => 'put', version => '1.0');
is($r->{body}, 'from here', 'HTTP/1.0');

$r = $s3->presigned(method => 'PUT', key => 'e', body => 'x' x 1e6,
                    expect => 1);
is($r->{interim}[0]{status}, 100, 'Expect: 100 comes');
is($s3->object('e')->{size}, 1e6, 'the body comes after 100');

$r = $s3->presigned(method => 'PUT', key => 'e', body => 'x' x 1e6,
                    expect => 1, secret_key => 'wrong');
is($r->{status}, 403, 'Expect: no 100 for a bad signature');
is($r->{sent}, 0, 'the client sends no body');

$r = $s3->presigned(key => 'put', secret_key => 'wrong');
unlike($r->{raw}, qr/^x-amz-request-id: $/m, 'errors carry an id');
$s3->refused('SignatureDoesNotMatch');

$r = S3O::HTTP->connect(port => $s3->port())
     ->request(uri => '/', close => 1, headers => ['Bad Name', 'x']);
is($r->{status}, 400, 'malformed header line');
ok($s3->last()->{malformed}, 'the malformed header line is recorded');

# TLS

like($s3->presigned(key => 'put', scheme => 'https', ca => $tls->ca_file())
     ->{body}, qr/from here/, 'TLS, verified');
is($s3->last()->{tls}, 1, 'TLS is recorded');
is($s3->last()->{sni}, $s3->host(), 'server name is recorded');

# canned answers

$s3->next_response(503, ['Retry-After', 1], 'slow down');
$r = $s3->presigned(key => 'put');
is("$r->{status} $r->{headers}{'retry-after'}[0] $r->{body}",
   '503 1 slow down', 'canned answer');
$s3->accepted('the request of a canned answer is judged, too');
is($s3->presigned(key => 'put')->{status}, 200, 'a canned answer comes once');

$s3->next_response(status => 500, match => { key => 'other' }, times => 2);
is($s3->presigned(key => 'put')->{status}, 200,
   'a canned answer for another key');
is($s3->presigned(key => 'other')->{status}, 500,
   'a canned answer for this key')
    for 1 .. 2;

$s3->next_response(drop => 1);
is($s3->presigned(key => 'put'), undef,
   'a connection that ends without an answer');

$s3->next_response(raw => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
$r = $s3->presigned(key => 'put');
ok(!$r->{complete} && $r->{body} eq 'abc', 'answer that is cut short');

$s3->next_response(status => 403, early => 1, body => 'no');
$r = $s3->presigned(method => 'PUT', key => 'y', body => 'x' x 5e6);
is($r->{status}, 403, 'answer before the body');

my $start = time();
$s3->next_response(status => 200, delay => 0.2);
$s3->presigned(key => 'put');
cmp_ok(time() - $start, '>=', 0.2, 'late answer');

is(scalar($s3->wait_requests(5)), scalar($s3->requests()), 'wait_requests');
$s3->clear();
is(scalar(() = $s3->requests()), 0, 'clear');
is(join(' ', $s3->last()->{verdict}, %{ $s3->last()->{header} }),
   'nothing came', 'wait_requests tells that no request came');

done_testing();
