
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_policy_header.h"
#include "s3o_text.h"


typedef struct {
    s3o_str_t            name;      /* "*" at its end: a prefix */
    s3o_header_class_e   type;
} s3o_header_rule_t;


static s3o_uint_t s3o_policy_header_is(const s3o_str_t *name,
    const s3o_str_t *pattern);
static s3o_uint_t s3o_policy_header_match(const s3o_str_t *name,
    const s3o_str_t *pattern);
static s3o_uint_t s3o_policy_header_nameable(s3o_header_class_e type);
static s3o_uint_t s3o_policy_header_exact(s3o_header_class_e type);
static s3o_uint_t s3o_policy_header_char(u_char c);


/* in the order of their first letters; of several matches the first counts */

static const s3o_header_rule_t  s3o_policy_headers[] = {
    { s3o_string("amz-sdk-*"), S3O_HEADER_WAY },
    { s3o_string("authorization"), S3O_HEADER_AUTH },
    { s3o_string("connection"), S3O_HEADER_UNSIGNABLE },
    { s3o_string("content-md5"), S3O_HEADER_INTEGRITY },
    { s3o_string("cookie"), S3O_HEADER_COOKIE },
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

    { s3o_string("x-amz-date"), S3O_HEADER_OWN },
    { s3o_string("x-amz-content-sha256"), S3O_HEADER_OWN },
    { s3o_string("x-amz-security-token"), S3O_HEADER_OWN },
    { s3o_string("x-amz-region-set"), S3O_HEADER_OWN },

    { s3o_string("x-amz-meta-*"), S3O_HEADER_EFFECT },

    { s3o_string("x-amz-cf-*"), S3O_HEADER_WAY },
    { s3o_string("x-amz-apigw-*"), S3O_HEADER_WAY },
    { s3o_string("x-amz-user-agent"), S3O_HEADER_AGENT },

    { s3o_string("x-amz-checksum-*"), S3O_HEADER_INTEGRITY },
    { s3o_string("x-amz-sdk-checksum-algorithm"), S3O_HEADER_INTEGRITY },

    { s3o_string("x-amz-trailer"), S3O_HEADER_FRAME },
    { s3o_string("x-amz-decoded-content-length"), S3O_HEADER_FRAME },
    { s3o_string("x-amz-te"), S3O_HEADER_FRAME },

    { s3o_string("x-amz-copy-source*"), S3O_HEADER_COPY },
    { s3o_string("x-amz-metadata-directive"), S3O_HEADER_COPY },
    { s3o_string("x-amz-tagging-directive"), S3O_HEADER_COPY },
    { s3o_string("x-amz-source-expected-bucket-owner"), S3O_HEADER_COPY },

    { s3o_string("x-amz-acl"), S3O_HEADER_ACCESS },
    { s3o_string("x-amz-grant-*"), S3O_HEADER_ACCESS },

    { s3o_string("x-amz-bypass-governance-retention"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-client-token"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-if-match-*"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-max-parts"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-mfa"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-object-attributes"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-object-lock-*"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-optional-object-attributes"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-part-number-marker"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-rename-source*"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-request-payer"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-server-side-encryption"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-server-side-encryption-aws-kms-*"),
      S3O_HEADER_LACKED },
    { s3o_string("x-amz-server-side-encryption-bucket-key-enabled"),
      S3O_HEADER_LACKED },
    { s3o_string("x-amz-server-side-encryption-context"),
      S3O_HEADER_LACKED },
    { s3o_string("x-amz-storage-class"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-website-redirect-location"), S3O_HEADER_LACKED },
    { s3o_string("x-amz-write-offset-bytes"), S3O_HEADER_LACKED },

    { s3o_string("x-amz-*"), S3O_HEADER_EFFECT },

    { s3o_string("x-amzn-*"), S3O_HEADER_WAY }
};

#define S3O_POLICY_HEADERS                                                   \
    (sizeof(s3o_policy_headers) / sizeof(s3o_policy_headers[0]))


/* for each letter the index of the first rule that begins with it */

static const u_char  s3o_policy_letters['z' - 'a' + 2] = {
    0, 2, 2, 5, 6, 7, 7, 7, 8, 8, 8, 9, 9,                  /* a-m */
    9, 9, 9, 10, 10, 10, 10, 13, 15, 15, 15,                /* n-x */
    S3O_POLICY_HEADERS, S3O_POLICY_HEADERS,
    S3O_POLICY_HEADERS                                      /* y, z, the end */
};


/* what is done with a header that the configuration does not name */

static const u_char  s3o_policy_acts[][3] = {

    /*                 proxy           redirect        json, on */

    /* plain */      { S3O_ACT_PASS,   S3O_ACT_PASS,   S3O_ACT_PASS },
    /* host */       { S3O_ACT_REMOVE, S3O_ACT_PASS,   S3O_ACT_PASS },
    /* auth */       { S3O_ACT_REMOVE, S3O_ACT_PASS,   S3O_ACT_PASS },
    /* own */        { S3O_ACT_REMOVE, S3O_ACT_REFUSE, S3O_ACT_PASS },
    /* way */        { S3O_ACT_REMOVE, S3O_ACT_PASS,   S3O_ACT_PASS },
    /* agent */      { S3O_ACT_REMOVE, S3O_ACT_REFUSE, S3O_ACT_PASS },
    /* cookie */     { S3O_ACT_REMOVE, S3O_ACT_PASS,   S3O_ACT_PASS },
    /* integrity */  { S3O_ACT_SIGN,   S3O_ACT_SIGN,   S3O_ACT_SIGN },
    /* frame */      { S3O_ACT_REMOVE, S3O_ACT_REFUSE, S3O_ACT_PASS },
    /* effect */     { S3O_ACT_REFUSE, S3O_ACT_REFUSE, S3O_ACT_PASS },
    /* copy */       { S3O_ACT_LACK,   S3O_ACT_LACK,   S3O_ACT_PASS },
    /* lacked */     { S3O_ACT_LACK,   S3O_ACT_LACK,   S3O_ACT_PASS },
    /* access */     { S3O_ACT_LACK,   S3O_ACT_LACK,   S3O_ACT_PASS },
    /* unsignable */ { S3O_ACT_PASS,   S3O_ACT_PASS,   S3O_ACT_PASS }
};


s3o_header_class_e
s3o_policy_header(const s3o_str_t *name)
{
    s3o_uint_t     i;
    const u_char  *range;

    if (name->len == 0 || name->data[0] < 'a' || name->data[0] > 'z') {
        return S3O_HEADER_PLAIN;
    }

    /* "x-forwarded-for" and other names without "x-amz" need no comparisons */

    if (name->data[0] == 'x' && (name->len < 5 || name->data[4] != 'z')) {
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


s3o_header_act_e
s3o_policy_header_act(s3o_header_class_e type, s3o_uint_t named,
    s3o_header_place_e place)
{
    if (named && s3o_policy_header_nameable(type)) {
        return S3O_ACT_SIGN;
    }

    return s3o_policy_acts[type][place];
}


/*
 * Clients send these by default.  The values ask for what S3 on Outposts does
 * in any case: objects belong to the owner of the bucket, have the only
 * storage class, are encrypted with keys of S3, and have no tags.
 */

s3o_header_value_e
s3o_policy_header_value(const s3o_str_t *name, const s3o_str_t *value,
    const s3o_str_t *account)
{
    s3o_uint_t  i;

    static const struct {
        s3o_str_t   name;
        s3o_str_t   value;
    } usual[] = {
        { s3o_string("x-amz-acl"), s3o_string("private") },
        { s3o_string("x-amz-acl"), s3o_string("bucket-owner-full-control") },
        { s3o_string("x-amz-storage-class"), s3o_string("OUTPOSTS") },
        { s3o_string("x-amz-storage-class"), s3o_string("STANDARD") },
        { s3o_string("x-amz-server-side-encryption"), s3o_string("AES256") },
        { s3o_string("x-amz-tagging"), s3o_string("") }
    };

    static const s3o_str_t  owners[] = {
        s3o_string("x-amz-expected-bucket-owner"),
        s3o_string("x-amz-source-expected-bucket-owner")
    };

    for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (s3o_str_eq(value, &usual[i].value)
            && s3o_policy_header_is(name, &usual[i].name))
        {
            return S3O_VALUE_USUAL;
        }
    }

    if (account->len == 0) {
        return S3O_VALUE_MATTERS;
    }

    for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
        if (s3o_policy_header_is(name, &owners[i])) {
            return s3o_str_eq(value, account) ? S3O_VALUE_USUAL
                                              : S3O_VALUE_OTHER_OWNER;
        }
    }

    return S3O_VALUE_MATTERS;
}


/*
 * "_" in a header's name counts as "-": servers that make variables of
 * headers take "x_amz_acl" for "x-amz-acl".
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
s3o_policy_header_named(const s3o_str_t *name, s3o_header_class_e type,
    const s3o_str_t *names, s3o_uint_t n)
{
    s3o_uint_t  i;

    if (!s3o_policy_header_nameable(type)) {
        return 0;
    }

    for (i = 0; i < n; i++) {

        if (s3o_policy_header_exact(type)) {
            if (s3o_str_eq(name, &names[i])) {
                return 1;
            }

        } else if (s3o_policy_header_match(name, &names[i])) {
            return 1;
        }
    }

    return 0;
}


static s3o_uint_t
s3o_policy_header_nameable(s3o_header_class_e type)
{
    switch (type) {

    case S3O_HEADER_HOST:
    case S3O_HEADER_AUTH:
    case S3O_HEADER_OWN:
    case S3O_HEADER_WAY:
    case S3O_HEADER_UNSIGNABLE:
        return 0;

    default:
        return 1;
    }
}


/*
 * 1 for classes that only their full name allows, not a pattern: headers that
 * give access to an object, and those that hold secrets.
 */

static s3o_uint_t
s3o_policy_header_exact(s3o_header_class_e type)
{
    return type == S3O_HEADER_COPY
           || type == S3O_HEADER_ACCESS
           || type == S3O_HEADER_COOKIE;
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

    if (s3o_policy_header_exact(type)) {
        return base.len == name->len;
    }

    return s3o_policy_header_nameable(type);
}


/* a character of a token (RFC 9110), but no upper-case letter and no "*" */

static s3o_uint_t
s3o_policy_header_char(u_char c)
{
    if (s3o_is_lower(c) || s3o_is_digit(c)) {
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


s3o_uint_t
s3o_policy_header_is_public(const s3o_str_t *name)
{
    s3o_uint_t  i;

    static const s3o_str_t  secrets[] = {
        s3o_string("x-amz-server-side-encryption-customer-*"),
        s3o_string("x-amz-copy-source-server-side-encryption-customer-*")
    };

    static const s3o_str_t  known[] = {
        s3o_string("cache-control"),
        s3o_string("content-*"),
        s3o_string("expires"),
        s3o_string("if-*"),
        s3o_string("range"),
        s3o_string("x-amz-*")
    };

    for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        if (s3o_policy_header_is(name, &secrets[i])) {
            return 0;
        }
    }

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (s3o_policy_header_is(name, &known[i])) {
            return 1;
        }
    }

    return 0;
}


s3o_uint_t
s3o_policy_header_value_ok(const s3o_str_t *value)
{
    size_t  i;

    for (i = 0; i < value->len; i++) {
        if (s3o_is_control(value->data[i]) && value->data[i] != '\t') {
            return 0;
        }
    }

    return 1;
}
