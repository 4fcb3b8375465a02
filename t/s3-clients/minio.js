// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// minio-js, as the recipe "An SDK" sets it up:
//
//     minio.js STAGE ENDPOINT FOLDER
//
// does what the stage holds, and says a line for each step: its name, and "ok"
// or what went wrong as a user of it sees it.

'use strict';

const fs = require('fs');
const path = require('path');
const minio = require('minio');

const [stage, endpoint, folder] = process.argv.slice(2);
const url = new URL(endpoint);

const client = new minio.Client({
    endPoint: url.hostname, port: Number(url.port), pathStyle: true,
    useSSL: url.protocol === 'https:', region: 'us-west-2',
    accessKey: 'anything', secretKey: 'anything', partSize: 5 << 20,
});

const large = path.join(folder, 'large');
const steps = [];


function step(name, run) {
    steps.push([name, run]);
}


function same(a, b) {
    const [x, y] = [a, b].map((v) => JSON.stringify(v));
    return x === y ? undefined : `${x}, not ${y}`;
}


async function all(stream) {
    const found = [];
    for await (const piece of stream) {
        found.push(piece);
    }
    return found;
}


async function body(key) {
    return Buffer.concat(await all(await client.getObject('files', key)));
}


const stages = {
    put() {
        step('bucketExists', async () => same(
            await client.bucketExists('files'), true));
        step('putObject', () => client.putObject(
            'files', 'd/a b+&.txt', 'text', 4,
            {'Content-Type': 'text/plain', 'X-Amz-Meta-By': 'minio'}));
        step('putObject, a stream', () => client.putObject(
            'files', 'stream', fs.createReadStream(large)));
        step('fPutObject', () => client.fPutObject('files', 'd/large', large));
        step('fPutObject, small', () => {
            fs.writeFileSync(path.join(folder, 'small'), 'small');
            return client.fPutObject('files', 'd/small',
                                     path.join(folder, 'small'));
        });
    },

    get() {
        step('getObject', async () => same(
            String(await body('d/a b+&.txt')), 'text'));
        step('getPartialObject', async () => same(
            String(Buffer.concat(await all(await client.getPartialObject(
                'files', 'd/a b+&.txt', 1, 2)))), 'ex'));
        step('fGetObject', async () => {
            await client.fGetObject('files', 'd/large', large + '.back');
            return same(fs.readFileSync(large).equals(
                fs.readFileSync(large + '.back')), true);
        });
        step('statObject', async () => {
            const r = await client.statObject('files', 'd/a b+&.txt');
            return same([r.size, r.metaData.by], [4, 'minio']);
        });
        for (const name of ['listObjects', 'listObjectsV2']) {
            step(name, async () => same(
                (await all(client[name]('files', 'd/', true)))
                    .map((o) => o.name),
                ['d/a b+&.txt', 'd/large', 'd/small']));
        }
        step('listIncompleteUploads', async () => same(
            (await all(client.listIncompleteUploads('files', 'd/', true)))
                .length, 0));
        step('getObjectTagging', async () => same(
            await client.getObjectTagging('files', 'd/large'), []));
    },

    copy() {
        step('copyObject', () => client.copyObject(
            'files', 'd/copy', '/files/d/a b+&.txt',
            new minio.CopyConditions()));
        step('composeObject', () => client.composeObject(
            new minio.CopyDestinationOptions(
                {Bucket: 'files', Object: 'd/both'}),
            [new minio.CopySourceOptions(
                {Bucket: 'files', Object: 'd/large'}),
             new minio.CopySourceOptions(
                {Bucket: 'files', Object: 'd/small'})]));
    },

    refused() {
        step('a copy from elsewhere', () => client.copyObject(
            'files', 'd/large', '/other/d/large', new minio.CopyConditions()));
        step('a policy', () => client.getBucketPolicy('files'));
        step('not there', () => client.getObject('files', 'not there'));
    },

    delete() {
        step('removeObject', () => client.removeObject('files', 'd/small'));
        step('removeObjects', () => client.removeObjects(
            'files', ['stream', 'd/a b+&.txt']));
        step('removeIncompleteUpload', async () => {
            await client.initiateNewMultipartUpload('files', 'd/none', {});
            return client.removeIncompleteUpload('files', 'd/none');
        });
    },
};


(async () => {
    stages[stage]();

    for (const [name, run] of steps) {
        let result;

        try {
            result = await run();

        } catch (error) {
            result = `${error.code || error.name}: ${error.message}`;
        }

        if (typeof result !== 'string') {
            result = 'ok';
        }

        console.log(`${name} -> ${result.replace(/\n/g, ' ')}`);
    }
})();
