
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Bodies decoded from the aws-chunked encoding, in pieces of all sizes, and the
 * checksums behind them.
 */


#include "tap.h"
#include "s3o_unchunk.h"


#define BODY  (65536 + 1024)

#define SIGNATURE  ";chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e" \
                   "2307b0ade35a65485a288648"


typedef struct {
    const char          *name;
    const char          *text;
    size_t               size;
    s3o_checksum_e       checksum;
    s3o_unchunk_error_e  err;
    s3o_uint_t           complete;
} case_t;


static const case_t  cases[] = {
    { "one chunk", "5\r\nhello\r\n0\r\n\r\n", 5, 0, 0, 1 },
    { "no bytes", "0\r\n\r\n", 0, 0, 0, 1 },
    { "signed chunks",
      "5" SIGNATURE "\r\nhello\r\n0" SIGNATURE "\r\n\r\n", 5, 0, 0, 1 },
    { "two chunks", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 5, 0, 0, 1 },
    { "a checksum",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 5,
      S3O_CHECKSUM_CRC32, 0, 1 },
    { "a checksum in other letters, with blanks",
      "5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32:  NhCmhg== \r\n\r\n", 5,
      S3O_CHECKSUM_CRC32, 0, 1 },
    { "a signed trailer",
      "5\r\nhello\r\n0\r\nx-amz-checksum-sha1:qvTGHdzF6KLavt4PO0gs2a6pQ00=\r\n"
      "x-amz-trailer-signature:00\r\n\r\n", 5, S3O_CHECKSUM_SHA1, 0, 1 },
    { "sizes in upper case", "A\r\nhellohello\r\n0\r\n\r\n", 10, 0, 0, 1 },
    { "zeros before a size", "000005\r\nhello\r\n00\r\n\r\n", 5, 0, 0, 1 },

    { "nothing", "", 5, 0, 0, 0 },
    { "no end", "5\r\nhello\r\n", 5, 0, 0, 0 },
    { "no empty line", "5\r\nhello\r\n0\r\n", 5, 0, 0, 0 },
    { "half an empty line", "5\r\nhello\r\n0\r\n\r", 5, 0, 0, 0 },
    { "half the data", "5\r\nhel", 5, 0, 0, 0 },

    { "no size", "\r\nhello\r\n", 5, 0, S3O_UNCHUNK_FRAMING, 0 },
    { "only an extension", ";a=b\r\n", 5, 0, S3O_UNCHUNK_FRAMING, 0 },
    { "no number", "hello world\r\n", 5, 0, S3O_UNCHUNK_FRAMING, 0 },
    { "a negative size", "-5\r\nhello\r\n", 5, 0, S3O_UNCHUNK_FRAMING, 0 },
    { "a blank", "5 \r\nhello\r\n", 5, 0, S3O_UNCHUNK_FRAMING, 0 },
    { "a huge size", "1000000000000000\r\n", 5, 0, S3O_UNCHUNK_FRAMING, 0 },
    { "LF alone", "5\nhello\n0\n\n", 5, 0, S3O_UNCHUNK_FRAMING, 0 },
    { "more data than its size", "5\r\nhelloo\r\n0\r\n\r\n", 5, 0,
      S3O_UNCHUNK_FRAMING, 0 },
    { "something behind the end", "5\r\nhello\r\n0\r\n\r\n5\r\n", 5, 0,
      S3O_UNCHUNK_FRAMING, 0 },
    { "a trailer without colon", "5\r\nhello\r\n0\r\nabc\r\n\r\n", 5, 0,
      S3O_UNCHUNK_FRAMING, 0 },

    { "more than announced", "5\r\nhello\r\n0\r\n\r\n", 4, 0,
      S3O_UNCHUNK_LENGTH, 0 },
    { "more in the second chunk", "3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n", 5, 0,
      S3O_UNCHUNK_LENGTH, 0 },
    { "the largest size", "fffffffffffffff\r\n", 5, 0,
      S3O_UNCHUNK_LENGTH, 0 },
    { "less than announced", "5\r\nhello\r\n0\r\n\r\n", 6, 0,
      S3O_UNCHUNK_LENGTH, 0 },

    { "no checksum", "5\r\nhello\r\n0\r\n\r\n", 5, S3O_CHECKSUM_CRC32,
      S3O_UNCHUNK_TRAILER, 0 },
    { "another checksum",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 5,
      S3O_CHECKSUM_CRC32C, S3O_UNCHUNK_TRAILER, 0 },
    { "a checksum that was not announced",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 5, 0,
      S3O_UNCHUNK_TRAILER, 0 },
    { "a checksum twice",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n"
      "x-amz-checksum-crc32:NhCmhg==\r\n\r\n", 5, S3O_CHECKSUM_CRC32,
      S3O_UNCHUNK_TRAILER, 0 },
    { "a wrong checksum",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhw==\r\n\r\n", 5,
      S3O_CHECKSUM_CRC32, S3O_UNCHUNK_CHECKSUM, 0 },
    { "an empty checksum",
      "5\r\nhello\r\n0\r\nx-amz-checksum-sha256:\r\n\r\n", 5,
      S3O_CHECKSUM_SHA256, S3O_UNCHUNK_CHECKSUM, 0 }
};


