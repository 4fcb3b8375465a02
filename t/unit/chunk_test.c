
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The encoded bodies of the documented uploads in chunks (Amazon S3 API
 * Reference, "Transferring Payload in Multiple Chunks", without and with a
 * trailing header), byte for byte, and the edges of the encoding.
 */


#include "request.h"
#include "s3o_chunk.h"


#define BODY     (65536 + 1024)
#define ENCODED  66824


typedef struct {
    const char  *name;
    const char  *seed;
    const char  *signatures[3];
} example_t;


static const example_t  examples[] = {
    { "signed chunks",
      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
      { "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9" }
    },
    { "signed chunks and a trailer",
      "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
      { "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992" }
    }
};


static void chunks(test_t *t, s3o_chunk_t *c, const s3o_chunk_form_t *form);
static void test_examples(test_t *t);
static void test_example(test_t *t, const example_t *example);
static void encode(s3o_chunk_t *c, s3o_buf_t *b, const u_char *body,
    size_t n, size_t size, size_t piece);
static s3o_int_t chunk(s3o_chunk_t *c, const u_char *data, size_t len,
    s3o_buf_t *b, size_t piece);
static void expect(s3o_buf_t *b, const u_char *body, size_t n,
    const char *signature);
static void test_lengths(test_t *t);
static void test_errors(test_t *t);
static void test_padding(test_t *t);
static void test_begun(test_t *t);
static void test_key_copy(test_t *t);
static s3o_int_t sign_short(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);
static s3o_int_t sign_long(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);
static s3o_int_t sign_nothing(void *data, const s3o_str_t *text,
    s3o_buf_t *signature);


static s3o_chunk_key_t  signer;


