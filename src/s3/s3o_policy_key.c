
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_policy_key.h"
#include "s3o_encode.h"
#include "s3o_utf8.h"
#include "s3o_text.h"


#define S3O_EACH_BYTE(n)  (UINT64_C(0x0101010101010101) * (n))


static s3o_uint_t s3o_policy_key_ascii(const s3o_str_t *key);
static s3o_uint_t s3o_policy_key_control(const s3o_str_t *key);
static s3o_uint_t s3o_policy_key_dots(const s3o_str_t *key);


s3o_key_error_e
s3o_policy_key(const s3o_str_t *key, s3o_uint_t *plain)
{
    *plain = 0;

    if (key->len == 0) {
        return S3O_KEY_EMPTY;
    }

    if (key->len > S3O_KEY_MAX) {
        return S3O_KEY_TOO_LONG;
    }

    *plain = s3o_encode_is_plain(key->data, key->len, S3O_ENCODE_PATH);

    if (!*plain && !s3o_policy_key_ascii(key)) {

        if (s3o_policy_key_control(key)) {
            return S3O_KEY_CONTROL;
        }

        if (!s3o_utf8_valid(key->data, key->len)) {
            return S3O_KEY_UTF8;
        }
    }

    if (s3o_policy_key_dots(key)) {
        return S3O_KEY_DOT_SEGMENT;
    }

    return S3O_KEY_OK;
}


/*
 * 1 when all bytes are 0x20..0x7e, as in most keys, which then need no other
 * check.  Eight bytes are looked at together.  The high bit of a byte gets
 * set in "word" when the byte is above 0x7f, in the difference when it is
 * below 0x20, and in the sum when it is 0x7f.  Only a byte that is out of
 * bounds itself can borrow from the next one or carry into it.
 */

static s3o_uint_t
s3o_policy_key_ascii(const s3o_str_t *key)
{
    size_t    n;
    u_char   *p;
    uint64_t  word, bad;

    bad = 0;
    p = key->data;

    for (n = key->len; n >= sizeof(uint64_t); n -= sizeof(uint64_t)) {
        memcpy(&word, p, sizeof(uint64_t));
        bad |= word | (word - S3O_EACH_BYTE(0x20)) | (word + S3O_EACH_BYTE(1));
        p += sizeof(uint64_t);
    }

    if (n) {
        word = S3O_EACH_BYTE(0x20);
        memcpy(&word, p, n);
        bad |= word | (word - S3O_EACH_BYTE(0x20)) | (word + S3O_EACH_BYTE(1));
    }

    return (bad & S3O_EACH_BYTE(0x80)) == 0;
}


static s3o_uint_t
s3o_policy_key_control(const s3o_str_t *key)
{
    size_t  i;

    for (i = 0; i < key->len; i++) {
        if (s3o_is_control(key->data[i])) {
            return 1;
        }
    }

    return 0;
}


/* 1 when a segment of the key is "." or ".." */

static s3o_uint_t
s3o_policy_key_dots(const s3o_str_t *key)
{
    u_char  *p, *end, *last;

    p = key->data;
    last = p + key->len;

    for ( ;; ) {
        p = memchr(p, '.', last - p);

        if (p == NULL) {
            return 0;
        }

        end = p + 1;

        if (p == key->data || p[-1] == '/') {

            if (end < last && *end == '.') {
                end++;
            }

            if (end == last || *end == '/') {
                return 1;
            }
        }

        p = end;
    }
}


const char *
s3o_policy_key_strerror(s3o_key_error_e err)
{
    switch (err) {

    case S3O_KEY_EMPTY:
        return "the object key is empty";

    case S3O_KEY_TOO_LONG:
        return "the object key is longer than 1024 bytes";

    case S3O_KEY_CONTROL:
        return "the object key has a control character";

    case S3O_KEY_UTF8:
        return "the object key is not valid UTF-8";

    case S3O_KEY_DOT_SEGMENT:
        return "the object key has a segment \".\" or \"..\"";

    default:
        return "no error";
    }
}
