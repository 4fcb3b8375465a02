
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_leak.h"
#include "s3o_text.h"


static void s3o_leak_decode(s3o_leak_t *leak, u_char c);
static void s3o_leak_give_up(s3o_leak_t *leak);
static s3o_int_t s3o_leak_unescape(const u_char *p, size_t len);
static s3o_int_t s3o_leak_entity(const u_char *p, size_t len);
static s3o_int_t s3o_leak_number(const u_char *p, size_t len, s3o_uint_t base);
static void s3o_leak_decoded(s3o_leak_t *leak, u_char c);
static s3o_uint_t s3o_leak_step(const s3o_leak_secret_t *secret,
    size_t *matched, u_char c);


/*
 * results of s3o_leak_unescape() besides a character: the escape is not
 * complete yet, and it is none
 */

#define S3O_LEAK_MORE  -1
#define S3O_LEAK_NONE  -2


s3o_int_t
s3o_leak_add(s3o_leak_t *leak, const s3o_str_t *text, uint32_t *room)
{
    size_t              i, k;
    s3o_leak_secret_t  *secret;

    if (text->len == 0) {
        return S3O_OK;
    }

    if (leak->nsecrets == S3O_LEAK_SECRETS) {
        return S3O_ERROR;
    }

    secret = &leak->secrets[leak->nsecrets++];

    secret->text = *text;
    secret->borders = room;
    secret->plain = 0;
    secret->decoded = 0;

    /*
     * the algorithm of Knuth, Morris and Pratt: room[i] is the length of the
     * longest beginning of the secret that ends at byte i as well
     */

    room[0] = 0;
    k = 0;

    for (i = 1; i < text->len; i++) {

        while (k && s3o_lower(text->data[i]) != s3o_lower(text->data[k])) {
            k = room[k - 1];
        }

        k += s3o_lower(text->data[i]) == s3o_lower(text->data[k]);
        room[i] = (uint32_t) k;
    }

    return S3O_OK;
}


s3o_uint_t
s3o_leak_look(s3o_leak_t *leak, const u_char *data, size_t len)
{
    size_t      i;
    s3o_uint_t  n;

    for (i = 0; i < len && !leak->found; i++) {

        for (n = 0; n < leak->nsecrets; n++) {
            leak->found |= s3o_leak_step(&leak->secrets[n],
                                         &leak->secrets[n].plain, data[i]);
        }

        s3o_leak_decode(leak, data[i]);
    }

    return leak->found;
}


static void
s3o_leak_decode(s3o_leak_t *leak, u_char c)
{
    s3o_int_t  ch;

    if (leak->len == 0 && c != '%' && c != '&' && c != '\\') {
        s3o_leak_decoded(leak, c);
        return;
    }

    leak->escape[leak->len++] = c;

    ch = s3o_leak_unescape(leak->escape, leak->len);

    if (ch >= 0) {
        leak->len = 0;
        s3o_leak_decoded(leak, (u_char) ch);
        return;
    }

    if (ch == S3O_LEAK_NONE || leak->len == S3O_LEAK_ESCAPE) {
        s3o_leak_give_up(leak);
    }
}


/*
 * What was kept is no escape.  Its first byte stands for itself, the others
 * may begin another escape.
 */

static void
s3o_leak_give_up(s3o_leak_t *leak)
{
    u_char  rest[S3O_LEAK_ESCAPE];
    size_t  i, len;

    len = leak->len;
    memcpy(rest, leak->escape, len);

    leak->len = 0;

    s3o_leak_decoded(leak, rest[0]);

    for (i = 1; i < len; i++) {
        s3o_leak_decode(leak, rest[i]);
    }
}


/*
 * The byte that an escape stands for, S3O_LEAK_MORE or S3O_LEAK_NONE.
 * Escapes are "%2b", "\/", "\u002b", "&amp;", "&#43;" and "&#x2b;".
 */

static s3o_int_t
s3o_leak_unescape(const u_char *p, size_t len)
{
    u_char  c;

    if (len == 1) {
        return S3O_LEAK_MORE;
    }

    switch (p[0]) {

    case '%':
        return len < 3 ? S3O_LEAK_MORE : s3o_leak_number(p + 1, 2, 16);

    case '\\':

        if (p[1] != 'u') {
            return p[1];
        }

        return len < 6 ? S3O_LEAK_MORE : s3o_leak_number(p + 2, 4, 16);

    default: /* & */
        c = s3o_lower(p[len - 1]);

        if (c == ';') {
            return s3o_leak_entity(p + 1, len - 2);
        }

        return c == '#' || s3o_is_lower(c) || s3o_is_digit(c)
               ? S3O_LEAK_MORE : S3O_LEAK_NONE;
    }
}


static s3o_int_t
s3o_leak_entity(const u_char *p, size_t len)
{
    s3o_str_t  name;

    if (len > 2 && p[0] == '#' && s3o_lower(p[1]) == 'x') {
        return s3o_leak_number(p + 2, len - 2, 16);
    }

    if (len > 1 && p[0] == '#') {
        return s3o_leak_number(p + 1, len - 1, 10);
    }

    s3o_str_set(&name, p, len);

    return s3o_str_is(&name, "amp") ? '&'
           : s3o_str_is(&name, "lt") ? '<'
           : s3o_str_is(&name, "gt") ? '>'
           : s3o_str_is(&name, "quot") ? '"'
           : s3o_str_is(&name, "apos") ? '\'' : S3O_LEAK_NONE;
}


/* parses a number up to 255; secrets have no characters beyond one byte */

static s3o_int_t
s3o_leak_number(const u_char *p, size_t len, s3o_uint_t base)
{
    size_t      i;
    s3o_int_t   digit;
    s3o_uint_t  n;

    n = 0;

    for (i = 0; i < len; i++) {
        digit = s3o_hex_digit(p[i]);

        if (digit < 0 || digit >= (s3o_int_t) base) {
            return S3O_LEAK_NONE;
        }

        n = n * base + (s3o_uint_t) digit;

        if (n > 255) {
            return S3O_LEAK_NONE;
        }
    }

    return (s3o_int_t) n;
}


static void
s3o_leak_decoded(s3o_leak_t *leak, u_char c)
{
    s3o_uint_t  n;

    for (n = 0; n < leak->nsecrets; n++) {
        leak->found |= s3o_leak_step(&leak->secrets[n],
                                     &leak->secrets[n].decoded, c);
    }
}


static s3o_uint_t
s3o_leak_step(const s3o_leak_secret_t *secret, size_t *matched, u_char c)
{
    size_t  n;

    n = *matched;
    c = s3o_lower(c);

    /*
     * s3o_leak_add() takes no empty secret.
     * NOLINTBEGIN(clang-analyzer-core.NullDereference)
     */

    while (n && c != s3o_lower(secret->text.data[n])) {
        n = secret->borders[n - 1];
    }

    if (c == s3o_lower(secret->text.data[n])) {
        n++;
    }

    /* NOLINTEND(clang-analyzer-core.NullDereference) */

    if (n == secret->text.len) {
        *matched = secret->borders[n - 1];
        return 1;
    }

    *matched = n;

    return 0;
}
