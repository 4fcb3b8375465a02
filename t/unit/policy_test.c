
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_policy.h"
#include "s3o_policy_key.h"


#define GET      S3O_METHOD_GET
#define HEAD     S3O_METHOD_HEAD
#define PUT      S3O_METHOD_PUT
#define DELETE   S3O_METHOD_DELETE
#define POST     S3O_METHOD_POST
#define ALL      (GET|HEAD|PUT|DELETE|POST)

#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_keys(void);
static void test_key_lengths(void);
static void test_key_bytes(void);
static void test_key_utf8(void);
static int naive_utf8(const u_char *p, size_t len);
static void test_args(void);
static void test_methods(void);


int
main(void)
{
    test_keys();
    test_key_lengths();
    test_key_bytes();
    test_key_utf8();
    test_args();
    test_methods();

    return done();
}


static s3o_key_error_e
key(const char *data, size_t len)
{
    s3o_str_t   s;
    s3o_uint_t  plain;

    s = tap_guard(data, len);

    return s3o_policy_key(&s, &plain);
}


static void
test_keys(void)
{
    size_t  i;

    static const struct {
        s3o_key_error_e   err;
        const char       *key;
    } keys[] = {
        { S3O_KEY_OK, "a" },
        { S3O_KEY_OK, "/" },
        { S3O_KEY_OK, "//" },
        { S3O_KEY_OK, "a/b//c/" },
        { S3O_KEY_OK, " " },
        { S3O_KEY_OK, "..." },
        { S3O_KEY_OK, ".a/b./..c/d.." },
        { S3O_KEY_OK, "%2e%2e/" },
        { S3O_KEY_OK, "\xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\x98\x80" },
        { S3O_KEY_EMPTY, "" },
        { S3O_KEY_CONTROL, "a\n" },
        { S3O_KEY_CONTROL, "\x01" },
        { S3O_KEY_CONTROL, "a\x7f" },
        { S3O_KEY_CONTROL, "\xff\x1f" },
        { S3O_KEY_UTF8, "\xff/../" },
        { S3O_KEY_DOT_SEGMENT, "." },
        { S3O_KEY_DOT_SEGMENT, ".." },
        { S3O_KEY_DOT_SEGMENT, "./a" },
        { S3O_KEY_DOT_SEGMENT, "a/.." },
        { S3O_KEY_DOT_SEGMENT, "a/../b" },
        { S3O_KEY_DOT_SEGMENT, "a//./b" },
        { S3O_KEY_DOT_SEGMENT, "/.." }
    };

    for (i = 0; i < count(keys); i++) {
        is_int(key(keys[i].key, strlen(keys[i].key)), keys[i].err,
               s3o_policy_key_strerror(keys[i].err));
    }

    is_int(key("a\0b", 3), S3O_KEY_CONTROL, "a zero byte");

    tap_free();
}


static void
test_key_lengths(void)
{
    char  text[S3O_KEY_MAX + 1];

    memset(text, 'a', sizeof(text));

    is_int(key(text, S3O_KEY_MAX), S3O_KEY_OK, "1024 bytes");
    is_int(key(text, S3O_KEY_MAX + 1), S3O_KEY_TOO_LONG, "1025 bytes");

    text[0] = '\n';
    is_int(key(text, S3O_KEY_MAX + 1), S3O_KEY_TOO_LONG,
           "too long comes before a control character");

    tap_free();
}


static void
test_key_bytes(void)
{
    char    c;
    int     i;
    size_t  wrong;

    wrong = 0;

    for (i = 0; i < 256; i++) {
        c = (char) i;

        wrong += key(&c, 1) != (i < 0x20 || i == 0x7f ? S3O_KEY_CONTROL
                                : i >= 0x80 ? S3O_KEY_UTF8
                                : i == '.' ? S3O_KEY_DOT_SEGMENT
                                : S3O_KEY_OK);
    }

    ok(wrong == 0, "keys of each single byte");

    tap_free();
}


/* decodes, and checks that the form is the shortest one */

static int
naive_utf8(const u_char *p, size_t len)
{
    size_t    i, n;
    uint32_t  c;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    while (len) {

        if (p[0] < 0x80) {
            p++;
            len--;
            continue;
        }

        n = (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3
            : (p[0] & 0xf8) == 0xf0 ? 4 : 0;

        if (n == 0 || n > len) {
            return 0;
        }

        c = p[0] & (0xff >> (n + 1));

        for (i = 1; i < n; i++) {
            if ((p[i] & 0xc0) != 0x80) {
                return 0;
            }

            c = c << 6 | (p[i] & 0x3f);
        }

        if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
            return 0;
        }

        p += n;
        len -= n;
    }

    return 1;
}


/* all pairs and triples of the interesting bytes, and many of four */

