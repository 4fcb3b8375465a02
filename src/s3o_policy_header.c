
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_policy.h"


typedef struct {
    s3o_str_t            name;      /* with "*" at its end: a prefix */
    s3o_header_class_e   type;
} s3o_header_rule_t;


static s3o_uint_t s3o_policy_header_is(const s3o_str_t *name,
    const s3o_str_t *pattern);
static s3o_uint_t s3o_policy_header_match(const s3o_str_t *name,
    const s3o_str_t *pattern);
static s3o_uint_t s3o_policy_header_char(u_char c);


/* the first match counts; in the order of their first letters */

static const s3o_header_rule_t  s3o_policy_headers[] = {
    { s3o_string("authorization"), S3O_HEADER_AUTH },
    { s3o_string("connection"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("date"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("expect"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("host"), S3O_HEADER_HOST },
    { s3o_string("keep-alive"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("proxy-*"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("te"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("trailer"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("transfer-encoding"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("upgrade"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("user-agent"), S3O_HEADER_UNSIGNABLE },

    { s3o_string("x-amz-date"), S3O_HEADER_AUTH },
    { s3o_string("x-amz-content-sha256"), S3O_HEADER_AUTH },
    { s3o_string("x-amz-security-token"), S3O_HEADER_AUTH },
    { s3o_string("x-amz-region-set"), S3O_HEADER_AUTH },

    { s3o_string("x-amz-copy-source*"), S3O_HEADER_AMZ_EXACT },
    { s3o_string("x-amz-acl"), S3O_HEADER_AMZ_EXACT },
    { s3o_string("x-amz-grant-*"), S3O_HEADER_AMZ_EXACT },

    { s3o_string("x-amz-*"), S3O_HEADER_AMZ },

    { s3o_string("x-amzn-trace-id"), S3O_HEADER_UNSIGNABLE }
};

#define S3O_POLICY_HEADERS                                                   \
    (sizeof(s3o_policy_headers) / sizeof(s3o_policy_headers[0]))


/* where those begin that begin with "a", and so on */

static const u_char  s3o_policy_letters['z' - 'a' + 2] = {
    0, 1, 1, 2, 3, 4, 4, 4, 5, 5, 5, 6, 6,                  /* a-m */
    6, 6, 6, 7, 7, 7, 7, 10, 12, 12, 12,                    /* n-x */
    S3O_POLICY_HEADERS, S3O_POLICY_HEADERS,
    S3O_POLICY_HEADERS                                      /* y, z, the end */
};


s3o_header_class_e
s3o_policy_header(const s3o_str_t *name)
{
    s3o_uint_t     i;
    const u_char  *range;

    if (name->len == 0 || name->data[0] < 'a' || name->data[0] > 'z') {
        return S3O_HEADER_PLAIN;
    }

    range = &s3o_policy_letters[name->data[0] - 'a'];

    for (i = range[0]; i < range[1]; i++) {
        if (s3o_policy_header_is(name, &s3o_policy_headers[i].name)) {
            return s3o_policy_headers[i].type;
        }
    }

    return S3O_HEADER_PLAIN;
}


/*
 * Servers that turn header names into names of variables take "_" for "-":
 * to them "x_amz_acl" is "x-amz-acl".
 */

static s3o_uint_t
s3o_policy_header_is(const s3o_str_t *name, const s3o_str_t *pattern)
{
    size_t  i, len;

    len = pattern->len;

    if (pattern->data[len - 1] == '*') {
        len--;

        if (name->len < len) {
            return 0;
        }

    } else if (name->len != len) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (name->data[i] != pattern->data[i]
            && (name->data[i] != '_' || pattern->data[i] != '-'))
        {
            return 0;
        }
    }

    return 1;
}


static s3o_uint_t
s3o_policy_header_match(const s3o_str_t *name, const s3o_str_t *pattern)
{
    s3o_str_t  prefix;

    if (pattern->len && pattern->data[pattern->len - 1] == '*') {
        s3o_str_set(&prefix, pattern->data, pattern->len - 1);
        return s3o_str_starts(name, &prefix);
    }

    return s3o_str_eq(name, pattern);
}


s3o_uint_t
s3o_policy_header_named(const s3o_str_t *name, const s3o_str_t *names,
    s3o_uint_t n)
{
    s3o_uint_t          i;
    s3o_header_class_e  type;

    type = s3o_policy_header(name);

    if (type == S3O_HEADER_HOST
        || type == S3O_HEADER_AUTH
        || type == S3O_HEADER_UNSIGNABLE)
    {
        return 0;
    }

    for (i = 0; i < n; i++) {

        if (type == S3O_HEADER_AMZ_EXACT) {
            if (s3o_str_eq(name, &names[i])) {
                return 1;
            }

        } else if (s3o_policy_header_match(name, &names[i])) {
            return 1;
        }
    }

    return 0;
}


s3o_uint_t
s3o_policy_header_configurable(const s3o_str_t *name)
{
    size_t              i;
    s3o_str_t           base;
    s3o_header_class_e  type;

    base = *name;

    if (base.len && base.data[base.len - 1] == '*') {
        base.len--;
    }

    if (base.len == 0) {
        return 0;
    }

    for (i = 0; i < base.len; i++) {
        if (!s3o_policy_header_char(base.data[i])) {
            return 0;
        }
    }

    type = s3o_policy_header(&base);

    if (type == S3O_HEADER_AMZ_EXACT) {
        return base.len == name->len;
    }

    return type == S3O_HEADER_PLAIN || type == S3O_HEADER_AMZ;
}


/* RFC 9110, "token", without upper case and without "*" */

static s3o_uint_t
s3o_policy_header_char(u_char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return 1;
    }

    switch (c) {

    case '!':
    case '#':
    case '$':
    case '%':
    case '&':
    case '\'':
    case '+':
    case '-':
    case '.':
    case '^':
    case '_':
    case '`':
    case '|':
    case '~':
        return 1;

    default:
        return 0;
    }
}
