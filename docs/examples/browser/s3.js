// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// What is asked of nginx: keys as URLs, requests, listings, copies, and what
// went wrong.  All of it is of the page's own origin, so no CORS is needed.

let conf;


export function setup(configuration) {
    conf = configuration;
}


// What went wrong: word is a name in strings.json, or '' where the server has
// said it.  passing: it may be another time, so trying again makes sense.

export class Failure extends Error {
    constructor(word, {status = 0, code = '', text = '', after = 0} = {}) {
        super(text || code || word);
        Object.assign(this, {word, status, code, text, after});
        this.passing = word === 'errorNetwork' || status === 408
                       || status === 429 || status >= 500 && status !== 501;
    }
}


// A browser resolves "." and ".." in a path before it asks, encoded or not: the
// request would be for another object.

export function encodeKey(key) {
    const parts = key.split('/');

    if (key === '' || parts.some((part) => part === '.' || part === '..')) {
        throw new Failure('errorKey');
    }

    try {
        return parts.map(encodeURIComponent).join('/');
    } catch {
        throw new Failure('errorKey');
    }
}


export function fileUrl(key) {
    return url(conf.files + encodeKey(key));
}


export function downloadUrl(key) {
    return url(conf.download + encodeKey(key));
}


// not relative: the address of the page may have a password in it, and fetch()
// refuses such URLs

function url(path, query = []) {
    const pairs = query.map((pair) => pair.map(encodeURIComponent).join('='));

    return location.origin + path + (pairs.length ? '?' + pairs.join('&') : '');
}


export function objectUrl(key, query) {
    return url(conf.files + encodeKey(key), query);
}


export async function ask(method, address, options = {}) {
    let answer;

    try {
        answer = await fetch(address, {method, cache: 'no-store',
                                       redirect: 'error', ...options});
    } catch (error) {
        if (error.name === 'AbortError') {
            throw error;
        }

        throw new Failure('errorNetwork');
    }

    if (!answer.ok) {
        throw refusal(answer.status, await answer.text().catch(() => ''),
                      answer.headers.get('Retry-After'));
    }

    return answer;
}


// the failure that an answer tells of, as XML or as JSON

export function refusal(status, body, after) {
    let code = '', text = '';

    if (body.startsWith('{')) {
        try {
            ({Code: code = '', Message: text = ''} = JSON.parse(body));
        } catch {
            // it is not JSON
        }

    } else {
        const found = parse(body);

        code = found ? child(found, 'Code') : '';
        text = found ? child(found, 'Message') : '';
    }

    text = [code, text].filter((part) => part).join(': ');

    return new Failure(text ? '' : 'errorStatus',
                       {status, code, text, after: Number(after) || 0});
}


// null for what is not from S3, as a page of nginx's: of what is not XML the
// parser makes a page with styles, which the policy of this page forbids

function parse(text) {
    return /^\s*<(?:\?xml\s|[A-Z])/.test(text)
        ? new DOMParser().parseFromString(text.trimStart(), 'text/xml')
                         .documentElement
        : null;
}


function child(element, name) {
    const found = [...element.children].find((one) => one.localName === name);

    return found ? found.textContent : '';
}


function children(element, name) {
    return [...element.children].filter((one) => one.localName === name);
}


// S3 may begin an answer with 200 and find an error later: what counts is the
// name of the document

async function result(answer, name) {
    const body = await answer.text();
    const root = parse(body);

    if (root?.localName === 'Error') {
        throw Object.assign(refusal(answer.status, body),
                            {passing: child(root, 'Code') === 'InternalError'});
    }

    if (root?.localName !== name) {
        throw new Failure('errorAnswer');
    }

    return root;
}


// keys come percent-encoded, as XML cannot have all characters; null where the
// bytes are not UTF-8, and nothing can be done with the object here

function decode(text) {
    try {
        return decodeURIComponent(text.replace(/\+/g, ' '));
    } catch {
        return null;
    }
}


export async function list(prefix, token, signal) {
    const query = [['list-type', '2'], ['delimiter', '/'], ['prefix', prefix],
                   ['encoding-type', 'url'], ['max-keys', conf.pageSize]];

    if (token) {
        query.push(['continuation-token', token]);
    }

    const root = await result(await ask('GET', url(conf.files, query),
                                        {signal}), 'ListBucketResult');

    return {
        folders: children(root, 'CommonPrefixes').map((one) => ({
            raw: child(one, 'Prefix'),
            key: decode(child(one, 'Prefix')),
        })),
        files: children(root, 'Contents').map((one) => ({
            raw: child(one, 'Key'),
            key: decode(child(one, 'Key')),
            size: Number(child(one, 'Size')),
            date: new Date(child(one, 'LastModified')),
        })),
        next: child(root, 'IsTruncated') === 'true'
              ? child(root, 'NextContinuationToken') : '',
    };
}


