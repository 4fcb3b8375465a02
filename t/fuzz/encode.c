
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Percent-encoding: an encoded text decodes to the same text, and has the
 * length that was announced.
 */


#include "fuzz.h"
#include "s3o_encode.h"


static void check(const s3o_str_t *s, s3o_uint_t type);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    u_char     *out;
    size_t      n, m;
    fuzz_t      f;
    s3o_int_t   rc, also;
    s3o_str_t   s, same;
    s3o_uint_t  plus;

    fuzz_init(&f, data, len);

    plus = fuzz_byte(&f) & 1;
    s = fuzz_rest(&f);

    check(&s, S3O_ENCODE_PATH);
    check(&s, S3O_ENCODE_QUERY);

    /* decoded to another place, and in place */

    out = fuzz_room(s.len);
    same = fuzz_copy(s.data, s.len);

    rc = s3o_decode(out, &n, s.data, s.len, plus);
    also = s3o_decode(same.data, &m, same.data, same.len, plus);

    fuzz_check(rc == also);

    if (rc == S3O_OK) {
        fuzz_check(n == m && n <= s.len && memcmp(out, same.data, n) == 0);
    }

    if (s3o_is_token(s.data, s.len)) {
        fuzz_check(s.len && !memchr(s.data, ':', s.len)
                   && !memchr(s.data, ' ', s.len));
    }

    free(out);
    free(same.data);
    free(s.data);

    return 0;
}


static void
check(const s3o_str_t *s, s3o_uint_t type)
{
    u_char     *text, *back;
    size_t      len, n;
    s3o_buf_t   b;

    len = s3o_encode_len(s->data, s->len, type);
    text = fuzz_room(len);
    back = fuzz_room(len);

    s3o_buf_init(&b, text, len);
    s3o_encode(&b, s->data, s->len, type);

    fuzz_check(!b.overflow && b.pos == b.end);
    fuzz_check(s3o_decode(back, &n, text, len, 0) == S3O_OK);
    fuzz_check(n == s->len && memcmp(back, s->data, n) == 0);
    fuzz_check(s3o_encode_is_plain(s->data, s->len, type)
               == (len == s->len && memcmp(text, s->data, len) == 0));

    free(text);
    free(back);
}
