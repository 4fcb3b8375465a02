
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_crypto.h"
#include "s3o_crypto_hmac.h"
#include "s3o_encode.h"

#include <openssl/hmac.h>


#define ROUNDS  300


static void test_life(void);
static void test_sha256(s3o_crypto_t *c);
static void test_sha256_pieces(s3o_crypto_t *c);
static void test_hmac(s3o_crypto_t *c);
static void test_hmac_random(s3o_crypto_t *c);
static void test_hmac_rekey(s3o_crypto_t *c);
static void test_at_once(s3o_crypto_t *c);
static void test_hmac_steps(s3o_crypto_t *c);
static void test_forget(s3o_crypto_t *c);
static void test_wipe(void);
static void is_hex(const u_char *got, const char *expected, const char *name);


int
main(void)
{
    s3o_crypto_t  c;

    test_life();

    if (!ok(s3o_crypto_init(&c) == S3O_OK, "there is a digest")) {
        return done();
    }

    test_sha256(&c);
    test_sha256_pieces(&c);
    test_hmac(&c);
    test_hmac_random(&c);
    test_hmac_rekey(&c);
    test_at_once(&c);
    test_hmac_steps(&c);
    test_forget(&c);
    test_wipe();

    s3o_crypto_free(&c);

    return done();
}


static void
is_hex(const u_char *got, const char *expected, const char *name)
{
    u_char     text[S3O_SHA256_HEX_LEN];
    s3o_buf_t  b;

    s3o_buf_init(&b, text, sizeof(text));
    s3o_hex(&b, got, S3O_SHA256_LEN);
    is_buf(&b, expected, name);
}


static void
test_life(void)
{
    u_char          out[S3O_SHA256_LEN];
    s3o_crypto_t    c;
    s3o_hmac_key_t  key;

    memset(&c, 0, sizeof(s3o_crypto_t));
    s3o_crypto_free(&c);

    ok(s3o_crypto_init(&c) == S3O_OK, "init");
    s3o_crypto_free(&c);
    ok(c.md == NULL && c.scratch.evp == NULL, "freed");
    s3o_crypto_free(&c);

    memset(&key, 0, sizeof(s3o_hmac_key_t));
    s3o_hmac_key_free(&key);

    ok(s3o_crypto_init(&c) == S3O_OK, "init again");
    ok(s3o_hmac(&c, &key, (u_char *) "x", 1, out) == S3O_ERROR,
       "no HMAC without a key");
    s3o_crypto_free(&c);
}


/* FIPS 180-4 examples */

static void
test_sha256(s3o_crypto_t *c)
{
    size_t     i;
    u_char    *out;
    s3o_str_t  in;

    static const struct {
        const char  *in;
        const char  *out;
    } texts[] = {
        { "",
          "e3b0c44298fc1c149afbf4c8996fb924"
          "27ae41e4649b934ca495991b7852b855" },
        { "abc",
          "ba7816bf8f01cfea414140de5dae2223"
          "b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039"
          "a33ce45964ff2167f6ecedd419db06c1" }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        in = tap_guard_text(texts[i].in);
        out = tap_room(S3O_SHA256_LEN);

        ok(s3o_sha256_begin(c) == S3O_OK
           && s3o_sha256_add(c, in.data, in.len) == S3O_OK
           && s3o_sha256_end(c, out) == S3O_OK,
           "the SHA-256 of \"%s\"", texts[i].in);

        is_hex(out, texts[i].out, "is right");
    }

    tap_free();
}


static void
test_sha256_pieces(s3o_crypto_t *c)
{
    u_char  in[200], one[S3O_SHA256_LEN], other[S3O_SHA256_LEN];
    size_t  i, n, wrong;

    memset(in, 'x', sizeof(in));
    wrong = 0;

    for (n = 1; n <= sizeof(in); n++) {
        s3o_sha256_begin(c);

        for (i = 0; i + n <= sizeof(in); i += n) {
            s3o_sha256_add(c, in + i, n);
        }

        s3o_sha256_add(c, in + i, sizeof(in) - i);
        s3o_sha256_add(c, NULL, 0);
        s3o_sha256_end(c, n == 1 ? one : other);

        if (n > 1 && memcmp(one, other, S3O_SHA256_LEN) != 0) {
            wrong++;
        }
    }

    ok(wrong == 0, "the pieces in which data come make no difference");
}


/* RFC 4231, test cases 1-4, 6, 7 */