static void
test_key_utf8(void)
{
    char    text[4];
    size_t  i, n, bad, wrong;

    static const u_char  bytes[] = {
        0x41, 0x7e, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2,
        0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4,
        0xf5, 0xf8, 0xff
    };

    bad = 0;
    wrong = 0;

    for (n = 0; n < 25 * 25 * 25 * 25; n++) {
        text[0] = (char) bytes[n % 25];
        text[1] = (char) bytes[n / 25 % 25];
        text[2] = (char) bytes[n / (25 * 25) % 25];
        text[3] = (char) bytes[n / (25 * 25 * 25)];

        for (i = n < 25 * 25 ? 2 : 4; i <= 4; i++) {
            s3o_str_t   s;
            s3o_uint_t  plain;

            s3o_str_set(&s, (u_char *) text, i);

            if (naive_utf8(s.data, s.len)) {
                wrong += s3o_policy_key(&s, &plain) != S3O_KEY_OK;

            } else {
                wrong += s3o_policy_key(&s, &plain) != S3O_KEY_UTF8;
                bad++;
            }
        }
    }

    ok(wrong == 0 && bad > 0, "UTF-8 of all edges is told from what is not");

    is_int(key("\xe2\x82", 2), S3O_KEY_UTF8, "a cut sequence");
    is_int(key("a\xf0\x9f\x98", 4), S3O_KEY_UTF8, "another");
    is_int(key("\xed\xa0\x80", 3), S3O_KEY_UTF8, "a surrogate");
    is_int(key("\xc0\xae", 2), S3O_KEY_UTF8, "an overlong dot");

    tap_free();
}


static void
test_args(void)
{
    size_t     i;
    s3o_str_t  name;

    static const struct {
        s3o_arg_class_e   type;
        s3o_uint_t        configurable;
        const char       *name;
    } names[] = {
        { S3O_ARG_PLAIN, 0, "" },
        { S3O_ARG_PLAIN, 1, "x" },
        { S3O_ARG_PLAIN, 1, "x-id" },
        { S3O_ARG_PLAIN, 1, "x-amz" },
        { S3O_ARG_PLAIN, 1, "response-content-type" },
        { S3O_ARG_PLAIN, 1, "prefix" },
        { S3O_ARG_PLAIN, 1, "UploadId" },
        { S3O_ARG_PLAIN, 1, "aclx" },
        { S3O_ARG_PLAIN, 1, "awsaccesskeyid2" },
        { S3O_ARG_PLAIN, 1, "signatures" },
        { S3O_ARG_AUTH, 0, "X-Amz-Signature" },
        { S3O_ARG_AUTH, 0, "x-aMz-signature" },
        { S3O_ARG_AUTH, 0, "X-AMZ-" },
        { S3O_ARG_AUTH, 0, "x-amz-acl" },
        { S3O_ARG_AUTH, 0, "X-Amz-Something-That-Is-Very-Long-Indeed" },
        { S3O_ARG_AUTH, 0, "AWSAccessKeyId" },
        { S3O_ARG_AUTH, 0, "awsaccesskeyid" },
        { S3O_ARG_AUTH, 0, "Signature" },
        { S3O_ARG_AUTH, 0, "Expires" },
        { S3O_ARG_AUTH, 0, "EXPIRES" },
        { S3O_ARG_ABSENT, 0, "acl" },
        { S3O_ARG_OPERATION, 0, "uploads" },
        { S3O_ARG_OPERATION, 0, "uploadId" },
        { S3O_ARG_OPERATION, 0, "tagging" },
        { S3O_ARG_OPERATION, 0, "delete" },
        { S3O_ARG_OPERATION, 0, "list-type" },
        { S3O_ARG_OPERATION, 0, "versions" },
        { S3O_ARG_ABSENT, 0, "website" },
        { S3O_ARG_OPERATION, 1, "versionId" },
        { S3O_ARG_OPERATION, 1, "partNumber" }
    };

    for (i = 0; i < count(names); i++) {
        name = tap_guard_text(names[i].name);
        is_int(s3o_policy_arg(&name), names[i].type, names[i].name);
        is_int(s3o_policy_arg_configurable(&name), names[i].configurable,
               names[i].configurable ? "may be configured"
                                     : "may not be configured");
    }

    tap_free();
}


static void
test_methods(void)
{
    size_t     i;
    s3o_str_t  name;

    static const struct {
        const char   *name;
        s3o_uint_t    bit;
    } methods[] = {
        { "GET", GET }, { "HEAD", HEAD }, { "PUT", PUT },
        { "DELETE", DELETE }, { "POST", POST }, { "", 0 }, { "get", 0 },
        { "PATCH", 0 }, { "GETS", 0 }, { "GE", 0 }, { "OPTIONS", 0 }
    };

    for (i = 0; i < count(methods); i++) {
        name = tap_guard_text(methods[i].name);
        is_int(s3o_policy_method(&name), methods[i].bit, methods[i].name);
    }

    tap_free();
}
