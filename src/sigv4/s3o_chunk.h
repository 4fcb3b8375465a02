
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The aws-chunked encoding of a body in which each chunk is signed together
 * with the signature of the chunk before (Amazon S3 API Reference, "Signature
 * Calculations for the Authorization Header: Transferring Payload in Multiple
 * Chunks").  What differs between SigV4 and SigV4A is a form, which is a table
 * of constants, and a function that signs a text.
 */


#ifndef _S3O_CHUNK_H_INCLUDED_
#define _S3O_CHUNK_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_crypto_ecdsa.h"
#include "s3o_crypto_hmac.h"
#include "s3o_signer.h"


/* data of a chunk, in bytes; S3 wants 8 kB or more in all but the last */
#define S3O_CHUNK_SIZE           65536

#define S3O_CHUNK_SIGNATURE_MAX  144


typedef struct {
    s3o_str_t                payload;      /* x-amz-content-sha256's value */
    s3o_str_t                algorithm;    /* first line of a text to sign */
    size_t                   signature_len;  /* bytes; shorter ones are
                                                filled up with "*" where they
                                                are sent */
} s3o_chunk_form_t;


extern const s3o_chunk_form_t  s3o_chunk_sigv4;
extern const s3o_chunk_form_t  s3o_chunk_sigv4a;


/*
 * Signs a text: appends the signature in hexadecimal, at most signature_len
 * bytes of the form.  "data" is the member of s3o_chunk_t.  May overwrite
 * S3O_SHA256_PAD_MAX bytes after the text.  Returns S3O_OK or S3O_ERROR.
 */

typedef s3o_int_t (*s3o_chunk_sign_pt)(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);


typedef struct {
    const s3o_chunk_form_t  *form;
    s3o_crypto_t            *crypto;
    s3o_chunk_sign_pt        sign;
    void                    *data;        /* the first argument of sign() */

    s3o_str_t                prologue;    /* algorithm, date and scope, with
                                             which each text to sign begins */
    size_t                   size;        /* of the longest text to sign */
    size_t                   len;         /* of the next chunk's data, so far */
    size_t                   previous_len;
    u_char                   previous[S3O_CHUNK_SIGNATURE_MAX];
} s3o_chunk_t;


/*
 * Prepares the chunks of a body.  The caller has set c->form, c->crypto,
 * c->sign and c->data.  "mem" has s3o_chunk_mem() bytes and must live as long
 * as "c". The date ("YYYYMMDDTHHMMSSZ") and the scope are those of the
 * request and are copied.
 */

size_t s3o_chunk_mem(const s3o_chunk_form_t *form, const s3o_str_t *date,
    const s3o_str_t *scope);
void s3o_chunk_init(s3o_chunk_t *c, u_char *mem, const s3o_str_t *date,
    const s3o_str_t *scope);


/*
 * Sets the signature that goes before the first chunk: that of the request,
 * as it is in "Authorization".  May be called again to encode the body once
 * more. Returns S3O_OK, or S3O_ERROR when the signature is empty or too long.
 */

s3o_int_t s3o_chunk_begin(s3o_chunk_t *c, const s3o_str_t *seed);


/*
 * Adds data to the next chunk.  From the first piece until s3o_chunk_header()
 * nothing else may be hashed with the same "crypto".  Returns S3O_OK or
 * S3O_ERROR.
 */

s3o_int_t s3o_chunk_add(s3o_chunk_t *c, const u_char *data, size_t len);


/*
 * Signs the chunk whose data was added, and appends its header, "{size in
 * hexadecimal};chunk-signature={signature}" CR LF.  The caller sends the data
 * and CR LF after it.  A chunk without data is the last one; only CR LF
 * follows.
 *
 * Returns S3O_OK; S3O_ERROR when signing failed; S3O_OVERFLOW, with the chunk
 * unchanged, when "b" has no room for s3o_chunk_header_len() bytes, where
 * "len" is the length of the data.
 */

size_t s3o_chunk_header_len(const s3o_chunk_form_t *form, size_t len);
s3o_int_t s3o_chunk_header(s3o_chunk_t *c, s3o_buf_t *b);


/*
 * The length of a body of n bytes after encoding it in chunks of "size" bytes
 * and one of the rest.
 */

uint64_t s3o_chunk_encoded_len(const s3o_chunk_form_t *form, uint64_t n,
    size_t size);


/*
 * A copy of the keys that sign chunks.  The signer of the request may get the
 * key of another day or another set of credentials before the body has ended.
 */

typedef struct {
    s3o_crypto_t            *crypto;
    s3o_hmac_key_t           hmac;        /* SigV4: the signing key, */
    s3o_state_t              begun;       /* the HMAC of the beginning of */
    size_t                   nbegun;      /* each text, so many bytes */
    s3o_ecdsa_key_t          ecdsa;       /* SigV4A: the private key */
} s3o_chunk_key_t;


/*
 * Copies the keys of a signer.  "key" is zeroed but for "crypto"; "prologue"
 * is that of the chunks, with which all texts begin.  Returns S3O_OK or
 * S3O_ERROR; s3o_chunk_key_free() is safe after either.
 */

s3o_int_t s3o_chunk_key_copy(s3o_chunk_key_t *key, const s3o_signer_t *s,
    const s3o_str_t *prologue);
void s3o_chunk_key_free(s3o_chunk_key_t *key);


/* The sign() of SigV4 and that of SigV4A; "data" is an s3o_chunk_key_t. */

s3o_int_t s3o_chunk_hmac(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);
s3o_int_t s3o_chunk_ecdsa(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);


#endif /* _S3O_CHUNK_H_INCLUDED_ */
