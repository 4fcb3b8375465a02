
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The verifier's side of ECDSA on P-256: public keys, and whether a signature
 * is valid.
 */


#ifndef _P256_H_INCLUDED_
#define _P256_H_INCLUDED_


#include "tap.h"
#include "s3o_crypto.h"
#include "s3o_crypto_ecdsa.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>


#define P256_PUBLIC_LEN  64    /* x and y */


/*
 * Hex digits to bytes; returns the number of bytes, or 0 for other
 * characters.
 */

static tap_unused size_t
p256_unhex(const s3o_str_t *hex, u_char *out, size_t size)
{
    size_t         i;
    const char    *digit;

    static const char  digits[] = "0123456789abcdef";

    if (hex->len % 2 || hex->len / 2 > size) {
        return 0;
    }

    for (i = 0; i < hex->len; i++) {
        digit = hex->data[i] ? strchr(digits, hex->data[i]) : NULL;

        if (digit == NULL) {
            return 0;
        }

        out[i / 2] = (u_char) (i % 2 ? out[i / 2] | (digit - digits)
                                     : (digit - digits) << 4);
    }

    return hex->len / 2;
}


/* The public key, in hex digits, that belongs to a private one. */

static tap_unused s3o_str_t
p256_public(const s3o_ecdsa_key_t *key, char *hex)
{
    int        i, len;
    u_char    *der;
    s3o_str_t  s;

    der = NULL;
    len = i2d_PUBKEY(key->key, &der);
    s3o_str_set(&s, (u_char *) hex, 0);

    if (len > P256_PUBLIC_LEN) {
        for (i = 0; i < P256_PUBLIC_LEN; i++) {
            sprintf(hex + 2 * i, "%02x", der[len - P256_PUBLIC_LEN + i]);
        }

        s.len = 2 * P256_PUBLIC_LEN;
    }

    OPENSSL_free(der);

    return s;
}


/*
 * 1 when a signature of a text is valid; the public key and the DER of the
 * signature are in hex digits.
 */

static tap_unused int
p256_verify(const s3o_str_t *public_key, const s3o_str_t *text,
    const s3o_str_t *signature)
{
    int            ok;
    size_t         len;
    EVP_PKEY      *key;
    EVP_MD_CTX    *ctx;
    const u_char  *p;
    u_char         der[S3O_ECDSA_MAX];

    /* SubjectPublicKeyInfo of RFC 5480, an uncompressed point */

    u_char         spki[27 + P256_PUBLIC_LEN] = {
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
        0x07, 0x03, 0x42, 0x00, 0x04
    };

    len = p256_unhex(signature, der, sizeof(der));

    if (len == 0
        || p256_unhex(public_key, spki + 27, P256_PUBLIC_LEN)
           != P256_PUBLIC_LEN)
    {
        return 0;
    }

    p = spki;
    key = d2i_PUBKEY(NULL, &p, sizeof(spki));
    ctx = EVP_MD_CTX_new();

    ok = key && ctx
         && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1
         && EVP_DigestVerify(ctx, der, len, text->data, text->len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    ERR_clear_error();

    return ok;
}


#endif /* _P256_H_INCLUDED_ */