// the size of an object, -1 where there is none, or where S3 does not tell
// because nothing may be listed

export async function size(key) {
    try {
        const answer = await ask('HEAD', fileUrl(key));

        return Number(answer.headers.get('Content-Length'));

    } catch (error) {
        if (error.status === 404 || error.status === 403) {
            return -1;
        }

        throw error;
    }
}


export function remove(key) {
    return ask('DELETE', fileUrl(key));
}


// Without a word of an error in the answer the copy is there; a large object is
// copied by parts, as S3 copies up to 5 GB at once.

export async function copy(from, to, bytes) {
    const headers = {'x-amz-copy-source': conf.bucket + '/' + encodeKey(from)};

    if (bytes <= conf.copySize) {
        await result(await ask('PUT', fileUrl(to), {headers}),
                     'CopyObjectResult');
        return;
    }

    const type = (await ask('HEAD', fileUrl(from))).headers.get('Content-Type');
    const id = await createUpload(to, type);

    try {
        const etags = [];

        for (let at = 0; at < bytes; at += conf.copySize) {
            const last = Math.min(at + conf.copySize, bytes) - 1;
            const query = [['partNumber', etags.length + 1], ['uploadId', id]];
            const root = await result(
                await ask('PUT', objectUrl(to, query), {headers: {...headers,
                    'x-amz-copy-source-range': `bytes=${at}-${last}`}}),
                'CopyPartResult');

            etags.push(child(root, 'ETag'));
        }

        await completeUpload(to, id, etags);

    } catch (error) {
        await abortUpload(to, id).catch(() => {});
        throw error;
    }
}


export async function createUpload(key, type, signal) {
    const root = await result(
        await ask('POST', objectUrl(key, [['uploads', '']]),
                  {signal, headers: type ? {'Content-Type': type} : {}}),
        'InitiateMultipartUploadResult');

    return child(root, 'UploadId');
}


// what is there of an upload: number => {etag, size}

export async function listParts(key, id, signal) {
    const found = new Map();
    let marker = '';

    for ( ;; ) {
        const query = [['uploadId', id]];

        if (marker) {
            query.push(['part-number-marker', marker]);
        }

        const root = await result(await ask('GET', objectUrl(key, query),
                                            {signal}), 'ListPartsResult');

        for (const one of children(root, 'Part')) {
            found.set(Number(child(one, 'PartNumber')),
                      {etag: child(one, 'ETag'),
                       size: Number(child(one, 'Size'))});
        }

        const next = child(root, 'NextPartNumberMarker');

        if (child(root, 'IsTruncated') !== 'true' || !next || next === marker) {
            return found;
        }

        marker = next;
    }
}


export async function completeUpload(key, id, etags, signal) {
    const doc = document.implementation.createDocument(
        null, 'CompleteMultipartUpload');

    etags.forEach((etag, i) => {
        const part = doc.createElement('Part');

        for (const [name, value] of [['PartNumber', i + 1], ['ETag', etag]]) {
            const element = doc.createElement(name);

            element.textContent = value;
            part.append(element);
        }

        doc.documentElement.append(part);
    });

    await result(
        await ask('POST', objectUrl(key, [['uploadId', id]]),
                  {signal, body: new XMLSerializer().serializeToString(doc),
                   headers: {'Content-Type': 'application/xml'}}),
        'CompleteMultipartUploadResult');
}


export function abortUpload(key, id) {
    return ask('DELETE', objectUrl(key, [['uploadId', id]]));
}


// fetch() does not tell how far a body has got

export function put(address, body, {type, signal, progress}) {
    return new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        const stop = () => xhr.abort();

        if (signal.aborted) {
            reject(new DOMException('', 'AbortError'));
            return;
        }

        signal.addEventListener('abort', stop);

        xhr.upload.onprogress = (event) => progress(event.loaded);
        xhr.onabort = () => reject(new DOMException('', 'AbortError'));
        xhr.onerror = () => reject(new Failure('errorNetwork'));
        xhr.onload = () => {
            if (xhr.status !== 200) {
                reject(refusal(xhr.status, xhr.responseText,
                               xhr.getResponseHeader('Retry-After')));
                return;
            }

            resolve(xhr.getResponseHeader('ETag') ?? '');
        };
        xhr.onloadend = () => signal.removeEventListener('abort', stop);

        xhr.open('PUT', address);

        if (type) {
            xhr.setRequestHeader('Content-Type', type);
        }

        xhr.send(body);
    });
}


// {url, expires_in}

export async function link(key) {
    encodeKey(key);

    return (await ask('GET', url(conf.link, [['key', key]]))).json();
}


export async function beginning(key, bytes) {
    let answer;

    try {
        answer = await ask('GET', fileUrl(key),
                           {headers: {Range: `bytes=0-${bytes - 1}`}});
    } catch (error) {
        if (error.status === 416) {
            return '';
        }

        throw error;
    }

    return answer.text();
}
