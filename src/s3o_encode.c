
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_encode.h"


#define S3O_KEEP_IN_PATH   0x01
#define S3O_KEEP_IN_QUERY  0x02


/* S3O_KEEP_IN_PATH << type is the bit of an encoding type */

static const u_char  s3o_encode_keep[256] = {
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 3, 3, 1,   /* - . / */
    3, 3, 3, 3, 3, 3, 3, 3,  3, 3, 0, 0, 0, 0, 0, 0,   /* 0-9 */

    0, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 3, 3, 3, 3, 3,   /* A-O */
    3, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 0, 0, 0, 0, 3,   /* P-Z _ */
    0, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 3, 3, 3, 3, 3,   /* a-o */
    3, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 0, 0, 0, 3, 0,   /* p-z ~ */

    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,

    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0
};


static u_char
s3o_encode_mask(s3o_uint_t type)
{
    return type == S3O_ENCODE_PATH ? S3O_KEEP_IN_PATH : S3O_KEEP_IN_QUERY;
}


size_t
s3o_encode_len(const u_char *data, size_t len, s3o_uint_t type)
{
    size_t  i, n;
    u_char  mask;

    mask = s3o_encode_mask(type);
    n = len;

    for (i = 0; i < len; i++) {
        if (!(s3o_encode_keep[data[i]] & mask)) {
            n += 2;
        }
    }

    return n;
}


void
s3o_encode(s3o_buf_t *b, const u_char *data, size_t len, s3o_uint_t type)
{
    size_t         room, run;
    u_char         mask, *p;
    const u_char  *last;

    static const u_char  hex[] = "0123456789ABCDEF";

    room = b->end - b->pos;

    /* the exact length matters only where the longest one does not fit */

    if (len > room / 3 && s3o_encode_len(data, len, type) > room) {
        b->overflow = 1;
        return;
    }

    if (len == 0) {
        return;
    }

    mask = s3o_encode_mask(type);
    last = data + len;
    p = b->pos;

    while (data < last) {

        for (run = 0; data + run < last; run++) {
            if (!(s3o_encode_keep[data[run]] & mask)) {
                break;
            }
        }

        if (run) {
            memcpy(p, data, run);
            p += run;
            data += run;
        }

        while (data < last && !(s3o_encode_keep[*data] & mask)) {
            *p++ = '%';
            *p++ = hex[*data >> 4];
            *p++ = hex[*data & 0xf];
            data++;
        }
    }

    b->pos = p;
}


static s3o_int_t
s3o_decode_digit(u_char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}


s3o_int_t
s3o_decode(u_char *dst, size_t *dst_len, const u_char *src, size_t len,
    s3o_uint_t plus)
{
    u_char         c, *p;
    s3o_int_t      high, low;
    const u_char  *last;

    *dst_len = 0;

    if (len == 0) {
        return S3O_OK;
    }

    p = dst;
    last = src + len;

    while (src < last) {
        c = *src++;

        if (c == '%') {

            if (last - src < 2) {
                return S3O_ERROR;
            }

            high = s3o_decode_digit(src[0]);
            low = s3o_decode_digit(src[1]);

            if (high < 0 || low < 0) {
                return S3O_ERROR;
            }

            c = (u_char) (high << 4 | low);
            src += 2;

        } else if (c == '+' && plus) {
            c = ' ';
        }

        *p++ = c;
    }

    *dst_len = p - dst;

    return S3O_OK;
}


void
s3o_hex(s3o_buf_t *b, const u_char *data, size_t len)
{
    size_t  i;

    static const u_char  hex[] = "0123456789abcdef";

    if (len > (size_t) (b->end - b->pos) / 2) {
        b->overflow = 1;
        return;
    }

    for (i = 0; i < len; i++) {
        *b->pos++ = hex[data[i] >> 4];
        *b->pos++ = hex[data[i] & 0xf];
    }
}


void
s3o_decimal(s3o_buf_t *b, uint64_t n)
{
    u_char  *p, digits[sizeof("18446744073709551615") - 1];

    p = digits + sizeof(digits);

    do {
        *--p = (u_char) ('0' + n % 10);
        n /= 10;
    } while (n);

    s3o_buf_put(b, p, digits + sizeof(digits) - p);
}
