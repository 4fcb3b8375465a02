
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * HMAC-SHA-256.  The states after the key are kept, so that it is hashed once.
 */


#ifndef _S3O_CRYPTO_HMAC_H_INCLUDED_
#define _S3O_CRYPTO_HMAC_H_INCLUDED_


#include "s3o_crypto.h"


/*
 * The key of an HMAC-SHA-256: the states of the inner and the outer hash
 * after their first block, which is made of the key.  A zeroed struct holds
 * no key.
 */

typedef struct {
    s3o_state_t    inner;
    s3o_state_t    outer;
    s3o_uint_t     set;
} s3o_hmac_key_t;


/*
 * Sets the key of an HMAC (FIPS 198-1, block size 64) to "len" bytes of
 * "data". "key" is zeroed or holds a key.  Returns S3O_OK, or S3O_ERROR with
 * "key" zeroed.  s3o_hmac_key_free() is safe with a zeroed struct and leaves
 * a zeroed one.
 */

s3o_int_t s3o_hmac_key_set(s3o_crypto_t *c, s3o_hmac_key_t *key,
    const u_char *data, size_t len);
void s3o_hmac_key_free(s3o_hmac_key_t *key);


/*
 * Copies a key to "to", which is zeroed.  The copy stays usable after "from"
 * is freed.  Returns S3O_OK, or S3O_ERROR with "to" left zeroed.
 */

s3o_int_t s3o_hmac_key_copy(s3o_crypto_t *c, s3o_hmac_key_t *to,
    const s3o_hmac_key_t *from);


/*
 * Writes the HMAC of the data, S3O_SHA256_LEN bytes, to "out".  Returns
 * S3O_OK, or S3O_ERROR, also where "key" holds none.
 */

s3o_int_t s3o_hmac(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    const u_char *data, size_t len, u_char *out);


/*
 * The same in two steps, for texts that have a common beginning.  The
 * beginning, a multiple of S3O_SHA256_BLOCK bytes, is hashed into "begun"
 * (zeroed or begun before).  Each s3o_hmac_end() then writes the HMAC of the
 * beginning and a rest, S3O_SHA256_LEN bytes, to "out".  The rest is padded
 * in place: S3O_SHA256_PAD_MAX bytes after it must be the caller's and are
 * overwritten.  Each returns S3O_OK or S3O_ERROR.
 */

s3o_int_t s3o_hmac_begin(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    s3o_state_t *begun, const u_char *data, size_t len);
s3o_int_t s3o_hmac_end(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    const s3o_state_t *begun, u_char *rest, size_t len, u_char *out);


#endif /* _S3O_CRYPTO_HMAC_H_INCLUDED_ */
