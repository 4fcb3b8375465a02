
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Kinds of bytes in a text, and trimming.
 */


#ifndef _S3O_TEXT_H_INCLUDED_
#define _S3O_TEXT_H_INCLUDED_


#include "s3o_core.h"


/* 1 for a space or a tab. */

static inline s3o_uint_t
s3o_is_blank(u_char c)
{
    return c == ' ' || c == '\t';
}


/* 1 for visible ASCII, 0x21 to 0x7e. */

static inline s3o_uint_t
s3o_is_visible(u_char c)
{
    return c > 0x20 && c < 0x7f;
}


/* The value of a hexadecimal digit, upper or lower case; -1 for other bytes. */

static inline s3o_int_t
s3o_hex_digit(u_char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c = s3o_lower(c);

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* Takes spaces and tabs off both ends. */

static inline void
s3o_trim(s3o_str_t *s)
{
    while (s->len && s3o_is_blank(s->data[0])) {
        s->data++;
        s->len--;
    }

    while (s->len && s3o_is_blank(s->data[s->len - 1])) {
        s->len--;
    }
}


#endif /* _S3O_TEXT_H_INCLUDED_ */
