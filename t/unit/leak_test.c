
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_leak.h"


#define ROUNDS  20000

#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_forms(void);
static void test_random(void);
static s3o_uint_t look(const char *secret, const s3o_str_t *text, size_t piece);
static s3o_uint_t stands_in(const s3o_str_t *text, const char *secret);


int
main(void)
{
    test_forms();
    test_random();

    return done();
}


static void
test_forms(void)
{
    size_t      i, piece;
    s3o_str_t   text;
    s3o_uint_t  wrong;

    static const char  secret[] = "Ab/c+d=";

    static const struct {
        const char  *text;
        s3o_uint_t   found;
    } tests[] = {
        { "x Ab/c+d= y", 1 },
        { "aB/C+D=", 1 },
        { "Ab%2Fc%2Bd%3D", 1 },
        { "Ab%2fc+d%3d", 1 },
        { "Ab\\/c\\u002bd\\u003D", 1 },
        { "Ab&#47;c&#x2B;d&#x003d;", 1 },
        { "%Ab/c+d=", 1 },
        { "&Ab%2fc+d=", 1 },
        { "%%41b%2fc+d=", 1 },
        { "%2%41b/c+d=", 1 },
        { "AbAb/cAb/c+d=", 1 },
        { "Ab/c+d", 0 },
        { "Ab/c d=", 0 },
        { "Ab%252Fc+d=", 0 },
        { "Ab&#303;c+d=", 0 },
        { "", 0 }
    };

    for (i = 0; i < count(tests); i++) {
        wrong = 0;
        text = tap_str(tests[i].text);

        for (piece = 1; piece < 20; piece++) {
            wrong += look(secret, &text, piece) != tests[i].found;
        }

        ok(wrong == 0, "\"%s\" has it%s", tests[i].text,
           tests[i].found ? "" : " not");
    }

    text = tap_str("x a&amp;b&lt;c&gt;d&quot;e&apos;f y");
    ok(look("a&b<c>d\"e'f", &text, 3) == 1, "all entities that XML has");

    text = tap_str("anything");
    ok(!look("", &text, 1), "an empty secret is nowhere");
}


/*
 * texts of a few different characters, so that beginnings of the secret are
 * often found
 */

static void
test_random(void)
{
    u_char       data[60];
    char         secret[8];
    size_t       i, n, len;
    s3o_str_t    text;
    s3o_uint_t   wrong, found;

    wrong = 0;
    found = 0;

    for (n = 0; n < ROUNDS; n++) {
        len = 1 + tap_random(sizeof(secret) - 1);

        for (i = 0; i < len; i++) {
            secret[i] = (char) ('a' + tap_random(2));
        }

        secret[len] = '\0';

        for (i = 0; i < sizeof(data); i++) {
            data[i] = (u_char) ('a' + tap_random(2));
        }

        s3o_str_set(&text, data, tap_random(sizeof(data)));
        text = tap_guard_str(&text);

        found += stands_in(&text, secret);
        wrong += look(secret, &text, 1 + tap_random(20))
                 != stands_in(&text, secret);

        tap_free();
    }

    ok(wrong == 0, "%d random texts, %d with the secret", ROUNDS, (int) found);
}


static s3o_uint_t
look(const char *secret, const s3o_str_t *text, size_t piece)
{
    size_t       at, n;
    uint32_t     room[32];
    s3o_str_t    s;
    s3o_leak_t   leak;
    s3o_uint_t   found;

    s = tap_str(secret);
    found = 0;

    memset(&leak, 0, sizeof(s3o_leak_t));

    if (s3o_leak_add(&leak, &s, room) != S3O_OK) {
        return 2;
    }

    for (at = 0; at < text->len; at += n) {
        n = text->len - at < piece ? text->len - at : piece;
        found = s3o_leak_look(&leak, text->data + at, n);
    }

    return found;
}


static s3o_uint_t
stands_in(const s3o_str_t *text, const char *secret)
{
    size_t  i, len;

    len = strlen(secret);

    for (i = 0; i + len <= text->len; i++) {
        if (memcmp(text->data + i, secret, len) == 0) {
            return 1;
        }
    }

    return 0;
}
