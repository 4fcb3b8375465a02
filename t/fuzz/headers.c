
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Headers: what is done with each, and the canonical form of all, compared with
 * that of a naive writer.
 */


#include "fuzz.h"
#include "s3o_canonical.h"
#include "s3o_policy_header.h"


#define HEADERS  12


static void classify(const s3o_str_t *name, const s3o_str_t *value);
static void canonical(s3o_header_t *headers, s3o_uint_t n);
static size_t naive(u_char *p, const s3o_header_t *headers, s3o_uint_t n);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    fuzz_t        f;
    s3o_uint_t    i, n;
    s3o_header_t  headers[HEADERS];

    fuzz_init(&f, data, len);
    memset(headers, 0, sizeof(headers));

    for (n = 0; n < HEADERS && f.pos < f.end; n++) {
        headers[n].name = fuzz_line(&f);
        headers[n].value = fuzz_line(&f);

        for (i = 0; i < headers[n].name.len; i++) {
            headers[n].name.data[i] = s3o_lower(headers[n].name.data[i]);
        }

        classify(&headers[n].name, &headers[n].value);
    }

    canonical(headers, n);

    for (i = 0; i < n; i++) {
        free(headers[i].name.data);
        free(headers[i].value.data);
    }

    return 0;
}


static void
classify(const s3o_str_t *name, const s3o_str_t *value)
{
    s3o_uint_t          named;
    s3o_header_act_e    act;
    s3o_header_class_e  type;

    static const s3o_str_t  account = s3o_string("123456789012");

    type = s3o_policy_header(name);

    named = s3o_policy_header_configurable(name)
            && s3o_policy_header_named(name, type, name, 1);

    act = s3o_policy_header_act(type, named, S3O_PLACE_REDIRECT);

    switch (type) {

    case S3O_HEADER_HOST:
    case S3O_HEADER_AUTH:
    case S3O_HEADER_OWN:
    case S3O_HEADER_WAY:
    case S3O_HEADER_UNSIGNABLE:
        fuzz_check(!named && act != S3O_ACT_SIGN);
        break;

    case S3O_HEADER_EFFECT:
    case S3O_HEADER_COPY:
    case S3O_HEADER_LACKED:
    case S3O_HEADER_ACCESS:
        fuzz_check(named || act == S3O_ACT_REFUSE || act == S3O_ACT_LACK);
        break;

    default:
        break;
    }

    (void) s3o_policy_header_value(name, value, &account);
}


static void
canonical(s3o_header_t *headers, s3o_uint_t n)
{
    u_char      *text, *names, *expected;
    size_t       len, names_len, size;
    s3o_buf_t    b, c;
    s3o_uint_t   i;

    s3o_headers_sort(headers, n);

    len = s3o_headers_len(headers, n);
    names_len = s3o_headers_names_len(headers, n);

    text = fuzz_room(len);
    names = fuzz_room(names_len);

    s3o_buf_init(&b, text, len);
    s3o_buf_init(&c, names, names_len);

    fuzz_check(s3o_headers_write(&b, &c, headers, n) == S3O_OK);

    for (i = 0, size = 0; i < n; i++) {
        size += headers[i].name.len + headers[i].value.len + 2;
    }

    expected = fuzz_room(size);
    size = naive(expected, headers, n);

    fuzz_check(size == (size_t) (b.pos - b.start));
    fuzz_check(memcmp(expected, text, size) == 0);

    free(text);
    free(names);
    free(expected);
}


static size_t
naive(u_char *p, const s3o_header_t *headers, s3o_uint_t n)
{
    u_char           *start, *value;
    size_t            i;
    s3o_uint_t        k;
    const s3o_str_t  *name, *text;

    start = p;

    for (k = 0; k < n; k++) {
        name = &headers[k].name;
        text = &headers[k].value;

        if (k && s3o_str_eq(name, &headers[k - 1].name)) {
            p[-1] = ',';

        } else {
            memcpy(p, name->data, name->len);
            p += name->len;
            *p++ = ':';
        }

        value = p;

        for (i = 0; i < text->len; i++) {
            if (!memchr(" \t\r\n", text->data[i], 4)) {
                *p++ = text->data[i];

            } else if (p > value && p[-1] != ' ') {
                *p++ = ' ';
            }
        }

        if (p > value && p[-1] == ' ') {
            p--;
        }

        *p++ = '\n';
    }

    return p - start;
}
