
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Keys of SigV4A: the search for a private one, with candidates that would
 * come up once in 2^32 credentials sets, and ECDSA on P-256.
 */


#include "tap.h"
#include "p256.h"
#include "s3o_encode.h"
#include "s3o_signer.h"
#include "s3o_sigv4a.h"

#include <openssl/hmac.h>


#define count(a)  (sizeof(a) / sizeof(a[0]))


/* replaces the HMAC, and yields as many invalid candidates as it is told */

typedef struct {
    int               refuse;
    int               fail;
    int               calls;
    int               wrong;
    const s3o_str_t  *text;
    u_char           *counter;
    u_char            good[S3O_P256_LEN];
    u_char            bad[S3O_P256_LEN];
} fake_t;


static void test_search(void);
static void test_search_edges(void);
static void test_search_compare(void);
static s3o_int_t fake_prf(void *data, const s3o_str_t *text, u_char *out);
static s3o_int_t search(fake_t *fake, u_char *d);
static int one_more(const u_char *c, const u_char *d);
static void test_derive(s3o_crypto_t *crypto);
static void test_keys(void);
static void test_rfc6979(void);


static const u_char  order[S3O_P256_LEN] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
    0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
};


int
main(void)
{
    s3o_crypto_t  crypto;

    if (!ok(s3o_crypto_init(&crypto) == S3O_OK, "there is a digest")) {
        return done();
    }

    test_search();
    test_search_edges();
    test_search_compare();
    test_derive(&crypto);
    test_keys();
    test_rfc6979();

    ok(ERR_peek_error() == 0, "no error of OpenSSL's is left to others");

    s3o_crypto_free(&crypto);

    return done();
}


static s3o_int_t
fake_prf(void *data, const s3o_str_t *text, u_char *out)
{
    fake_t  *fake = data;

    fake->calls++;

    if (text != fake->text || *fake->counter != fake->calls) {
        fake->wrong = 1;
    }

    if (fake->calls == fake->fail) {
        return S3O_ERROR;
    }

    memcpy(out, fake->calls <= fake->refuse ? fake->bad : fake->good,
           S3O_P256_LEN);

    return S3O_OK;
}


static s3o_int_t
search(fake_t *fake, u_char *d)
{
    s3o_int_t  rc;
    s3o_str_t  text;

    text = tap_guard_text("before-?-after");
    fake->text = &text;
    fake->counter = text.data + 7;

    rc = s3o_sigv4a_search(fake_prf, fake, &text, fake->counter, d);

    if (memcmp(text.data, "before-", 7) != 0
        || memcmp(text.data + 8, "-after", 6) != 0)
    {
        fake->wrong = 1;
    }

    tap_free();

    return rc;
}


/* the second candidate and those after it, down to the last there is */

static void
test_search(void)
{
    size_t     i;
    fake_t     fake;
    s3o_int_t  rc;
    u_char     d[S3O_P256_LEN], zero[S3O_P256_LEN];

    static const struct {
        int          refuse;
        int          fail;
        int          calls;
        s3o_int_t    rc;
        const char  *name;
    } cases[] = {
        { 0, 0, 1, S3O_OK, "the first candidate" },
        { 1, 0, 2, S3O_OK, "the second candidate" },
        { 2, 0, 3, S3O_OK, "the third candidate" },
        { 253, 0, 254, S3O_OK, "the last candidate" },
        { 254, 0, 254, S3O_ERROR, "no candidate" },
        { 1000, 0, 254, S3O_ERROR, "no candidate at all" },
        { 0, 1, 1, S3O_ERROR, "no HMAC" },
        { 9, 5, 5, S3O_ERROR, "no HMAC for the fifth candidate" }
    };

    memset(zero, 0, S3O_P256_LEN);

    for (i = 0; i < count(cases); i++) {
        memset(&fake, 0, sizeof(fake_t));
        memset(fake.good, 0x5a, S3O_P256_LEN);
        memset(fake.bad, 0xff, S3O_P256_LEN);
        memset(d, 0x11, S3O_P256_LEN);

        fake.refuse = cases[i].refuse;
        fake.fail = cases[i].fail;

        rc = search(&fake, d);

        is_int(rc, cases[i].rc, cases[i].name);
        is_int(fake.calls, cases[i].calls, "after as many calls");
        ok(!fake.wrong, "with the counters from 1 on in a text else the same");

        ok(rc == S3O_OK ? one_more(fake.good, d)
                        : memcmp(d, zero, S3O_P256_LEN) == 0,
           rc == S3O_OK ? "gives a key greater by one" : "gives nothing");
    }
}


