
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * HMAC-SHA-256 over saved states.
 */


#ifndef _S3O_CRYPTO_HMAC_H_INCLUDED_
#define _S3O_CRYPTO_HMAC_H_INCLUDED_


#include "s3o_crypto.h"


/* A keyed HMAC-SHA-256: the states after the inner and the outer pad. */

typedef struct {
    s3o_state_t    inner;
    s3o_state_t    outer;
    s3o_uint_t     set;
} s3o_hmac_key_t;


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


#endif /* _S3O_CRYPTO_HMAC_H_INCLUDED_ */
