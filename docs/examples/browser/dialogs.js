// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// Preview, link, and questions.  The browser's own dialogs keep the focus
// inside, close on Escape, and give the focus back.

import * as s3 from './s3.js';
import {text, element, clock, visible, why} from './text.js';

const BEGINNING = 65536;        // bytes of a text that are shown

const kinds = [
    [/\.(?:png|jpe?g|gif|webp|avif|bmp|svg|ico)$/i, image],
    [/\.(?:mp4|webm|ogv|mov|m4v)$/i, media('video')],
    [/\.(?:mp3|ogg|oga|wav|flac|m4a|opus)$/i, media('audio')],
    [/\.(?:txt|md|log|csv|tsv|json|xml|ya?ml|ini|conf|html?|css|js|py|pl|sh|c|h)$/i,
     words],
];


export function setup() {
    for (const dialog of document.querySelectorAll('dialog')) {
        dialog.querySelector('[value=close]').onclick = () => dialog.close();
    }
}


export function preview(file) {
    const dialog = document.getElementById('preview');
    const shown = dialog.querySelector('.shown');
    const show = kinds.find(([names]) => names.test(file.key))?.[1];

    dialog.querySelector('bdi').textContent = visible(file.key);
    shown.replaceChildren(element('p', {
        textContent: text(show ? 'loading' : 'noPreview')}));

    // what plays stops, and what loads stops loading

    dialog.onclose = () => shown.replaceChildren();
    dialog.showModal();

    show?.(file, (...inside) => {
        if (dialog.open) {
            shown.replaceChildren(...inside);
        }
    });
}


function image(file, show) {
    const one = element('img', {alt: visible(file.key)});

    one.onload = () => show(one);
    one.onerror = () => show(text('noPreview'));
    one.src = s3.fileUrl(file.key);
}


function media(name) {
    return (file, show) => show(element(name, {
        controls: true, src: s3.fileUrl(file.key)}));
}


async function words(file, show) {
    try {
        const beginning = await s3.beginning(file.key, BEGINNING);
        const inside = [element('pre', {textContent: beginning, tabIndex: 0})];

        if (file.size > BEGINNING) {
            inside.push(element('p', {textContent: text('cut')}));
        }

        show(...inside);

    } catch (error) {
        show(why(error));
    }
}


// The time that is left is counted from the answer: the clock of this computer
// may be wrong.

export async function link(file) {
    const dialog = document.getElementById('link');
    const field = dialog.querySelector('input');
    const left = dialog.querySelector('.left');
    const copy = dialog.querySelector('[value=copy]');
    let timer;

    const tick = (end) => {
        const seconds = Math.ceil((end - performance.now()) / 1000);

        left.textContent = seconds > 0 ? text('left', {time: clock(seconds)})
                                       : text('over');

        if (seconds <= 0) {
            clearInterval(timer);
            field.value = '';
            copy.disabled = true;
        }
    };

    const fresh = async () => {
        clearInterval(timer);
        field.value = '';
        copy.disabled = true;
        left.textContent = text('loading');

        try {
            const asked = performance.now();
            const answer = await s3.link(file.key);
            const end = asked + answer.expires_in * 1000;

            if (!dialog.open) {
                return;
            }

            field.value = answer.url;
            copy.disabled = false;
            copy.focus();
            timer = setInterval(tick, 1000, end);
            tick(end);

        } catch (error) {
            left.textContent = why(error);
        }
    };

    dialog.querySelector('bdi').textContent = visible(file.key);
    dialog.querySelector('[value=new]').onclick = fresh;
    dialog.onclose = () => {
        clearInterval(timer);
        field.value = '';
    };
    copy.onclick = async () => {
        await toClipboard(field);
        copy.textContent = text('copied');
        setTimeout(() => { copy.textContent = text('copy'); }, 2000);
    };

    dialog.showModal();
    await fresh();
}


// a page that came over plain HTTP has no clipboard

async function toClipboard(field) {
    try {
        await navigator.clipboard.writeText(field.value);
    } catch {
        field.select();
        document.execCommand('copy');
    }
}


// A question: title, what it is about, a text to edit if label is given.
// run(text) does it, and what goes wrong is said in the dialog.

export function ask({title, what, label, value, yes, run}) {
    const dialog = document.getElementById('ask');
    const form = dialog.querySelector('form');
    const field = dialog.querySelector('input');
    const submit = dialog.querySelector('[value=yes]');
    const error = dialog.querySelector('.error');

    dialog.querySelector('h2').textContent = title;
    dialog.querySelector('.what').textContent = what;
    dialog.querySelector('.label').textContent = label ?? '';
    field.parentNode.hidden = !label;
    field.value = value ?? '';
    submit.textContent = yes;
    submit.disabled = false;
    error.textContent = '';

    form.onsubmit = async (event) => {
        event.preventDefault();
        submit.disabled = true;
        error.textContent = '';

        try {
            await run(field.value);
            dialog.close();

        } catch (failure) {
            error.textContent = why(failure);

        } finally {
            submit.disabled = false;
        }
    };

    dialog.showModal();

    if (label) {
        const from = field.value.lastIndexOf('/') + 1;
        const dot = field.value.lastIndexOf('.');

        field.focus();
        field.setSelectionRange(from, dot > from ? dot : field.value.length);
    }
}