/* the largest valid candidate and its neighbours */

static void
test_search_edges(void)
{
    size_t      i;
    fake_t      fake;
    s3o_uint_t  good;
    u_char      d[S3O_P256_LEN];

    static const struct {
        u_char       last;
        s3o_uint_t   good;
        const char  *name;
    } cases[] = {
        { 0x4e, 1, "the order less three is a candidate" },
        { 0x4f, 1, "the order less two is the last candidate" },
        { 0x50, 0, "the order less one is none" },
        { 0x51, 0, "the order is none" },
        { 0x52, 0, "the order and one is none" }
    };

    for (i = 0; i < count(cases); i++) {
        memset(&fake, 0, sizeof(fake_t));
        memcpy(fake.bad, order, S3O_P256_LEN);

        fake.bad[S3O_P256_LEN - 1] = cases[i].last;
        fake.refuse = 1;

        /* 0 as the second: its key is 1 */

        good = search(&fake, d) == S3O_OK && fake.calls == 1;

        ok(good == cases[i].good
           && one_more(good ? fake.bad : fake.good, d), "%s", cases[i].name);
    }

    ok(d[S3O_P256_LEN - 1] == 1, "the candidate 0 gives the key 1");
}


/* numbers that differ in one byte from the order of the curve less two */

static void
test_search_compare(void)
{
    int         wrong;
    size_t      i, n;
    fake_t      fake;
    u_char      d[S3O_P256_LEN], limit[S3O_P256_LEN];
    s3o_uint_t  good;

    memcpy(limit, order, S3O_P256_LEN);
    limit[S3O_P256_LEN - 1] -= 2;

    wrong = 0;

    for (n = 0; n < 20000; n++) {
        memset(&fake, 0, sizeof(fake_t));
        memcpy(fake.bad, limit, S3O_P256_LEN);
        fake.refuse = 1;

        if (n < 4 * S3O_P256_LEN) {
            fake.bad[n / 4] += (const u_char[]) { 1, 255, 128, 0 }[n % 4];

        } else {
            for (i = tap_random(S3O_P256_LEN); i < S3O_P256_LEN; i++) {
                fake.bad[i] = (u_char) tap_random(256);
            }
        }

        good = search(&fake, d) == S3O_OK && fake.calls == 1;

        if (good != (memcmp(fake.bad, limit, S3O_P256_LEN) <= 0)
            || !one_more(good ? fake.bad : fake.good, d))
        {
            wrong++;
        }
    }

    is_int(wrong, 0, "20000 candidates round the order less two");
}


static int
one_more(const u_char *c, const u_char *d)
{
    size_t  i;
    u_char  sum[S3O_P256_LEN];

    memcpy(sum, c, S3O_P256_LEN);

    for (i = S3O_P256_LEN; i > 0; i--) {
        if (++sum[i - 1] != 0) {
            break;
        }
    }

    return memcmp(sum, d, S3O_P256_LEN) == 0;
}


/* the text of the key derivation, written independently */

static void
test_derive(s3o_crypto_t *crypto)
{
    int                wrong;
    size_t             i, n, len, room;
    u_char            *d, *p, text[512], key[256], mac[S3O_P256_LEN];
    s3o_credentials_t  credentials;

    static const u_char  head[] = "\0\0\0\1AWS4-ECDSA-P256-SHA256";
    static const u_char  tail[] = "\1\0\0\1";

    wrong = 0;
    memset(&credentials, 0, sizeof(s3o_credentials_t));

    for (n = 1; n <= 200; n++) {
        memcpy(key, "AWS4A", 5);

        for (i = 0; i < n; i++) {
            key[5 + i] = (u_char) tap_random(256);
        }

        memcpy(text, head, sizeof(head));
        len = sizeof(head);

        for (i = 0; i < 1 + n % 40; i++) {
            text[len++] = (u_char) (0x21 + tap_random(94));
        }

        credentials.secret_access_key = tap_guard(key + 5, n);
        credentials.access_key_id = tap_guard(text + sizeof(head), i);

        memcpy(text + len, tail, sizeof(tail));
        HMAC(EVP_sha256(), key, 5 + n, text, len + sizeof(tail), mac, NULL);

        room = s3o_sigv4a_room(&credentials.access_key_id,
                               &credentials.secret_access_key);
        p = tap_room(room);
        d = tap_room(S3O_P256_LEN);

        if (s3o_sigv4a_derive(crypto, &credentials.access_key_id,
                              &credentials.secret_access_key, p, d)
            != S3O_OK
            || !one_more(mac, d))
        {
            wrong++;
        }

        for (i = 0; i < room; i++) {
            wrong += p[i] != 0;
        }

        tap_free();
    }

    is_int(wrong, 0, "200 keys of credentials of many lengths, their text "
           "wiped");
}


