
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * SHA-256, and memory that held a secret.  Only the s3o_crypto* files call
 * OpenSSL.
 */


#ifndef _S3O_CRYPTO_H_INCLUDED_
#define _S3O_CRYPTO_H_INCLUDED_


#include "s3o_core.h"

#include <openssl/evp.h>
#include <openssl/sha.h>


/*
 * A fetched digest spares OpenSSL 3 a search in its provider store at each
 * EVP_DigestInit_ex(): a third of the time of a short hash.
 */

#if (OPENSSL_VERSION_NUMBER >= 0x30000000L                                   \
     && !defined LIBRESSL_VERSION_NUMBER                                     \
     && !defined OPENSSL_IS_BORINGSSL                                        \
     && !defined OPENSSL_IS_AWSLC)
#define S3O_HAVE_PROVIDERS  1
#else
#define S3O_HAVE_PROVIDERS  0
#endif

#if (!S3O_HAVE_PROVIDERS                                                     \
     && !defined LIBRESSL_VERSION_NUMBER                                     \
     && !defined OPENSSL_IS_BORINGSSL                                        \
     && !defined OPENSSL_IS_AWSLC)
#define S3O_HAVE_FIPS_MODE  1
#else
#define S3O_HAVE_FIPS_MODE  0
#endif

#if (defined OPENSSL_NO_DEPRECATED_3_0 || defined S3O_NO_PLAIN_SHA256)
#define S3O_HAVE_PLAIN_SHA256  0
#else
#define S3O_HAVE_PLAIN_SHA256  1
#endif


#define S3O_SHA1_LEN        20
#define S3O_SHA256_LEN      32
#define S3O_SHA256_HEX_LEN  64
#define S3O_SHA256_BLOCK    64
#define S3O_SHA256_PAD_MAX  72    /* what ends a text to hash */

/* A SHA-256 under way; zeroed: none. */

typedef struct {
    EVP_MD_CTX    *evp;             /* NULL: "sha" is it */
#if (S3O_HAVE_PLAIN_SHA256)
    SHA256_CTX     sha;
#endif
} s3o_state_t;


/* A process's digest and its scratch state; not shared by threads. */

typedef struct {
    const EVP_MD  *md;
    s3o_uint_t     plain;           /* states are those of SHA256_CTX */
    s3o_state_t    scratch;
} s3o_crypto_t;


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
void s3o_crypto_free(s3o_crypto_t *c);


/* Wipes what was computed last from the scratch state, where it was secret. */

void s3o_crypto_forget(s3o_crypto_t *c);


/* Wipes a state and frees what it holds; it is zeroed then. */

void s3o_state_free(s3o_state_t *state);


/*
 * One SHA-256 at a time over the scratch state: begin, any number of
 * updates, end (writes S3O_SHA256_LEN bytes).  S3O_OK or S3O_ERROR each.
 * No HMAC may be computed between begin and end.
 */

s3o_int_t s3o_sha256_begin(s3o_crypto_t *c);
s3o_int_t s3o_sha256_update(s3o_crypto_t *c, const void *data, size_t len);
s3o_int_t s3o_sha256_end(s3o_crypto_t *c, u_char *out);


/*
 * The SHA-256 of one text: S3O_SHA256_LEN bytes to "out".  Overwrites
 * S3O_SHA256_PAD_MAX bytes behind the text.  S3O_OK or S3O_ERROR.
 */

s3o_int_t s3o_sha256(s3o_crypto_t *c, u_char *text, size_t len, u_char *out);


/*
 * A SHA-256 with a state of its own, for what comes in over time: open (of a
 * zeroed struct), any number of adds, close (writes S3O_SHA256_LEN bytes and
 * frees the state); or, with the other open, a SHA-1 of S3O_SHA1_LEN bytes.
 * S3O_OK or S3O_ERROR each; s3o_hash_free() is safe at any time and leaves a
 * zeroed struct.
 */

s3o_int_t s3o_hash_open(s3o_crypto_t *c, s3o_hash_t *h);
s3o_int_t s3o_hash_open_sha1(s3o_hash_t *h);
s3o_int_t s3o_hash_add(s3o_hash_t *h, const void *data, size_t len);
s3o_int_t s3o_hash_close(s3o_hash_t *h, u_char *out);
void s3o_hash_free(s3o_hash_t *h);


/* Overwrites memory that held a secret; never optimised away. */

void s3o_wipe(void *data, size_t len);


#endif /* _S3O_CRYPTO_H_INCLUDED_ */
