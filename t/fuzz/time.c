
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Times: a parsed time is written, and parsed again as the same time.
 */


#include "fuzz.h"
#include "s3o_time.h"


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    u_char     text[S3O_RFC3339_LEN];
    fuzz_t     f;
    int64_t    t, back;
    s3o_str_t  s;

    fuzz_init(&f, data, len);
    s = fuzz_rest(&f);

    if (s3o_time_parse_rfc3339(s.data, s.len, &t) == S3O_OK && t >= 0
        && t <= S3O_TIME_MAX)
    {
        fuzz_check(s3o_time_rfc3339(text, t) == S3O_OK);
        fuzz_check(s3o_time_parse_rfc3339(text, sizeof(text), &back)
                   == S3O_OK);
        fuzz_check(back == t);
    }

    free(s.data);

    return 0;
}
