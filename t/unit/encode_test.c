
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_encode.h"


#define ROUNDS  2000


static void test_tables(void);
static void test_every_byte(void);
static void test_every_place(void);
static void test_texts(void);
static void test_bounds(void);
static void test_decode(void);
static void test_round_trip(void);
static void test_hex(void);
static void test_lower(void);
static void test_token(void);
static void test_decimal(void);
static size_t naive_encode(char *dst, const u_char *src, size_t len,
    s3o_uint_t type);


int
main(void)
{
    test_tables();
    test_every_byte();
    test_every_place();
    test_texts();
    test_bounds();
    test_decode();
    test_round_trip();
    test_hex();
    test_lower();
    test_token();
    test_decimal();

    return done();
}


/* the rule as the specification words it, without any optimization */

static size_t
naive_encode(char *dst, const u_char *src, size_t len, s3o_uint_t type)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < len; i++) {

        if ((src[i] >= 'A' && src[i] <= 'Z')
            || (src[i] >= 'a' && src[i] <= 'z')
            || (src[i] >= '0' && src[i] <= '9')
            || src[i] == '-' || src[i] == '.' || src[i] == '_'
            || src[i] == '~'
            || (src[i] == '/' && type == S3O_ENCODE_PATH))
        {
            dst[n++] = (char) src[i];

        } else {
            n += sprintf(dst + n, "%%%02X", src[i]);
        }
    }

    dst[n] = '\0';

    return n;
}


static void
test_tables(void)
{
    char        expected[4];
    u_char      c;
    s3o_int_t   i, type, wrong;
    s3o_str_t   in;
    s3o_buf_t   b;

    for (type = S3O_ENCODE_PATH; type <= S3O_ENCODE_QUERY; type++) {
        wrong = 0;

        for (i = 0; i < 256; i++) {
            c = (u_char) i;
            naive_encode(expected, &c, 1, type);

            in = tap_guard(&c, 1);
            tap_buf(&b, strlen(expected));

            s3o_encode(&b, in.data, 1, type);

            if (b.overflow
                || b.pos != b.end
                || memcmp(b.start, expected, b.pos - b.start) != 0
                || s3o_encode_len(in.data, 1, type) != strlen(expected))
            {
                wrong++;
            }

            tap_free();
        }

        ok(wrong == 0, "all 256 bytes are encoded right, type %d",
           (int) type);
    }
}


static void
test_every_byte(void)
{
    char        expected[3 * 255 + 1];
    u_char      in[255];
    size_t      i, len;
    s3o_buf_t   b;
    s3o_str_t   key;

    for (i = 0; i < 255; i++) {
        in[i] = (u_char) (i + 1);
    }

    len = naive_encode(expected, in, 255, S3O_ENCODE_PATH);

    key = tap_guard(in, 255);
    tap_buf(&b, len);

    s3o_encode(&b, key.data, key.len, S3O_ENCODE_PATH);

    is_buf(&b, expected, "a key of every byte from 0x01 to 0xff");
    ok(b.pos == b.end, "in as much room as s3o_encode_len() says");

    tap_free();
}


/*
 * one byte to be encoded among others, of which the encoder reads many at a
 * time
 */

static void
test_every_place(void)
{
    u_char      *p;
    size_t       i, len, kept;
    s3o_buf_t    b;
    s3o_uint_t   c, wrong;
    char         escape[4];

    wrong = 0;

    for (len = 1; len < 50; len += 7) {
        for (c = 0; c < 256 * len; c++) {
            i = c / 256;

            p = tap_room(len);
            memset(p, 'a', len);
            p[i] = (u_char) c;

            tap_buf(&b, 3 * len);
            s3o_encode(&b, p, len, S3O_ENCODE_PATH);

            kept = p[i] && strchr("-./_~0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ", p[i]);
            snprintf(escape, sizeof(escape), "%%%02X", p[i]);

            wrong += (size_t) (b.pos - b.start) != len + (kept ? 0 : 2)
                     || memcmp(b.start, p, i) != 0
                     || memcmp(b.start + i, kept ? (char *) p + i : escape,
                               kept ? 1 : 3)
                        != 0
                     || memcmp(b.pos - (len - i - 1), p + i + 1, len - i - 1)
                        != 0;

            wrong += s3o_encode_is_plain(p, len, S3O_ENCODE_PATH)
                     != (s3o_uint_t) kept;

            tap_free();
        }
    }

    ok(wrong == 0, "every byte in every place");
}


