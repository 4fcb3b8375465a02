#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# s3o_presign_multipart and s3o_presign_list: each of the five steps, and the
# listing, is signed with its own arguments only, and a listing stays within
# the prefix of the location.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN SECRET_KEY parse_url own_query is_signed);

my $t = S3O::Nginx->new(log_level => 'info');

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    map \$arg_tenant \$tenant {
        a        tenant-a/;
        dots     ../;
        default  "";
    }

    server {
        listen                    127.0.0.1:%%PORT_8080%%;
        server_name               localhost;

        client_max_body_size      0;

        s3o_presign               redirect;
        s3o_presign_access_point  @{[ ARN ]};
        s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                                  secret_access_key=@{[ SECRET_KEY ]};

        location /m/ {
            s3o_presign_multipart  on;
        }

        location /m-args/ {
            s3o_presign_multipart  on;
            s3o_presign_methods    GET PUT DELETE;
            s3o_presign_args       versionId partNumber plain max-parts;
            s3o_presign_param      response-content-type text/plain;
        }

        location /l/ {
            s3o_presign_list  on;
        }

        location /l-args/ {
            s3o_presign_list   on;
            s3o_presign_args   versionId plain prefix;
            s3o_presign_param  response-content-type text/plain;
        }

        location /l-tenant/ {
            s3o_presign_list  on;
            s3o_presign_key   tenant/\$s3o_presign_path;
        }

        location /l-map/ {
            s3o_presign_list  on;
            s3o_presign_key   \$tenant\$s3o_presign_path;
        }

        location = /l-exact {
            s3o_presign_list  on;
            s3o_presign_key   "tenant b/+";
        }

        location /ml/ {
            s3o_presign_list       on;
            s3o_presign_multipart  on;
        }
    }
}

EOC

# [method, URI, what is signed besides the authentication], or a status

my $id = 'uploadId=ID';