int
main(void)
{
    test_t             t;
    s3o_str_t          region, service;
    s3o_credentials_t  credentials;

    memset(&credentials, 0, sizeof(s3o_credentials_t));
    credentials.access_key_id = tap_str("AKIAIOSFODNN7EXAMPLE");
    credentials.secret_access_key =
        tap_str("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    region = tap_str("us-east-1");
    service = tap_str("s3");

    if (!ok(s3o_crypto_init(&t.crypto) == S3O_OK
            && test_signer(&t, &credentials, &region, &service) == S3O_OK
            && s3o_signer_time(&t.signer, 1369353600) == S3O_OK,
            "a signer at 20130524T000000Z"))
    {
        return done();
    }

    signer.crypto = &t.crypto;

    test_key_copy(&t);
    test_examples(&t);
    test_lengths(&t);
    test_errors(&t);
    test_padding(&t);
    test_begun(&t);

    s3o_chunk_key_free(&signer);
    s3o_signer_free(&t.signer);
    s3o_crypto_free(&t.crypto);

    return done();
}


static void
test_key_copy(test_t *t)
{
    u_char          one[S3O_SHA256_LEN], other[S3O_SHA256_LEN];
    s3o_int_t       rc;
    s3o_hmac_key_t  none, copy;

    memset(&none, 0, sizeof(s3o_hmac_key_t));
    memset(&copy, 0, sizeof(s3o_hmac_key_t));

    ok(s3o_hmac_key_copy(&t->crypto, &copy, &none) == S3O_ERROR && !copy.set,
       "no key, no copy");

    rc = s3o_hmac_key_copy(&t->crypto, &copy, &t->signer.key);

    ok(rc == S3O_OK && copy.set
       && (t->crypto.plain || copy.inner.evp != t->signer.key.inner.evp),
       "a copy of its own");

    rc |= s3o_hmac(&t->crypto, &t->signer.key, (u_char *) "text", 4, one);
    rc |= s3o_hmac(&t->crypto, &copy, (u_char *) "text", 4, other);

    ok(rc == S3O_OK && memcmp(one, other, S3O_SHA256_LEN) == 0,
       "that signs the same");

    s3o_hmac_key_free(&copy);
}


/* All chunks here are signed with a copy of the signer's key. */

static void
chunks(test_t *t, s3o_chunk_t *c, const s3o_chunk_form_t *form)
{
    s3o_str_t  date, scope;

    memset(c, 0, sizeof(s3o_chunk_t));

    c->form = form;
    c->crypto = &t->crypto;
    c->sign = s3o_chunk_hmac;
    c->data = &signer;

    date = tap_guard_str(&t->signer.date);
    scope = tap_guard_str(&t->signer.scope);

    s3o_chunk_init(c, tap_room(s3o_chunk_mem(form, &date, &scope)), &date,
                   &scope);

    s3o_chunk_key_free(&signer);

    if (s3o_chunk_key_copy(&signer, &t->signer, &c->prologue) != S3O_OK) {
        ok(0, "a copy of the key");
    }
}


static void
test_examples(test_t *t)
{
    size_t  i;

    for (i = 0; i < sizeof(examples) / sizeof(example_t); i++) {
        test_example(t, &examples[i]);
    }
}


/* The data come in pieces of "size" bytes; 0: of random sizes. */

static void
test_example(test_t *t, const example_t *example)
{
    u_char       *body;
    s3o_buf_t     got, expected;
    s3o_str_t     seed, g, e;
    s3o_uint_t    i;
    s3o_chunk_t   c;

    static const size_t  pieces[] = {
        S3O_CHUNK_SIZE, 0, 1, 63, 64, 65, 16384, S3O_CHUNK_SIZE - 1
    };

    body = tap_room(BODY);
    memset(body, 'a', BODY);

    tap_buf(&expected, ENCODED);
    expect(&expected, body, 65536, example->signatures[0]);
    expect(&expected, body, 1024, example->signatures[1]);
    expect(&expected, body, 0, example->signatures[2]);
    e = tap_written(&expected);

    chunks(t, &c, &s3o_chunk_sigv4);
    seed = tap_guard_text(example->seed);

    /* a request that is sent again begins with the first chunk */

    for (i = 0; i < sizeof(pieces) / sizeof(size_t); i++) {
        ok(s3o_chunk_begin(&c, &seed) == S3O_OK, "%s: a seed", example->name);

        tap_buf(&got, s3o_chunk_encoded_len(c.form, BODY, S3O_CHUNK_SIZE));
        encode(&c, &got, body, BODY, S3O_CHUNK_SIZE, pieces[i]);
        g = tap_written(&got);

        ok(!got.overflow && e.len == ENCODED && s3o_str_eq(&g, &e),
           "%s: the encoded body, in pieces of %zu", example->name, pieces[i]);

        /* and so does a request that was interrupted */

        s3o_chunk_add(&c, body, i);
    }
}


static void
expect(s3o_buf_t *b, const u_char *body, size_t n, const char *signature)
{
    char  header[128];
    int   len;

    len = snprintf(header, sizeof(header), "%zx;chunk-signature=%s\r\n", n,
                   signature);
    s3o_buf_put(b, header, len);
    s3o_buf_put(b, body, n);
    s3o_buf_put_literal(b, "\r\n");
}


static void
encode(s3o_chunk_t *c, s3o_buf_t *b, const u_char *body, size_t n,
    size_t size, size_t piece)
{
    size_t  len;

    do {
        len = n < size ? n : size;

        if (chunk(c, body, len, b, piece) != S3O_OK) {
            b->overflow = 1;
            return;
        }

        s3o_buf_put(b, body, len);
        s3o_buf_put_literal(b, "\r\n");

        body += len;
        n -= len;

    } while (len);
}


static s3o_int_t
chunk(s3o_chunk_t *c, const u_char *data, size_t len, s3o_buf_t *b,
    size_t piece)
{
    size_t  n;

    while (len) {
        n = piece ? piece : tap_random(3000);
        n = n < len ? n : len;

        if (s3o_chunk_add(c, data, n) != S3O_OK) {
            return S3O_ERROR;
        }

        data += n;
        len -= n;
    }

    return s3o_chunk_header(c, b);
}


/* The length that is announced is the length that is written. */

static void
test_lengths(test_t *t)
{
    size_t        i;
    u_char       *body;
    s3o_buf_t     b;
    s3o_str_t     seed;
    s3o_chunk_t   c;

    static const size_t  sizes[] = {
        0, 1, 15, 16, 17, 255, 256, 4095, 4096, 8191, 8192, 65535, 65536,
        65537, 131071, 131072, 131073, 200000
    };

    seed = tap_guard_text(examples[0].seed);
    body = tap_room(200000);
    memset(body, 'b', 200000);

    for (i = 0; i < sizeof(sizes) / sizeof(size_t); i++) {
        chunks(t, &c, &s3o_chunk_sigv4);
        s3o_chunk_begin(&c, &seed);

        tap_buf(&b, s3o_chunk_encoded_len(c.form, sizes[i], S3O_CHUNK_SIZE));
        encode(&c, &b, body + 200000 - sizes[i], sizes[i], S3O_CHUNK_SIZE,
               S3O_CHUNK_SIZE);

        ok(!b.overflow && b.pos == b.end, "the length of %zu bytes",
           sizes[i]);
    }

    is_int(s3o_chunk_encoded_len(&s3o_chunk_sigv4, 0, S3O_CHUNK_SIZE), 86,
           "the length of nothing");

    /*
     * 5 GiB are 81920 chunks of 65536 bytes, each with 90 bytes of header and
     * end
     */

    is_int(s3o_chunk_encoded_len(&s3o_chunk_sigv4, 5368709120,
                                 S3O_CHUNK_SIZE),
           (intmax_t) 81920 * (65536 + 90) + 86, "the length of 5 GiB");
}


static void
test_errors(test_t *t)
{
    u_char       *body;
    s3o_buf_t     b;
    s3o_str_t     seed, none;
    s3o_chunk_t   c;

    body = tap_room(100);
    memset(body, 'c', 100);

    chunks(t, &c, &s3o_chunk_sigv4);
    tap_buf(&b, 128);

    ok(chunk(&c, body, 100, &b, 100) == S3O_ERROR && b.pos == b.start,
       "no seed, no chunk");

    s3o_str_set(&none, NULL, 0);
    ok(s3o_chunk_begin(&c, &none) == S3O_ERROR, "an empty seed");

    seed = tap_guard(body, S3O_SHA256_HEX_LEN + 1);
    ok(s3o_chunk_begin(&c, &seed) == S3O_ERROR, "a seed that is too long");

    seed = tap_guard_text(examples[0].seed);
    s3o_chunk_begin(&c, &seed);

    tap_buf(&b, s3o_chunk_header_len(c.form, 100) - 1);
    ok(chunk(&c, body, 100, &b, 100) == S3O_OVERFLOW
       && b.overflow && b.pos == b.start,
       "one byte too little for a header");
    ok(memcmp(c.previous, seed.data, seed.len) == 0,
       "which leaves the chain as it was");

    tap_buf(&b, s3o_chunk_header_len(c.form, 100));
    ok(s3o_chunk_header(&c, &b) == S3O_OK && b.pos == b.end,
       "and just enough for the same chunk");

    c.sign = sign_nothing;
    tap_buf(&b, 128);
    ok(chunk(&c, body, 100, &b, 100) == S3O_ERROR && b.pos == b.start,
       "a signature that fails");

    c.sign = s3o_chunk_hmac;
    ok(chunk(&c, body, 100, &b, 100) == S3O_ERROR,
       "ends the chain");

    s3o_chunk_begin(&c, &seed);
    c.sign = sign_long;
    ok(chunk(&c, body, 100, &b, 100) == S3O_ERROR && b.pos == b.start,
       "a signature that is too long");

    s3o_chunk_begin(&c, &seed);
    c.sign = s3o_chunk_hmac;
    s3o_chunk_key_free(&signer);
    ok(chunk(&c, body, 100, &b, 100) == S3O_ERROR && b.pos == b.start,
       "a key that is gone");
}


/*
 * A form whose signatures vary in length: a signature is padded where it is
 * sent, and not padded where the next one signs it.
 */

static void
test_padding(test_t *t)
{
    s3o_buf_t         b;
    s3o_str_t         seed, seen;
    s3o_chunk_t       c;

    static s3o_chunk_form_t  form = {
        s3o_string("STREAMING-OTHER"), s3o_string("OTHER"), 8
    };

    chunks(t, &c, &form);
    c.sign = sign_short;
    c.data = &seen;

    seed = tap_guard_text("5eed");
    s3o_chunk_begin(&c, &seed);

    tap_buf(&b, s3o_chunk_header_len(&form, 0));
    chunk(&c, NULL, 0, &b, 1);
    is_buf(&b, "0;chunk-signature=abcdef**\r\n", "a short signature");

    tap_buf(&b, s3o_chunk_header_len(&form, 3));
    chunk(&c, (u_char *) "abc", 3, &b, 2);
    is_buf(&b, "3;chunk-signature=abcdef**\r\n", "and the next");

    seed = tap_str("OTHER\n20130524T000000Z\n"
                   "20130524/us-east-1/s3/aws4_request\nabcdef\n"
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b78"
                   "52b855\n"
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2"
                   "0015ad");
    is_str(&seen, &seed, "the string to sign");
}


/*
 * The HMAC of a text that was begun with its first zero, one or two blocks is
 * the HMAC of the whole text.
 */

static void
test_begun(test_t *t)
{
    u_char       mac[S3O_SHA256_LEN];
    size_t       len;
    s3o_buf_t    b, expected;
    s3o_int_t    rc;
    s3o_str_t    prologue, text, hex, signature;
    s3o_uint_t   good;

    static const size_t  blocks[] = { 0, 63, 64, 65, 127, 128, 129 };

    for (len = 0; len < sizeof(blocks) / sizeof(size_t); len++) {
        tap_buf(&b, 129 + 100 + S3O_SHA256_PAD_MAX);
        memset(b.start, 'd', 129 + 100);

        s3o_str_set(&prologue, b.start, blocks[len]);
        s3o_str_set(&text, b.start, blocks[len] + 100);

        s3o_chunk_key_free(&signer);
        rc = s3o_chunk_key_copy(&signer, &t->signer, &prologue);

        rc |= s3o_hmac(&t->crypto, &t->signer.key, text.data, text.len, mac);
        tap_buf(&expected, S3O_SHA256_HEX_LEN);
        s3o_hex(&expected, mac, S3O_SHA256_LEN);

        tap_buf(&b, S3O_SHA256_HEX_LEN);
        rc |= s3o_chunk_hmac(&signer, &text, &b);

        hex = tap_written(&expected);
        signature = tap_written(&b);
        good = rc == S3O_OK && s3o_str_eq(&signature, &hex)
               && signer.nbegun == blocks[len] / 64 * 64;

        ok(good, "an HMAC begun with %zu of %zu bytes", signer.nbegun,
           blocks[len]);
    }
}


static s3o_int_t
sign_short(void *data, const s3o_str_t *text, s3o_buf_t *signature)
{
    s3o_str_t  *seen = data;

    *seen = *text;
    s3o_buf_put_literal(signature, "abcdef");

    return S3O_OK;
}


static s3o_int_t
sign_long(void *data, const s3o_str_t *text, s3o_buf_t *signature)
{
    s3o_int_t  rc;

    rc = s3o_chunk_hmac(data, text, signature);
    s3o_buf_putc(signature, '0');

    return rc;
}


static s3o_int_t
sign_nothing(void *data, const s3o_str_t *text, s3o_buf_t *signature)
{
    (void) data;
    (void) text;
    (void) signature;

    return S3O_ERROR;
}
