
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The one percent-encoder, and its inverse: what is signed is what is sent.
 */


#ifndef _S3O_ENCODE_H_INCLUDED_
#define _S3O_ENCODE_H_INCLUDED_


#include "s3o_core.h"


/*
 * What stays as it is besides the unreserved characters A-Z a-z 0-9 - . _ ~
 * (SigV4, "UriEncode()"): in a path also "/", in a query nothing.
 */

#define S3O_ENCODE_PATH   0
#define S3O_ENCODE_QUERY  1


/* 1 when s3o_encode() writes what it reads. */

s3o_uint_t s3o_encode_is_plain(const u_char *data, size_t len,
    s3o_uint_t type);


/* The number of bytes that s3o_encode() writes for these "len" bytes. */

size_t s3o_encode_len(const u_char *data, size_t len, s3o_uint_t type);


/*
 * Appends the bytes percent-encoded once, with upper-case hex digits; a space
 * is "%20".  No path normalisation of any kind (S3 rules).
 */

void s3o_encode(s3o_buf_t *b, const u_char *data, size_t len,
    s3o_uint_t type);


/*
 * Decodes percent-encoded bytes.  "dst" has room for "len" bytes (it may be
 * "src" itself); *dst_len is set to what was written.  With "plus" non-zero
 * a "+" is a space, as in a query string; otherwise it is a plus.  "%00" is
 * decoded like any other escape.
 *
 * Returns S3O_OK, or S3O_ERROR where a "%" is not followed by two hex digits.
 */

s3o_int_t s3o_decode(u_char *dst, size_t *dst_len, const u_char *src,
    size_t len, s3o_uint_t plus);


/* Appends 2 * len lower-case hex digits. */

void s3o_hex(s3o_buf_t *b, const u_char *data, size_t len);


/* Copies bytes, A-Z as a-z; the two do not overlap. */

void s3o_lower_copy(u_char *dst, const u_char *src, size_t len);


/* 1 when the bytes are a token, as the name of a header is: one or more. */

s3o_uint_t s3o_is_token(const u_char *data, size_t len);


/* Appends a number in decimal. */

void s3o_decimal(s3o_buf_t *b, uint64_t n);


#endif /* _S3O_ENCODE_H_INCLUDED_ */
