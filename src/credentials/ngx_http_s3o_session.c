
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_session.h"
#include "s3o_utf8.h"
#include "s3o_text.h"
#include "ngx_http_s3o_json.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_sts_form.h"


/* limits of STS, in characters */
#define NGX_HTTP_S3O_POLICY_MAX       2048
#define NGX_HTTP_S3O_POLICY_ARN_MIN   20
#define NGX_HTTP_S3O_POLICY_ARN_MAX   2048
#define NGX_HTTP_S3O_TAG_KEY_MAX      128
#define NGX_HTTP_S3O_TAG_VALUE_MAX    256

#define NGX_HTTP_S3O_POLICY_ARNS_MAX  10
#define NGX_HTTP_S3O_TAGS_MAX         50


static ngx_uint_t ngx_http_s3o_session_is(const ngx_keyval_t *kv,
    const char *name);
static ngx_uint_t ngx_http_s3o_session_is_tag(const ngx_keyval_t *kv);
static char *ngx_http_s3o_session_policy(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *value);
static char *ngx_http_s3o_session_tags(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static ngx_int_t ngx_http_s3o_session_tag(const ngx_str_t *value,
    ngx_str_t *key, ngx_str_t *text);
static ngx_uint_t ngx_http_s3o_session_text(const ngx_str_t *s,
    ngx_uint_t max);
static ngx_int_t ngx_http_s3o_session_characters(const ngx_str_t *s);
static ngx_int_t ngx_http_s3o_session_member(ngx_pool_t *pool,
    ngx_array_t *fields, const char *list, ngx_uint_t n, const char *member,
    ngx_str_t *value);


char *
ngx_http_s3o_session_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t     *value;
    ngx_uint_t     i, arns;
    ngx_keyval_t  *kv;

    value = ngx_http_s3o_source_param(source, "policy");

    if (value
        && ngx_http_s3o_session_policy(cf, source, value) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    kv = source->params.elts;
    arns = 0;

    for (i = 0; i < source->params.nelts; i++) {

        if (!ngx_http_s3o_session_is(&kv[i], "policy_arn")) {
            continue;
        }

        value = &kv[i].value;

        if (++arns > NGX_HTTP_S3O_POLICY_ARNS_MAX
            || value->len < NGX_HTTP_S3O_POLICY_ARN_MIN
            || value->len > NGX_HTTP_S3O_POLICY_ARN_MAX
            || ngx_strncmp(value->data, "arn:", 4) != 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials %V\" has invalid "
                               "policy_arn \"%V\": expected up to %d ARNs such "
                               "as arn:aws:iam::123456789012:policy/NAME",
                               &source->provider->name, value,
                               NGX_HTTP_S3O_POLICY_ARNS_MAX);
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_s3o_session_tags(cf, source);
}


static char *
ngx_http_s3o_session_policy(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *value)
{
    ngx_int_t  n;

    n = ngx_http_s3o_session_characters(value);

    if (n < 0
        || n > NGX_HTTP_S3O_POLICY_MAX
        || !ngx_http_s3o_json_is_object(value))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has an invalid "
                           "policy: expected a JSON object of up to %d "
                           "characters", &source->provider->name,
                           NGX_HTTP_S3O_POLICY_MAX);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * Keys of tags are equal in upper and lower case.  There are at most 50, so
 * each is compared with all others.
 */

static char *
ngx_http_s3o_session_tags(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t      key[NGX_HTTP_S3O_TAGS_MAX], text;
    ngx_uint_t     i, k, n;
    ngx_keyval_t  *kv;

    kv = source->params.elts;
    n = 0;

    for (i = 0; i < source->params.nelts; i++) {

        if (!ngx_http_s3o_session_is_tag(&kv[i])) {
            continue;
        }

        if (n == NGX_HTTP_S3O_TAGS_MAX
            || ngx_http_s3o_session_tag(&kv[i].value, &key[n], &text)
               != NGX_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials %V\" has an invalid "
                               "%V: expected up to %d times KEY=VALUE, of %d "
                               "and %d letters, digits, spaces and _.:/=+-@ at "
                               "most, and no key that begins with \"aws:\"",
                               &source->provider->name, &kv[i].key,
                               NGX_HTTP_S3O_TAGS_MAX,
                               NGX_HTTP_S3O_TAG_KEY_MAX,
                               NGX_HTTP_S3O_TAG_VALUE_MAX);
            return NGX_CONF_ERROR;
        }

        for (k = 0; k < n; k++) {
            if (key[k].len == key[n].len
                && ngx_strncasecmp(key[k].data, key[n].data, key[n].len) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"s3o_presign_credentials %V\" has two "
                                   "tags with the key \"%V\"",
                                   &source->provider->name, &key[n]);
                return NGX_CONF_ERROR;
            }
        }

        n++;
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_s3o_session_is(const ngx_keyval_t *kv, const char *name)
{
    return kv->key.len == ngx_strlen(name)
           && ngx_strncmp(kv->key.data, name, kv->key.len) == 0;
}


static ngx_uint_t
ngx_http_s3o_session_is_tag(const ngx_keyval_t *kv)
{
    return ngx_http_s3o_session_is(kv, "tag")
           || ngx_http_s3o_session_is(kv, "transitive_tag");
}


/* Splits "KEY=VALUE", and checks both; VALUE may be empty. */

static ngx_int_t
ngx_http_s3o_session_tag(const ngx_str_t *value, ngx_str_t *key,
    ngx_str_t *text)
{
    u_char  *eq, *last;

    last = value->data + value->len;
    eq = ngx_strlchr(value->data, last, '=');

    if (eq == NULL || eq == value->data) {
        return NGX_ERROR;
    }

    key->data = value->data;
    key->len = eq - value->data;

    text->data = eq + 1;
    text->len = last - text->data;

    if (key->len > 3 && ngx_strncasecmp(key->data, (u_char *) "aws:", 4) == 0) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_session_text(key, NGX_HTTP_S3O_TAG_KEY_MAX)
           && ngx_http_s3o_session_text(text, NGX_HTTP_S3O_TAG_VALUE_MAX)
           ? NGX_OK : NGX_ERROR;
}


/*
 * 1 when a text has allowed characters only, at most "max".  Characters
 * beyond ASCII are left to STS, which knows the letters among them.
 */

static ngx_uint_t
ngx_http_s3o_session_text(const ngx_str_t *s, ngx_uint_t max)
{
    u_char     c;
    size_t     i;
    ngx_int_t  n;

    for (i = 0; i < s->len; i++) {
        c = s->data[i];

        if (c < 0x80 && !s3o_is_alnum(c) && !ngx_strchr(" _.:/=+-@", c)) {
            return 0;
        }
    }

    n = ngx_http_s3o_session_characters(s);

    return n >= 0 && (ngx_uint_t) n <= max;
}


/* the number of characters, or -1 when the text is not UTF-8 */

static ngx_int_t
ngx_http_s3o_session_characters(const ngx_str_t *s)
{
    size_t     i, len;
    ngx_int_t  n;

    n = 0;

    for (i = 0; i < s->len; i += len) {
        len = s3o_utf8_sequence(s->data + i, s->len - i);

        if (len == 0) {
            return -1;
        }

        n++;
    }

    return n;
}


ngx_int_t
ngx_http_s3o_session_fields(ngx_pool_t *pool, ngx_http_s3o_source_t *source,
    ngx_array_t *fields)
{
    ngx_int_t      rc;
    ngx_str_t      key, text, *policy;
    ngx_uint_t     i, arns, tags, transitive;
    ngx_keyval_t  *kv;

    kv = source->params.elts;
    rc = NGX_OK;
    arns = 0;
    tags = 0;
    transitive = 0;

    policy = ngx_http_s3o_source_param(source, "policy");

    if (policy) {
        rc = ngx_http_s3o_sts_field(fields, "Policy", policy);
    }

    for (i = 0; i < source->params.nelts && rc == NGX_OK; i++) {

        if (ngx_http_s3o_session_is(&kv[i], "policy_arn")) {
            rc = ngx_http_s3o_session_member(pool, fields, "PolicyArns",
                                             ++arns, ".arn", &kv[i].value);
            continue;
        }

        if (!ngx_http_s3o_session_is_tag(&kv[i])) {
            continue;
        }

        (void) ngx_http_s3o_session_tag(&kv[i].value, &key, &text);

        rc = ngx_http_s3o_session_member(pool, fields, "Tags", ++tags, ".Key",
                                         &key);
        if (rc == NGX_OK) {
            rc = ngx_http_s3o_session_member(pool, fields, "Tags", tags,
                                             ".Value", &text);
        }

        if (rc == NGX_OK
            && ngx_http_s3o_session_is(&kv[i], "transitive_tag"))
        {
            rc = ngx_http_s3o_session_member(pool, fields, "TransitiveTagKeys",
                                             ++transitive, "", &key);
        }
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_session_member(ngx_pool_t *pool, ngx_array_t *fields,
    const char *list, ngx_uint_t n, const char *member, ngx_str_t *value)
{
    u_char  *name;

    name = ngx_pnalloc(pool, sizeof("TransitiveTagKeys.member..Value")
                             + NGX_INT_T_LEN);
    if (name == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(name, "%s.member.%ui%s%Z", list, n, member);

    return ngx_http_s3o_sts_field(fields, (char *) name, value);
}
