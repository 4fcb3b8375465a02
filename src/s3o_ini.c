
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_ini.h"


#define s3o_ini_comment(c)  ((c) == '#' || (c) == ';')


typedef struct {
    const s3o_str_t     *name;       /* of the profile */
    s3o_ini_profile_t   *profile;
    s3o_str_t           *last;       /* the value that may be continued */
    s3o_uint_t           found;
    s3o_uint_t           section;    /* some section has begun */
    s3o_uint_t           inside;     /* and it is the profile's */
    s3o_uint_t           key;        /* a key came before in the section */
} s3o_ini_t;


static s3o_int_t s3o_ini_line(s3o_ini_t *ini, const s3o_str_t *line);
static s3o_int_t s3o_ini_section(s3o_ini_t *ini, const s3o_str_t *line);
static s3o_int_t s3o_ini_key(s3o_ini_t *ini, const s3o_str_t *line);
static s3o_str_t *s3o_ini_member(s3o_ini_t *ini, const s3o_str_t *key);
static s3o_uint_t s3o_ini_is(const s3o_str_t *s, const char *lower,
    size_t len);
static s3o_uint_t s3o_ini_key_char(u_char c);
static s3o_uint_t s3o_ini_blank(u_char c);
static void s3o_ini_trim(s3o_str_t *s);


s3o_int_t
s3o_ini_profile(const u_char *data, size_t len, const s3o_str_t *name,
    s3o_ini_profile_t *profile, s3o_uint_t *line)
{
    s3o_str_t   rest, text;
    s3o_ini_t   ini;
    s3o_uint_t  more;

    static const s3o_str_t  bom = s3o_string("\xef\xbb\xbf");

    memset(profile, 0, sizeof(s3o_ini_profile_t));
    memset(&ini, 0, sizeof(s3o_ini_t));

    ini.name = name;
    ini.profile = profile;

    s3o_str_set(&rest, data, len);

    if (s3o_str_starts(&rest, &bom)) {
        rest.data += bom.len;
        rest.len -= bom.len;
    }

    *line = 0;

    do {
        (*line)++;

        more = s3o_str_split(&rest, &text, '\n');

        if (!more) {
            text = rest;
        }

        if (s3o_ini_line(&ini, &text) != S3O_OK) {
            memset(profile, 0, sizeof(s3o_ini_profile_t));
            return S3O_OVERFLOW;
        }

    } while (more);

    return ini.found ? S3O_OK : S3O_ERROR;
}


static s3o_int_t
s3o_ini_line(s3o_ini_t *ini, const s3o_str_t *line)
{
    s3o_str_t  text;

    text = *line;
    s3o_ini_trim(&text);

    if (text.len == 0 || s3o_ini_comment(text.data[0])) {
        return S3O_OK;
    }

    if (s3o_ini_blank(line->data[0])) {

        /* a continued line: no credential has one */

        return ini->key && ini->last == NULL ? S3O_OK : S3O_ERROR;
    }

    if (text.data[0] == '[') {
        return s3o_ini_section(ini, &text);
    }

    return s3o_ini_key(ini, &text);
}


static s3o_int_t
s3o_ini_section(s3o_ini_t *ini, const s3o_str_t *line)
{
    s3o_str_t  rest, name;

    rest = *line;
    rest.data++;
    rest.len--;

    if (!s3o_str_split(&rest, &name, ']')) {
        return S3O_ERROR;
    }

    s3o_ini_trim(&name);
    s3o_ini_trim(&rest);

    if (name.len == 0 || (rest.len && !s3o_ini_comment(rest.data[0]))) {
        return S3O_ERROR;
    }

    ini->section = 1;
    ini->inside = s3o_str_eq(&name, ini->name);
    ini->found |= ini->inside;
    ini->key = 0;
    ini->last = NULL;

    return S3O_OK;
}


static s3o_int_t
s3o_ini_key(s3o_ini_t *ini, const s3o_str_t *line)
{
    size_t      i;
    s3o_str_t   key, value;

    value = *line;

    if (!ini->section || !s3o_str_split(&value, &key, '=')) {
        return S3O_ERROR;
    }

    s3o_ini_trim(&key);

    if (key.len == 0) {
        return S3O_ERROR;
    }

    for (i = 0; i < key.len; i++) {
        if (!s3o_ini_key_char(key.data[i])) {
            return S3O_ERROR;
        }
    }

    for (i = 1; i < value.len; i++) {
        if (s3o_ini_comment(value.data[i])
            && s3o_ini_blank(value.data[i - 1]))
        {
            value.len = i;
            break;
        }
    }

    s3o_ini_trim(&value);

    ini->key = 1;
    ini->last = ini->inside ? s3o_ini_member(ini, &key) : NULL;

    if (ini->last) {
        *ini->last = value;
    }

    return S3O_OK;
}


static s3o_str_t *
s3o_ini_member(s3o_ini_t *ini, const s3o_str_t *key)
{
#define s3o_ini_key_is(literal)                                              \
    s3o_ini_is(key, literal, sizeof(literal) - 1)

    if (s3o_ini_key_is("aws_access_key_id")) {
        return &ini->profile->access_key_id;
    }

    if (s3o_ini_key_is("aws_secret_access_key")) {
        return &ini->profile->secret_access_key;
    }

    if (s3o_ini_key_is("aws_session_token")) {
        return &ini->profile->session_token;
    }

    return NULL;
}


static s3o_uint_t
s3o_ini_is(const s3o_str_t *s, const char *lower, size_t len)
{
    size_t  i;

    if (s->len != len) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (s3o_lower(s->data[i]) != (u_char) lower[i]) {
            return 0;
        }
    }

    return 1;
}


static s3o_uint_t
s3o_ini_key_char(u_char c)
{
    c = s3o_lower(c);

    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return 1;
    }

    return c && strchr("_-/.%@:+", c) != NULL;
}


static s3o_uint_t
s3o_ini_blank(u_char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}


static void
s3o_ini_trim(s3o_str_t *s)
{
    while (s->len && s3o_ini_blank(s->data[s->len - 1])) {
        s->len--;
    }

    while (s->len && s3o_ini_blank(s->data[0])) {
        s->data++;
        s->len--;
    }
}