static void
test_texts(void)
{
    size_t      i;
    s3o_str_t   in;
    s3o_buf_t   b;

    static const struct {
        s3o_uint_t   type;
        const char  *in;
        const char  *out;
    } texts[] = {
        { S3O_ENCODE_PATH, "", "" },
        { S3O_ENCODE_PATH, "a/b//c/../d/./", "a/b//c/../d/./" },
        { S3O_ENCODE_QUERY, "a/b", "a%2Fb" },
        { S3O_ENCODE_PATH, "a b+c", "a%20b%2Bc" },
        { S3O_ENCODE_QUERY, "a b+c", "a%20b%2Bc" },
        { S3O_ENCODE_PATH, "100%25", "100%2525" },
        { S3O_ENCODE_PATH, "f\xc3\xbcr", "f%C3%BCr" },
        { S3O_ENCODE_PATH, "~!*'()", "~%21%2A%27%28%29" },
        { S3O_ENCODE_QUERY, "host;range", "host%3Brange" }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        in = tap_guard_text(texts[i].in);
        tap_buf(&b, strlen(texts[i].out));

        s3o_encode(&b, in.data, in.len, texts[i].type);

        is_buf(&b, texts[i].out, texts[i].in);
    }

    s3o_encode(&b, NULL, 0, S3O_ENCODE_PATH);
    ok(!b.overflow, "nothing in no room");

    tap_free();
}


static void
test_bounds(void)
{
    size_t      room;
    s3o_buf_t   b;

    for (room = 0; room < 12; room++) {
        tap_buf(&b, room);
        s3o_encode(&b, (u_char *) "a b/\xff", 5, S3O_ENCODE_PATH);

        if (room < 9) {
            ok(b.overflow && b.pos == b.start,
               "%d bytes of room are too few: nothing written", (int) room);

        } else {
            is_buf(&b, "a%20b/%FF", "enough room");
        }
    }

    tap_buf(&b, 4);
    s3o_encode(&b, (u_char *) "abcde", 5, S3O_ENCODE_PATH);
    s3o_encode(&b, (u_char *) "abc", 3, S3O_ENCODE_PATH);
    ok(b.overflow, "the overflow is latched");

    tap_free();
}


static void
test_decode(void)
{
    size_t      i, len;
    u_char     *dst;
    s3o_int_t   rc;
    s3o_str_t   in, out, expected;

    static const struct {
        s3o_uint_t   plus;
        const char  *in;
        const char  *out;       /* NULL: an error */
    } texts[] = {
        { 0, "", "" },
        { 0, "abc", "abc" },
        { 0, "a%20b", "a b" },
        { 0, "a+b", "a+b" },
        { 1, "a+b", "a b" },
        { 1, "a%2Bb", "a+b" },
        { 0, "%e2%82%aC", "\xe2\x82\xac" },
        { 0, "%2525", "%25" },
        { 0, "%", NULL },
        { 0, "%4", NULL },
        { 0, "a%4", NULL },
        { 0, "%zz", NULL },
        { 0, "%4g", NULL },
        { 0, "%g4", NULL },
        { 0, "%-1", NULL },
        { 0, "% 1", NULL },
        { 0, "%%41", NULL },
        { 0, "%@1", NULL },
        { 0, "%`1", NULL },
        { 0, "%1\x10", NULL }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        in = tap_guard_text(texts[i].in);
        dst = tap_room(in.len);

        rc = s3o_decode(dst, &len, in.data, in.len, texts[i].plus);

        if (texts[i].out == NULL) {
            ok(rc == S3O_ERROR, "\"%s\" is refused", texts[i].in);
            continue;
        }

        s3o_str_set(&out, dst, len);
        expected = tap_str(texts[i].out);
        ok(rc == S3O_OK && s3o_str_eq(&out, &expected), "\"%s\" is decoded",
           texts[i].in);

        rc = s3o_decode(in.data, &len, in.data, in.len, texts[i].plus);
        s3o_str_set(&out, in.data, len);
        ok(rc == S3O_OK && s3o_str_eq(&out, &expected),
           "\"%s\" is decoded in place", texts[i].in);
    }

    in = tap_guard_text("a%00b");
    rc = s3o_decode(in.data, &len, in.data, in.len, 0);
    ok(rc == S3O_OK && len == 3 && memcmp(in.data, "a\0b", 3) == 0,
       "%%00 is a zero byte");

    tap_free();
}