my @multipart = (
    ['POST',   '/m/k?uploads', 'uploads='],
    ['POST',   '/m/k?uploads=', 'uploads='],
    ['POST',   '/m/k?upload%73', 'uploads='],
    ['POST',   '/m/k?uploads=x', 400],
    ['POST',   '/m/k?uploads&uploads', 400],
    ['POST',   "/m/k?uploads&$id", 400],
    ['POST',   '/m/k?uploads&partNumber=1', 400],
    ['POST',   '/m/?uploads', 400],
    ['POST',   '/m/k?uploads&junk=1', 'uploads='],
    ['POST',   '/m/k?uploads&tagging', 400],
    ['POST',   '/m/k?uploads&X-Amz-Signature=1', 400],
    ['POST',   '/m/k?Uploads', 405],
    ['PUT',    '/m/k?uploads', 400],
    ['GET',    '/m/k?uploads', 400],

    ['PUT',    "/m/k?partNumber=1&$id", "partNumber=1&$id"],
    ['PUT',    "/m/k?$id&partNumber=10000", "partNumber=10000&$id"],
    ['PUT',    '/m/k?partNumber=%31&upload%49d=a%2Bb+c',
     'partNumber=1&uploadId=a+b c'],
    ['PUT',    "/m/k?partNumber=1&$id&max-parts=2", "partNumber=1&$id"],
    (map { ['PUT', "/m/k?partNumber=$_&$id", 400] } '', qw(0 10001 01 -1 1.0 a
     1a 99999999999999999999 %31%00 +1)),
    ['PUT',    "/m/k?partNumber&$id", 400],
    ['PUT',    "/m/k?partNumber=1&partNumber=2&$id", 400],
    ['PUT',    "/m/k?partNumber=1&$id&$id", 400],
    ['PUT',    "/m/k?partNumber=1&uploadId=", 400],
    ['PUT',    "/m/k?partNumber=1&uploadId", 400],
    ['PUT',    '/m/k?partNumber=1', 400],
    ['PUT',    "/m/k?$id", 400],
    ['PUT',    "/m/?partNumber=1&$id", 400],
    ['GET',    "/m/k?partNumber=1&$id", 400],
    ['POST',   "/m/k?partNumber=1&$id", 400],
    ['DELETE', "/m/k?partNumber=1&$id", 400],

    ['POST',   "/m/k?$id", $id],
    ['POST',   "/m/k?$id&junk=1", $id],
    ['POST',   "/m/k?$id&$id", 400],
    ['POST',   "/m/k?$id&acl", 501],
    ['POST',   '/m/k?uploadId', 400],
    ['POST',   "/m/?$id", 400],
    ['DELETE', "/m/k?$id", $id],
    ['DELETE', "/m/k?$id&versionId=1", 400],
    ['DELETE', '/m/k?uploadId=', 400],
    ['DELETE', '/m/k?uploadid=ID', 405],
    ['HEAD',   "/m/k?$id", 400],

    ['GET',    "/m/k?$id", $id],
    ['GET',    "/m/k?$id&max-parts=5&part-number-marker=2&encoding-type=url",
     "encoding-type=url&max-parts=5&part-number-marker=2&$id"],
    ['GET',    "/m/k?$id&max-parts=5&max-parts=6", 400],
    ['GET',    "/m/k?$id&list-type=2", 400],
    ['GET',    "/m/k?$id&prefix=a", $id],

    # s3o_presign_methods does not change the steps, nor do the steps change
    # it

    ['GET',    '/m/k', ''],
    ['PUT',    '/m/k', 405],
    ['DELETE', '/m/k', 405],
    ['POST',   '/m/k', 405],

    # arguments that the location adds: only to plain requests of this
    # location

    ['PUT',    "/m-args/k?partNumber=1&$id&plain=x",
     "partNumber=1&plain=x&$id"],
    ['PUT',    "/m-args/k?partNumber=1&$id&versionId=x", 400],
    ['PUT',    '/m-args/k?partNumber=1', 400],
    ['DELETE', '/m-args/k?partNumber=1', 400],
    ['POST',   '/m-args/k?uploads&versionId=x', 400],
    ['GET',    '/m-args/k?partNumber=1',
     'partNumber=1&response-content-type=text/plain'],
    ['HEAD',   '/m-args/k?partNumber=1', 405],
    ['GET',    "/m-args/k?partNumber=1&$id", 400],
    ['GET',    "/m-args/k?$id&max-parts=1&max-parts=2", 400],
    ['DELETE', '/m-args/k?versionId=x',
     'response-content-type=text/plain&versionId=x'],
    ['DELETE', "/m-args/k?$id", $id],
);

my $type = 'list-type=2';