static void test_cases(s3o_crypto_t *c);
static void test_case(s3o_crypto_t *c, const case_t *test);
static s3o_unchunk_error_e decode(s3o_unchunk_t *u, const s3o_str_t *text,
    size_t piece, s3o_buf_t *b);
static void test_long_line(s3o_crypto_t *c);
static void test_random(s3o_crypto_t *c);
static void test_checksums(s3o_crypto_t *c);
static void is_checksum(s3o_crypto_t *c, const char *name, const u_char *data,
    size_t len, const char *expected);


int
main(void)
{
    s3o_crypto_t  c;

    if (!ok(s3o_crypto_init(&c) == S3O_OK, "there is a digest")) {
        return done();
    }

    test_checksums(&c);
    test_cases(&c);
    test_long_line(&c);
    test_random(&c);

    s3o_crypto_free(&c);

    return done();
}


static void
test_cases(s3o_crypto_t *c)
{
    size_t  i;

    for (i = 0; i < sizeof(cases) / sizeof(case_t); i++) {
        test_case(c, &cases[i]);
    }
}


/* Cut into pieces of each length, the body has the same result. */

static void
test_case(s3o_crypto_t *c, const case_t *test)
{
    size_t               piece;
    s3o_buf_t            b;
    s3o_str_t            text, got, body;
    s3o_uint_t           good;
    s3o_unchunk_t        u;
    s3o_unchunk_error_e  err;

    text = tap_str(test->text);
    body = tap_str("hellohello");
    good = 1;

    for (piece = 1; piece <= text.len + 1; piece++) {
        memset(&u, 0, sizeof(s3o_unchunk_t));
        s3o_unchunk_init(&u, c, test->size, test->checksum);

        tap_buf(&b, test->size);
        err = decode(&u, &text, piece, &b);
        got = tap_written(&b);

        if (err != test->err
            || b.overflow
            || s3o_unchunk_complete(&u) != test->complete
            || memcmp(got.data, body.data, got.len) != 0
            || (test->complete && got.len != test->size))
        {
            diag("pieces of %zu bytes: error %d, %zu bytes", piece, err,
                 got.len);
            good = 0;
        }

        s3o_unchunk_free(&u);
        tap_free();
    }

    ok(good, "%s", test->name);
}


static s3o_unchunk_error_e
decode(s3o_unchunk_t *u, const s3o_str_t *text, size_t piece, s3o_buf_t *b)
{
    size_t               i, n;
    u_char              *pos;
    s3o_str_t            in, data;
    s3o_unchunk_error_e  err;

    for (i = 0; i < text->len; i += n) {
        n = text->len - i < piece ? text->len - i : piece;
        in = tap_guard(text->data + i, n);
        pos = in.data;

        while (pos < in.data + n) {
            err = s3o_unchunk(u, &pos, in.data + n, &data);

            if (err != S3O_UNCHUNK_OK) {
                return err;
            }

            s3o_buf_put_str(b, &data);
        }
    }

    return S3O_UNCHUNK_OK;
}


