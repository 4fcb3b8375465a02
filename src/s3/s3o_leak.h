
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Looks for secrets in a text that comes in pieces: as they stand, and in the
 * forms that XML, JSON and URLs write them in.
 */


#ifndef _S3O_LEAK_H_INCLUDED_
#define _S3O_LEAK_H_INCLUDED_


#include "s3o_core.h"


#define S3O_LEAK_SECRETS  2

/* "&#x0000002b;" is the longest escape that is undone */
#define S3O_LEAK_ESCAPE   12


typedef struct {
    s3o_str_t     text;
    uint32_t     *borders;       /* of each beginning of it */
    size_t        plain;         /* how much of it has matched */
    size_t        decoded;       /* the same of the decoded text */
} s3o_leak_secret_t;


typedef struct {
    s3o_leak_secret_t    secrets[S3O_LEAK_SECRETS];
    s3o_uint_t           nsecrets;
    s3o_uint_t           found;
    u_char               escape[S3O_LEAK_ESCAPE];
    size_t               len;    /* of the escape so far */
} s3o_leak_t;


/*
 * Zeroed, a s3o_leak_t looks for nothing.  s3o_leak_add() adds a secret, which
 * has to stay where it is; "room" is for as many numbers as it has bytes.  An
 * empty one is ignored, and at most S3O_LEAK_SECRETS are kept: S3O_ERROR
 * beyond them.
 *
 * s3o_leak_look() takes the next piece and returns 1 when any of the secrets
 * was in what has come so far, in upper or lower case, whatever the pieces.
 * The time is proportional to the length of the piece.
 */

s3o_int_t s3o_leak_add(s3o_leak_t *leak, const s3o_str_t *text,
    uint32_t *room);
s3o_uint_t s3o_leak_look(s3o_leak_t *leak, const u_char *data, size_t len);


#endif /* _S3O_LEAK_H_INCLUDED_ */