my @list = (
    ['GET',    "/l/?$type", $type],
    ['GET',    "/l/?list%2Dtype=%32", $type],
    ['GET',    "/l/?$type&prefix=", $type],
    ['GET',    "/l/?$type&prefix=a/b", "$type&prefix=a/b"],
    ['GET',    "/l/?$type&prefix=a+b%2Bc", "$type&prefix=a b+c"],
    ['GET',    "/l/?$type&delimiter=/&max-keys=5&continuation-token=c%2F%3D"
               . '&start-after=s&encoding-type=url&fetch-owner=true',
     "continuation-token=c/=&delimiter=/&encoding-type=url&fetch-owner=true&"
     . "$type&max-keys=5&start-after=s"],
    ['GET',    "/l/?$type&junk=1&Delimiter=x", $type],
    (map { ['GET', "/l/?$type&$_=1&$_=2", 400] } qw(prefix delimiter max-keys
     continuation-token start-after encoding-type fetch-owner)),
    ['GET',    "/l/?$type&$type", 400],
    ['GET',    "/l/?$type&list-type=1", 400],
    ['GET',    '/l/?list-type', 400],
    ['GET',    '/l/?list-type=', 400],
    ['GET',    '/l/?list-type=1', 400],
    ['GET',    '/l/?list-type=02', 400],
    ['GET',    '/l/?prefix=a', 'prefix=a'],
    ['GET',    '/l/', ''],
    ['GET',    "/l/k?$type", 400],
    ['GET',    '/l/k?prefix=a&delimiter=/', ''],
    ['HEAD',   "/l/?$type", 400],
    ['POST',   "/l/?$type", 400],
    ['DELETE', "/l/?$type", 400],
    (map { ['GET', "/l/?$type&$_", 400] } qw(versions uploads tagging
     uploadId=1 versionId=1 delete X-Amz-Date=1)),
    (map { ['GET', "/l/?$type&$_", 501] } qw(acl location)),
    ['GET',    '/l/?List-Type=2', ''],

    ['GET',    "/l-args/?$type&plain=x", "$type&plain=x"],
    ['GET',    "/l-args/?$type&versionId=x", 400],
    ['GET',    "/l-args/?$type&prefix=a&prefix=b", 400],
    ['GET',    '/l-args/k?prefix=b&prefix=a',
     'prefix=a&prefix=b&response-content-type=text/plain'],

    # the prefix of a listing is that of the location, or below it

    ['GET',    "/l-tenant/?$type", "$type&prefix=tenant/"],
    ['GET',    "/l-tenant/?$type&prefix=", "$type&prefix=tenant/"],
    ['GET',    "/l-tenant/?$type&prefix", "$type&prefix=tenant/"],
    ['GET',    "/l-tenant/?$type&prefix=tenant/", "$type&prefix=tenant/"],
    ['GET',    "/l-tenant/?$type&prefix=tenant/a", "$type&prefix=tenant/a"],
    ['GET',    "/l-tenant/?$type&pre%66ix=%74enant%2Fa",
     "$type&prefix=tenant/a"],
    (map { ['GET', "/l-tenant/?$type&prefix=$_", 400] } 'tenant', 't', 'other/',
     'Tenant/', '/tenant/', 'tenant%00/', 'tenanta/', 'a/tenant/', '%20tenant/',
     '..', 'tenant%2', 'tenant%5C'),
    ['GET',    "/l-tenant/?$type&prefix=tenant/&prefix=other/", 400],
    ['GET',    "/l-tenant/?$type&Prefix=other/", "$type&prefix=tenant/"],
    ['GET',    "/l-tenant/?$type&delimiter=other/&start-after=other/",
     "delimiter=other/&$type&prefix=tenant/&start-after=other/"],

    ['GET',    "/l-map/?tenant=a&$type", "$type&prefix=tenant-a/"],
    ['GET',    "/l-map/?tenant=a&$type&prefix=tenant-b/", 400],
    ['GET',    "/l-map/?tenant=none&$type", $type],
    ['GET',    "/l-map/?tenant=dots&$type", 400],
    ['GET',    "/l-exact?$type", "$type&prefix=tenant b/+"],
    ['GET',    "/l-exact?$type&prefix=tenant+b/%2Bx",
     "$type&prefix=tenant b/+x"],
    ['GET',    "/l-exact?$type&prefix=tenant%20b/+", 400],

    ['GET',    "/ml/?$type", $type],
    ['GET',    "/ml/?$type&$id", 400],
    ['GET',    "/ml/k?$type&$id", 400],
    ['POST',   "/ml/k?uploads&$type", 400],
    ['GET',    "/ml/k?$id", $id],
);

for my $case (@multipart, @list) {
    my ($method, $uri, $expected) = @$case;

    my $r = $t->request(method => $method, uri => $uri);
    my $name = "$method $uri";

    if ($expected =~ /^[45]\d\d$/) {
        is($r->{status}, $expected, $name);
        unlike($r->{raw}, qr/X-Amz-/, "$name: nothing is signed");
        next;
    }

    my $u = parse_url($r->{headers}{location}[0] // "http://$r->{status}/");

    is(own_query($u), $expected, $name);
    is($u->{path}, $uri =~ m{/k(?:\?|$)} ? '/k' : '/', "$name: the path");
    ok(is_signed($u, method => $method), "$name: the signature");
}

$t->done();
