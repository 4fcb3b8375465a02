
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A proxy's answer to CONNECT: the same, whether it comes whole or in pieces.
 */


#include "fuzz.h"
#include "s3o_http_response.h"


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    size_t      at, seen, head, first;
    fuzz_t      f;
    s3o_int_t   rc, whole;
    s3o_str_t   text;
    s3o_uint_t  status, expected;

    fuzz_init(&f, data, len);
    text = fuzz_rest(&f);

    whole = s3o_http_connect(text.data, text.len, 0, &expected, &first);

    rc = S3O_AGAIN;

    for (at = 1, seen = 0; rc == S3O_AGAIN && at <= text.len; at++) {
        rc = s3o_http_connect(text.data, at, seen, &status, &head);
        seen = at;
    }

    if (whole == S3O_OK) {
        fuzz_check(rc == S3O_OK);
        fuzz_check(status == expected && head == first);
        fuzz_check(head <= text.len);

    } else if (whole == S3O_AGAIN) {
        fuzz_check(rc == S3O_AGAIN);

    } else {
        fuzz_check(rc == S3O_ERROR);
    }

    free(text.data);

    return 0;
}
