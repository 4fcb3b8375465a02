// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// The list of uploads: a few run at a time, each in a row with its progress.

import * as s3 from './s3.js';
import {Upload, interrupted, discard, same} from './upload.js';
import {text, element, button, bytes, visible, why} from './text.js';

const section = document.getElementById('uploads');
const rows = section.querySelector('ul');
const again = document.getElementById('again');

let conf, uploaded, say;
let queue = [], running = 0;


// uploaded(key) is called when a file is there, say(error) when something
// goes wrong that has no row of its own

export function setup(configuration, callbacks) {
    conf = configuration;
    ({uploaded, say} = callbacks);

    window.addEventListener('beforeunload', (event) => {
        if (running) {
            event.preventDefault();
        }
    });

    interrupted(conf).forEach(offer);
}


export function add(file, key) {
    const row = new Row(key);
    const upload = new Upload(file, key, conf, () => row.show(upload));

    row.upload = upload;
    row.show(upload);

    begin(row, upload);
}


// what is there is not replaced without a word

async function begin(row, upload) {
    try {
        if (await s3.size(upload.key) >= 0) {
            row.ask(() => enqueue(upload));
            return;
        }

    } catch (error) {
        upload.error = error;
        upload.set('failed');
        return;
    }

    enqueue(upload);
}


function enqueue(upload) {
    upload.set('waiting');
    queue.push(upload);
    next();
}


function next() {
    while (running < conf.parallelFiles && queue.length) {
        start(queue.shift());
    }
}


async function start(upload) {
    if (upload.state === 'cancelled') {
        return;
    }

    running++;
    await upload.run();
    running--;

    if (upload.state === 'done') {
        uploaded(upload.key);
    }

    next();
}


// an upload of an earlier visit: the page needs the file again

function offer(known) {
    const row = new Row(known.key);

    row.status.textContent = text('interrupted') + ', ' + bytes(known.size);
    row.bar.hidden = true;
    row.buttons.replaceChildren(
        button('resume', () => {
            again.onchange = () => {
                const [file] = again.files;

                again.value = '';

                if (!file) {
                    return;
                }

                if (!same(known, file)) {
                    row.status.textContent = text('otherFile');
                    return;
                }

                row.remove();
                add(file, known.key);
            };
            again.click();
        }),
        button('discard', async () => {
            try {
                await discard(conf, known.key);
                row.remove();
            } catch (error) {
                say(error);
            }
        }));
}


class Row {

    constructor(key) {
        this.status = element('span', {className: 'status'});
        this.bar = element('progress', {max: 1, value: 0,
                                        'aria-label': visible(key)});
        this.buttons = element('span', {className: 'buttons'});
        this.item = element('li', {'data-key': key},
            element('bdi', {className: 'name', textContent: visible(key)}),
            this.bar, this.status, this.buttons);
        rows.querySelectorAll('li').forEach((one) => {
            if (one.dataset.key === key && one.dataset.state === undefined) {
                one.remove();
            }
        });
        rows.append(this.item);
        section.hidden = false;
    }


    show(upload) {
        const {state, file, loaded} = upload;
        const asks = this.item.dataset.state === 'exists';

        // an empty file has got nowhere until it is there

        this.bar.value = file.size ? loaded / file.size : +(state === 'done');
        this.status.textContent = {
            sending: () => text('sending', {done: bytes(loaded),
                                            size: bytes(file.size)}),
            failed: () => text('failed', {why: why(upload.error)}),
            cancelled: () => '',
        }[state]?.() ?? text(state);

        if (state === 'cancelled') {
            this.remove();
            return;
        }

        if (this.item.dataset.state === state && !asks) {
            return;
        }

        const busy = ['waiting', 'sending', 'retrying', 'finishing'];
        const was = this.item.dataset.state;

        this.item.dataset.state = state;

        if (state === 'failed') {
            this.replace(button('again', () => enqueue(upload)),
                         button('cancel', () => this.cancel()));

        } else if (state === 'done') {
            this.replace(button('remove', () => this.remove()));

        } else if (!busy.includes(was)) {
            this.replace(button('cancel', () => this.cancel()));
        }
    }


    ask(replace) {
        this.item.dataset.state = 'exists';
        this.status.textContent = text('exists');
        this.replace(button('replace', replace),
                     button('skip', () => this.remove()));
    }


    // the focus stays in the row when its buttons are others

    replace(...buttons) {
        const focused = this.buttons.contains(document.activeElement);

        this.buttons.replaceChildren(...buttons);

        if (focused) {
            buttons[0].focus();
        }
    }


    cancel() {
        this.upload.cancel().catch(say);
    }


    remove() {
        this.item.remove();
        section.hidden = !rows.children.length;
    }
}
