
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_utf8.h"


s3o_uint_t
s3o_utf8_valid(const u_char *data, size_t len)
{
    size_t  i, n;

    for (i = 0; i < len; i += n) {
        n = s3o_utf8_sequence(data + i, len - i);

        if (n == 0) {
            return 0;
        }
    }

    return 1;
}


/*
 * The limits of the second byte refuse overlong forms, surrogates and
 * everything above U+10FFFF.
 */

size_t
s3o_utf8_sequence(const u_char *p, size_t len)
{
    size_t  i, n;
    u_char  low, high;

    if (p[0] < 0x80) {
        return 1;
    }

    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return 0;
    }

    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (len < n) {
        return 0;
    }

    low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;

    if (p[1] < low || p[1] > high) {
        return 0;
    }

    for (i = 2; i < n; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf) {
            return 0;
        }
    }

    return n;
}
