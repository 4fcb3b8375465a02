
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_crypto.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>


/*
 * A fetched digest spares OpenSSL 3 a search in its provider store at each
 * EVP_DigestInit_ex(): a third of the time of a short hash.
 */

#if (OPENSSL_VERSION_NUMBER >= 0x30000000L                                   \
     && !defined LIBRESSL_VERSION_NUMBER                                     \
     && !defined OPENSSL_IS_BORINGSSL                                        \
     && !defined OPENSSL_IS_AWSLC)
#include <openssl/params.h>
#define S3O_HAVE_MD_FETCH  1
#else
#define S3O_HAVE_MD_FETCH  0
#endif


#define S3O_SHA256_BLOCK   64

#define S3O_NONCE_TYPE     "nonce-type"
#define S3O_NONCE_RFC6979  1


static s3o_int_t s3o_hash_begin(s3o_hash_t *h, const EVP_MD *md);
static s3o_int_t s3o_hmac_pad(s3o_crypto_t *c, EVP_MD_CTX **state,
    const u_char *block, u_char pad);
static s3o_int_t s3o_hmac_pass(s3o_crypto_t *c, const EVP_MD_CTX *state,
    const u_char *data, size_t len, u_char *out);
static s3o_int_t s3o_ecdsa_key_ready(s3o_ecdsa_key_t *key);
static EVP_PKEY *s3o_ecdsa_decode(const u_char *scalar);
static s3o_uint_t s3o_ecdsa_nonce(EVP_PKEY_CTX *ctx);


s3o_int_t
s3o_crypto_init(s3o_crypto_t *c)
{
    c->ctx = NULL;

#if (S3O_HAVE_MD_FETCH)
    c->md = EVP_MD_fetch(NULL, "SHA256", NULL);
#else
    c->md = EVP_sha256();
#endif

    if (c->md == NULL) {
        return S3O_ERROR;
    }

    c->ctx = EVP_MD_CTX_new();

    if (c->ctx == NULL) {
        s3o_crypto_free(c);
        return S3O_ERROR;
    }

    return S3O_OK;
}


void
s3o_crypto_free(s3o_crypto_t *c)
{
    EVP_MD_CTX_free(c->ctx);

#if (S3O_HAVE_MD_FETCH)
    EVP_MD_free((EVP_MD *) c->md);
#endif

    c->ctx = NULL;
    c->md = NULL;
}


s3o_int_t
s3o_sha256_begin(s3o_crypto_t *c)
{
    return EVP_DigestInit_ex(c->ctx, c->md, NULL) == 1 ? S3O_OK : S3O_ERROR;
}


s3o_int_t
s3o_sha256_update(s3o_crypto_t *c, const void *data, size_t len)
{
    if (len == 0) {
        return S3O_OK;
    }

    return EVP_DigestUpdate(c->ctx, data, len) == 1 ? S3O_OK : S3O_ERROR;
}


s3o_int_t
s3o_sha256_end(s3o_crypto_t *c, u_char *out)
{
    return EVP_DigestFinal_ex(c->ctx, out, NULL) == 1 ? S3O_OK : S3O_ERROR;
}


s3o_int_t
s3o_hash_open(s3o_crypto_t *c, s3o_hash_t *h)
{
    return s3o_hash_begin(h, c->md);
}


s3o_int_t
s3o_hash_open_sha1(s3o_hash_t *h)
{
    return s3o_hash_begin(h, EVP_sha1());
}


static s3o_int_t
s3o_hash_begin(s3o_hash_t *h, const EVP_MD *md)
{
    h->state = EVP_MD_CTX_new();

    if (h->state == NULL) {
        return S3O_ERROR;
    }

    if (EVP_DigestInit_ex(h->state, md, NULL) != 1) {
        s3o_hash_free(h);
        return S3O_ERROR;
    }

    return S3O_OK;
}


s3o_int_t
s3o_hash_add(s3o_hash_t *h, const void *data, size_t len)
{
    if (h->state == NULL) {
        return S3O_ERROR;
    }

    if (len == 0) {
        return S3O_OK;
    }

    return EVP_DigestUpdate(h->state, data, len) == 1 ? S3O_OK : S3O_ERROR;
}


s3o_int_t
s3o_hash_close(s3o_hash_t *h, u_char *out)
{
    int  ok;

    ok = h->state && EVP_DigestFinal_ex(h->state, out, NULL) == 1;

    s3o_hash_free(h);

    return ok ? S3O_OK : S3O_ERROR;
}


void
s3o_hash_free(s3o_hash_t *h)
{
    EVP_MD_CTX_free(h->state);

    h->state = NULL;
}


