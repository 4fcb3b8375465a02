// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// Words in the language of the reader, and elements with text in them.  Names
// of objects are anybody's: they are put in as text and never as HTML.

let strings, language;


export function setup(all) {
    const wanted = [stored(), ...navigator.languages.map((l) => l.slice(0, 2))];

    strings = all;
    language = wanted.find((l) => Object.hasOwn(all, l ?? '')) ?? 'en';
}


function stored() {
    try {
        return localStorage.getItem('s3o-language');
    } catch {
        return null;
    }
}


export function choose(name) {
    language = name;

    try {
        localStorage.setItem('s3o-language', name);
    } catch {
        // it is forgotten with the page
    }
}


export function chosen() {
    return language;
}


// text('left', {time}): what stands in braces is replaced

export function text(name, values = {}) {
    return strings[language][name].replace(/\{(\w+)\}/g,
                                           (_, key) => values[key]);
}


export function translate(root) {
    document.documentElement.lang = language;

    for (const one of root.querySelectorAll('[data-text]')) {
        one.textContent = text(one.dataset.text);
    }

    for (const one of root.querySelectorAll('[data-label]')) {
        one.setAttribute('aria-label', text(one.dataset.label));
    }
}


// what turns the direction of writing, or cannot be seen, would let a name look
// like another one

export function visible(name) {
    return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (c) => '\u27e8U+'
        + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')
        + '\u27e9');
}


export function element(name, properties = {}, ...inside) {
    const one = document.createElement(name);

    for (const [key, value] of Object.entries(properties)) {
        if (key.includes('-') || key === 'role') {
            one.setAttribute(key, value);

        } else {
            one[key] = value;
        }
    }

    one.append(...inside);

    return one;
}


export function button(name, run, properties = {}) {
    return element('button', {type: 'button', textContent: text(name),
                              onclick: run, 'data-action': name,
                              ...properties});
}


export function bytes(n) {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
    let i = 0;

    for ( ; n >= 1000 && i < units.length - 1; i++) {
        n /= 1000;
    }

    return new Intl.NumberFormat(language, {style: 'unit', unit: units[i],
        unitDisplay: i ? 'short' : 'long',
        maximumFractionDigits: i && n < 100 ? 1 : 0}).format(n);
}


export function date(when) {
    return Number.isNaN(when.getTime()) ? ''
        : new Intl.DateTimeFormat(language, {dateStyle: 'medium',
                                             timeStyle: 'short'}).format(when);
}


// 3723 is 1:02:03

export function clock(seconds) {
    const two = (n) => String(n).padStart(2, '0');
    const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60;

    return (h ? `${h}:${two(m)}` : m) + ':' + two(seconds % 60);
}


// the reason of a failure

export function why(error) {
    return error.word ? text(error.word, {status: error.status})
                      : error.message;
}
