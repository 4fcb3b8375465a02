
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Checks and keeps sets of credentials.
 */


#include "ngx_http_s3o_set.h"
#include "s3o_text.h"


static ngx_uint_t ngx_http_s3o_text(const ngx_str_t *s, const char *not);
static ngx_uint_t ngx_http_s3o_quoted(const ngx_str_t *s);
static ngx_int_t ngx_http_s3o_keep_text(ngx_pool_t *pool, ngx_str_t *dst,
    const ngx_str_t *src);


const char *
ngx_http_s3o_source_set(ngx_http_s3o_source_t *source, ngx_pool_t *pool,
    const ngx_http_s3o_set_t *set)
{
    const char          *err;
    ngx_http_s3o_set_t   copy;

    err = ngx_http_s3o_set_check(set);
    if (err) {
        return err;
    }

    copy.expires = set->expires;
    copy.generation = source->set.generation + 1;

    if (ngx_http_s3o_keep_text(pool, &copy.access_key_id, &set->access_key_id)
        != NGX_OK
        || ngx_http_s3o_keep_text(pool, &copy.secret_access_key,
                                  &set->secret_access_key)
           != NGX_OK
        || ngx_http_s3o_keep_text(pool, &copy.session_token,
                                  &set->session_token)
           != NGX_OK)
    {
        return "no memory";
    }

    source->set = copy;

    return NULL;
}


const char *
ngx_http_s3o_set_check(const ngx_http_s3o_set_t *set)
{
    if (set->access_key_id.len == 0) {
        return "the access key id is missing";
    }

    if (ngx_http_s3o_quoted(&set->access_key_id)) {
        return "the access key id is in quotes, expected it without them";
    }

    /*
     * The first three characters separate parts of "Authorization".  The
     * others are those of placeholders that nobody has replaced, such as
     * "${ID}" and "<id>".
     */

    if (set->access_key_id.len > NGX_HTTP_S3O_ACCESS_KEY_MAX
        || !ngx_http_s3o_text(&set->access_key_id, "/,=\"'`\\$<>{}"))
    {
        return "the access key id is too long or has characters that it "
               "cannot have";
    }

    if (set->secret_access_key.len == 0) {
        return "the secret access key is missing";
    }

    if (ngx_http_s3o_quoted(&set->secret_access_key)) {
        return "the secret access key is in quotes, expected it without them";
    }

    if (set->secret_access_key.len > NGX_HTTP_S3O_SECRET_MAX
        || !ngx_http_s3o_text(&set->secret_access_key, ""))
    {
        return "the secret access key is too long or has characters that it "
               "cannot have";
    }

    if (ngx_http_s3o_quoted(&set->session_token)) {
        return "the session token is in quotes, expected it without them";
    }

    if (set->session_token.len > NGX_HTTP_S3O_TOKEN_MAX
        || !ngx_http_s3o_text(&set->session_token, ""))
    {
        return "the session token is too long or has characters that it "
               "cannot have";
    }

    return NULL;
}


/* 1 when a text is visible ASCII without the characters in "not" */

static ngx_uint_t
ngx_http_s3o_text(const ngx_str_t *s, const char *not)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (!s3o_is_visible(s->data[i]) || ngx_strchr(not, s->data[i])) {
            return 0;
        }
    }

    return 1;
}


/*
 * 1 when a value begins or ends with a quote.  In formats without quotes they
 * become a part of the value, and S3 would refuse each signature.  No
 * credential of AWS begins or ends with a quote.
 */

static ngx_uint_t
ngx_http_s3o_quoted(const ngx_str_t *s)
{
    u_char  first, last;

    if (s->len == 0) {
        return 0;
    }

    first = s->data[0];
    last = s->data[s->len - 1];

    return first == '"' || first == '\'' || last == '"' || last == '\'';
}


static ngx_int_t
ngx_http_s3o_keep_text(ngx_pool_t *pool, ngx_str_t *dst, const ngx_str_t *src)
{
    dst->len = src->len;
    dst->data = ngx_pnalloc(pool, src->len + 1);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn(dst->data, src->data ? src->data : (u_char *) "",
                src->len + 1);

    return NGX_OK;
}
