// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// The page: the list of a folder, which is named in the address after "#", and
// what can be done with the files in it.

import * as s3 from './s3.js';
import * as dialogs from './dialogs.js';
import * as uploads from './uploads.js';
import * as texts from './text.js';
import {text, element, button, bytes, date, visible, why} from './text.js';

const at = (id) => document.getElementById(id);
const body = at('list').querySelector('tbody');

let prefix = '', next = '', loading;


async function main() {
    const [conf, strings] = await Promise.all(
        ['config.json', 'strings.json'].map(async (name) =>
            (await s3.ask('GET', new URL(name, import.meta.url).href)).json()));

    s3.setup(conf);
    texts.setup(strings);
    languages(strings);
    texts.translate(document);
    document.title = text('title');
    dialogs.setup();
    uploads.setup(conf, {uploaded: (key) => {
        if (key.startsWith(prefix)) {
            load();
        }
    }, say});

    controls();
    document.querySelector('main').hidden = false;
    go();
}


function languages(strings) {
    const select = at('language');

    select.append(...Object.keys(strings).map((name) => element('option', {
        value: name, lang: name, textContent: strings[name].languageName})));
    select.value = texts.chosen();

    // rows of uploads keep their words: they cannot be made anew

    select.onchange = () => {
        texts.choose(select.value);
        texts.translate(document);
        document.title = text('title');
        load();
    };
}


function controls() {
    const choose = at('choose');

    at('upload').onclick = () => choose.click();
    at('refresh').onclick = load;
    at('more').onclick = more;
    at('folder').onclick = newFolder;

    choose.onchange = () => {
        take(choose.files);
        choose.value = '';
    };

    window.addEventListener('hashchange', go);
    document.addEventListener('keydown', keys);

    // a file that misses the field must not take the place of the page

    for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) {
        document.addEventListener(name, (event) => {
            event.preventDefault();
            at('drop').classList.toggle('over', name === 'dragenter'
                                                || name === 'dragover');
        });
    }

    document.addEventListener('drop', (event) => drop(event.dataTransfer));
}


function take(files) {
    for (const file of files) {
        uploads.add(file, prefix + file.name);
    }
}


// Folders come with all that is in them.  The entries have to be asked for
// before the event is over.

function drop(data) {
    const entries = [...data.items].map((item) => item.webkitGetAsEntry?.());

    if (entries.some((entry) => entry?.isDirectory)) {
        entries.forEach((entry) => entry && walk(entry, prefix).catch(say));

    } else {
        take(data.files);
    }
}


async function walk(entry, above) {
    if (entry.isFile) {
        uploads.add(await new Promise((done, failed) => {
            entry.file(done, failed);
        }), above + entry.name);
        return;
    }

    // a reader gives some at a time, and in the end none

    const reader = entry.createReader();

    for ( ;; ) {
        const some = await new Promise((done, failed) => {
            reader.readEntries(done, failed);
        });

        if (!some.length) {
            return;
        }

        for (const one of some) {
            await walk(one, above + entry.name + '/');
        }
    }
}


function newFolder() {
    dialogs.ask({
        title: text('folder'), what: text('folderHint'),
        label: text('folderName'), yes: text('folder'),
        run: async (name) => {
            const key = prefix + name.replace(/\/+$/, '') + '/';

            if (key === prefix + '/') {
                throw new s3.Failure('errorKey');
            }

            s3.encodeKey(key);
            location.hash = encodeURIComponent(key);
        },
    });
}


function say(error) {
    at('message').textContent = error ? why(error) : '';
}


// the folder that the address names

function go() {
    try {
        prefix = decodeURIComponent(location.hash.slice(1));
    } catch {
        prefix = '';
    }

    say();
    path();
    load();
}


function path() {
    const parts = prefix.split('/').slice(0, -1);
    const links = [folderLink('', text('top'))];

    parts.forEach((part, i) => links.push(
        folderLink(parts.slice(0, i + 1).join('/') + '/', label(part))));

    links.at(-1).setAttribute('aria-current', 'page');
    at('path').replaceChildren(...links.map((one) => element('li', {}, one)));
}


function label(name) {
    return name === '' ? text('noName') : visible(name);
}


function folderLink(key, name) {
    return element('a', {href: '#' + encodeURIComponent(key)},
                   element('bdi', {textContent: name}));
}


// Of two that are under way only the later one is shown.

async function load() {
    loading?.abort();
    loading = new AbortController();

    const focus = document.activeElement?.closest('tr')?.dataset.key;

    path();
    next = '';
    await fill(loading.signal, true);

    if (focus !== undefined) {
        rows().find((row) => row.dataset.key === focus)
              ?.querySelector('.open')?.focus();
    }
}


