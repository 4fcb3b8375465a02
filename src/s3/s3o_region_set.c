
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Region sets: their entries, and the regions that they cover.
 */


#include "s3o_region_set.h"
#include "s3o_target.h"
#include "s3o_target_error.h"


/*
 * An entry with "*" is right when something in place of the "*" makes a
 * region of it: "1" for "us-west-*", "x-1" for "us-*".
 */

s3o_uint_t
s3o_region_set_entry(const s3o_str_t *entry)
{
    s3o_str_t  region;
    s3o_buf_t  b;
    u_char     text[S3O_REGION_MAX];

    if (s3o_str_is(entry, S3O_REGION_SET_ALL)) {
        return 1;
    }

    if (entry->len < 2
        || entry->len > S3O_REGION_MAX
        || s3o_str_is(entry, "aws-global"))
    {
        return 0;
    }

    if (memcmp(entry->data + entry->len - 2, "-*", 2) != 0) {
        return s3o_target_check_region(entry) == S3O_TARGET_OK;
    }

    s3o_buf_init(&b, text, S3O_REGION_MAX);
    s3o_buf_put(&b, entry->data, entry->len - 1);
    s3o_buf_putc(&b, '1');
    s3o_str_set(&region, text, b.pos - text);

    if (s3o_target_check_region(&region) == S3O_TARGET_OK) {
        return 1;
    }

    b.pos--;
    s3o_buf_put_literal(&b, "x-1");
    s3o_str_set(&region, text, b.pos - text);

    return s3o_target_check_region(&region) == S3O_TARGET_OK;
}


s3o_uint_t
s3o_region_set_covers(const s3o_str_t *set, const s3o_str_t *region)
{
    s3o_str_t  rest, entry;

    rest = *set;

    while (s3o_str_next(&rest, &entry, ',')) {

        if (s3o_str_eq(&entry, region)) {
            return 1;
        }

        if (entry.len && entry.data[entry.len - 1] == '*') {
            entry.len--;

            if (s3o_str_starts(region, &entry)) {
                return 1;
            }
        }
    }

    return 0;
}
