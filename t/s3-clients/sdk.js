// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// The AWS SDK for JavaScript v3, as the recipe "An SDK" sets it up:
//
//     sdk.js STAGE ENDPOINT FOLDER
//
// does what the stage holds, and says a line for each step: its name, and "ok"
// or what went wrong as a user of the SDK sees it.

'use strict';

const fs = require('fs');
const path = require('path');
const {Readable} = require('stream');
const s3 = require('@aws-sdk/client-s3');
const {Upload} = require('@aws-sdk/lib-storage');

const [stage, endpoint, folder] = process.argv.slice(2);

const client = new s3.S3Client({
    endpoint: endpoint, region: 'us-west-2', forcePathStyle: true,
    maxAttempts: 1,
});

const large = path.join(folder, 'large');
const steps = [];


function step(name, run) {
    steps.push([name, run]);
}


function send(name, input) {
    return client.send(new s3[name + 'Command']({Bucket: 'files', ...input}));
}


async function body(key, more) {
    const r = await send('GetObject', {Key: key, ...more});
    return Buffer.from(await r.Body.transformToByteArray());
}


function same(a, b) {
    const [x, y] = [a, b].map((v) => JSON.stringify(v));
    return x === y ? undefined : `${x}, not ${y}`;
}


function upload(key, content) {
    return new Upload({
        client: client, params: {Bucket: 'files', Key: key, Body: content},
        partSize: 5 << 20, queueSize: 3,
    }).done();
}


async function keys(name, input) {
    const r = await send(name, input);
    return (r.Contents || []).map((o) => o.Key).join(' ');
}


const stages = {
    put() {
        step('PutObject', () => send('PutObject', {
            Key: 'd/a b+&.txt', Body: 'text', ContentType: 'text/plain',
            Metadata: {by: 'js'},
        }));
        step('PutObject, nothing', () => send('PutObject', {
            Key: 'd/nothing', Body: '',
        }));
        step('PutObject, bytes', () => send('PutObject', {
            Key: 'd/whole', Body: fs.readFileSync(large),
        }));
        step('PutObject, a file', () => send('PutObject', {
            Key: 'd/file', Body: fs.createReadStream(large),
            ContentLength: fs.statSync(large).size,
        }));
        step('PutObject, a checksum', () => send('PutObject', {
            Key: 'd/sum', Body: 'text', ChecksumAlgorithm: 'SHA256',
        }));
        step('Upload, a file', () => upload('d/large',
                                            fs.createReadStream(large)));
        step('Upload, a stream', () => upload('stream',
            Readable.from(fs.createReadStream(large))));
        step('Upload, small', () => upload('d/small', 'small'));
    },

    get() {
        step('GetObject', async () => {
            const r = await send('GetObject', {Key: 'd/a b+&.txt'});
            return same([await r.Body.transformToString(), r.ContentType,
                         r.Metadata], ['text', 'text/plain', {by: 'js'}]);
        });
        step('GetObject, a range', async () => same(
            String(await body('d/a b+&.txt', {Range: 'bytes=1-2'})), 'ex'));
        step('GetObject, large', async () => same(
            (await body('d/large')).equals(fs.readFileSync(large)), true));
        step('HeadObject', async () => same(
            (await send('HeadObject', {Key: 'd/small'})).ContentLength, 5));
        step('HeadObject, a part', () => send('HeadObject',
            {Key: 'd/large', PartNumber: 1}));
        step('HeadBucket', () => send('HeadBucket'));
        step('ListObjectsV2', async () => same(
            await keys('ListObjectsV2', {Prefix: 'd/s'}), 'd/small d/sum'));
        step('ListObjectsV2, a delimiter', async () => {
            const r = await send('ListObjectsV2', {Delimiter: '/'});
            return same([r.Contents.map((o) => o.Key), r.CommonPrefixes],
                        [['stream'], [{Prefix: 'd/'}]]);
        });
        step('ListObjects', async () => same(
            await keys('ListObjects', {Prefix: 'd/s'}), 'd/small d/sum'));
        step('pages', async () => {
            const found = [];
            for await (const p of s3.paginateListObjectsV2(
                           {client: client, pageSize: 3}, {Bucket: 'files'}))
            {
                found.push(p.Contents.length);
            }
            return same(found, [3, 3, 2]);
        });
    },

    copy() {
        step('CopyObject', () => send('CopyObject', {
            Key: 'd/copy', CopySource: 'files/d/a%20b%2B%26.txt',
        }));
        step('CopyObject, in place', () => send('CopyObject', {
            Key: 'd/a b+&.txt', CopySource: '/files/d/a%20b%2B%26.txt',
            MetadataDirective: 'REPLACE', Metadata: {by: 'copy'},
        }));
        step('UploadPartCopy', async () => {
            const at = {Key: 'd/larger'};
            const {UploadId} = await send('CreateMultipartUpload', at);
            const Parts = [];
            for (const [i, range] of ['0-8388607', '8388608-12582927']
                                         .entries())
            {
                const r = await send('UploadPartCopy', {
                    ...at, UploadId, PartNumber: i + 1,
                    CopySource: 'files/d/large',
                    CopySourceRange: 'bytes=' + range,
                });
                Parts.push({PartNumber: i + 1, ETag: r.CopyPartResult.ETag});
            }
            await send('CompleteMultipartUpload',
                       {...at, UploadId, MultipartUpload: {Parts}});
        });
    },

    refused() {
        const Key = 'd/whole';
        step('an ACL', () => send('GetObjectAcl', {Key}));
        step('a public object', () => send('PutObject',
            {Key, Body: 'x', ACL: 'public-read'}));
        step('another owner', () => send('GetObject',
            {Key, ExpectedBucketOwner: '999999999999'}));
        step('a copy from elsewhere', () => send('CopyObject',
            {Key, CopySource: 'other/d/large'}));
        step('not there', () => send('GetObject', {Key: 'not there'}));
    },

    delete() {
        step('DeleteObject', () => send('DeleteObject', {Key: 'd/small'}));
        step('DeleteObjects', async () => same(
            (await send('DeleteObjects', {Delete: {Objects: [
                {Key: 'd/file'}, {Key: 'd/a b+&.txt'}, {Key: 'd/sum'},
            ]}})).Deleted.length, 3));
    },
};


(async () => {
    stages[stage]();

    for (const [name, run] of steps) {
        let result;

        try {
            result = await run();

        } catch (error) {
            result = `${error.name}: ${error.message}`;
        }

        if (typeof result !== 'string') {
            result = 'ok';
        }

        console.log(`${name} -> ${result.replace(/\n/g, ' ')}`);
    }
})();