static void
test_long_line(s3o_crypto_t *c)
{
    s3o_buf_t      b;
    s3o_str_t      text;
    s3o_unchunk_t  u;

    text.len = S3O_UNCHUNK_LINE_MAX + 1;
    text.data = tap_room(text.len);
    memset(text.data, 'a', text.len);
    text.data[0] = '5';
    text.data[1] = ';';

    memset(&u, 0, sizeof(s3o_unchunk_t));
    s3o_unchunk_init(&u, c, 5, 0);
    tap_buf(&b, 5);

    ok(decode(&u, &text, 100, &b) == S3O_UNCHUNK_FRAMING,
       "a line without an end");

    s3o_unchunk_free(&u);
    tap_free();
}


/* Any bytes: not more data than announced are decoded, and decoding ends. */

static void
test_random(s3o_crypto_t *c)
{
    size_t               n;
    s3o_buf_t            b;
    s3o_str_t            text;
    s3o_uint_t           i, good;
    s3o_unchunk_t        u;

    static const char    letters[] = "0015a;:\r\n\r\n\r\n\n-x";

    good = 1;

    for (i = 0; i < 20000; i++) {
        text.len = tap_random(60);
        text.data = tap_room(text.len);

        for (n = 0; n < text.len; n++) {
            text.data[n] = letters[tap_random(sizeof(letters) - 1)];
        }

        memset(&u, 0, sizeof(s3o_unchunk_t));
        s3o_unchunk_init(&u, c, tap_random(20), tap_random(6));
        tap_buf(&b, u.size);
        decode(&u, &text, 1 + tap_random(10), &b);

        if (b.overflow
            || (s3o_unchunk_complete(&u)
                && (size_t) (b.pos - b.start) != u.size))
        {
            tap_show("text", text.data, text.len);
            good = 0;
        }

        s3o_unchunk_free(&u);
        tap_free();
    }

    ok(good, "random texts");
}


static void
test_checksums(s3o_crypto_t *c)
{
    u_char     *body;
    s3o_str_t   name;

    static const u_char  digits[] = "123456789";

    /* the check values of the catalogue of CRC algorithms */

    is_checksum(c, "x-amz-checksum-crc32", digits, 9, "y/Q5Jg==");
    is_checksum(c, "x-amz-checksum-crc32c", digits, 9, "4waSgw==");
    is_checksum(c, "x-amz-checksum-crc64nvme", digits, 9, "rosUhgp5mIg=");

    is_checksum(c, "x-amz-checksum-sha1", digits, 9,
                "98O8HYCOBHMq32eZZczDTKeuNEE=");
    is_checksum(c, "x-amz-checksum-sha256", digits, 9,
                "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=");

    is_checksum(c, "x-amz-checksum-crc32", digits, 0, "AAAAAA==");
    is_checksum(c, "x-amz-checksum-sha1", digits, 0,
                "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");

    /* the trailer of the documented upload */

    body = tap_room(BODY);
    memset(body, 'a', BODY);
    is_checksum(c, "x-amz-checksum-crc32c", body, BODY, "sOO8/Q==");

    name = tap_guard_text("x-amz-checksum-md5");
    ok(s3o_checksum_type(&name) == S3O_CHECKSUM_NONE, "another name");

    tap_free();
}


static void
is_checksum(s3o_crypto_t *c, const char *name, const u_char *data, size_t len,
    const char *expected)
{
    s3o_buf_t       b;
    s3o_str_t       n;
    s3o_checksum_t  sum;

    n = tap_guard_text(name);

    memset(&sum, 0, sizeof(s3o_checksum_t));
    s3o_checksum_begin(&sum, c, s3o_checksum_type(&n));
    s3o_checksum_add(&sum, data, len / 2);
    s3o_checksum_add(&sum, data + len / 2, len - len / 2);

    tap_buf(&b, S3O_CHECKSUM_MAX);
    s3o_checksum_end(&sum, &b);
    is_buf(&b, expected, name);

    s3o_checksum_free(&sum);
}