static void
test_round_trip(void)
{
    char        expected[3 * 64 + 1];
    u_char      in[64], *back;
    size_t      i, n, len, encoded, wrong;
    s3o_str_t   text;
    s3o_buf_t   b;
    s3o_uint_t  type;

    wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        len = tap_random(sizeof(in) + 1);
        type = tap_random(2);

        for (i = 0; i < len; i++) {
            in[i] = (u_char) (tap_random(2) ? tap_random(256)
                                            : 'a' + tap_random(26));
        }

        encoded = naive_encode(expected, in, len, type);

        text = tap_guard(in, len);
        tap_buf(&b, encoded);
        back = tap_room(encoded);

        s3o_encode(&b, text.data, text.len, type);

        if (b.overflow
            || (size_t) (b.pos - b.start) != encoded
            || memcmp(b.start, expected, encoded) != 0
            || s3o_encode_len(text.data, text.len, type) != encoded
            || s3o_decode(back, &i, b.start, encoded, 0) != S3O_OK
            || i != len
            || memcmp(back, in, len) != 0)
        {
            wrong++;
        }

        tap_free();
    }

    ok(wrong == 0, "%d random texts are encoded right and decoded back",
       ROUNDS);
}


static void
test_hex(void)
{
    s3o_str_t  in;
    s3o_buf_t  b;

    in = tap_guard("\x00\x01\x9a\xbc\xff", 5);

    tap_buf(&b, 10);
    s3o_hex(&b, in.data, in.len);
    is_buf(&b, "00019abcff", "hex digits");

    tap_buf(&b, 9);
    s3o_hex(&b, in.data, in.len);
    ok(b.overflow && b.pos == b.start, "no room for hex digits");

    tap_free();
}


/* each byte at each place of texts of each length */

static void
test_lower(void)
{
    int        c, wrong;
    size_t     i, k, len;
    u_char    *dst;
    s3o_str_t  src;

    wrong = 0;

    for (len = 0; len < 26; len++) {
        src = tap_guard("@AZ[`az{@AZ[`az{@AZ[`az{@A", len);
        dst = tap_room(len);

        for (i = 0; i < len; i++) {
            for (c = 0; c < 256; c++) {
                src.data[i] = (u_char) c;
                s3o_lower_copy(dst, src.data, len);

                for (k = 0; k < len; k++) {
                    wrong += dst[k] != (src.data[k] >= 'A'
                                        && src.data[k] <= 'Z'
                                        ? src.data[k] + ('a' - 'A')
                                        : src.data[k]);
                }
            }
        }

        tap_free();
    }

    is_int(wrong, 0, "A-Z in lower case, and nothing else");
}


/* RFC 9110; each byte at each place of texts of each length */

static void
test_token(void)
{
    int         c, wrong;
    size_t      i, len;
    s3o_str_t   src;
    const char  chars[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    wrong = 0;

    for (len = 1; len < 26; len++) {
        for (i = 0; i < len; i++) {
            src = tap_guard("a-transfer-encoding-x_9Az", len);

            for (c = 0; c < 256; c++) {
                src.data[i] = (u_char) c;
                wrong += s3o_is_token(src.data, len)
                         != (c != '\0' && strchr(chars, c) != NULL);
            }

            tap_free();
        }
    }

    is_int(wrong, 0, "a token has its characters, and no others");
    is_int(s3o_is_token((const u_char *) "", 0), 0, "and at least one");
}


static void
test_decimal(void)
{
    size_t     i;
    s3o_buf_t  b;

    static const struct {
        uint64_t     n;
        const char  *out;
    } numbers[] = {
        { 0, "0" },
        { 9, "9" },
        { 10, "10" },
        { 604800, "604800" },
        { UINT64_MAX, "18446744073709551615" }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        tap_buf(&b, strlen(numbers[i].out));
        s3o_decimal(&b, numbers[i].n);
        is_buf(&b, numbers[i].out, numbers[i].out);

        tap_buf(&b, strlen(numbers[i].out) - 1);
        s3o_decimal(&b, numbers[i].n);
        ok(b.overflow && b.pos == b.start, "no room for %s", numbers[i].out);
    }

    tap_free();
}
