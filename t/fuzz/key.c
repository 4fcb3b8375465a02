
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Object keys: an accepted key is UTF-8 without control characters and dot
 * segments, and a plain key is its own encoding.
 */


#include "fuzz.h"
#include "s3o_encode.h"
#include "s3o_policy_key.h"
#include "s3o_utf8.h"


static void check(const s3o_str_t *key);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    fuzz_t           f;
    s3o_str_t        key;
    s3o_uint_t       plain;
    s3o_key_error_e  err;

    fuzz_init(&f, data, len);
    key = fuzz_rest(&f);

    err = s3o_policy_key(&key, &plain);

    if (err == S3O_KEY_OK) {
        check(&key);
        fuzz_check(!plain
                   || s3o_encode_is_plain(key.data, key.len, S3O_ENCODE_PATH));

    } else {
        fuzz_check(s3o_policy_key_strerror(err));
    }

    free(key.data);

    return 0;
}


static void
check(const s3o_str_t *key)
{
    size_t     i;
    s3o_str_t  rest, part;

    fuzz_check(key->len > 0 && key->len <= S3O_KEY_MAX);
    fuzz_check(s3o_utf8_valid(key->data, key->len));

    for (i = 0; i < key->len; i++) {
        fuzz_check(key->data[i] >= 0x20 && key->data[i] != 0x7f);
    }

    rest = *key;

    for ( ;; ) {
        if (!s3o_str_split(&rest, &part, '/')) {
            part = rest;
            rest.len = 0;
        }

        fuzz_check(!s3o_str_is(&part, ".") && !s3o_str_is(&part, ".."));

        if (part.data + part.len == key->data + key->len) {
            return;
        }
    }
}
