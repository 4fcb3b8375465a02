
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The aws-chunked encoding of a body, every chunk signed together with the
 * signature of the one before (Amazon S3 API Reference, "Signature
 * Calculations for the Authorization Header: Transferring Payload in Multiple
 * Chunks").  How a text is signed is left to the caller: a form and a function
 * are all that an algorithm has to bring along.
 */


#ifndef _S3O_CHUNK_H_INCLUDED_
#define _S3O_CHUNK_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_crypto_ecdsa.h"
#include "s3o_crypto_hmac.h"
#include "s3o_signer.h"


/* all chunks but the last have to be of 8 kB at least */
#define S3O_CHUNK_SIZE           65536

#define S3O_CHUNK_SIGNATURE_MAX  144


typedef struct {
    s3o_str_t                payload;      /* of x-amz-content-sha256 */
    s3o_str_t                algorithm;    /* of the string to sign */
    size_t                   signature_len;  /* shorter ones are filled up
                                                with "*" where they are sent */
} s3o_chunk_form_t;


extern const s3o_chunk_form_t  s3o_chunk_sigv4;
extern const s3o_chunk_form_t  s3o_chunk_sigv4a;


/*
 * Signs a text: appends the signature in hexadecimal, at most signature_len
 * bytes.  May overwrite S3O_SHA256_PAD_MAX bytes behind the text.  S3O_OK or
 * S3O_ERROR.
 */

typedef s3o_int_t (*s3o_chunk_sign_pt)(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);


typedef struct {
    const s3o_chunk_form_t  *form;
    s3o_crypto_t            *crypto;
    s3o_chunk_sign_pt        sign;
    void                    *data;        /* of sign() */

    s3o_str_t                prologue;    /* algorithm, date and scope */
    size_t                   size;        /* of the text that it begins */
    size_t                   len;         /* of the next chunk, so far */
    size_t                   previous_len;
    u_char                   previous[S3O_CHUNK_SIGNATURE_MAX];
} s3o_chunk_t;


/*
 * Prepares a body's chunks.  c->form, c->crypto, c->sign and c->data are the
 * caller's; "mem" holds s3o_chunk_mem() bytes that live as long as "c"; date
 * ("YYYYMMDDTHHMMSSZ") and scope are those of the request, and are copied.
 */

size_t s3o_chunk_mem(const s3o_chunk_form_t *form, const s3o_str_t *date,
    const s3o_str_t *scope);
void s3o_chunk_init(s3o_chunk_t *c, u_char *mem, const s3o_str_t *date,
    const s3o_str_t *scope);


/*
 * Begins with the signature of the request, as it is in "Authorization"; also
 * to begin again.  S3O_OK, or S3O_ERROR when it is too long.
 */

s3o_int_t s3o_chunk_begin(s3o_chunk_t *c, const s3o_str_t *seed);


/*
 * Adds a piece to the data of the next chunk.  Until s3o_chunk_header() has
 * ended it nothing else may be hashed with the same "crypto".  S3O_OK or
 * S3O_ERROR.
 */

s3o_int_t s3o_chunk_add(s3o_chunk_t *c, const u_char *data, size_t len);


/*
 * Appends the header of the chunk whose data was added, "{hex size};
 * chunk-signature={...}" CR LF.  The data and CR LF follow it; after the last
 * chunk, of no data, there is only CR LF.
 *
 * Returns S3O_OK; S3O_ERROR when signing failed; S3O_OVERFLOW, with the chunk
 * as it was, when "b" has no room for s3o_chunk_header_len() bytes.
 */

size_t s3o_chunk_header_len(const s3o_chunk_form_t *form, size_t len);
s3o_int_t s3o_chunk_header(s3o_chunk_t *c, s3o_buf_t *b);


/*
 * The length of a body of n bytes when it is encoded in chunks of "size"
 * bytes and one of the rest.
 */

uint64_t s3o_chunk_encoded_len(const s3o_chunk_form_t *form, uint64_t n,
    size_t size);


/*
 * What signs in both forms, taken from the signer of the request: that may
 * get another day or another set of credentials before the body has ended.
 */

typedef struct {
    s3o_crypto_t            *crypto;
    s3o_hmac_key_t           hmac;        /* SigV4: the signing key */
    s3o_state_t              begun;       /* and it has begun its HMAC */
    size_t                   nbegun;      /* with so much of each text */
    s3o_ecdsa_key_t          ecdsa;       /* SigV4A's, in their place */
} s3o_chunk_key_t;


/*
 * "key" zeroed but for "crypto"; "prologue" is that of the chunks, which all
 * texts begin with.  S3O_OK or S3O_ERROR; s3o_chunk_key_free() is safe after
 * either.
 */

s3o_int_t s3o_chunk_key_copy(s3o_chunk_key_t *key, const s3o_signer_t *s,
    const s3o_str_t *prologue);
void s3o_chunk_key_free(s3o_chunk_key_t *key);


/* The sign() of each form; "data" is a s3o_chunk_key_t. */

s3o_int_t s3o_chunk_hmac(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);
s3o_int_t s3o_chunk_ecdsa(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);


#endif /* _S3O_CHUNK_H_INCLUDED_ */
