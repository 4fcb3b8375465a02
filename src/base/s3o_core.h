
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The types and the smallest functions of the pure half: strings, and buffers
 * to write to.  No s3o_* file includes a header of nginx, allocates memory,
 * does input or output, or reads a clock.
 */


#ifndef _S3O_CORE_H_INCLUDED_
#define _S3O_CORE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>


typedef intptr_t   s3o_int_t;
typedef uintptr_t  s3o_uint_t;


/* A string: bytes that somebody else owns, without a terminating zero. */

typedef struct {
    size_t         len;
    u_char        *data;
} s3o_str_t;


/*
 * A bounded writer over the caller's memory.  A write that does not fit
 * writes nothing and sets "overflow", which stays set; callers look at it
 * once, at the end.
 */

typedef struct {
    u_char        *start;
    u_char        *pos;
    u_char        *end;
    s3o_uint_t     overflow;
} s3o_buf_t;


#define S3O_OK         0
#define S3O_ERROR     -1
#define S3O_OVERFLOW  -2


#define s3o_string(str)  { sizeof(str) - 1, (u_char *) str }


static inline void
s3o_str_set(s3o_str_t *s, const u_char *data, size_t len)
{
    s->len = len;
    s->data = (u_char *) data;
}


static inline void
s3o_buf_init(s3o_buf_t *b, u_char *start, size_t size)
{
    b->start = start;
    b->pos = start;
    b->end = start + size;
    b->overflow = 0;
}


/* 1 when the buffer has room for "len" more bytes */

static inline s3o_uint_t
s3o_buf_has(const s3o_buf_t *b, size_t len)
{
    return len <= (size_t) (b->end - b->pos);
}


static inline void
s3o_buf_put(s3o_buf_t *b, const void *data, size_t len)
{
    if (len > (size_t) (b->end - b->pos)) {
        b->overflow = 1;
        return;
    }

    if (len) {
        memcpy(b->pos, data, len);
        b->pos += len;
    }
}


static inline void
s3o_buf_putc(s3o_buf_t *b, u_char c)
{
    if (b->pos == b->end) {
        b->overflow = 1;
        return;
    }

    *b->pos++ = c;
}


#define s3o_buf_put_str(b, s)      s3o_buf_put(b, (s)->data, (s)->len)
#define s3o_buf_put_literal(b, s)  s3o_buf_put(b, s, sizeof(s) - 1)


static inline u_char
s3o_lower(u_char c)
{
    return c >= 'A' && c <= 'Z' ? (u_char) (c | 0x20) : c;
}


/* 1 when the two strings hold the same bytes */

static inline s3o_uint_t
s3o_str_eq(const s3o_str_t *a, const s3o_str_t *b)
{
    return a->len == b->len
           && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}


/*
 * Compares two strings as bytes.  Returns less than 0, 0 or more than 0; a
 * string that is the beginning of the other one is the smaller.
 */

static inline s3o_int_t
s3o_str_cmp(const s3o_str_t *a, const s3o_str_t *b)
{
    int     rc;
    size_t  len;

    len = a->len < b->len ? a->len : b->len;
    rc = len ? memcmp(a->data, b->data, len) : 0;

    if (rc != 0) {
        return rc;
    }

    return (a->len > b->len) - (a->len < b->len);
}


/* 1 when the string holds the bytes of the literal */

#define s3o_str_is(s, literal)                                               \
    ((s)->len == sizeof(literal) - 1                                         \
     && memcmp((s)->data, literal, sizeof(literal) - 1) == 0)


static inline s3o_uint_t
s3o_str_starts(const s3o_str_t *s, const s3o_str_t *prefix)
{
    return s->len >= prefix->len
           && (prefix->len == 0
               || memcmp(s->data, prefix->data, prefix->len) == 0);
}


/*
 * Moves what "rest" has before its first delimiter to "part", and takes it
 * and the delimiter off "rest".  Returns 1; or 0, with nothing changed, when
 * there is no delimiter.
 */

static inline s3o_uint_t
s3o_str_split(s3o_str_t *rest, s3o_str_t *part, u_char delimiter)
{
    u_char  *p;

    p = rest->len ? memchr(rest->data, delimiter, rest->len) : NULL;

    if (p == NULL) {
        return 0;
    }

    s3o_str_set(part, rest->data, p - rest->data);

    rest->len -= part->len + 1;
    rest->data = p + 1;

    return 1;
}


/*
 * Sets "part" to the text before the next delimiter, or to all of "rest" when
 * there is none, and takes it and the delimiter off "rest".  After the last
 * part "rest" is NULL; then 0 is returned.
 */

static inline s3o_uint_t
s3o_str_next(s3o_str_t *rest, s3o_str_t *part, u_char delimiter)
{
    if (rest->data == NULL) {
        return 0;
    }

    if (!s3o_str_split(rest, part, delimiter)) {
        *part = *rest;
        s3o_str_set(rest, NULL, 0);
    }

    return 1;
}


#endif /* _S3O_CORE_H_INCLUDED_ */