function more() {
    return fill(loading.signal, false);
}


async function fill(signal, first) {
    at('more').disabled = true;

    try {
        const found = await s3.list(prefix, next, signal);

        if (signal.aborted) {
            return;
        }

        if (first) {
            body.replaceChildren();
        }

        body.append(...found.folders.map(folderRow),
                    ...found.files.filter((file) => !isMarker(file))
                                  .map(fileRow));
        next = found.next;
        at('more').hidden = !next;
        at('empty').hidden = body.children.length || next;

    } catch (error) {
        if (error.name !== 'AbortError') {
            say(error);
        }

    } finally {
        at('more').disabled = false;
    }
}


// the empty object that some programs put where a folder is

function isMarker(file) {
    return file.key === prefix && file.size === 0;
}


function folderRow(folder) {
    const key = folder.key ?? folder.raw;
    const name = label(key.slice(prefix.length).replace(/\/$/, '')) + '/';

    const open = folder.key === null
                 ? element('span', {className: 'open', textContent: name})
                 : folderLink(key, name);

    open.classList.add('open');

    return row('folder', key, open, '', '', '');
}


// a phone shows rows as cards, and browsers forget then that it is a table

function row(kind, key, name, size, when, actions) {
    const cells = {name, number: size, date: when, actions};

    return element('tr', {className: kind, 'data-key': key, role: 'row'},
                   ...Object.entries(cells).map(([className, inside]) =>
                       element('td', {className, role: 'cell'},
                               ...inside === '' ? [] : [inside])));
}


function fileRow(file) {
    const key = file.key ?? file.raw;
    const name = label(key.slice(prefix.length));

    // what has no name that can be asked for is shown, and no more

    let address = '';

    try {
        address = file.key === null ? '' : s3.downloadUrl(file.key);
    } catch {
        // its name has "." or ".." in it
    }

    const open = address
        ? button('name', () => dialogs.preview(file), {className: 'open'})
        : element('span', {className: 'open', title: text('errorKey')});

    open.replaceChildren(element('bdi', {textContent: name}));

    const actions = element('div', {className: 'buttons'});

    if (address) {
        actions.append(
            element('a', {href: address, textContent: text('download'),
                          'data-action': 'download', className: 'button'}),
            button('link', () => dialogs.link(file)),
            button('rename', () => rename(file)),
            button('delete', () => remove(file)));
    }

    return row('file', key, open, bytes(file.size), date(file.date), actions);
}


// S3 cannot rename: the file is copied, and the old one is deleted once the
// copy is there

function rename(file) {
    dialogs.ask({
        title: text('rename'), what: visible(file.key),
        label: text('renameTo'), value: file.key, yes: text('rename'),
        run: async (key) => {
            if (key === file.key) {
                return;
            }

            s3.encodeKey(key);

            if (await s3.size(key) >= 0) {
                throw new s3.Failure('exists');
            }

            await s3.copy(file.key, key, file.size);

            try {
                await s3.remove(file.key);
                at('message').textContent = text('renamed');

            } catch (error) {
                at('message').textContent = text('copiedNotDeleted',
                                                 {why: why(error)});
            }

            load();
        },
    });
}


function remove(file) {
    dialogs.ask({
        title: text('deleteSure'), what: visible(file.key),
        yes: text('delete'),
        run: async () => {
            await s3.remove(file.key);
            at('message').textContent = text('deleted');
            load();
        },
    });
}


function rows() {
    return [...body.querySelectorAll('tr')];
}


// keys of the list; in fields and dialogs they are what they always are

function keys(event) {
    if (event.ctrlKey || event.altKey || event.metaKey
        || event.target.closest('dialog, input, select'))
    {
        return;
    }

    const all = rows();
    const row = event.target.closest('#list tbody tr');
    const i = all.indexOf(row);
    const to = {ArrowDown: i + 1, ArrowUp: i - 1, Home: 0,
                End: all.length - 1}[event.key];
    const action = {F2: 'rename', Delete: 'delete'}[event.key];

    if (to !== undefined && (row || event.key === 'ArrowDown')) {
        all[to]?.querySelector('.open').focus();

    } else if (action && row) {
        row.querySelector(`[data-action=${action}]`)?.click();

    } else if (event.key === 'Backspace' && prefix) {
        location.hash = encodeURIComponent(prefix.replace(/[^/]*\/$/, ''));

    } else {
        return;
    }

    event.preventDefault();
}


main().catch((error) => {
    document.body.append(element('p', {className: 'error', role: 'alert',
                                       textContent: error.message}));
});
