
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Answers of HTTP servers: the same, whether they come whole or in pieces.
 */


#include "fuzz.h"
#include "s3o_http_response.h"


static s3o_int_t whole(s3o_str_t *text, s3o_uint_t eof,
    s3o_http_response_t *r);
static s3o_int_t pieces(s3o_str_t *text, s3o_uint_t eof, fuzz_t sizes,
    s3o_http_response_t *r);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    fuzz_t               f, sizes;
    s3o_int_t            a, b;
    s3o_str_t            text, copy, name, value;
    s3o_uint_t           eof;
    s3o_http_response_t  one, many;

    fuzz_init(&f, data, len);

    eof = fuzz_byte(&f) & 1;
    sizes = f;
    f.pos += (f.end - f.pos) < 8 ? f.end - f.pos : 8;
    sizes.end = f.pos;

    text = fuzz_rest(&f);
    copy = fuzz_copy(text.data, text.len);

    a = whole(&text, eof, &one);
    b = pieces(&copy, eof, sizes, &many);

    fuzz_check(a == b);

    if (a == S3O_OK) {
        fuzz_check(one.status >= 200 && one.status <= 599);
        fuzz_check(one.status == many.status);
        fuzz_check(s3o_str_eq(&one.body, &many.body));
        fuzz_check(fuzz_inside(&one.body, &text));

        s3o_str_set(&name, (u_char *) "date", 4);

        if (s3o_http_header(text.data, text.len, &name, &value) == S3O_OK) {
            fuzz_check(fuzz_inside(&value, &text));
        }
    }

    free(text.data);
    free(copy.data);

    return 0;
}


static s3o_int_t
whole(s3o_str_t *text, s3o_uint_t eof, s3o_http_response_t *r)
{
    s3o_http_response_init(r);

    return s3o_http_response(text->data, text->len, eof, r);
}


static s3o_int_t
pieces(s3o_str_t *text, s3o_uint_t eof, fuzz_t sizes, s3o_http_response_t *r)
{
    size_t     at, n;
    s3o_int_t  rc;

    s3o_http_response_init(r);

    rc = S3O_AGAIN;

    for (at = 0; at < text->len; at += n) {
        n = 1 + fuzz_byte(&sizes) % 32;
        n = n < text->len - at ? n : text->len - at;

        if (at + n == text->len) {
            break;
        }

        rc = s3o_http_response(text->data, at + n, 0, r);

        if (rc == S3O_ERROR) {
            return rc;
        }

        if (rc == S3O_OK) {

            /* bytes behind the end of an answer do not belong to it */

            break;
        }
    }

    return s3o_http_response(text->data, text->len, eof, r);
}
