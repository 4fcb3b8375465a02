
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Chunks that are signed with SigV4A: every signature is valid for its text; it
 * is padded where it is sent, but not where the next one signs it.
 */


#include "request.h"
#include "p256.h"
#include "s3o_chunk.h"
#include "s3o_sigv4a.h"


#define ROUNDS  64
#define BODY    200

#define EMPTY                                                                \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define PROLOGUE                                                             \
    "AWS4-ECDSA-P256-SHA256-PAYLOAD\n20240301T120000Z\n"                     \
    "20240301/s3-outposts/aws4_request\n"

#define SEED  "3045022100aa"


static s3o_int_t signer(test_t *t);
static void chunks(test_t *t, s3o_chunk_t *c, s3o_chunk_key_t *key);
static void test_form(void);
static void test_chain(test_t *t);
static void test_key(test_t *t);
static int header_of(const s3o_str_t *header, size_t len,
    s3o_str_t *signature);
static s3o_str_t text_of(test_t *t, const s3o_str_t *previous,
    const u_char *data, size_t len);


int
main(void)
{
    test_t  t;

    memset(&t, 0, sizeof(test_t));

    if (!ok(s3o_crypto_init(&t.crypto) == S3O_OK && signer(&t) == S3O_OK,
            "a signer at 20240301T120000Z"))
    {
        return done();
    }

    test_form();
    test_chain(&t);
    test_key(&t);

    ok(ERR_peek_error() == 0, "no error of OpenSSL's is left to others");

    s3o_crypto_free(&t.crypto);

    return done();
}


