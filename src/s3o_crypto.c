
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_crypto.h"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>


/*
 * A fetched digest spares OpenSSL 3 a search in its provider store at each
 * EVP_DigestInit_ex(): a third of the time of a short hash.
 */

#if (OPENSSL_VERSION_NUMBER >= 0x30000000L                                   \
     && !defined LIBRESSL_VERSION_NUMBER                                     \
     && !defined OPENSSL_IS_BORINGSSL                                        \
     && !defined OPENSSL_IS_AWSLC)
#define S3O_HAVE_MD_FETCH  1
#else
#define S3O_HAVE_MD_FETCH  0
#endif


#define S3O_SHA256_BLOCK   64


static s3o_int_t s3o_hmac_pad(s3o_crypto_t *c, EVP_MD_CTX **state,
    const u_char *block, u_char pad);
static s3o_int_t s3o_hmac_pass(s3o_crypto_t *c, const EVP_MD_CTX *state,
    const u_char *data, size_t len, u_char *out);


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


void
s3o_wipe(void *data, size_t len)
{
    if (len) {
        OPENSSL_cleanse(data, len);
    }
}
