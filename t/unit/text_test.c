
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What each of the 256 bytes is, and blanks that are taken from a text.
 */


#include "tap.h"
#include "s3o_text.h"


static void test_bytes(void);
static void test_trim(void);


int
main(void)
{
    test_bytes();
    test_trim();

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
        wrong += s3o_is_blank((u_char) c) != (c == 32 || c == 9);
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
