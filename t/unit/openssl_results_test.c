
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * An OpenSSL that reports success with a length that no signature has, as 3.0
 * does when it is out of memory.  The functions here replace those of OpenSSL.
 */


#include "tap.h"
#include "request.h"
#include "s3o_chunk.h"
#include "s3o_sigv4a.h"

#include <openssl/evp.h>


static int     signed_ok = 1;
static size_t  signed_len;
static u_char  signed_der[S3O_ECDSA_MAX];


int
EVP_PKEY_sign(EVP_PKEY_CTX *ctx, unsigned char *sig, size_t *siglen,
    const unsigned char *tbs, size_t tbslen)
{
    (void) ctx;
    (void) tbs;
    (void) tbslen;

    memcpy(sig, signed_der, sizeof(signed_der));
    *siglen = signed_len;

    return signed_ok;
}


/* an answer of "len" bytes: a SEQUENCE that announces "says" bytes */

static void
answers(size_t len, u_char tag, size_t says)
{
    memset(signed_der, 1, sizeof(signed_der));

    signed_der[0] = tag;
    signed_der[1] = (u_char) says;
    signed_len = len;
}


static void
set_up(test_t *t)
{
    s3o_str_t          method, path, name, value, region, service;
    s3o_credentials_t  credentials;

    memset(t, 0, sizeof(test_t));
    memset(&credentials, 0, sizeof(s3o_credentials_t));

    credentials.access_key_id = tap_str("AKIAEXAMPLE");
    credentials.secret_access_key = tap_str("secret");
    region = tap_str("*");
    service = tap_str(S3O_SERVICE);

    if (s3o_crypto_init(&t->crypto) != S3O_OK
        || test_signer_of(t, S3O_SIGV4A, &credentials, &region,
                          &service)
           != S3O_OK
        || s3o_signer_time(&t->signer, 1767225600) != S3O_OK)
    {
        ok(0, "a signer");
    }

    method = tap_str("GET");
    path = tap_str("/key");
    test_request(t, &method, &path);
    name = tap_str("host");
    value = tap_str("example.com");
    test_header(t, &name, &value);
    test_headers_done(t);
    t->header_form.payload_hash = tap_str(S3O_UNSIGNED_PAYLOAD);
}


static void
is_refused(test_t *t, const char *name)
{
    size_t            len;
    u_char            der[S3O_ECDSA_MAX + 1], room[S3O_SIGV4A_HEX_MAX];
    u_char            digest[S3O_SHA256_LEN];
    s3o_buf_t         b;
    s3o_str_t         text, url, value;
    s3o_chunk_key_t   key;

    memset(digest, 0, sizeof(digest));

    ok(s3o_ecdsa_sign(&t->signer.ecdsa, digest, der, &len) != S3O_OK
       && len == 0,
       "%s: no signature", name);

    ok(test_presign(t, 900, &url) != S3O_OK && url.len == 0, "%s: no URL",
       name);

    ok(test_authorization(t, &value) != S3O_OK && value.len == 0,
       "%s: no Authorization", name);

    memset(&key, 0, sizeof(s3o_chunk_key_t));
    key.crypto = t->signer.crypto;

    text = tap_str("text");
    s3o_buf_init(&b, room, sizeof(room));

    if (s3o_ecdsa_key_copy(&key.ecdsa, &t->signer.ecdsa) != S3O_OK) {
        ok(0, "a copy of the key");
    }

    ok(s3o_chunk_ecdsa(&key, &text, &b) != S3O_OK && b.pos == b.start,
       "%s: no chunk", name);

    s3o_ecdsa_key_free(&key.ecdsa);
}


int
main(void)
{
    test_t     t;
    s3o_str_t  url;

    set_up(&t);

    answers(4294967295, 0x30, 70);
    is_refused(&t, "a length of 2^32 - 1");

    answers(0, 0x30, 0);
    is_refused(&t, "nothing");

    answers(7, 0x30, 5);
    is_refused(&t, "too short");

    answers(73, 0x30, 71);
    is_refused(&t, "too long");

    answers(70, 0x31, 68);
    is_refused(&t, "no SEQUENCE");

    answers(70, 0x30, 67);
    is_refused(&t, "a SEQUENCE of another length");

    answers(70, 0x30, 68);
    signed_ok = 0;
    is_refused(&t, "a failure");

    signed_ok = 1;
    ok(test_presign(&t, 900, &url) == S3O_OK && url.len > 0,
       "what is well formed is a signature");

    s3o_signer_free(&t.signer);
    s3o_crypto_free(&t.crypto);
    tap_free();

    return done();
}
