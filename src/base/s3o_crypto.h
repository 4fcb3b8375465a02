
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * SHA-256, SHA-1 and wiping of memory, by OpenSSL.  Only the s3o_crypto* files
 * call OpenSSL.
 */


#ifndef _S3O_CRYPTO_H_INCLUDED_
#define _S3O_CRYPTO_H_INCLUDED_


#include "s3o_crypto_types.h"


/*
 * A hash with a state of its own, so that several can be computed at the same
 * time.  A zeroed struct holds no hash.
 */

typedef struct {
    EVP_MD_CTX    *state;
    unsigned int   len;             /* of the finished hash, in bytes */
} s3o_hash_t;


/*
 * Fetches the digest and makes the scratch state, once per process.  Returns
 * S3O_OK or S3O_ERROR; s3o_crypto_free() is safe after either and on a zeroed
 * struct.
 */

s3o_int_t s3o_crypto_init(s3o_crypto_t *c);
void s3o_crypto_free(s3o_crypto_t *c);


/* The name and version of the library in use, a constant string. */

const char *s3o_crypto_version(void);


/* Wipes the scratch state, after a hash or an HMAC over a secret. */

void s3o_crypto_forget(s3o_crypto_t *c);


/* Wipes a state, frees what it holds, and leaves it zeroed. */

void s3o_state_free(s3o_state_t *state);


/*
 * One SHA-256 at a time in the scratch state: begin, any number of adds, end
 * (writes S3O_SHA256_LEN bytes to "out").  Each returns S3O_OK or S3O_ERROR.
 * No HMAC may be computed between begin and end, as it uses the same state.
 */

s3o_int_t s3o_sha256_begin(s3o_crypto_t *c);
s3o_int_t s3o_sha256_add(s3o_crypto_t *c, const void *data, size_t len);
s3o_int_t s3o_sha256_end(s3o_crypto_t *c, u_char *out);


/*
 * Writes the SHA-256 of one text, S3O_SHA256_LEN bytes, to "out".  The text
 * is padded in place: S3O_SHA256_PAD_MAX bytes after it must be the caller's
 * and are overwritten.  Returns S3O_OK or S3O_ERROR.
 */

s3o_int_t s3o_sha256(s3o_crypto_t *c, u_char *text, size_t len, u_char *out);


/*
 * A SHA-256 with a state of its own, for data that arrives over time: begin
 * (with a zeroed struct), any number of adds, end (writes S3O_SHA256_LEN
 * bytes to "out" and frees the state).  s3o_hash_begin_sha1() begins a SHA-1
 * instead, of S3O_SHA1_LEN bytes.  Each returns S3O_OK or S3O_ERROR.
 * s3o_hash_free() is safe at any time and leaves the struct without a hash.
 */

s3o_int_t s3o_hash_begin(s3o_crypto_t *c, s3o_hash_t *h);
s3o_int_t s3o_hash_begin_sha1(s3o_hash_t *h);
s3o_int_t s3o_hash_add(s3o_hash_t *h, const void *data, size_t len);
s3o_int_t s3o_hash_end(s3o_hash_t *h, u_char *out);
void s3o_hash_free(s3o_hash_t *h);


/* Overwrites memory that held a secret.  No compiler optimises this away. */

void s3o_wipe(void *data, size_t len);


#endif /* _S3O_CRYPTO_H_INCLUDED_ */
