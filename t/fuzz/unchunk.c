
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Bodies in the aws-chunked encoding: the same, whether they come whole or in
 * pieces.
 */


#include "fuzz.h"
#include "s3o_unchunk.h"


static size_t decode(s3o_crypto_t *crypto, s3o_str_t *text, uint64_t size,
    s3o_checksum_e checksum, fuzz_t sizes, u_char *out,
    s3o_unchunk_error_e *err, s3o_uint_t *complete);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    u_char              *one, *many;
    size_t               a, b;
    fuzz_t               f, none, sizes;
    uint64_t             size;
    s3o_str_t            text;
    s3o_uint_t           done, also;
    s3o_crypto_t         crypto;
    s3o_checksum_e       checksum;
    s3o_unchunk_error_e  err, same;

    fuzz_init(&f, data, len);

    size = fuzz_byte(&f);
    checksum = fuzz_byte(&f) % (S3O_CHECKSUM_SHA256 + 1);

    sizes = f;
    f.pos += (f.end - f.pos) < 8 ? f.end - f.pos : 8;
    sizes.end = f.pos;
    memset(&none, 0, sizeof(fuzz_t));

    text = fuzz_rest(&f);

    memset(&crypto, 0, sizeof(s3o_crypto_t));
    fuzz_check(s3o_crypto_init(&crypto) == S3O_OK);

    one = fuzz_room(text.len);
    many = fuzz_room(text.len);

    a = decode(&crypto, &text, size, checksum, none, one, &err, &done);
    b = decode(&crypto, &text, size, checksum, sizes, many, &same, &also);

    fuzz_check(err == same && done == also && a == b);
    fuzz_check(memcmp(one, many, a) == 0);
    fuzz_check(a <= size);
    fuzz_check(!done || (err == S3O_UNCHUNK_OK && a == size));

    s3o_crypto_free(&crypto);
    free(text.data);
    free(one);
    free(many);

    return 0;
}


/* without sizes all of it at once */

static size_t
decode(s3o_crypto_t *crypto, s3o_str_t *text, uint64_t size,
    s3o_checksum_e checksum, fuzz_t sizes, u_char *out,
    s3o_unchunk_error_e *err, s3o_uint_t *complete)
{
    u_char         *pos, *end, *last;
    size_t          n, out_len;
    s3o_str_t       part;
    s3o_unchunk_t   u;

    memset(&u, 0, sizeof(s3o_unchunk_t));
    fuzz_check(s3o_unchunk_init(&u, crypto, size, checksum) == S3O_OK);

    *err = S3O_UNCHUNK_OK;
    out_len = 0;
    pos = text->data;
    last = text->data + text->len;

    while (*err == S3O_UNCHUNK_OK && pos < last) {
        n = sizes.pos ? (size_t) 1 + fuzz_byte(&sizes) % 32
                      : (size_t) (last - pos);
        end = n < (size_t) (last - pos) ? pos + n : last;

        while (*err == S3O_UNCHUNK_OK && pos < end) {
            *err = s3o_unchunk(&u, &pos, end, &part);

            if (*err == S3O_UNCHUNK_OK && part.len) {
                fuzz_check(fuzz_inside(&part, text));
                memcpy(out + out_len, part.data, part.len);
                out_len += part.len;
            }
        }
    }

    *complete = *err == S3O_UNCHUNK_OK && s3o_unchunk_complete(&u);

    s3o_unchunk_free(&u);

    return out_len;
}
