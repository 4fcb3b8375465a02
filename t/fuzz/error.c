
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents with any bytes in them: they are UTF-8, fit into their
 * memory, and have no markup but their own.
 */


#include "fuzz.h"
#include "s3o_error.h"
#include "s3o_utf8.h"


static size_t count(const u_char *p, size_t len, u_char c);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    u_char       *text;
    size_t        room;
    fuzz_t        f;
    s3o_buf_t     b;
    s3o_error_t   error;

    fuzz_init(&f, data, len);

    s3o_error_set(&error, 400 + fuzz_byte(&f) % 200, NULL);
    (void) s3o_error_code_is_harmless(&error.code);

    error.request_id = fuzz_line(&f);
    error.resource = fuzz_line(&f);
    error.message = fuzz_rest(&f);

    room = s3o_error_len(&error);
    text = fuzz_room(room);

    s3o_buf_init(&b, text, room);
    s3o_error_xml(&b, &error);

    fuzz_check(!b.overflow);
    fuzz_check(s3o_utf8_valid(text, b.pos - b.start));
    fuzz_check(count(text, b.pos - b.start, '<') == 11);

    s3o_buf_init(&b, text, room);
    s3o_error_json(&b, &error);

    fuzz_check(!b.overflow);
    fuzz_check(s3o_utf8_valid(text, b.pos - b.start));
    fuzz_check(count(text, b.pos - b.start, '\n') <= 1);

    free(text);
    free(error.request_id.data);
    free(error.resource.data);
    free(error.message.data);

    return 0;
}


static size_t
count(const u_char *p, size_t len, u_char c)
{
    size_t  i, n;

    for (i = 0, n = 0; i < len; i++) {
        n += p[i] == c;
    }

    return n;
}