static void
test_keys(void)
{
    size_t           len;
    u_char           d[S3O_P256_LEN], der[S3O_ECDSA_MAX];
    s3o_str_t        text, public_key;
    s3o_ecdsa_key_t  key;
    char             hex[2 * P256_PUBLIC_LEN + 1];

    memset(&key, 0, sizeof(s3o_ecdsa_key_t));
    memset(d, 0, S3O_P256_LEN);
    d[S3O_P256_LEN - 1] = 1;

    ok(s3o_ecdsa_sign(&key, d, der, &len) == S3O_ERROR,
       "a zeroed key signs nothing");
    s3o_ecdsa_key_free(&key);

    is_int(s3o_ecdsa_key_set(&key, d), S3O_OK, "1 is a private key");

    /* SEC 2, 2.4.2: its public key is the base point */

    text = tap_str("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0"
                   "f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e16"
                   "2bce33576b315ececbb6406837bf51f5");
    public_key = p256_public(&key, hex);
    is_str(&public_key, &text, "and its public key the base point");

    memcpy(d, order, S3O_P256_LEN);
    d[S3O_P256_LEN - 1]--;

    is_int(s3o_ecdsa_key_set(&key, d), S3O_OK,
           "the order less one is one, too, in the place of another");

    text = tap_str("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0"
                   "f4a13945d898c296b01cbd1c01e58065711814b583f061e9"
                   "d431cca994cea1313449bf97c840ae0a");
    public_key = p256_public(&key, hex);
    is_str(&public_key, &text, "and its public key the base point mirrored");

    s3o_ecdsa_key_free(&key);
    ok(key.key == NULL && key.ctx == NULL, "a freed key is a zeroed one");
    s3o_ecdsa_key_free(&key);
}


/* RFC 6979, A.2.5: the key, and its signature of "sample" */

static void
test_rfc6979(void)
{
    size_t           len;
    u_char           d[S3O_P256_LEN], digest[S3O_SHA256_LEN];
    u_char           der[S3O_ECDSA_MAX], again[S3O_ECDSA_MAX];
    s3o_str_t        hex, text, public_key, signature, ours;
    s3o_buf_t        b;
    s3o_ecdsa_key_t  key;
    char             digits[2 * P256_PUBLIC_LEN + 1];
    u_char           out[S3O_SIGV4A_HEX_MAX];

    memset(&key, 0, sizeof(s3o_ecdsa_key_t));

    hex = tap_str("c9afa9d845ba75166b5c215767b1d693"
                  "4e50c3db36e89b127b8a622b120f6721");
    public_key = tap_str("60fed4ba255a9d31c961eb74c6356d68"
                         "c049b8923b61fa6ce669622e60f29fb6"
                         "7903fe1008b8bc99a41ae9e95628bc64"
                         "f2f1b20c2d7e9f5177a3c294d4462299");
    signature = tap_str("3046"
                        "022100efd48b2aacb6a8fd1140dd9cd45e81d6"
                        "9d2c877b56aaf991c34d0ea84eaf3716"
                        "022100f7cb1c942d657c41d436c7a1b6e29f65"
                        "f3e900dbb9aff4064dc4ab2f843acda8");

    p256_unhex(&hex, d, S3O_P256_LEN);
    is_int(s3o_ecdsa_key_set(&key, d), S3O_OK, "RFC 6979: a key");

    hex = p256_public(&key, digits);
    is_str(&hex, &public_key, "RFC 6979: its public key");

    text = tap_str("sample");
    EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL);

    len = 0;
    ok(s3o_ecdsa_sign(&key, digest, again, &len) == S3O_OK
       && s3o_ecdsa_sign(&key, digest, der, &len) == S3O_OK,
       "RFC 6979: signed twice");

    s3o_buf_init(&b, out, sizeof(out));
    s3o_hex(&b, der, len);
    ours = tap_written(&b);

    ok(p256_verify(&public_key, &text, &signature), "the RFC's signature");
    ok(p256_verify(&public_key, &text, &ours), "and ours");

    is_int(key.deterministic, s3o_ecdsa_deterministic(),
           "the key knows whether signatures are repeated");

    if (key.deterministic) {
        is_str(&ours, &signature, "they are, and equal to the RFC's");

    } else {
        ok(memcmp(der, again, len) != 0, "they are not");
    }

    s3o_ecdsa_key_free(&key);
}
