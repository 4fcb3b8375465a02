
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * SHA-256, HMAC-SHA-256 over saved states, and ECDSA on P-256.  Only the
 * s3o_crypto* files call OpenSSL.
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

#define S3O_P256_LEN        32    /* of a private key */
#define S3O_ECDSA_MAX       72    /* of a signature in DER */
#define S3O_ECDSA_MIN       8     /* of one with two numbers of a byte each */


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


/* A keyed HMAC-SHA-256: the states after the inner and the outer pad. */

typedef struct {
    s3o_state_t    inner;
    s3o_state_t    outer;
    s3o_uint_t     set;
} s3o_hmac_key_t;


/* A private key on P-256, ready to sign. */

typedef struct {
    EVP_PKEY      *key;
    EVP_PKEY_CTX  *ctx;
    s3o_uint_t     deterministic;   /* the nonces are those of RFC 6979 */
} s3o_ecdsa_key_t;


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


/*
 * Keys an HMAC (FIPS 198-1, block size 64); "key" zeroed or keyed before.
 * s3o_hmac_key_free() is safe on a zeroed struct and leaves one.
 */

s3o_int_t s3o_hmac_key_set(s3o_crypto_t *c, s3o_hmac_key_t *key,
    const u_char *data, size_t len);
void s3o_hmac_key_free(s3o_hmac_key_t *key);


/*
 * Copies a key, so that it outlives the one that it came from; "to" zeroed.
 * S3O_OK, or S3O_ERROR with "to" left zeroed.
 */

s3o_int_t s3o_hmac_key_copy(s3o_crypto_t *c, s3o_hmac_key_t *to,
    const s3o_hmac_key_t *from);


/* The HMAC of the data: S3O_SHA256_LEN bytes to "out". */

s3o_int_t s3o_hmac(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    const u_char *data, size_t len, u_char *out);


/*
 * The same in two steps, for texts that begin alike: the beginning, a multiple
 * of S3O_SHA256_BLOCK bytes, goes into "begun" (zeroed or begun before), and
 * each rest makes an HMAC of both, S3O_SHA256_LEN bytes to "out".  Overwrites
 * S3O_SHA256_PAD_MAX bytes behind the rest.  S3O_OK or S3O_ERROR each.
 */

s3o_int_t s3o_hmac_begin(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    s3o_state_t *begun, const u_char *data, size_t len);
s3o_int_t s3o_hmac_end(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    const s3o_state_t *begun, u_char *rest, size_t len, u_char *out);


/*
 * Makes a key of S3O_P256_LEN bytes, big endian: a number from 1 to the order
 * of the curve less one.  "key" zeroed or set before.  Returns S3O_OK, or
 * S3O_ERROR with "key" zeroed.  s3o_ecdsa_key_free() is safe on a zeroed
 * struct and leaves one.
 */

s3o_int_t s3o_ecdsa_key_set(s3o_ecdsa_key_t *key, const u_char *scalar);
void s3o_ecdsa_key_free(s3o_ecdsa_key_t *key);


/*
 * Takes a share in a key, with a state of its own, so that it outlives the one
 * that it came from; "to" zeroed.  S3O_OK, or S3O_ERROR with "to" zeroed.
 */

s3o_int_t s3o_ecdsa_key_copy(s3o_ecdsa_key_t *to,
    const s3o_ecdsa_key_t *from);


/*
 * Signs a SHA-256 digest: the signature in DER to "der", which has room for
 * S3O_ECDSA_MAX bytes, its length, S3O_ECDSA_MIN or more, to *len.  S3O_OK or
 * S3O_ERROR.
 */

s3o_int_t s3o_ecdsa_sign(const s3o_ecdsa_key_t *key, const u_char *digest,
    u_char *der, size_t *len);


/*
 * 1 where this OpenSSL gives the same signature for the same key and digest
 * each time (since 3.2), 0 where nonces are random.
 */

s3o_uint_t s3o_ecdsa_deterministic(void);


/* Overwrites memory that held a secret; never optimised away. */

void s3o_wipe(void *data, size_t len);


#endif /* _S3O_CRYPTO_H_INCLUDED_ */
