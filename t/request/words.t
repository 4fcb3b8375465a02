#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The answer to a request that is wrong: which argument or header is wrong, and
# what would be right.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use S3O::Judge qw(static);
use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $t = S3O::Nginx->new();

$t->subst(ARN => ARN, STATIC => static());

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

        s3o_presign            json;
        s3o_presign_methods    GET HEAD PUT POST DELETE;
        s3o_presign_multipart  on;

        location /all/ {
            s3o_presign_key             $s3o_presign_path;
            s3o_presign_list            on;
            s3o_presign_signed_headers  x-amz-meta-*;
            s3o_presign_operations      GetObjectTagging PutObjectTagging
                                        DeleteObjectTagging ListObjectVersions
                                        ListMultipartUploads DeleteObjects;
        }

        # a prefix that could also be the key of an object

        location /folder/ {
            s3o_presign_key  folder/$s3o_presign_path;
        }

        location /new/ {
            s3o_presign_key         new/$s3o_presign_path;
            s3o_presign_operations  ListObjectsV2;
        }

        location /named/ {
            s3o_presign_key   named/$s3o_presign_path;
            s3o_presign_args  prefix;
        }
    }
}

EOC

sub value { return "the value of the argument \"$_[0]\" is wrong: expected "
                   . $_[1] }
sub of { return "the argument \"$_[0]\" is of $_[1], which " . $_[2] }
sub mix { return "the argument \"$_[0]\" does not go with this method and the" }

my $number = 'a number from 1 to 10000';
my $object = 'is of the bucket, and the path names an object';

for my $case (
    ['PUT', 'k?uploadId=x', of('uploadId', 'UploadPart',
                               'needs "partNumber", too')],
    ['PUT', 'k?partNumber=1', of('partNumber', 'UploadPart',
                                 'needs "uploadId", too')],
    ['PUT', 'k?partNumber=0&uploadId=x', value('partNumber', $number)],
    ['PUT', 'k?partNumber=10001&uploadId=x', value('partNumber', $number)],
    ['PUT', 'k?partNumber=&uploadId=x', value('partNumber', $number)],
    ['PUT', 'k?partNumber=1&uploadId=', value('uploadId', 'the id of an')],
    ['PUT', 'k?partNumber=1&uploadId=x&partNumber=1',
     'the argument "partNumber" is there twice'],
    ['PUT', 'k?uploads', of('uploads', 'CreateMultipartUpload',
                            'has the method POST')],
    ['POST', 'k?uploads=1', value('uploads', 'none')],
    ['POST', 'k?uploads&uploadId=x', mix('uploadId')],
    ['HEAD', 'k?uploadId=x', ''],
    ['DELETE', 'k?uploadId=x&partNumber=1', of('partNumber', 'UploadPart',
                                               'has the method PUT')],
    ['POST', 'k?tagging', of('tagging', 'GetObjectTagging',
                             'has the method GET')],
    ['GET', 'k?tagging=1', value('tagging', 'none')],
    ['GET', 'k?list-type=2', of('list-type', 'ListObjectsV2', $object)],
    ['GET', '?list-type=1', value('list-type', '"2"')],
    ['PUT', '?list-type=2', of('list-type', 'ListObjectsV2',
                               'has the method GET')],
    ['GET', 'k?versions', of('versions', 'ListObjectVersions', $object)],
    ['POST', 'k?delete', of('delete', 'DeleteObjects', $object)],
    ['GET', '?prefix=a&prefix=b', 'the argument "prefix" is there twice'],
    ['GET', 'k?a%2=b', 'the argument "a%2" has an invalid escape in its name'],
    ['GET', 'k?a=%x', 'the argument "a" has an invalid escape in its value'],
    ['GET', 'k?' . 'a&' x 200, 'too many arguments: 201, and at most 128'])
{
    my ($method, $uri, $said) = @$case;

    refused($method, "/all/$uri", $said);
}

refused('GET', '/all/k', 'the header "x-amz-meta-a" is to be signed, and is '
        . 'not valid UTF-8', ['x-amz-meta-a' => "\xff"]);

# a list of version 1 is a list, and not the object whose key is the prefix

my $list = 'asks for ListObjects, which is not allowed: see "s3o_presign_list '
           . 'on"';

refused('GET', '/new/', "a path without a key $list");
refused('GET', '/new/?prefix=new/', "the argument \"prefix\" $list");
refused('GET', "/folder/?$_=1", "the argument \"$_\" $list")
    for qw(prefix delimiter marker max-keys encoding-type);

is($t->request(uri => "$_")->{status}, 200, "$_ is an object")
    for '/folder/', '/folder/?x=y', '/folder/k?prefix=a', '/new/k',
        '/named/?prefix=a';
is($t->request(uri => '/new/?list-type=2')->{status}, 200, 'the new list');

$t->done();


sub refused {
    my ($method, $uri, $said, $headers) = @_;

    my $r = $t->request(method => $method, uri => $uri,
                        headers => $headers // [],
                        $method =~ /^P/ ? (body => '') : ());

    like($r->{status}, qr/^4\d\d$/, "$method $uri is refused");

    return if $method eq 'HEAD';

    like(eval { decode_json($r->{body})->{Message} } // $r->{body},
         qr/^\Q$said\E/, "$method $uri: the reason");

    return;
}
