// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// One upload: at once or by parts, each tried again when the line breaks.  What
// has been begun is remembered, so that it goes on after the page was loaded
// anew; which parts are there is asked of S3, as only that is sure.

import * as s3 from './s3.js';

const PARTS = 10000;            // as many as S3 takes


export class Upload {

    // states: waiting, sending, retrying, finishing, done, failed, cancelled

    constructor(file, key, conf, changed) {
        Object.assign(this, {file, key, conf, changed, state: 'waiting',
                             loaded: 0, error: null});
    }


    async run() {
        this.control = new AbortController();
        this.set('sending');

        try {
            if (this.file.size > this.conf.partSize) {
                await this.byParts();

            } else {
                await this.atOnce();
            }

            this.loaded = this.file.size;
            this.set('done');

        } catch (error) {
            if (this.state === 'cancelled') {
                return;
            }

            // the other parts have no use for their lines

            this.control.abort();
            this.error = error;
            this.set('failed');
        }
    }


    async cancel() {
        this.set('cancelled');
        this.control?.abort();

        const known = recall(this.conf, this.key);

        if (known && same(known, this.file)) {
            await discard(this.conf, this.key);
        }
    }


    set(state) {
        if (this.state !== 'cancelled') {
            this.state = state;
        }

        this.changed(this);
    }


    async atOnce() {
        await this.persist(() => s3.put(s3.fileUrl(this.key), this.file, {
            type: this.file.type || 'application/octet-stream',
            signal: this.control.signal,
            progress: (loaded) => this.told(loaded),
        }), () => { this.loaded = 0; });
    }


    async byParts() {
        const {id, partSize, etags} = await this.begin();
        const {size} = this.file, count = Math.ceil(size / partSize);
        const length = (n) => Math.min(partSize, size - (n - 1) * partSize);
        const open = [], sending = new Map();
        let done = 0;

        const loaded = () => [...sending.values()]
                             .reduce((a, b) => a + b, done);
        const told = () => this.told(loaded());

        for (let n = 1; n <= count; n++) {
            if (etags.get(n)?.size === length(n)) {
                done += length(n);

            } else {
                open.push(n);
            }
        }

        told();

        const send = async (n) => {
            const at = (n - 1) * partSize;
            const query = [['partNumber', n], ['uploadId', id]];

            const etag = await this.persist(() => s3.put(
                s3.objectUrl(this.key, query),
                this.file.slice(at, at + length(n)), {
                    signal: this.control.signal,
                    progress: (bytes) => {
                        sending.set(n, bytes);
                        told();
                    },
                }), () => {
                    sending.delete(n);
                    this.loaded = loaded();
                });

            if (!etag) {
                throw new s3.Failure('errorAnswer');
            }

            etags.set(n, {etag, size: length(n)});
            sending.delete(n);
            done += length(n);
            told();
        };

        const worker = async () => {
            while (open.length) {
                await send(open.shift());
            }
        };

        await Promise.all(Array.from({length: this.conf.parallelParts},
                                     worker));

        this.set('finishing');

        await this.complete(id, Array.from({length: count},
                                           (_, i) => etags.get(i + 1).etag));
        forget(this.conf, this.key);
    }


    // where an answer was lost, the upload that S3 no longer knows is the object

    async complete(id, etags) {
        let lost = false;

        await this.persist(async () => {
            try {
                await s3.completeUpload(this.key, id, etags,
                                        this.control.signal);
            } catch (error) {
                if (lost && error.status === 404
                    && await s3.size(this.key) === this.file.size)
                {
                    return;
                }

                lost = true;
                throw error;
            }
        });
    }


    // goes on with what is remembered, or begins anew: {id, partSize, etags}

    async begin() {
        const known = recall(this.conf, this.key);
        const {signal} = this.control;

        if (known && same(known, this.file)) {
            try {
                const etags = await this.persist(
                    () => s3.listParts(this.key, known.id, signal));

                return {...known, etags};

            } catch (error) {
                if (error.status !== 404) {
                    throw error;
                }
            }

        } else if (known) {
            await discard(this.conf, this.key);
        }

        const partSize = Math.max(this.conf.partSize,
                                  Math.ceil(this.file.size / PARTS));
        const id = await this.persist(
            () => s3.createUpload(this.key, this.file.type, signal));

        remember(this.conf, this.key, {id, partSize, ...print(this.file)});

        return {id, partSize, etags: new Map()};
    }


    // runs it until it works, with longer and longer pauses; undo() takes back
    // what was told of progress

    async persist(run, undo) {
        for (let n = 1; ; n++) {
            try {
                return await run();

            } catch (error) {
                undo?.();

                if (!error.passing || n >= this.conf.tries) {
                    throw error;
                }

                this.set('retrying');
                await pause(Math.max(this.conf.retryDelay * 2 ** (n - 1),
                                     error.after * 1000), this.control.signal);
            }
        }
    }


    told(loaded) {
        this.loaded = loaded;
        this.set('sending');
    }
}


function pause(time, signal) {
    return new Promise((resolve, reject) => {
        const stop = () => {
            clearTimeout(timer);
            reject(new DOMException('', 'AbortError'));
        };
        const timer = setTimeout(() => {
            signal.removeEventListener('abort', stop);
            resolve();
        }, time);

        if (signal.aborted) {
            stop();
            return;
        }

        signal.addEventListener('abort', stop, {once: true});
    });
}


// what tells a file from others

function print(file) {
    return {name: file.name, size: file.size, modified: file.lastModified};
}


export function same(known, file) {
    return Object.entries(print(file))
                 .every(([name, value]) => known[name] === value);
}


// An entry for each upload, so that two windows do not overwrite each other's.
// Without a storage nothing is remembered, and everything else works.

const where = (conf, key) => `s3o-upload ${conf.files} ${key}`;


function remember(conf, key, what) {
    try {
        localStorage.setItem(where(conf, key), JSON.stringify(what));
    } catch {
        // it is full, or there is none
    }
}


function recall(conf, key) {
    try {
        return JSON.parse(localStorage.getItem(where(conf, key)));
    } catch {
        return null;
    }
}


function forget(conf, key) {
    try {
        localStorage.removeItem(where(conf, key));
    } catch {
        // there is none
    }
}


// uploads that were begun: [{key, name, size, modified, id}]

export function interrupted(conf) {
    const start = where(conf, '');
    let names = [];

    try {
        names = Object.keys(localStorage).filter((n) => n.startsWith(start));
    } catch {
        // there is none
    }

    return names.map((name) => name.slice(start.length))
                .map((key) => ({key, ...recall(conf, key)}))
                .filter((known) => known.id);
}


// S3 keeps, and charges, parts until the upload is completed or aborted

export async function discard(conf, key) {
    const known = recall(conf, key);

    if (!known) {
        return;
    }

    try {
        await s3.abortUpload(key, known.id);

    } catch (error) {
        if (error.status !== 404) {
            throw error;
        }
    }

    forget(conf, key);
}
