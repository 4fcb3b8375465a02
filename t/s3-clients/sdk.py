# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# boto3, as the recipe "An SDK" sets it up:
#
#     sdk.py STAGE ENDPOINT FOLDER
#
# does what the stage holds, and says a line for each step: its name, and "ok"
# or what went wrong as a user of the SDK sees it.

import io
import os
import re
import sys
import warnings

warnings.simplefilter('ignore')

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

stage, endpoint, folder = sys.argv[1:]

s3 = boto3.client('s3', endpoint_url=endpoint, region_name='us-west-2',
                  config=Config(s3={'addressing_style': 'path'},
                                retries={'total_max_attempts': 1}))
files = boto3.resource('s3', endpoint_url=endpoint, region_name='us-west-2',
                       config=Config(s3={'addressing_style': 'path'})
                       ).Bucket('files')

parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
large = os.path.join(folder, 'large')


def step(name):
    def run(function):
        try:
            result = function() or 'ok'
        except ClientError as error:
            said = error.response.get('Error', {})
            result = '%s: %s' % (said.get('Code'), said.get('Message'))
        except Exception as error:
            result = repr(error)
        print('%s -> %s' % (name, str(result).replace('\n', ' ')))
        return function
    return run


def same(a, b):
    return None if a == b else '%.200r, not %.200r' % (a, b)


def body(key, **more):
    return s3.get_object(Bucket='files', Key=key, **more)['Body'].read()


def put():
    @step('put_object')
    def f():
        s3.put_object(Bucket='files', Key='d/a b+&.txt', Body=b'text',
                      ContentType='text/plain', Metadata={'by': 'boto3'})

    @step('put_object, nothing')
    def f():
        s3.put_object(Bucket='files', Key='d/nothing')

    @step('upload_file')
    def f():
        s3.upload_file(large, 'files', 'd/large', Config=parts)

    @step('upload_file, whole')
    def f():
        s3.upload_file(large, 'files', 'd/whole',
                       Config=TransferConfig(multipart_threshold=50 << 20))

    @step('upload_fileobj')
    def f():
        with open(large, 'rb') as file:
            s3.upload_fileobj(io.BytesIO(file.read()), 'files', 'stream',
                              Config=parts)


def get():
    @step('get_object')
    def f():
        r = s3.get_object(Bucket='files', Key='d/a b+&.txt')
        return same((r['Body'].read(), r['ContentType'], r['Metadata']),
                    (b'text', 'text/plain', {'by': 'boto3'}))

    @step('get_object, a range')
    def f():
        return same(body('d/a b+&.txt', Range='bytes=1-2'), b'ex')

    @step('get_object, a condition')
    def f():
        etag = s3.head_object(Bucket='files', Key='d/a b+&.txt')['ETag']
        try:
            body('d/a b+&.txt', IfNoneMatch=etag)
        except ClientError as error:
            return same(error.response['Error']['Code'], '304')
        return 'sent again'

    @step('head_object')
    def f():
        return same(s3.head_object(Bucket='files', Key='d/a b+&.txt')
                    ['ContentLength'], 4)

    @step('head_object, a part')
    def f():
        r = s3.head_object(Bucket='files', Key='d/large', PartNumber=1)
        return same(r['ResponseMetadata']['HTTPStatusCode'] in (200, 206), True)

    @step('head_bucket')
    def f():
        s3.head_bucket(Bucket='files')

    @step('download_file')
    def f():
        s3.download_file('files', 'd/large', large + '.back', Config=parts)
        with open(large, 'rb') as one, open(large + '.back', 'rb') as two:
            return same(one.read() == two.read(), True)

    def keys(r):
        return ' '.join(x['Key'] for x in r.get('Contents', []))

    @step('list_objects_v2')
    def f():
        return same(keys(s3.list_objects_v2(Bucket='files')),
                    'd/a b+&.txt d/large d/nothing d/whole stream')

    @step('list_objects_v2, a prefix')
    def f():
        return same(keys(s3.list_objects_v2(Bucket='files', Prefix='d/w')),
                    'd/whole')

    @step('list_objects_v2, a delimiter')
    def f():
        r = s3.list_objects_v2(Bucket='files', Delimiter='/')
        return same([keys(r), r['CommonPrefixes']],
                    ['stream', [{'Prefix': 'd/'}]])

    @step('list_objects')
    def f():
        return same(keys(s3.list_objects(Bucket='files', Prefix='d/')),
                    'd/a b+&.txt d/large d/nothing d/whole')

    @step('pages')
    def f():
        pages = s3.get_paginator('list_objects_v2').paginate(
            Bucket='files', PaginationConfig={'PageSize': 2})
        return same([keys(p) for p in pages],
                    ['d/a b+&.txt d/large', 'd/nothing d/whole', 'stream'])

    @step('list_parts, abort')
    def f():
        id = s3.create_multipart_upload(Bucket='files', Key='x')['UploadId']
        s3.upload_part(Bucket='files', Key='x', UploadId=id, PartNumber=1,
                       Body=b'part')
        n = len(s3.list_parts(Bucket='files', Key='x', UploadId=id)['Parts'])
        s3.abort_multipart_upload(Bucket='files', Key='x', UploadId=id)
        return same(n, 1)

    @step('a key that is not there')
    def f():
        try:
            body('not there')
        except ClientError as error:
            return same(error.response['Error']['Code'], 'NoSuchKey')
        return 'there'


