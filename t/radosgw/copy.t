#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Copies that a real S3 server makes.  A client may copy only what the location
# would let it read.  It names the source as it knows it.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Process qw(capture);
use S3O::Radosgw;

my $t = S3O::Nginx->new(log_level => 'info')->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    map $uri $mapped {
        default      elsewhere/;
        ~/map/a/     a/;
        ~/map/dest   a/;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        client_max_body_size        0;
        s3o_presign_methods         GET HEAD PUT DELETE;
        s3o_presign_multipart       on;
        s3o_presign_signed_headers  content-type x-amz-meta-*;

        location /files/ {
            s3o_presign       proxy;
            s3o_presign_copy  files other;
            proxy_pass        http://127.0.0.1:%%OUTPOST%%;

            location /files/private/ {
                s3o_presign  off;
                deny         all;
            }
        }

        location ~ ^/files/.*\.secret$ {
            deny  all;
        }

        location /mine/ {
            s3o_presign       proxy;
            s3o_presign_key   users/$http_x_user/$s3o_presign_path;
            s3o_presign_args  versionId;
            s3o_presign_copy  mine;
            proxy_pass        http://127.0.0.1:%%OUTPOST%%;
        }

        location /map/ {
            s3o_presign       proxy;
            s3o_presign_key   $mapped$s3o_presign_path;
            s3o_presign_copy  map;
            proxy_pass        http://127.0.0.1:%%OUTPOST%%;
        }

        location /none/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /json/ {
            s3o_presign       json;
            s3o_presign_copy  json;
        }

        location /redirect/ {
            s3o_presign       redirect;
            s3o_presign_copy  redirect;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $bucket = $s3->bucket();
my $arn = $s3->arn();

put('a b', 'the source');
put('private/x', 'private');
put('x.secret', 'secret');
put('users/alice/doc', 'of alice');
put('users/bob/doc', 'of bob');
put('a/a/doc', 'mapped');

# forms of the source that clients write

for my $source ('/files/a%20b', 'files/a b', 'other/a%20b', 'files%2Fa%20b',
                "$arn/object/a%20b", "$arn/a b",
                $arn =~ s/:/%3A/gr . '/object/a%20b')
{
    is(copy('/files/copy', $source), '200 the source', "a copy of $source");
}

# metadata is replaced by a copy of the object onto itself

my $r = curl("$base/files/a%20b", method => 'PUT', upload => '', headers => [
    'x-amz-copy-source' => '/files/a%20b', 'x-amz-meta-mtime' => '12',
    'x-amz-metadata-directive' => 'REPLACE']);
is($r->{status}, 200, 'metadata is replaced in place');
$r = $s3->signed(key => 'a b');
is("$r->{body} $r->{headers}{'x-amz-meta-mtime'}[0]", 'the source 12',
   'the object has the same body');

# the expected owner of the source

is(copy('/files/owner', 'files/a%20b',
        'x-amz-source-expected-bucket-owner' => '123456789012'),
   '200 the source', 'a source with the expected owner is copied');
is(copy('/files/owner2', 'files/a%20b',
        'x-amz-source-expected-bucket-owner' => '123456789013'),
   '403', 'a source with another owner is refused');

# a copy becomes a part of an upload

my ($id) = curl("$base/files/parts?uploads", method => 'POST')->{body}
           =~ m{<UploadId>([^<]+)};
$r = curl("$base/files/parts?partNumber=1&uploadId=$id", method => 'PUT',
          upload => '', headers => ['x-amz-copy-source' => 'files/a%20b',
                                    'x-amz-copy-source-range' => 'bytes=4-9']);
is($r->{status}, 200, 'UploadPartCopy');
my ($etag) = $r->{body} =~ /<ETag>(.*?)</;
$r = curl("$base/files/parts?uploadId=$id", method => 'POST', args => [
          '--data-binary', '<CompleteMultipartUpload><Part><PartNumber>1'
          . "</PartNumber><ETag>$etag</ETag></Part></CompleteMultipartUpload>",
          '-H', 'Content-Type: application/xml']);
is("$r->{status} " . ($s3->signed(key => 'parts')->{body} // ''),
   '200 source', 'a range becomes a part');

# sources that the location does not let the client read

for my $case (
    ['/files/evil', 'files/private/x', 501],
    ['/files/evil', 'files/private%2Fx', 501],
    ['/files/evil', 'files/y/../private/x', 400],
    ['/files/evil', 'files/y/%2e%2e/private/x', 400],
    ['/files/evil', 'files/./private/x', 400],
    ['/files/evil', 'files//private/x', 501],
    ['/files/evil', 'files/x.secret', 501],
    ['/files/evil', '/files/files/private/x', 404],
    ['/files/evil', "$bucket/private/x", 501],
    ['/files/evil', 'elsewhere/private/x', 501],
    ['/files/evil', "$arn/object/private/x", 501],
    ['/files/evil', $arn =~ s/my-ap/my-op/r . '/object/a', 501],
    ['/files/evil', 'arn:aws:s3:::files/private/x', 501],
    ['/files/evil', 'files/%252e%252e/private/x', 404],
    ['/files/evil', 'files/a%20b?versionId=null', 501],
    ['/files/evil', 'files/a%20b?versionId=1&x=/files/private/x', 400],
    ['/files/evil', 'files/a+b', 400],
    ['/files/evil', 'files/a%00b', 400],
    ['/files/evil', 'files/', 400],
    ['/none/evil', 'none/a%20b', 501],
    ['/mine/evil', 'mine/../bob/doc', 400],
    ['/mine/evil', 'mine/users/bob/doc', 404],
    ['/mine/evil', 'mine//users/bob/doc', 501],
    ['/mine/evil', 'files/users/bob/doc', 501],
    ['/map/dest', 'map/b/doc', 501],
    ['/redirect/evil', 'redirect/a%20b', 501])
{
    my ($uri, $source, $status) = @$case;

    is(copy($uri, $source, 'x-user' => 'alice'), $status,
       "no copy of $source to $uri");
}

is($s3->signed(key => 'evil')->{status}, 404, 'none of these was stored');
is($s3->signed(key => 'users/alice/evil')->{status}, 404,
   'none of these was stored for alice');

is(copy('/mine/copy', 'mine/doc', 'x-user' => 'alice'), '200 of alice',
   'a user copies what is below his prefix');
is($s3->signed(key => 'users/alice/copy')->{body}, 'of alice',
   'the copy is below the prefix of the user, too');
is(copy('/map/dest', 'map/a/doc'), '200 mapped',
   'a map gives the keys of both');

# the other modes

$r = curl("$base/json/copy", method => 'PUT', upload => '',
          headers => ['x-amz-copy-source' => 'json/a%20b']);
like($r->{body}, qr{"x-amz-copy-source":"$bucket/a%20b"},
     'json gives the form that the Outpost accepts');

$r = curl("$base/redirect/copy", method => 'PUT', upload => '',
          headers => ['x-amz-copy-source' => 'redirect/a%20b']);
is($r->{status}, 501, 'a redirect cannot change the form');

# requests with two sources, and with none

is(copy('/files/two', 'files/a%20b', 'x-amz-copy-source' => 'files/private/x'),
   '400', 'two sources');
is(curl("$base/files/zero", method => 'PUT', upload => 'x', headers =>
        ['x-amz-metadata-directive' => 'REPLACE'])->{status}, 400,
   'a directive without a copy');
is(curl("$base/files/a%20b", headers => ['x-amz-copy-source' => 'files/a%20b'])
   ->{status}, 400, 'a GET is no copy');

boto3();

$t->done();


# An SDK for Python: a copy in parts, a copy in place, and a move.

sub boto3 {
    my $body = join '', map { sprintf "%015d\n", $_ } 1 .. 786_432;

    put('big', $body);

    my $out = capture(['python3', '-c', <<'EOP', $base]);
import sys
try:
    import boto3
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config
except ImportError:
    print('no boto3')
    raise SystemExit(0)
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-west-2',
                  aws_access_key_id='any', aws_secret_access_key='any',
                  config=Config(s3={'addressing_style': 'path'},
                                retries={'max_attempts': 1}))
mb = 1024 * 1024
s3.copy({'Bucket': 'files', 'Key': 'big'}, 'files', 'big copy',
        Config=TransferConfig(multipart_threshold=8 * mb,
                              multipart_chunksize=5 * mb))
s3.copy_object(Bucket='files', Key='big copy', MetadataDirective='REPLACE',
               CopySource={'Bucket': 'files', 'Key': 'big copy'},
               Metadata={'by': 'alice'})
s3.copy({'Bucket': 'files', 'Key': 'a b'}, 'files', 'moved')
try:
    s3.copy_object(Bucket='files', Key='evil',
                   CopySource={'Bucket': 'files', 'Key': 'private/x'})
    print('copied what is private')
except Exception as e:
    print(e.response['Error']['Code'])
EOP

  SKIP: {
        skip 'no boto3', 4 if $out =~ /^no boto3/;

        is($out, "NotImplemented\n",
           'boto3 copies only what it may read') or diag($out);

        my $r = $s3->signed(key => 'big copy');

        ok(($r->{body} // '') eq $body, '12 MB by parts, and in place');
        is($r->{headers}{'x-amz-meta-by'}[0], 'alice',
           'the copied object has its metadata');
        is($s3->signed(key => 'moved')->{body}, 'the source',
           'a small object is moved');
    }
}


sub put {
    my ($key, $body) = @_;

    is($s3->signed(method => 'PUT', key => $key, body => $body)->{status},
       200, "$key is there");
}


# Returns the status, and the body of the object that has the new name then.

sub copy {
    my ($uri, $source, @headers) = @_;

    my $r = curl("$base$uri", method => 'PUT', upload => '',
                 headers => ['x-amz-copy-source' => $source, @headers]);

    return $r->{status} if $r->{status} != 200;

    return '200 ' . curl("$base$uri", headers => ['x-user' => 'alice'])->{body};
}
