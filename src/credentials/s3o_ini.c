
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <stddef.h>

#include "s3o_ini.h"
#include "s3o_text.h"


#define s3o_ini_comment(c)  ((c) == '#' || (c) == ';')

/* where the current line is */

#define S3O_INI_NOWHERE  0      /* before all sections */
#define S3O_INI_OUTSIDE  1      /* in the section of another profile */
#define S3O_INI_INSIDE   2


typedef struct {
    const s3o_str_t     *name;       /* of the profile */
    s3o_ini_profile_t   *profile;
    s3o_str_t           *last;       /* the last value of the profile */
    s3o_str_t            security_token;
    s3o_uint_t           kind;
    s3o_uint_t           where;
    s3o_uint_t           found;
    s3o_uint_t           prefixed;   /* 1: "[profile default]" was seen */
    s3o_uint_t           key;        /* 1: the section has had a key, */
    size_t               indent;     /* indented by so many bytes */
    s3o_uint_t           number;     /* of the current line, from 1 */
} s3o_ini_t;


typedef struct {
    s3o_str_t            name;       /* lower case */
    size_t               offset;
} s3o_ini_member_t;


static s3o_int_t s3o_ini_lines(s3o_ini_t *ini, s3o_str_t *rest,
    s3o_uint_t *skipped);
static s3o_int_t s3o_ini_line(s3o_ini_t *ini, const s3o_str_t *line);
static s3o_int_t s3o_ini_section(s3o_ini_t *ini, const s3o_str_t *line);
static s3o_uint_t s3o_ini_is_profile(s3o_ini_t *ini, s3o_str_t *name);
static s3o_int_t s3o_ini_key(s3o_ini_t *ini, const s3o_str_t *line,
    size_t indent);
static s3o_str_t *s3o_ini_member(s3o_ini_t *ini, const s3o_str_t *key);
static s3o_uint_t s3o_ini_foreign(const s3o_str_t *key);
static s3o_uint_t s3o_ini_key_char(u_char c);
static s3o_uint_t s3o_ini_blank(u_char c);


#define s3o_ini_key_of(literal, field)                                       \
    { s3o_string(literal), offsetof(s3o_ini_profile_t, field) }

static const s3o_ini_member_t  s3o_ini_members[] = {
    s3o_ini_key_of("aws_access_key_id", access_key_id),
    s3o_ini_key_of("aws_secret_access_key", secret_access_key),
    s3o_ini_key_of("aws_session_token", session_token),
    s3o_ini_key_of("region", region),
    s3o_ini_key_of("role_arn", role_arn),
    s3o_ini_key_of("source_profile", source_profile),
    s3o_ini_key_of("credential_source", credential_source),
    s3o_ini_key_of("web_identity_token_file", web_identity_token_file),
    s3o_ini_key_of("role_session_name", role_session_name),
    s3o_ini_key_of("external_id", external_id),
    s3o_ini_key_of("duration_seconds", duration_seconds),
    s3o_ini_key_of("sts_regional_endpoints", sts_regional_endpoints),
    s3o_ini_key_of("mfa_serial", mfa_serial)
};


s3o_int_t
s3o_ini_profile(const u_char *data, size_t len, s3o_uint_t kind,
    const s3o_str_t *name, s3o_ini_profile_t *profile, s3o_uint_t *line)
{
    s3o_str_t   rest;
    s3o_ini_t   ini;
    s3o_uint_t  number;

    static const s3o_str_t  bom = s3o_string("\xef\xbb\xbf");

    memset(profile, 0, sizeof(s3o_ini_profile_t));
    memset(&ini, 0, sizeof(s3o_ini_t));

    ini.name = name;
    ini.profile = profile;
    ini.kind = kind;

    s3o_str_set(&rest, data, len);

    if (s3o_str_starts(&rest, &bom)) {
        rest.data += bom.len;
        rest.len -= bom.len;
    }

    *line = 0;

    if (s3o_ini_lines(&ini, &rest, line) != S3O_OK
        || (!ini.found && *line))
    {
        number = profile->line;
        memset(profile, 0, sizeof(s3o_ini_profile_t));
        profile->line = number;

        return S3O_OVERFLOW;
    }

    if (profile->session_token.len == 0) {
        profile->session_token = ini.security_token;
    }

    return ini.found ? S3O_OK : S3O_ERROR;
}


static s3o_int_t
s3o_ini_lines(s3o_ini_t *ini, s3o_str_t *rest, s3o_uint_t *skipped)
{
    s3o_str_t  text;

    while (s3o_str_next(rest, &text, '\n')) {
        ini->number++;

        if (s3o_ini_line(ini, &text) == S3O_OK) {
            continue;
        }

        if (ini->where != S3O_INI_OUTSIDE) {
            *skipped = ini->number;
            return S3O_ERROR;
        }

        if (*skipped == 0) {
            *skipped = ini->number;
        }
    }

    return S3O_OK;
}