def copy():
    @step('copy_object')
    def f():
        s3.copy_object(Bucket='files', Key='d/copy',
                       CopySource={'Bucket': 'files', 'Key': 'd/a b+&.txt'})

    @step('copy_object, in place')
    def f():
        s3.copy_object(Bucket='files', Key='d/a b+&.txt',
                       CopySource='files/d/a b+&.txt',
                       MetadataDirective='REPLACE', ContentType='text/x-new',
                       Metadata={'by': 'copy'})

    @step('copy, parts')
    def f():
        s3.copy({'Bucket': 'files', 'Key': 'd/large'}, 'files', 'd/larger',
                Config=parts)

    @step('copy, whole')
    def f():
        s3.copy({'Bucket': 'files', 'Key': 'd/large'}, 'files', 'd/again')


def refused():
    @step('an ACL')
    def f():
        s3.get_object_acl(Bucket='files', Key='d/whole')

    @step('a public object')
    def f():
        s3.put_object(Bucket='files', Key='d/whole', Body=b'x',
                      ACL='public-read')

    @step('tags')
    def f():
        s3.put_object(Bucket='files', Key='d/whole', Body=b'x', Tagging='a=b')

    @step('a storage class')
    def f():
        s3.put_object(Bucket='files', Key='d/whole', Body=b'x',
                      StorageClass='GLACIER')

    @step('another owner')
    def f():
        s3.get_object(Bucket='files', Key='d/whole',
                      ExpectedBucketOwner='999999999999')

    @step('the id of a request')
    def f():
        try:
            s3.get_object_acl(Bucket='files', Key='d/whole')
        except ClientError as error:
            said = error.response['ResponseMetadata'].get('RequestId', '')
            return None if re.fullmatch('[0-9a-f]{32}', said) else said

    @step('a new bucket')
    def f():
        s3.create_bucket(Bucket='files')

    @step('retention')
    def f():
        s3.put_object(Bucket='files', Key='d/whole', Body=b'x',
                      ObjectLockLegalHoldStatus='ON')

    @step('a copy from elsewhere')
    def f():
        s3.copy_object(Bucket='files', Key='d/whole',
                       CopySource={'Bucket': 'other', 'Key': 'd/large'})

    @step('another bucket')
    def f():
        s3.put_object(Bucket='other', Key='d/whole', Body=b'x')


def delete():
    @step('delete_object')
    def f():
        s3.delete_object(Bucket='files', Key='d/nothing')


def delete_some():
    @step('delete_objects')
    def f():
        r = s3.delete_objects(Bucket='files', Delete={'Objects': [
            {'Key': 'd/whole'}, {'Key': 'd/a b+&.txt'}]})
        return same(len(r['Deleted']), 2)


def delete_all():
    @step('a filter')
    def f():
        files.objects.filter(Prefix='d/').delete()


globals()[stage]()