static s3o_int_t
signer(test_t *t)
{
    s3o_int_t          rc;
    s3o_str_t          region, service;
    s3o_credentials_t  credentials;

    memset(&credentials, 0, sizeof(s3o_credentials_t));
    credentials.access_key_id = tap_str("AKIAIOSFODNN7EXAMPLE");
    credentials.secret_access_key =
        tap_str("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    region = tap_str("*");
    service = tap_str(S3O_SERVICE);

    rc = test_signer_of(t, S3O_SIGV4A, &credentials, &region, &service);

    return rc == S3O_OK ? s3o_signer_time(&t->signer, 1709294400) : rc;
}


static void
chunks(test_t *t, s3o_chunk_t *c, s3o_chunk_key_t *key)
{
    s3o_str_t  date, scope;

    memset(c, 0, sizeof(s3o_chunk_t));

    c->form = &s3o_chunk_sigv4a;
    c->crypto = &t->crypto;
    c->sign = s3o_chunk_ecdsa;
    c->data = key;

    date = tap_guard_text("20240301T120000Z");
    scope = tap_guard_text("20240301/s3-outposts/aws4_request");

    s3o_chunk_init(c, tap_room(s3o_chunk_mem(c->form, &date, &scope)), &date,
                   &scope);
}


static void
test_form(void)
{
    ok(s3o_str_is(&s3o_chunk_sigv4a.payload,
                  "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"),
       "what x-amz-content-sha256 says");
    is_int(s3o_chunk_sigv4a.signature_len, 144, "the length of a signature");
    ok(s3o_chunk_sigv4a.signature_len <= S3O_CHUNK_SIGNATURE_MAX,
       "for which there is room");

    is_int(s3o_chunk_encoded_len(&s3o_chunk_sigv4a, 0, S3O_CHUNK_SIZE), 166,
           "the length of nothing");

    /*
     * 5 GiB are 81920 chunks of 65536 bytes, each with 170 bytes of header
     * and end
     */

    is_int(s3o_chunk_encoded_len(&s3o_chunk_sigv4a, 5368709120,
                                 S3O_CHUNK_SIZE),
           (intmax_t) 81920 * (65536 + 170) + 166, "the length of 5 GiB");
}


/*
 * The signer is freed before its chunks are signed, as when the credentials
 * change.  The lengths of signatures vary: of so many some need padding.
 */

static void
test_chain(test_t *t)
{
    int              right, wrong, stars, exact;
    char             hex[2 * P256_PUBLIC_LEN + 1];
    size_t           i, len;
    u_char          *body;
    s3o_buf_t        b;
    s3o_str_t        public_key, previous, header, signature, text;
    s3o_chunk_t      c;
    s3o_chunk_key_t  key;

    memset(&key, 0, sizeof(s3o_chunk_key_t));
    key.crypto = &t->crypto;

    public_key = p256_public(&t->signer.ecdsa, hex);

    chunks(t, &c, &key);

    ok(s3o_chunk_key_copy(&key, &t->signer, &c.prologue) == S3O_OK,
       "a key of their own");
    s3o_signer_free(&t->signer);

    previous = tap_guard_text(SEED);
    ok(s3o_chunk_begin(&c, &previous) == S3O_OK, "a seed of another length");

    body = tap_room(BODY);
    right = 0;
    wrong = 0;
    stars = 0;
    exact = 0;

    for (i = 0; i < ROUNDS; i++) {
        len = i == ROUNDS - 1 ? 0 : BODY - i;
        memset(body, (int) i, BODY);

        tap_buf(&b, s3o_chunk_header_len(c.form, len));

        if (s3o_chunk_add(&c, body, len / 3) != S3O_OK
            || s3o_chunk_add(&c, body + len / 3, len - len / 3) != S3O_OK
            || s3o_chunk_header(&c, &b) != S3O_OK)
        {
            break;
        }

        exact += b.pos == b.end;
        header = tap_written(&b);
        stars += header_of(&header, len, &signature);

        text = text_of(t, &previous, body, len);
        right += p256_verify(&public_key, &text, &signature);

        text.data[text.len - 1] ^= 1;
        wrong += p256_verify(&public_key, &text, &signature);

        previous = signature;
    }

    is_int(exact, ROUNDS, "headers have the length that was announced");
    is_int(right, ROUNDS, "signatures are right");
    is_int(wrong, 0, "and for nothing else");
    ok(stars > 0, "%d of them were filled up", stars);

    s3o_chunk_key_free(&key);
    ok(key.ecdsa.key == NULL && key.ecdsa.ctx == NULL, "the key is gone");

    tap_buf(&b, s3o_chunk_header_len(c.form, 0));
    ok(s3o_chunk_header(&c, &b) == S3O_ERROR && b.pos == b.start,
       "and without it no chunk is signed");
}


static void
test_key(test_t *t)
{
    s3o_signer_t     none;
    s3o_chunk_key_t  key;

    memset(&key, 0, sizeof(s3o_chunk_key_t));
    memset(&none, 0, sizeof(s3o_signer_t));
    key.crypto = &t->crypto;
    none.algorithm = S3O_SIGV4A;

    ok(s3o_chunk_key_copy(&key, &none, NULL) == S3O_ERROR
       && key.ecdsa.key == NULL && key.ecdsa.ctx == NULL,
       "no key, no copy");

    s3o_chunk_key_free(&key);
    s3o_chunk_key_free(&key);
    ok(key.ecdsa.ctx == NULL && key.hmac.inner.evp == NULL,
       "freed more than once");
}


/* The signature in a header, without its padding of "*"; 1 when it had some. */

static int
header_of(const s3o_str_t *header, size_t len, s3o_str_t *signature)
{
    int        n;
    char       text[32];
    s3o_str_t  digits;

    n = snprintf(text, sizeof(text), "%zx;chunk-signature=", len);

    s3o_str_set(signature, NULL, 0);

    if (header->len != (size_t) n + 144 + 2
        || memcmp(header->data, text, n) != 0
        || memcmp(header->data + n + 144, "\r\n", 2) != 0)
    {
        return 0;
    }

    s3o_str_set(&digits, header->data + n, 144);

    while (digits.len && digits.data[digits.len - 1] == '*') {
        digits.len--;
    }

    *signature = tap_guard_str(&digits);

    return digits.len < 144;
}


static s3o_str_t
text_of(test_t *t, const s3o_str_t *previous, const u_char *data, size_t len)
{
    u_char     digest[S3O_SHA256_LEN];
    s3o_buf_t  b;

    s3o_sha256_begin(&t->crypto);
    s3o_sha256_add(&t->crypto, data, len);
    s3o_sha256_end(&t->crypto, digest);

    tap_buf(&b, sizeof(PROLOGUE) - 1 + previous->len + 2 * 65 + 1);
    s3o_buf_put_literal(&b, PROLOGUE);
    s3o_buf_put_str(&b, previous);
    s3o_buf_put_literal(&b, "\n" EMPTY "\n");
    s3o_hex(&b, digest, S3O_SHA256_LEN);

    return tap_written(&b);
}