static s3o_int_t
s3o_ini_line(s3o_ini_t *ini, const s3o_str_t *line)
{
    size_t     indent;
    s3o_str_t  text;

    text = *line;
    s3o_trim_of(&text, s3o_ini_blank);

    if (text.len == 0 || s3o_ini_comment(text.data[0])) {
        return S3O_OK;
    }

    indent = text.data - line->data;

    if (ini->key && indent > ini->indent) {

        /* continues the line before: an error for values that are read here */

        return ini->last == NULL ? S3O_OK : S3O_ERROR;
    }

    if (text.data[0] == '[') {
        return s3o_ini_section(ini, &text);
    }

    return s3o_ini_key(ini, &text, indent);
}


/*
 * A malformed section counts as one of another profile, and so do its lines.
 * If the file does not have the profile, the malformed line is reported.
 */

static s3o_int_t
s3o_ini_section(s3o_ini_t *ini, const s3o_str_t *line)
{
    s3o_str_t  rest, name;

    rest = *line;
    rest.data++;
    rest.len--;

    ini->where = S3O_INI_OUTSIDE;
    ini->key = 0;
    ini->last = NULL;

    if (!s3o_str_split(&rest, &name, ']')) {
        return S3O_ERROR;
    }

    s3o_trim_of(&name, s3o_ini_blank);
    s3o_trim_of(&rest, s3o_ini_blank);

    if (name.len == 0 || (rest.len && !s3o_ini_comment(rest.data[0]))) {
        return S3O_ERROR;
    }

    if (!s3o_ini_is_profile(ini, &name)) {
        return S3O_OK;
    }

    ini->where = S3O_INI_INSIDE;

    if (!ini->found) {
        ini->found = 1;
        ini->profile->line = ini->number;
    }

    return S3O_OK;
}


static s3o_uint_t
s3o_ini_is_profile(s3o_ini_t *ini, s3o_str_t *name)
{
    s3o_uint_t  is_default, prefixed;

    static const s3o_str_t  profile = s3o_string("profile");
    static const s3o_str_t  def = s3o_string("default");

    if (ini->kind == S3O_INI_CREDENTIALS) {
        return s3o_str_eq(name, ini->name);
    }

    prefixed = s3o_str_starts(name, &profile)
               && name->len > profile.len
               && s3o_ini_blank(name->data[profile.len]);

    if (prefixed) {
        name->data += profile.len;
        name->len -= profile.len;
        s3o_trim_of(name, s3o_ini_blank);
    }

    is_default = s3o_str_eq(name, &def);

    if ((!prefixed && !is_default) || !s3o_str_eq(name, ini->name)) {
        return 0;
    }

    if (!prefixed && ini->prefixed) {
        return 0;
    }

    if (prefixed && is_default && !ini->prefixed) {

        /* values of "[default]" do not count then */

        memset(ini->profile, 0, sizeof(s3o_ini_profile_t));
        s3o_str_set(&ini->security_token, NULL, 0);
        ini->found = 0;
        ini->prefixed = 1;
    }

    return 1;
}


static s3o_int_t
s3o_ini_key(s3o_ini_t *ini, const s3o_str_t *line, size_t indent)
{
    size_t      i;
    s3o_str_t   key, value;

    value = *line;

    if (ini->where == S3O_INI_NOWHERE || !s3o_str_split(&value, &key, '=')) {
        return S3O_ERROR;
    }

    s3o_trim_of(&key, s3o_ini_blank);

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

    s3o_trim_of(&value, s3o_ini_blank);

    ini->key = 1;
    ini->indent = indent;
    ini->last = NULL;

    if (ini->where != S3O_INI_INSIDE) {
        return S3O_OK;
    }

    if (ini->profile->foreign.len == 0 && s3o_ini_foreign(&key)) {
        ini->profile->foreign = key;
    }

    ini->last = s3o_ini_member(ini, &key);

    if (ini->last) {
        *ini->last = value;
    }

    return S3O_OK;
}


static s3o_str_t *
s3o_ini_member(s3o_ini_t *ini, const s3o_str_t *key)
{
    size_t  i;

    static const s3o_str_t  old = s3o_string("aws_security_token");

    for (i = 0; i < sizeof(s3o_ini_members) / sizeof(s3o_ini_members[0]); i++)
    {
        if (s3o_is_nocase(key, &s3o_ini_members[i].name)) {
            return (s3o_str_t *) ((u_char *) ini->profile
                                  + s3o_ini_members[i].offset);
        }
    }

    return s3o_is_nocase(key, &old) ? &ini->security_token : NULL;
}


static s3o_uint_t
s3o_ini_foreign(const s3o_str_t *key)
{
    s3o_str_t  start;

    static const s3o_str_t  sso = s3o_string("sso_");
    static const s3o_str_t  process = s3o_string("credential_process");
    static const s3o_str_t  login = s3o_string("login_session");

    start = *key;

    if (start.len > sso.len) {
        start.len = sso.len;
    }

    return s3o_is_nocase(&start, &sso)
           || s3o_is_nocase(key, &process)
           || s3o_is_nocase(key, &login);
}


static s3o_uint_t
s3o_ini_key_char(u_char c)
{
    if (s3o_is_alnum(c)) {
        return 1;
    }

    return c && strchr("_-/.%@:+", c) != NULL;
}


static s3o_uint_t
s3o_ini_blank(u_char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}
