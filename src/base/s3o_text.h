
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Kinds of bytes in a text, trimming, words of a list, and numbers.
 */


#ifndef _S3O_TEXT_H_INCLUDED_
#define _S3O_TEXT_H_INCLUDED_


#include "s3o_core.h"


/* 1 for a decimal digit. */

static inline s3o_uint_t
s3o_is_digit(u_char c)
{
    return c >= '0' && c <= '9';
}


/* 1 for a lower-case letter of ASCII. */

static inline s3o_uint_t
s3o_is_lower(u_char c)
{
    return c >= 'a' && c <= 'z';
}


/* 1 for a letter of ASCII, upper or lower case. */

static inline s3o_uint_t
s3o_is_letter(u_char c)
{
    return s3o_is_lower(s3o_lower(c));
}


/* 1 for a letter of ASCII or a decimal digit. */

static inline s3o_uint_t
s3o_is_alnum(u_char c)
{
    return s3o_is_letter(c) || s3o_is_digit(c);
}


/* 1 for a control character of ASCII, 0x00 to 0x1f and 0x7f. */

static inline s3o_uint_t
s3o_is_control(u_char c)
{
    return c < 0x20 || c == 0x7f;
}


/* 1 for a space or a tab. */

static inline s3o_uint_t
s3o_is_blank(u_char c)
{
    return c == ' ' || c == '\t';
}


/* 1 for a space, a tab, CR or LF. */

static inline s3o_uint_t
s3o_is_space(u_char c)
{
    return s3o_is_blank(c) || c == '\r' || c == '\n';
}


/* 1 for visible ASCII, 0x21 to 0x7e. */

static inline s3o_uint_t
s3o_is_visible(u_char c)
{
    return c > 0x20 && c < 0x7f;
}


/* The value of a hexadecimal digit, upper or lower case; -1 for other bytes. */

static inline s3o_int_t
s3o_hex_digit(u_char c)
{
    if (s3o_is_digit(c)) {
        return c - '0';
    }

    c = s3o_lower(c);

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* Takes bytes for which "is" returns 1 off both ends. */

static inline void
s3o_trim_of(s3o_str_t *s, s3o_uint_t (*is)(u_char c))
{
    while (s->len && is(s->data[0])) {
        s->data++;
        s->len--;
    }

    while (s->len && is(s->data[s->len - 1])) {
        s->len--;
    }
}


/* Takes spaces and tabs off both ends. */

static inline void
s3o_trim(s3o_str_t *s)
{
    s3o_trim_of(s, s3o_is_blank);
}


/* 1 when "s" in lower case equals "lower". */

static inline s3o_uint_t
s3o_is_nocase(const s3o_str_t *s, const s3o_str_t *lower)
{
    size_t  i;

    if (s->len != lower->len) {
        return 0;
    }

    for (i = 0; i < s->len; i++) {
        if (s3o_lower(s->data[i]) != lower->data[i]) {
            return 0;
        }
    }

    return 1;
}


/*
 * Sets "word" to the next word of a list and takes it off "rest".  Commas,
 * spaces, tabs, CR and LF are between words.  Returns 0 when no word is left.
 */

static inline s3o_uint_t
s3o_next_word(s3o_str_t *rest, s3o_str_t *word)
{
    size_t  start, end;

    for (start = 0; start < rest->len; start++) {
        if (rest->data[start] != ',' && !s3o_is_space(rest->data[start])) {
            break;
        }
    }

    for (end = start; end < rest->len; end++) {
        if (rest->data[end] == ',' || s3o_is_space(rest->data[end])) {
            break;
        }
    }

    if (end == start) {
        return 0;
    }

    s3o_str_set(word, rest->data + start, end - start);

    rest->data += end;
    rest->len -= end;

    return 1;
}


/* 1 when the string has at least one byte, and each is a decimal digit */

static inline s3o_uint_t
s3o_str_is_digits(const s3o_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (!s3o_is_digit(s->data[i])) {
            return 0;
        }
    }

    return s->len > 0;
}


/* 1 when there is at least one byte, and each is a-z or 0-9 */

static inline s3o_uint_t
s3o_is_lower_alnum(const u_char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (!s3o_is_lower(p[i]) && !s3o_is_digit(p[i])) {
            return 0;
        }
    }

    return len > 0;
}


/*
 * Parses a decimal number, which may begin with zeros.  Returns S3O_OK, or
 * S3O_ERROR when the text is empty, has other bytes than digits, or when the
 * number is greater than "max".
 */

static inline s3o_int_t
s3o_parse_decimal(const s3o_str_t *s, s3o_uint_t max, s3o_uint_t *n)
{
    size_t      i;
    s3o_uint_t  digit;

    *n = 0;

    for (i = 0; i < s->len; i++) {

        if (!s3o_is_digit(s->data[i])) {
            return S3O_ERROR;
        }

        digit = s->data[i] - '0';

        if (digit > max || *n > (max - digit) / 10) {
            return S3O_ERROR;
        }

        *n = *n * 10 + digit;
    }

    return s->len ? S3O_OK : S3O_ERROR;
}


#endif /* _S3O_TEXT_H_INCLUDED_ */
