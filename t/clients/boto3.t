#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# boto3, the SDK for Python, with nginx as its endpoint.  A bucket name becomes
# a location, and the client's credentials do not matter.  All operations on
# objects work: in one request and in parts, without and with TLS.  S3O_PYTHON
# names another Python, for example one with a newer boto3.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(python);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Radosgw;
use S3O::Size qw(large);
use S3O::TLS;

my $t = S3O::Nginx->new(log_level => 'info')
                  ->has(qw(python_boto3 http_ssl openssl));
my $tls = S3O::TLS->new();
my $pair = $tls->cert('localhost', '127.0.0.1');

my $s3 = S3O::Outpost->new()->start();
my $rgw = S3O::Radosgw->available() ? S3O::Radosgw->new()->start() : undef;
my $other = $rgw // $s3;

$s3->known_to($t, CERT => $pair->{cert}, CERT_KEY => $pair->{key},
              RGW_ARN => $other->arn(), RGW => $other->port(),
              RGW_KEY => $other->access_key(),
              RGW_SECRET => $other->secret_key());

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    server {
        listen               127.0.0.1:%%PORT_8080%%;
        listen               127.0.0.1:%%PORT_8443%% ssl;
        ssl_certificate      %%CERT%%;
        ssl_certificate_key  %%CERT_KEY%%;

        s3o_presign                 proxy;
        s3o_presign_methods         GET HEAD PUT DELETE;
        s3o_presign_multipart       on;
        s3o_presign_list            on;
        s3o_presign_signed_headers  content-type x-amz-meta-*;

        client_max_body_size        100m;
        proxy_http_version          1.1;
        proxy_set_header            Connection "";

        location /buffered/ {
            proxy_pass  http://127.0.0.1:%%OUTPOST%%;
        }

        location /streamed/ {
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }

        location /late/ {
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2020-01-01T00:00:00Z;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }

        # all keys get a prefix that the SDK does not know

        location /team/ {
            s3o_presign_key  teams/a/$s3o_presign_path;
            proxy_pass       http://127.0.0.1:%%OUTPOST%%;
        }

        # an SDK lists a bucket with a path that has no slash at its end

        location = /streamed {
            s3o_presign_key  $s3o_presign_path;
            proxy_pass       http://127.0.0.1:%%OUTPOST%%;
        }

        location = /team {
            s3o_presign_key  teams/a/;
            proxy_pass       http://127.0.0.1:%%OUTPOST%%;
        }

        location /rgw/ {
            s3o_presign_access_point  %%RGW_ARN%%;
            s3o_presign_endpoint      http://localhost:%%RGW%%;
            s3o_presign_credentials   static access_key_id=%%RGW_KEY%%
                                      secret_access_key=%%RGW_SECRET%%;
            proxy_request_buffering   off;
            proxy_pass                http://127.0.0.1:%%RGW%%;
        }
    }
}

EOC

# the steps that are tried in each location: @step gives the name of a step, its
# code follows

my $script = <<'EOC';
import hashlib, io, os, warnings
warnings.simplefilter('ignore')
import boto3, botocore, s3transfer
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, ca, bucket, folder, megabytes = sys.argv[1:]
client = boto3.client('s3', endpoint_url=endpoint, region_name='us-west-2',
    aws_access_key_id='anything', aws_secret_access_key='anything',
    verify=ca or None, config=Config(s3={'addressing_style': 'path'},
                                     retries={'total_max_attempts': 1}))
parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20,
                       max_concurrency=4, use_threads=True)
big = b''.join(b'%015d\n' % n
               for n in range(int(megabytes) * 65536 + 1))
path = os.path.join(folder, 'big-' + bucket)
with open(path, 'wb') as f:
    f.write(big)

found = {'version': 'boto3 %s, botocore %s, s3transfer %s' % (
    boto3.__version__, botocore.__version__, s3transfer.__version__)}

def step(name):
    def run(function):
        try:
            found[name] = function() or 'ok'
        except ClientError as error:
            found[name] = error.response['Error']['Code']
        except Exception as error:
            found[name] = repr(error)
        return function
    return run

def body(key, **more):
    return client.get_object(Bucket=bucket, Key=key, **more)['Body'].read()

def check(what):
    return None if what else 'not the same'

@step('put_object, bytes')
def f():
    client.put_object(Bucket=bucket, Key='a b/+&.txt', Body=b'text',
                      ContentType='text/plain', Metadata={'by': 'boto3'})

@step('get_object')
def f():
    r = client.get_object(Bucket=bucket, Key='a b/+&.txt')
    return check(r['Body'].read() == b'text' and r['Metadata']['by'] == 'boto3'
                 and r['ContentType'] == 'text/plain')

@step('get_object, Range')
def f():
    return check(body('a b/+&.txt', Range='bytes=1-2') == b'ex')

@step('head_object')
def f():
    r = client.head_object(Bucket=bucket, Key='a b/+&.txt')
    return check(r['ContentLength'] == 4)

@step('put_object, a file')
def f():
    with open(path, 'rb') as file:
        client.put_object(Bucket=bucket, Key='file', Body=file)
    return check(body('file') == big)

@step('put_object, nothing')
def f():
    client.put_object(Bucket=bucket, Key='nothing')
    return check(body('nothing') == b'')

