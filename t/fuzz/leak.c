
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Secrets in a text: found alike when the text comes whole or in pieces, and
 * always when the text contains them unchanged.
 */


#include "fuzz.h"
#include "s3o_leak.h"


static s3o_uint_t look(const s3o_str_t *secret, const s3o_str_t *text,
    size_t piece);
static s3o_uint_t stands(const s3o_str_t *secret, const s3o_str_t *text);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    fuzz_t      f;
    s3o_str_t   secret, text;
    s3o_uint_t  found;

    fuzz_init(&f, data, len);
    secret = fuzz_line(&f);
    text = fuzz_rest(&f);

    found = look(&secret, &text, text.len + 1);

    fuzz_check(found == look(&secret, &text, 1));
    fuzz_check(found == look(&secret, &text, 7));
    fuzz_check(found || !stands(&secret, &text));

    free(secret.data);
    free(text.data);

    return 0;
}


static s3o_uint_t
look(const s3o_str_t *secret, const s3o_str_t *text, size_t piece)
{
    size_t       at, n;
    uint32_t    *room;
    s3o_leak_t   leak;
    s3o_uint_t   found;

    memset(&leak, 0, sizeof(s3o_leak_t));
    room = (uint32_t *) fuzz_room(secret->len * sizeof(uint32_t));

    fuzz_check(s3o_leak_add(&leak, secret, room) == S3O_OK);

    found = 0;

    for (at = 0; at < text->len; at += n) {
        n = piece < text->len - at ? piece : text->len - at;
        found = s3o_leak_look(&leak, text->data + at, n);
    }

    free(room);

    return found;
}


static s3o_uint_t
stands(const s3o_str_t *secret, const s3o_str_t *text)
{
    size_t  i, k;

    if (secret->len == 0) {
        return 0;
    }

    for (i = 0; i + secret->len <= text->len; i++) {
        for (k = 0; k < secret->len; k++) {
            if (s3o_lower(text->data[i + k]) != s3o_lower(secret->data[k])) {
                break;
            }
        }

        if (k == secret->len) {
            return 1;
        }
    }

    return 0;
}
