
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * ECDSA on P-256.
 */


#ifndef _S3O_CRYPTO_ECDSA_H_INCLUDED_
#define _S3O_CRYPTO_ECDSA_H_INCLUDED_


#include "s3o_crypto.h"


#define S3O_P256_LEN        32    /* the length of a private key, in bytes */
#define S3O_ECDSA_MAX       72    /* the longest signature in DER, in bytes */
#define S3O_ECDSA_MIN       8     /* the shortest: two numbers of one byte */


/*
 * A private key on P-256 that is ready to sign.  A zeroed struct holds no
 * key.
 */

typedef struct {
    EVP_PKEY      *key;
    EVP_PKEY_CTX  *ctx;
    s3o_uint_t     deterministic;   /* the nonces are those of RFC 6979 */
} s3o_ecdsa_key_t;


/*
 * Sets a private key: a number of S3O_P256_LEN bytes, big endian, from 1 to
 * the order of the curve minus one.  "key" is zeroed or holds a key, which is
 * freed.  Returns S3O_OK, or S3O_ERROR with "key" zeroed.
 * s3o_ecdsa_key_free() is safe with a zeroed struct and leaves a zeroed one.
 */

s3o_int_t s3o_ecdsa_key_set(s3o_ecdsa_key_t *key, const u_char *scalar);
void s3o_ecdsa_key_free(s3o_ecdsa_key_t *key);


/*
 * Makes "to", which is zeroed, share the key of "from" with a state of its
 * own. "to" stays usable after "from" is freed.  Returns S3O_OK, or S3O_ERROR
 * with "to" zeroed.
 */

s3o_int_t s3o_ecdsa_key_copy(s3o_ecdsa_key_t *to,
    const s3o_ecdsa_key_t *from);


/*
 * Signs a SHA-256 digest of S3O_SHA256_LEN bytes.  Writes the signature in
 * DER to "der", which has room for S3O_ECDSA_MAX bytes, and its length to
 * *len.  Returns S3O_OK, or S3O_ERROR, also where "key" holds none.
 */

s3o_int_t s3o_ecdsa_sign(const s3o_ecdsa_key_t *key, const u_char *digest,
    u_char *der, size_t *len);


/*
 * 1 when this OpenSSL (since 3.2) always gives the same signature for the
 * same key and digest, 0 when it uses random nonces.
 */

s3o_uint_t s3o_ecdsa_deterministic(void);


#endif /* _S3O_CRYPTO_ECDSA_H_INCLUDED_ */