@step('upload_file, parts')
def f():
    client.upload_file(path, bucket, 'parts', Config=parts)
    return check(body('parts') == big)

@step('upload_file, whole')
def f():
    client.upload_file(path, bucket, 'whole',
                       Config=TransferConfig(multipart_threshold=50 << 20))
    return check(body('whole') == big)

@step('upload_fileobj, a stream')
def f():
    client.upload_fileobj(io.BytesIO(big), bucket, 'stream', Config=parts)
    return check(body('stream') == big)

@step('download_file, ranges')
def f():
    client.download_file(bucket, 'parts', path + '.back', Config=parts)
    with open(path + '.back', 'rb') as file:
        return check(file.read() == big)

@step('list_parts, abort')
def f():
    id = client.create_multipart_upload(Bucket=bucket, Key='x')['UploadId']
    client.upload_part(Bucket=bucket, Key='x', UploadId=id, PartNumber=1,
                       Body=b'part')
    n = len(client.list_parts(Bucket=bucket, Key='x', UploadId=id)['Parts'])
    client.abort_multipart_upload(Bucket=bucket, Key='x', UploadId=id)
    return check(n == 1)

@step('list_objects_v2')
def f():
    r = client.list_objects_v2(Bucket=bucket)
    return ' '.join(sorted(x['Key'] for x in r['Contents']))

@step('delete_object')
def f():
    for key in 'a b/+&.txt', 'file', 'nothing', 'parts', 'whole', 'stream':
        client.delete_object(Bucket=bucket, Key=key)

@step('head_object, gone')
def f():
    client.head_object(Bucket=bucket, Key='file')

@step('get_object, gone')
def f():
    client.get_object(Bucket=bucket, Key='file')

@step('not allowed')
def f():
    try:
        client.get_object_acl(Bucket=bucket, Key='file')
    except ClientError as error:
        e = error.response
        return '%s: %s' % (e['Error']['Code'], e['Error']['Message'])

# the client makes three attempts

@step('no credentials')
def f():
    again = boto3.client('s3', endpoint_url=endpoint, region_name='us-west-2',
        aws_access_key_id='anything', aws_secret_access_key='anything',
        verify=ca or None, config=Config(s3={'addressing_style': 'path'},
                                         retries={'total_max_attempts': 3}))
    try:
        again.get_object(Bucket='late', Key='file')
    except ClientError as error:
        e = error.response
        return '%s: %s, %d' % (e['Error']['Code'], e['Error']['Message'],
                               e['ResponseMetadata']['RetryAttempts'])

answer(found)
EOC

my @steps = ('put_object, bytes', 'get_object', 'get_object, Range',
             'head_object', 'put_object, a file', 'put_object, nothing',
             'upload_file, parts', 'upload_file, whole',
             'upload_fileobj, a stream', 'download_file, ranges',
             'list_parts, abort', 'delete_object');

my $plain = 'http://127.0.0.1:' . $t->port(8080);
my $secure = 'https://localhost:' . $t->port(8443);
my %told;

try(@$_) for ['streamed', $plain], ['buffered', $secure], ['streamed', $secure],
             ['team', $plain];

SKIP: {
    skip(S3O::Radosgw->reason(), @steps + 4) unless $rgw;
    try('rgw', $plain);
}

# uploads in parts are recognized by their framing

diag("$told{version}, TLS: ", join ', ', sort keys %{ $told{payloads} });

is(join('', grep { !/\Q$plain\E|no valid credentials/ }
                $t->log_errors('error')), '',
   'nothing went wrong on the way');

$t->done();


sub try {
    my ($bucket, $endpoint) = @_;

    my $name = ($endpoint eq $secure ? 'TLS, ' : '') . $bucket;

    $s3->clear();

    my $r = python($script, $endpoint,
                   $endpoint eq $secure ? $tls->ca_file() : '', $bucket,
                   $t->testdir(), large(12, 6));

    is($r->{$_}, 'ok', "$name: $_") for @steps;
    is($r->{'head_object, gone'}, 404, "$name: a deleted object is gone");
    is($r->{'get_object, gone'}, 'NoSuchKey',
       "$name: the client gets the error of S3");
    like($r->{'not allowed'}, qr/^NotImplemented: the argument "acl" /,
         "$name: other operations are refused, with the reason");
    is($r->{'no credentials'}, 'SlowDown: no valid credentials, 2',
       "$name: it tries again while there are no credentials");

    my @keys = ('a b/+&.txt', qw(file nothing parts stream whole));

    is($r->{list_objects_v2}, join(' ', map { "teams/a/$_" } @keys),
       "$name: the list has the keys of the prefix") if $bucket eq 'team';
    is($r->{list_objects_v2}, join(' ', @keys),
       "$name: the list has the keys of the bucket")
        if $bucket eq 'streamed';

    $told{version} = $r->{version};

    return if $bucket eq 'rgw';

    my @bad = grep { $_->{verdict} ne 'ok' } $s3->requests();
    is(join(' ', map { $_->{verdict} } @bad), '',
       "$name: all signatures are right");

    return if $endpoint ne $secure;

    $told{payloads}{ $_->{payload} }++ for grep { $_->{method} eq 'PUT' }
                                           $s3->requests();
}
