
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * ECDSA on P-256.
 */


#ifndef _S3O_CRYPTO_ECDSA_H_INCLUDED_
#define _S3O_CRYPTO_ECDSA_H_INCLUDED_


#include "s3o_crypto.h"


#define S3O_P256_LEN        32    /* of a private key */
#define S3O_ECDSA_MAX       72    /* of a signature in DER */
#define S3O_ECDSA_MIN       8     /* of one with two numbers of a byte each */


/* A private key on P-256, ready to sign. */

typedef struct {
    EVP_PKEY      *key;
    EVP_PKEY_CTX  *ctx;
    s3o_uint_t     deterministic;   /* the nonces are those of RFC 6979 */
} s3o_ecdsa_key_t;


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


#endif /* _S3O_CRYPTO_ECDSA_H_INCLUDED_ */