static void
test_hmac(s3o_crypto_t *c)
{
    u_char          key[131], data[50], *out;
    size_t          i;
    s3o_str_t       k, d;
    s3o_hmac_key_t  keyed;

    struct {
        const u_char  *key;
        size_t         key_len;
        const char    *data;
        size_t         len;
        const char    *out;
    } cases[] = {
        { key, 20, "Hi There", 8,
          "b0344c61d8db38535ca8afceaf0bf12b"
          "881dc200c9833da726e9376c2e32cff7" },
        { (u_char *) "Jefe", 4, "what do ya want for nothing?", 28,
          "5bdcc146bf60754e6a042426089575c7"
          "5a003f089d2739839dec58b964ec3843" },
        { key, 20, (char *) data, 50,
          "773ea91e36800e46854db8ebd09181a7"
          "2959098b3ef8c122d9635514ced565fe" },
        { key, 131,
          "Test Using Larger Than Block-Size Key - Hash Key First", 54,
          "60e431591ee0b67f0d8a26aacbf5b77f"
          "8e0bc6213728c5140546040f0ee37f54" },
        { key, 131,
          "This is a test using a larger than block-size key and a larger "
          "than block-size data. The key needs to be hashed before being "
          "used by the HMAC algorithm.", 152,
          "9b09ffa71b942fcb27635fbcd5b0e944"
          "bfdc63644f0713938a7f51535c3a35e2" }
    };

    memset(&keyed, 0, sizeof(s3o_hmac_key_t));
    memset(data, 0xdd, sizeof(data));

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(key, i == 0 ? 0x0b : 0xaa, sizeof(key));

        k = tap_guard(cases[i].key, cases[i].key_len);
        d = tap_guard(cases[i].data, cases[i].len);
        out = tap_room(S3O_SHA256_LEN);

        ok(s3o_hmac_key_set(c, &keyed, k.data, k.len) == S3O_OK
           && s3o_hmac(c, &keyed, d.data, d.len, out) == S3O_OK,
           "an HMAC with a key of %d bytes", (int) k.len);
        is_hex(out, cases[i].out, "is right");

        memset(out, 0, S3O_SHA256_LEN);
        s3o_hmac(c, &keyed, d.data, d.len, out);
        is_hex(out, cases[i].out, "and again");
    }

    s3o_hmac_key_free(&keyed);
    ok(!keyed.set && keyed.inner.evp == NULL, "the key is freed");

    tap_free();
}


/*
 * OpenSSL's own HMAC gives the same, for all key lengths around the block
 * size
 */

static void
test_hmac_random(s3o_crypto_t *c)
{
    u_char          key[200], data[300], out[S3O_SHA256_LEN];
    u_char          expected[EVP_MAX_MD_SIZE];
    size_t          i, n, len, wrong;
    s3o_hmac_key_t  keyed;

    memset(&keyed, 0, sizeof(s3o_hmac_key_t));
    wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        len = tap_random(sizeof(data) + 1);

        for (i = 0; i < sizeof(key); i++) {
            key[i] = (u_char) tap_random(256);
        }

        for (i = 0; i < len; i++) {
            data[i] = (u_char) tap_random(256);
        }

        i = n % sizeof(key);

        HMAC(EVP_sha256(), key, (int) i, data, len, expected, NULL);

        if (s3o_hmac_key_set(c, &keyed, key, i) != S3O_OK
            || s3o_hmac(c, &keyed, data, len, out) != S3O_OK
            || memcmp(out, expected, S3O_SHA256_LEN) != 0)
        {
            wrong++;
        }
    }

    s3o_hmac_key_free(&keyed);

    ok(wrong == 0, "%d random HMACs are as HMAC() has them", ROUNDS);
}


static void
test_hmac_rekey(s3o_crypto_t *c)
{
    u_char          mac[S3O_SHA256_LEN], again[S3O_SHA256_LEN];
    s3o_hmac_key_t  one, other;

    memset(&one, 0, sizeof(s3o_hmac_key_t));
    memset(&other, 0, sizeof(s3o_hmac_key_t));

    s3o_hmac_key_set(c, &one, (u_char *) "one", 3);
    s3o_hmac(c, &one, (u_char *) "data", 4, mac);

    s3o_hmac_key_set(c, &other, (u_char *) "other", 5);
    s3o_hmac(c, &other, (u_char *) "data", 4, again);
    ok(memcmp(mac, again, S3O_SHA256_LEN) != 0, "keys are told apart");

    s3o_hmac(c, &one, (u_char *) "data", 4, again);
    ok(memcmp(mac, again, S3O_SHA256_LEN) == 0,
       "one key does not disturb another");

    s3o_hmac_key_set(c, &other, (u_char *) "one", 3);
    s3o_hmac(c, &other, (u_char *) "data", 4, again);
    ok(memcmp(mac, again, S3O_SHA256_LEN) == 0, "a key is replaced");

    s3o_hmac(c, &other, mac, S3O_SHA256_LEN, mac);
    s3o_hmac(c, &one, again, S3O_SHA256_LEN, again);
    ok(memcmp(mac, again, S3O_SHA256_LEN) == 0,
       "the output may be the input");

    s3o_hmac_key_free(&one);
    s3o_hmac_key_free(&other);
}


