
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credentials and config files: values are parts of the file, and faults have
 * a line of it.
 */


#include "fuzz.h"
#include "s3o_ini.h"


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    size_t              i, lines;
    fuzz_t              f;
    s3o_int_t           rc;
    s3o_str_t           name, text, *values;
    s3o_uint_t          kind, line;
    s3o_ini_profile_t   profile;

    fuzz_init(&f, data, len);

    kind = fuzz_byte(&f) & 1 ? S3O_INI_CONFIG : S3O_INI_CREDENTIALS;
    name = fuzz_line(&f);
    text = fuzz_rest(&f);

    rc = s3o_ini_profile(text.data, text.len, kind, &name, &profile, &line);

    for (i = 0, lines = 1; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }

    fuzz_check(rc == S3O_OK || rc == S3O_ERROR || rc == S3O_OVERFLOW);

    if (rc == S3O_OK) {
        fuzz_check(line <= lines);
        fuzz_check(profile.line >= 1 && profile.line <= lines);

        values = &profile.access_key_id;

        while (values <= &profile.foreign) {
            fuzz_check(fuzz_inside(values, &text));
            fuzz_check(values->len == 0
                       || !memchr(values->data, '\n', values->len));
            values++;
        }
    }

    if (rc == S3O_OVERFLOW) {
        fuzz_check(line >= 1 && line <= lines);
    }

    free(name.data);
    free(text.data);

    return 0;
}
