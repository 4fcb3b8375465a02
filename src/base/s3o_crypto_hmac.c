
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


/* for the same reason as in s3o_crypto.c */

#define OPENSSL_SUPPRESS_DEPRECATED

#include "s3o_crypto_hmac.h"
#include "s3o_crypto_state.h"


static s3o_int_t s3o_hmac_block(s3o_crypto_t *c, u_char *block,
    const u_char *data, size_t len);
static s3o_int_t s3o_hmac_pad(s3o_crypto_t *c, s3o_state_t *state,
    const u_char *block, u_char pad);
static s3o_int_t s3o_hmac_outer(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    u_char *out);
#if (S3O_HAVE_PLAIN_SHA256)
static void s3o_hmac_plain_outer(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    u_char *out);
#endif


s3o_int_t
s3o_hmac_key_set(s3o_crypto_t *c, s3o_hmac_key_t *key, const u_char *data,
    size_t len)
{
    s3o_int_t  rc;
    u_char     block[S3O_SHA256_BLOCK];

    key->set = 0;

    rc = s3o_hmac_block(c, block, data, len);

    if (rc == S3O_OK) {
        rc = s3o_hmac_pad(c, &key->inner, block, 0x36);
    }

    if (rc == S3O_OK) {
        rc = s3o_hmac_pad(c, &key->outer, block, 0x5c);
    }

    s3o_wipe(block, S3O_SHA256_BLOCK);

    /* "data" is a secret, and its hash may still be in the scratch state */

    s3o_crypto_forget(c);

    if (rc != S3O_OK) {
        s3o_hmac_key_free(key);
        return S3O_ERROR;
    }

    key->set = 1;

    return S3O_OK;
}


/*
 * Writes the key to a block, filled up with zeros.  A key that is longer than
 * a block is replaced by its hash (FIPS 198-1).
 */

static s3o_int_t
s3o_hmac_block(s3o_crypto_t *c, u_char *block, const u_char *data, size_t len)
{
    memset(block, 0, S3O_SHA256_BLOCK);

    if (len > S3O_SHA256_BLOCK) {

        if (s3o_sha256_begin(c) != S3O_OK
            || s3o_sha256_add(c, data, len) != S3O_OK)
        {
            return S3O_ERROR;
        }

        return s3o_sha256_end(c, block);
    }

    if (len) {
        memcpy(block, data, len);
    }

    return S3O_OK;
}


static s3o_int_t
s3o_hmac_pad(s3o_crypto_t *c, s3o_state_t *state, const u_char *block,
    u_char pad)
{
    s3o_int_t   rc;
    s3o_uint_t  i;
    u_char      padded[S3O_SHA256_BLOCK];

    if (s3o_state_new(c, state) != S3O_OK
        || s3o_state_begin(c, state) != S3O_OK)
    {
        return S3O_ERROR;
    }

    for (i = 0; i < S3O_SHA256_BLOCK; i++) {
        padded[i] = block[i] ^ pad;
    }

    rc = s3o_state_add(state, padded, S3O_SHA256_BLOCK);

    s3o_wipe(padded, S3O_SHA256_BLOCK);

    return rc;
}


void
s3o_hmac_key_free(s3o_hmac_key_t *key)
{
    s3o_state_free(&key->inner);
    s3o_state_free(&key->outer);

    key->set = 0;
}


s3o_int_t
s3o_hmac_key_copy(s3o_crypto_t *c, s3o_hmac_key_t *to,
    const s3o_hmac_key_t *from)
{
    if (!from->set) {
        return S3O_ERROR;
    }

    if (s3o_state_new(c, &to->inner) != S3O_OK
        || s3o_state_new(c, &to->outer) != S3O_OK
        || s3o_state_copy(&to->inner, &from->inner) != S3O_OK
        || s3o_state_copy(&to->outer, &from->outer) != S3O_OK)
    {
        s3o_hmac_key_free(to);
        return S3O_ERROR;
    }

    to->set = 1;

    return S3O_OK;
}


s3o_int_t
s3o_hmac(s3o_crypto_t *c, const s3o_hmac_key_t *key, const u_char *data,
    size_t len, u_char *out)
{
    if (!key->set
        || s3o_state_copy(&c->scratch, &key->inner) != S3O_OK
        || s3o_state_add(&c->scratch, data, len) != S3O_OK)
    {
        return S3O_ERROR;
    }

    return s3o_hmac_outer(c, key, out);
}


/*
 * Ends the inner hash in the scratch state, and hashes it with the outer pad.
 */

static s3o_int_t
s3o_hmac_outer(s3o_crypto_t *c, const s3o_hmac_key_t *key, u_char *out)
{
    u_char  inner[S3O_SHA256_LEN];

    if (s3o_state_end(&c->scratch, inner) != S3O_OK
        || s3o_state_copy(&c->scratch, &key->outer) != S3O_OK
        || s3o_state_add(&c->scratch, inner, S3O_SHA256_LEN) != S3O_OK)
    {
        return S3O_ERROR;
    }

    return s3o_state_end(&c->scratch, out);
}


s3o_int_t
s3o_hmac_begin(s3o_crypto_t *c, const s3o_hmac_key_t *key, s3o_state_t *begun,
    const u_char *data, size_t len)
{
    if (!key->set
        || len % S3O_SHA256_BLOCK
        || s3o_state_new(c, begun) != S3O_OK
        || s3o_state_copy(begun, &key->inner) != S3O_OK)
    {
        return S3O_ERROR;
    }

    return s3o_state_add(begun, data, len);
}


s3o_int_t
s3o_hmac_end(s3o_crypto_t *c, const s3o_hmac_key_t *key,
    const s3o_state_t *begun, u_char *rest, size_t len, u_char *out)
{
    if (!key->set || s3o_state_copy(&c->scratch, begun) != S3O_OK) {
        return S3O_ERROR;
    }

#if (S3O_HAVE_PLAIN_SHA256)

    if (c->plain) {
        len += s3o_plain_pad(rest + len, s3o_plain_total(&begun->sha) + len);

        if (SHA256_Update(&c->scratch.sha, rest, len) != 1) {
            return S3O_ERROR;
        }

        s3o_hmac_plain_outer(c, key, out);

        return S3O_OK;
    }

#endif

    if (s3o_state_add(&c->scratch, rest, len) != S3O_OK) {
        return S3O_ERROR;
    }

    return s3o_hmac_outer(c, key, out);
}


#if (S3O_HAVE_PLAIN_SHA256)

/*
 * The outer hash without a call of SHA256_Final(): after the outer pad there
 * is exactly one block, which holds the inner hash and the padding of a text
 * of 64 + 32 bytes.
 */

static void
s3o_hmac_plain_outer(s3o_crypto_t *c, const s3o_hmac_key_t *key, u_char *out)
{
    u_char  block[S3O_SHA256_BLOCK] = {
        [S3O_SHA256_LEN] = 0x80,
        [S3O_SHA256_BLOCK - 2] = (S3O_SHA256_BLOCK + S3O_SHA256_LEN) * 8 >> 8,
        [S3O_SHA256_BLOCK - 1] = (S3O_SHA256_BLOCK + S3O_SHA256_LEN) * 8 & 0xff
    };

    s3o_plain_out(&c->scratch.sha, block);

    c->scratch.sha = key->outer.sha;
    SHA256_Transform(&c->scratch.sha, block);

    s3o_plain_out(&c->scratch.sha, out);
}

#endif
