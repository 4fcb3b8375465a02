
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What Signature Version 4A has of its own: a private key on P-256 that is
 * derived from a credentials set, signatures by it, and the set of regions
 * that takes the place of the region.
 */


#ifndef _S3O_SIGV4A_H_INCLUDED_
#define _S3O_SIGV4A_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_crypto_ecdsa.h"


#define S3O_SIGV4A_ALGORITHM     "AWS4-ECDSA-P256-SHA256"
#define S3O_SIGV4A_HEX_MAX       (2 * S3O_ECDSA_MAX)
#define S3O_SIGV4A_COUNTER_MAX   254


/*
 * Derives the private key of an access key: S3O_P256_LEN bytes, big endian, to
 * "d", which the caller wipes.  "room" has s3o_sigv4a_room() bytes and is
 * wiped.
 *
 * Returns S3O_OK or S3O_ERROR.
 */

size_t s3o_sigv4a_room(const s3o_str_t *id, const s3o_str_t *secret);
s3o_int_t s3o_sigv4a_derive(s3o_crypto_t *crypto, const s3o_str_t *id,
    const s3o_str_t *secret, u_char *room, u_char *d);


/* Writes what it makes of a text, S3O_P256_LEN bytes.  S3O_OK or S3O_ERROR. */

typedef s3o_int_t (*s3o_sigv4a_prf_pt)(void *data, const s3o_str_t *text,
    u_char *out);


/*
 * The loop in that: the first of the candidates that "prf" makes of the text
 * with its "counter" byte at 1, 2 and so on that is a private key less one.
 * For tests: a second candidate is asked for once in 2^32 credentials sets.
 *
 * Returns S3O_OK; S3O_ERROR where "prf" does or no counter gives a key.
 */

s3o_int_t s3o_sigv4a_search(s3o_sigv4a_prf_pt prf, void *data,
    const s3o_str_t *text, u_char *counter, u_char *d);


/*
 * Appends the signature of a string to sign in lower-case hex digits: of no
 * fixed length, S3O_SIGV4A_HEX_MAX at most.
 *
 * Returns S3O_OK; S3O_ERROR, with nothing appended, also where there is no
 * room for the longest.
 */

s3o_int_t s3o_sigv4a_sign(s3o_crypto_t *crypto, const s3o_ecdsa_key_t *key,
    const u_char *text, size_t len, s3o_buf_t *b);


#endif /* _S3O_SIGV4A_H_INCLUDED_ */
