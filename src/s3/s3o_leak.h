
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Looks for secrets in a text that arrives in pieces: as they are, and in the
 * forms in which XML, JSON and URLs write them.
 */


#ifndef _S3O_LEAK_H_INCLUDED_
#define _S3O_LEAK_H_INCLUDED_


#include "s3o_core.h"


#define S3O_LEAK_SECRETS  2

/* "&#x0000002b;" is the longest escape that is undone */
#define S3O_LEAK_ESCAPE   12


typedef struct {
    s3o_str_t     text;
    uint32_t     *borders;       /* see s3o_leak_add() */
    size_t        plain;         /* how many bytes have matched */
    size_t        decoded;       /* the same in the decoded text */
} s3o_leak_secret_t;


typedef struct {
    s3o_leak_secret_t    secrets[S3O_LEAK_SECRETS];
    s3o_uint_t           nsecrets;
    s3o_uint_t           found;
    u_char               escape[S3O_LEAK_ESCAPE];
    size_t               len;    /* of the escape, in bytes */
} s3o_leak_t;


/*
 * A zeroed s3o_leak_t looks for nothing.  s3o_leak_add() adds a secret; its
 * text is not copied.  "room" is an array of text->len numbers, which is
 * filled. Both must live as long as "leak".  An empty secret is ignored.
 * Returns S3O_OK, or S3O_ERROR when there are S3O_LEAK_SECRETS already.
 *
 * s3o_leak_look() takes the next piece of the text, and returns 1 when one of
 * the secrets was in the text so far.  Upper and lower case are the same, and
 * a secret may reach over several pieces.  The time is proportional to the
 * length of the piece.
 */

s3o_int_t s3o_leak_add(s3o_leak_t *leak, const s3o_str_t *text,
    uint32_t *room);
s3o_uint_t s3o_leak_look(s3o_leak_t *leak, const u_char *data, size_t len);


#endif /* _S3O_LEAK_H_INCLUDED_ */
