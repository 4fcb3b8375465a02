
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Percent-encoding, decoding, hexadecimal and decimal numbers.  There is no
 * other encoder, so that what is signed is what is sent.
 */


#ifndef _S3O_ENCODE_H_INCLUDED_
#define _S3O_ENCODE_H_INCLUDED_


#include "s3o_core.h"


/*
 * Types of encoding.  The unreserved characters A-Z a-z 0-9 - . _ ~ are never
 * encoded (SigV4, "UriEncode()"); in a path "/" is not encoded either.
 */

#define S3O_ENCODE_PATH   0
#define S3O_ENCODE_QUERY  1


/* 1 when no byte needs encoding, so that s3o_encode() would only copy. */

s3o_uint_t s3o_encode_is_plain(const u_char *data, size_t len,
    s3o_uint_t type);


/* The number of bytes that s3o_encode() writes for these "len" bytes. */

size_t s3o_encode_len(const u_char *data, size_t len, s3o_uint_t type);


/*
 * Appends the bytes percent-encoded once, with upper-case hexadecimal digits;
 * a space is "%20".  Paths are not normalised in any way, as S3 demands.
 */

void s3o_encode(s3o_buf_t *b, const u_char *data, size_t len,
    s3o_uint_t type);


/*
 * Decodes percent-encoded bytes.  "dst" has room for "len" bytes and may be
 * "src" itself; the number of bytes written goes to *dst_len.  When "plus" is
 * 1 a "+" is a space, as in a query string; when it is 0 a "+" stays a "+".
 * "%00" is decoded like any other escape.
 *
 * Returns S3O_OK, or S3O_ERROR where a "%" is not followed by two hexadecimal
 * digits.
 */

s3o_int_t s3o_decode(u_char *dst, size_t *dst_len, const u_char *src,
    size_t len, s3o_uint_t plus);


/* Appends the bytes as 2 * len lower-case hexadecimal digits. */

void s3o_hex(s3o_buf_t *b, const u_char *data, size_t len);


/* Copies bytes, and writes a-z for A-Z.  "src" and "dst" do not overlap. */

void s3o_lower_copy(u_char *dst, const u_char *src, size_t len);


/*
 * 1 when there is at least one byte and all are those of a token (RFC 9110),
 * which the name of a header is.
 */

s3o_uint_t s3o_is_token(const u_char *data, size_t len);


/* Appends a number in decimal. */

void s3o_decimal(s3o_buf_t *b, uint64_t n);


#endif /* _S3O_ENCODE_H_INCLUDED_ */