/* every length of text, and so every length of padding, in exact memory */

static void
test_at_once(s3o_crypto_t *c)
{
    size_t      len;
    u_char     *text, *out, one[S3O_SHA256_LEN];
    s3o_uint_t  i, wrong;

    wrong = 0;

    for (len = 0; len < 4 * S3O_SHA256_BLOCK; len++) {
        text = tap_room(len + S3O_SHA256_PAD_MAX);
        out = tap_room(S3O_SHA256_LEN);

        for (i = 0; i < len; i++) {
            text[i] = (u_char) (i + len);
        }

        s3o_sha256_begin(c);
        s3o_sha256_add(c, text, len);
        s3o_sha256_end(c, one);

        wrong += s3o_sha256(c, text, len, out) != S3O_OK
                 || memcmp(one, out, S3O_SHA256_LEN) != 0;

        tap_free();
    }

    ok(wrong == 0, "texts at once");
}


static void
test_hmac_steps(s3o_crypto_t *c)
{
    size_t          begun, len;
    u_char         *text, *out, one[S3O_SHA256_LEN];
    s3o_uint_t      i, wrong;
    s3o_state_t     state;
    s3o_hmac_key_t  key;

    wrong = 0;

    memset(&key, 0, sizeof(s3o_hmac_key_t));
    memset(&state, 0, sizeof(s3o_state_t));

    ok(s3o_hmac_begin(c, &key, &state, NULL, 0) == S3O_ERROR,
       "no beginning without a key");

    text = tap_room(S3O_SHA256_PAD_MAX);
    ok(s3o_hmac_end(c, &key, &state, text, 0, one) == S3O_ERROR,
       "no end either");

    s3o_hmac_key_set(c, &key, (u_char *) "a key", 5);

    for (begun = 0; begun <= 2 * S3O_SHA256_BLOCK; begun += S3O_SHA256_BLOCK) {

        for (len = 0; len < 3 * S3O_SHA256_BLOCK; len++) {
            text = tap_room(begun + len + S3O_SHA256_PAD_MAX);
            out = tap_room(S3O_SHA256_LEN);

            for (i = 0; i < begun + len; i++) {
                text[i] = (u_char) (i + len);
            }

            s3o_hmac(c, &key, text, begun + len, one);

            wrong += s3o_hmac_begin(c, &key, &state, text, begun) != S3O_OK
                     || s3o_hmac_end(c, &key, &state, text + begun, len, out)
                        != S3O_OK
                     || memcmp(one, out, S3O_SHA256_LEN) != 0;

            tap_free();
        }
    }

    ok(wrong == 0, "HMACs in two steps");
    ok(s3o_hmac_begin(c, &key, &state, one, 31) == S3O_ERROR,
       "a beginning is made of blocks");

    s3o_state_free(&state);
    s3o_hmac_key_free(&key);
}


static void
test_forget(s3o_crypto_t *c)
{
    u_char  one[S3O_SHA256_LEN], other[S3O_SHA256_LEN];

    static s3o_state_t  zero;

    s3o_sha256_begin(c);
    s3o_sha256_add(c, "secret", 6);
    s3o_sha256_end(c, one);

    s3o_crypto_forget(c);

    if (c->plain) {
        ok(memcmp(&c->scratch, &zero, sizeof(s3o_state_t)) == 0, "forgotten");
    }

    s3o_sha256_begin(c);
    s3o_sha256_add(c, "secret", 6);
    s3o_sha256_end(c, other);

    ok(memcmp(one, other, S3O_SHA256_LEN) == 0, "and computed again");
}


static void
test_wipe(void)
{
    s3o_str_t  s;

    s = tap_guard_text("secret");
    s3o_wipe(s.data, s.len);

    ok(memcmp(s.data, "\0\0\0\0\0\0", 6) == 0, "wiped");

    s3o_wipe(NULL, 0);

    tap_free();
}
