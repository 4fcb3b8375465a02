
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * SHA-256, and memory that held a secret.  Only the s3o_crypto* files call
 * OpenSSL.
 */


#ifndef _S3O_CRYPTO_H_INCLUDED_
#define _S3O_CRYPTO_H_INCLUDED_


#include "s3o_crypto_types.h"


/* A hash that others may be computed beside; zeroed: none. */

typedef struct {
    EVP_MD_CTX    *state;
    unsigned int   len;             /* of what it will be */
} s3o_hash_t;


/*
 * Fetches the digest and makes the scratch state, once per process.  Returns
 * S3O_OK or S3O_ERROR; s3o_crypto_free() is safe after either and on a zeroed
 * struct.
 */

s3o_int_t s3o_crypto_init(s3o_crypto_t *c);


/* The name and the version of the library that is used, a constant. */

const char *s3o_crypto_version(void);
void s3o_crypto_free(s3o_crypto_t *c);


/* Wipes what was computed last from the scratch state, where it was secret. */

void s3o_crypto_forget(s3o_crypto_t *c);


/* Wipes a state and frees what it holds; it is zeroed then. */

void s3o_state_free(s3o_state_t *state);


/*
 * One SHA-256 at a time over the scratch state: begin, any number of
 * adds, end (writes S3O_SHA256_LEN bytes).  S3O_OK or S3O_ERROR each.
 * No HMAC may be computed between begin and end.
 */

s3o_int_t s3o_sha256_begin(s3o_crypto_t *c);
s3o_int_t s3o_sha256_add(s3o_crypto_t *c, const void *data, size_t len);
s3o_int_t s3o_sha256_end(s3o_crypto_t *c, u_char *out);


/*
 * The SHA-256 of one text: S3O_SHA256_LEN bytes to "out".  Overwrites
 * S3O_SHA256_PAD_MAX bytes behind the text.  S3O_OK or S3O_ERROR.
 */

s3o_int_t s3o_sha256(s3o_crypto_t *c, u_char *text, size_t len, u_char *out);


/*
 * A SHA-256 with a state of its own, for what comes in over time: begin (of a
 * zeroed struct), any number of adds, end (writes S3O_SHA256_LEN bytes and
 * frees the state); or, with the other begin, a SHA-1 of S3O_SHA1_LEN bytes.
 * S3O_OK or S3O_ERROR each; s3o_hash_free() is safe at any time and leaves a
 * zeroed struct.
 */

s3o_int_t s3o_hash_begin(s3o_crypto_t *c, s3o_hash_t *h);
s3o_int_t s3o_hash_begin_sha1(s3o_hash_t *h);
s3o_int_t s3o_hash_add(s3o_hash_t *h, const void *data, size_t len);
s3o_int_t s3o_hash_end(s3o_hash_t *h, u_char *out);
void s3o_hash_free(s3o_hash_t *h);


/* Overwrites memory that held a secret; never optimised away. */

void s3o_wipe(void *data, size_t len);


#endif /* _S3O_CRYPTO_H_INCLUDED_ */