s3o_int_t
s3o_hmac_key_set(s3o_crypto_t *c, s3o_hmac_key_t *key, const u_char *data,
    size_t len)
{
    s3o_int_t  rc;
    u_char     block[S3O_SHA256_BLOCK];

    memset(block, 0, S3O_SHA256_BLOCK);

    if (len <= S3O_SHA256_BLOCK) {

        if (len) {
            memcpy(block, data, len);
        }

        rc = S3O_OK;

    } else {
        rc = s3o_sha256_begin(c);

        if (rc == S3O_OK) {
            rc = s3o_sha256_update(c, data, len);
        }

        if (rc == S3O_OK) {
            rc = s3o_sha256_end(c, block);
        }
    }

    if (rc == S3O_OK) {
        rc = s3o_hmac_pad(c, &key->inner, block, 0x36);
    }

    if (rc == S3O_OK) {
        rc = s3o_hmac_pad(c, &key->outer, block, 0x5c);
    }

    s3o_wipe(block, S3O_SHA256_BLOCK);

    if (rc != S3O_OK) {
        s3o_hmac_key_free(key);
    }

    return rc;
}


static s3o_int_t
s3o_hmac_pad(s3o_crypto_t *c, EVP_MD_CTX **state, const u_char *block,
    u_char pad)
{
    int         ok;
    s3o_uint_t  i;
    u_char      padded[S3O_SHA256_BLOCK];

    if (*state == NULL) {
        *state = EVP_MD_CTX_new();

        if (*state == NULL) {
            return S3O_ERROR;
        }
    }

    for (i = 0; i < S3O_SHA256_BLOCK; i++) {
        padded[i] = block[i] ^ pad;
    }

    ok = EVP_DigestInit_ex(*state, c->md, NULL) == 1
         && EVP_DigestUpdate(*state, padded, S3O_SHA256_BLOCK) == 1;

    s3o_wipe(padded, S3O_SHA256_BLOCK);

    return ok ? S3O_OK : S3O_ERROR;
}


/* EVP_MD_CTX_free() clears the state that it frees */

void
s3o_hmac_key_free(s3o_hmac_key_t *key)
{
    EVP_MD_CTX_free(key->inner);
    EVP_MD_CTX_free(key->outer);

    key->inner = NULL;
    key->outer = NULL;
}


s3o_int_t
s3o_hmac_key_copy(s3o_hmac_key_t *to, const s3o_hmac_key_t *from)
{
    if (from->inner == NULL || from->outer == NULL) {
        return S3O_ERROR;
    }

    to->inner = EVP_MD_CTX_new();
    to->outer = EVP_MD_CTX_new();

    if (to->inner == NULL
        || to->outer == NULL
        || EVP_MD_CTX_copy_ex(to->inner, from->inner) != 1
        || EVP_MD_CTX_copy_ex(to->outer, from->outer) != 1)
    {
        s3o_hmac_key_free(to);
        return S3O_ERROR;
    }

    return S3O_OK;
}


s3o_int_t
s3o_hmac(s3o_crypto_t *c, const s3o_hmac_key_t *key, const u_char *data,
    size_t len, u_char *out)
{
    s3o_int_t  rc;
    u_char     inner[S3O_SHA256_LEN];

    if (key->inner == NULL || key->outer == NULL) {
        return S3O_ERROR;
    }

    rc = s3o_hmac_pass(c, key->inner, data, len, inner);

    if (rc == S3O_OK) {
        rc = s3o_hmac_pass(c, key->outer, inner, S3O_SHA256_LEN, out);
    }

    s3o_wipe(inner, S3O_SHA256_LEN);

    return rc;
}


static s3o_int_t
s3o_hmac_pass(s3o_crypto_t *c, const EVP_MD_CTX *state, const u_char *data,
    size_t len, u_char *out)
{
    if (EVP_MD_CTX_copy_ex(c->ctx, state) != 1) {
        return S3O_ERROR;
    }

    if (s3o_sha256_update(c, data, len) != S3O_OK) {
        return S3O_ERROR;
    }

    return s3o_sha256_end(c, out);
}


s3o_int_t
s3o_ecdsa_key_set(s3o_ecdsa_key_t *key, const u_char *scalar)
{
    s3o_ecdsa_key_free(key);

    key->key = s3o_ecdsa_decode(scalar);

    return s3o_ecdsa_key_ready(key);
}


