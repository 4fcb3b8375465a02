
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What each of the 256 bytes is, and blanks that are taken from a text.
 */


#include "tap.h"
#include "s3o_text.h"


static void test_bytes(void);
static void test_trim(void);
static void test_nocase(void);
static void test_parts(void);
static void test_words(void);
static void test_decimal(void);
static void take(u_char *p, s3o_str_t *part, size_t *len);


int
main(void)
{
    test_bytes();
    test_trim();
    test_nocase();
    test_parts();
    test_words();
    test_decimal();

    return done();
}


static void
test_bytes(void)
{
    int          c, wrong, digit;
    const char  *p;

    static const char  digits[] = "0123456789abcdef0123456789ABCDEF";

    wrong = 0;

    for (c = 0; c < 256; c++) {
        p = c ? strchr(digits, c) : NULL;
        digit = p ? (int) (p - digits) % 16 : -1;

        wrong += s3o_hex_digit((u_char) c) != digit;
        wrong += s3o_is_digit((u_char) c) != (digit >= 0 && digit < 10);
        wrong += s3o_is_lower((u_char) c) != (c >= 97 && c <= 122);
        wrong += s3o_is_letter((u_char) c)
                 != ((c >= 97 && c <= 122) || (c >= 65 && c <= 90));
        wrong += s3o_is_alnum((u_char) c)
                 != (s3o_is_letter((u_char) c) || s3o_is_digit((u_char) c));
        wrong += s3o_is_control((u_char) c) != (c < 32 || c == 127);
        wrong += s3o_is_blank((u_char) c) != (c == 32 || c == 9);
        wrong += s3o_is_space((u_char) c)
                 != (c == 32 || c == 9 || c == 10 || c == 13);
        wrong += s3o_is_visible((u_char) c) != (c >= 33 && c <= 126);
    }

    is_int(wrong, 0, "all bytes are what they are");
}


static void
test_trim(void)
{
    size_t     i;
    s3o_str_t  s, wanted;

    static const char  *texts[][2] = {
        { "", "" },
        { " ", "" },
        { "\t \t", "" },
        { "a", "a" },
        { " a", "a" },
        { "a\t", "a" },
        { " \ta b\t ", "a b" },
        { "\na\r", "\na\r" }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        s = tap_guard_text(texts[i][0]);
        wanted = tap_str(texts[i][1]);

        s3o_trim(&s);
        is_str(&s, &wanted, "no blanks at the ends, and what is between them");
    }

    tap_free();
}


static void
test_nocase(void)
{
    size_t     i;
    s3o_str_t  s, lower;

    static const struct {
        const char  *text;
        const char  *lower;
        int          same;
    } cases[] = {
        { "", "", 1 },
        { "a", "", 0 },
        { "", "a", 0 },
        { "Http://", "http://", 1 },
        { "HTTP://", "http:/", 0 },
        { "http:/", "http://", 0 },
        { "A[\\]^_`Z", "a[\\]^_`z", 1 },
        { "@", "`", 0 },
        { "\x1b", ";", 0 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = tap_guard_text(cases[i].text);
        lower = tap_guard_text(cases[i].lower);

        is_int((int) s3o_is_nocase(&s, &lower), cases[i].same,
               "the case of letters alone does not matter");
    }

    tap_free();
}


/* writes a part and the end of it */

static void
take(u_char *p, s3o_str_t *part, size_t *len)
{
    memcpy(p + *len, part->data, part->len);
    *len += part->len;
    p[(*len)++] = '|';
}


static void
test_parts(void)
{
    size_t     i, len;
    u_char     parts[64];
    s3o_str_t  rest, part, got, wanted;

    static const char  *texts[][2] = {
        { "", "|" },
        { ".", "||" },
        { "a", "a|" },
        { "a.", "a||" },
        { ".a", "|a|" },
        { "a.b c..d", "a|b c||d|" }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        rest = tap_guard_text(texts[i][0]);
        wanted = tap_str(texts[i][1]);
        len = 0;

        while (s3o_str_next(&rest, &part, '.')) {
            take(parts, &part, &len);
        }

        s3o_str_set(&got, parts, len);
        is_str(&got, &wanted, "parts between delimiters, the last one, too");
    }

    s3o_str_set(&rest, NULL, 0);
    is_int((int) s3o_str_next(&rest, &part, '.'), 0, "no text has no parts");

    tap_free();
}


static void
test_words(void)
{
    size_t     i, len;
    u_char     words[64];
    s3o_str_t  rest, word, got, wanted;

    static const char  *texts[][2] = {
        { "", "" },
        { " ,\t\r\n", "" },
        { "a", "a|" },
        { "a,b", "a|b|" },
        { ", a ,\tb-c\r\n,,d;e,", "a|b-c|d;e|" }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        rest = tap_guard_text(texts[i][0]);
        wanted = tap_str(texts[i][1]);
        len = 0;

        while (s3o_next_word(&rest, &word)) {
            take(words, &word, &len);
        }

        s3o_str_set(&got, words, len);
        is_str(&got, &wanted, "words between commas and spaces");
    }

    s3o_str_set(&rest, NULL, 0);
    is_int((int) s3o_next_word(&rest, &word), 0, "no text has no words");

    tap_free();
}


static void
test_decimal(void)
{
    size_t      i;
    s3o_str_t   s;
    s3o_int_t   rc;
    s3o_uint_t  n;
    char        most[32], over[32];

    const struct {
        const char  *text;
        s3o_uint_t   max;
        s3o_int_t    rc;
        s3o_uint_t   n;
    } cases[] = {
        { "", 9, S3O_ERROR, 0 },
        { "0", 0, S3O_OK, 0 },
        { "1", 0, S3O_ERROR, 0 },
        { "9", 9, S3O_OK, 9 },
        { "10", 9, S3O_ERROR, 0 },
        { "65535", 65535, S3O_OK, 65535 },
        { "65536", 65535, S3O_ERROR, 0 },
        { "65540", 65535, S3O_ERROR, 0 },
        { "0000000000000000000000065535", 65535, S3O_OK, 65535 },
        { "100000000000000000000000000", 65535, S3O_ERROR, 0 },
        { most, UINTPTR_MAX, S3O_OK, UINTPTR_MAX },
        { over, UINTPTR_MAX, S3O_ERROR, 0 },
        { "+1", 9, S3O_ERROR, 0 },
        { "-1", 9, S3O_ERROR, 0 },
        { " 1", 9, S3O_ERROR, 0 },
        { "1 ", 9, S3O_ERROR, 0 },
        { "1/", 99, S3O_ERROR, 0 },
        { "1:", 99, S3O_ERROR, 0 }
    };

    sprintf(most, "%ju", (uintmax_t) UINTPTR_MAX);
    sprintf(over, "%ju", (uintmax_t) UINTPTR_MAX);
    over[strlen(over) - 1]++;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = tap_guard_text(cases[i].text);
        rc = s3o_parse_decimal(&s, cases[i].max, &n);

        is_int((int) rc, cases[i].rc, "a number, or none");
        ok(rc != S3O_OK || n == cases[i].n, "which one");
    }

    tap_free();
}
