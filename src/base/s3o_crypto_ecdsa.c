
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_crypto_ecdsa.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>

#if (S3O_HAVE_PROVIDERS)
#include <openssl/params.h>
#endif


#define S3O_NONCE_TYPE     "nonce-type"
#define S3O_NONCE_RFC6979  1


static s3o_int_t s3o_ecdsa_key_ready(s3o_ecdsa_key_t *key);
static EVP_PKEY *s3o_ecdsa_decode(const u_char *scalar);
static s3o_uint_t s3o_ecdsa_nonce(EVP_PKEY_CTX *ctx);


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


/*
 * Makes the state that signs with key->key.  Where that is NULL, because
 * making the key has failed, this fails as well.
 */

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
 * Makes a key of a private number.  The number is wrapped in an ECPrivateKey
 * of RFC 5915 without the public key, which OpenSSL then computes: it is the
 * one form that all versions of OpenSSL read and none declares deprecated.
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
 * Asks for the nonces of RFC 6979, and returns 1 when the library has them.
 * Then the same text gets the same signature, which caches need where the
 * time is rounded ("window="), and a bad random number cannot give the key
 * away.  The library is asked at run time, as it may be newer than the
 * headers that the module was built with.
 */

static s3o_uint_t
s3o_ecdsa_nonce(EVP_PKEY_CTX *ctx)
{
#if (S3O_HAVE_PROVIDERS)

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


/* EVP_PKEY_free() wipes the key when its last user frees it */

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

    /*
     * When OpenSSL 3.0 is out of memory it can report success with a length
     * of 2^32 - 1.  So the result is checked: a signature is a SEQUENCE
     * (0x30) and its second byte is the length of the rest.
     */

    if (EVP_PKEY_sign(key->ctx, der, len, digest, S3O_SHA256_LEN) != 1
        || *len < S3O_ECDSA_MIN
        || *len > S3O_ECDSA_MAX
        || der[0] != 0x30
        || der[1] != *len - 2)
    {
        *len = 0;
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