s3o_int_t
s3o_ecdsa_key_copy(s3o_ecdsa_key_t *to, const s3o_ecdsa_key_t *from)
{
    if (from->key && EVP_PKEY_up_ref(from->key) == 1) {
        to->key = from->key;
    }

    return s3o_ecdsa_key_ready(to);
}


/* a state to sign with; without a key, which then failed, there is none */

static s3o_int_t
s3o_ecdsa_key_ready(s3o_ecdsa_key_t *key)
{
    if (key->key) {
        key->ctx = EVP_PKEY_CTX_new(key->key, NULL);
    }

    if (key->ctx == NULL
        || EVP_PKEY_sign_init(key->ctx) != 1
        || EVP_PKEY_CTX_set_signature_md(key->ctx, EVP_sha256()) != 1)
    {
        s3o_ecdsa_key_free(key);
        ERR_clear_error();
        return S3O_ERROR;
    }

    key->deterministic = s3o_ecdsa_nonce(key->ctx);

    return S3O_OK;
}


/*
 * ECPrivateKey of RFC 5915 without the public key, which OpenSSL computes:
 * the one form of a bare number that all versions read and none deprecates.
 */

static EVP_PKEY *
s3o_ecdsa_decode(const u_char *scalar)
{
    EVP_PKEY      *key;
    const u_char  *p;

    static const u_char  head[] = {
        0x30, 0x31,                         /* SEQUENCE */
        0x02, 0x01, 0x01,                   /* INTEGER, version 1 */
        0x04, 0x20                          /* OCTET STRING, the number */
    };

    static const u_char  tail[] = {
        0xa0, 0x0a, 0x06, 0x08,             /* [0] OBJECT, prime256v1 */
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
    };

    u_char  der[sizeof(head) + S3O_P256_LEN + sizeof(tail)];

    memcpy(der, head, sizeof(head));
    memcpy(der + sizeof(head), scalar, S3O_P256_LEN);
    memcpy(der + sizeof(head) + S3O_P256_LEN, tail, sizeof(tail));

    p = der;
    key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, sizeof(der));

    s3o_wipe(der, sizeof(der));

    return key;
}


/*
 * Asks for the nonces of RFC 6979: signatures that are equal where the clock,
 * rounded down, is, and no key that a bad random number gives away.  What the
 * library can do counts, not the headers that this was built with.
 */

static s3o_uint_t
s3o_ecdsa_nonce(EVP_PKEY_CTX *ctx)
{
#if (S3O_HAVE_MD_FETCH)

    unsigned int       type;
    OSSL_PARAM         params[2];
    const OSSL_PARAM  *known;

    known = EVP_PKEY_CTX_settable_params(ctx);

    if (known == NULL || OSSL_PARAM_locate_const(known, S3O_NONCE_TYPE) == NULL)
    {
        return 0;
    }

    type = S3O_NONCE_RFC6979;
    params[0] = OSSL_PARAM_construct_uint(S3O_NONCE_TYPE, &type);
    params[1] = OSSL_PARAM_construct_end();

    if (EVP_PKEY_CTX_set_params(ctx, params) == 1) {
        return 1;
    }

    ERR_clear_error();

#else
    (void) ctx;
#endif

    return 0;
}


/* EVP_PKEY_free() clears the key that it frees */

void
s3o_ecdsa_key_free(s3o_ecdsa_key_t *key)
{
    EVP_PKEY_CTX_free(key->ctx);
    EVP_PKEY_free(key->key);

    key->ctx = NULL;
    key->key = NULL;
    key->deterministic = 0;
}


s3o_int_t
s3o_ecdsa_sign(const s3o_ecdsa_key_t *key, const u_char *digest, u_char *der,
    size_t *len)
{
    if (key->ctx == NULL) {
        return S3O_ERROR;
    }

    *len = S3O_ECDSA_MAX;

    if (EVP_PKEY_sign(key->ctx, der, len, digest, S3O_SHA256_LEN) != 1) {
        ERR_clear_error();
        return S3O_ERROR;
    }

    return S3O_OK;
}


s3o_uint_t
s3o_ecdsa_deterministic(void)
{
    s3o_uint_t       deterministic;
    s3o_ecdsa_key_t  key;

    static const u_char  one[S3O_P256_LEN] = { [S3O_P256_LEN - 1] = 1 };

    memset(&key, 0, sizeof(s3o_ecdsa_key_t));

    if (s3o_ecdsa_key_set(&key, one) != S3O_OK) {
        return 0;
    }

    deterministic = key.deterministic;

    s3o_ecdsa_key_free(&key);

    return deterministic;
}


void
s3o_wipe(void *data, size_t len)
{
    if (len) {
        OPENSSL_cleanse(data, len);
    }
}
