
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What only Signature Version 4A has: a private key on P-256 that is derived
 * from a set of credentials, and signatures with it.
 */


#ifndef _S3O_SIGV4A_H_INCLUDED_
#define _S3O_SIGV4A_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_crypto_ecdsa.h"


#define S3O_SIGV4A_ALGORITHM     "AWS4-ECDSA-P256-SHA256"
#define S3O_SIGV4A_HEX_MAX       (2 * S3O_ECDSA_MAX)
#define S3O_SIGV4A_COUNTER_MAX   254


/*
 * Derives the private key of an access key (access key id and secret):
 * S3O_P256_LEN bytes, big endian, to "d", which the caller wipes.  "room" is
 * memory of s3o_sigv4a_room() bytes, which is wiped.
 *
 * Returns S3O_OK or S3O_ERROR.
 */

size_t s3o_sigv4a_room(const s3o_str_t *id, const s3o_str_t *secret);
s3o_int_t s3o_sigv4a_derive(s3o_crypto_t *crypto, const s3o_str_t *id,
    const s3o_str_t *secret, u_char *room, u_char *d);


/*
 * Makes a candidate for a private key of a text, S3O_P256_LEN bytes to "out".
 * Returns S3O_OK or S3O_ERROR.
 */

typedef s3o_int_t (*s3o_sigv4a_prf_pt)(void *data, const s3o_str_t *text,
    u_char *out);


/*
 * The loop of s3o_sigv4a_derive(): sets the byte "counter" of the text to 1,
 * 2 and so on, at most S3O_SIGV4A_COUNTER_MAX, until "prf" gives a number
 * that is a private key minus one; writes that key to "d".  It is a function
 * of its own for tests: with the real "prf" one in 2^32 sets of credentials
 * needs more than one number.
 *
 * Returns S3O_OK; S3O_ERROR, with "d" wiped, when "prf" fails or no counter
 * gives a key.
 */

s3o_int_t s3o_sigv4a_search(s3o_sigv4a_prf_pt prf, void *data,
    const s3o_str_t *text, u_char *counter, u_char *d);


/*
 * Appends the signature of a string to sign in lower-case hexadecimal digits.
 * Its length differs from one signature to the next, and is at most
 * S3O_SIGV4A_HEX_MAX.
 *
 * Returns S3O_OK; or S3O_ERROR, with nothing appended, also when "b" has no
 * room for S3O_SIGV4A_HEX_MAX bytes.
 */

s3o_int_t s3o_sigv4a_sign(s3o_crypto_t *crypto, const s3o_ecdsa_key_t *key,
    const u_char *text, size_t len, s3o_buf_t *b);


#endif /* _S3O_SIGV4A_H_INCLUDED_ */
