
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The values of variables that only an authorized request has.  A signature is
 * made by the first of them that needs it.
 */


#include "ngx_http_s3o_signed_values.h"
#include "s3o_encode.h"
#include "s3o_time.h"
#include "ngx_http_s3o_sign.h"


static ngx_int_t ngx_http_s3o_sign_both(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_url_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_uri_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_host_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_method_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_expires_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_expires_at_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_date_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_time_value(ngx_http_request_t *r,
    ngx_str_t *value, time_t t, s3o_int_t (*write)(u_char *dst, int64_t t),
    size_t len);
static ngx_int_t ngx_http_s3o_authorization_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_sha256_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_region_set_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_token_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_url_param(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_access_key_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);


ngx_http_s3o_value_t  ngx_http_s3o_values[] = {

    { ngx_string("s3o_presign_url"), ngx_http_s3o_url_value },

    { ngx_string("s3o_presign_uri"), ngx_http_s3o_uri_value },

    { ngx_string("s3o_presign_host"), ngx_http_s3o_host_value },

    { ngx_string("s3o_presign_method"), ngx_http_s3o_method_value },

    { ngx_string("s3o_presign_expires"), ngx_http_s3o_expires_value },

    { ngx_string("s3o_presign_expires_at"), ngx_http_s3o_expires_at_value },

    { ngx_string("s3o_presign_date"), ngx_http_s3o_date_value },

    { ngx_string("s3o_presign_authorization"),
      ngx_http_s3o_authorization_value },

    { ngx_string("s3o_presign_content_sha256"), ngx_http_s3o_sha256_value },

    { ngx_string("s3o_presign_region_set"), ngx_http_s3o_region_set_value },

    { ngx_string("s3o_presign_security_token"), ngx_http_s3o_token_value },

    { ngx_string("s3o_presign_access_key_id"),
      ngx_http_s3o_access_key_value },

    { ngx_null_string, NULL }
};


/*
 * Signs a request.  In mode "on" signs in both forms at once, so that both
 * are made with the same credentials.  NGX_OK; NGX_DECLINED when there is no
 * signature yet; NGX_ERROR.
 */

static ngx_int_t
ngx_http_s3o_sign_both(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_uint_t            i;
    ngx_http_s3o_form_t   form;

    if (ctx->mode == NGX_HTTP_S3O_PROXY) {

        /* signed when the request to the upstream is written */

        return ctx->signed_header ? NGX_OK : NGX_DECLINED;
    }

    if (ngx_http_s3o_sign_query(r, ctx, 0, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->mode != NGX_HTTP_S3O_ON || ctx->signed_header) {
        return NGX_OK;
    }

    form.headers = ngx_palloc(r->pool,
                              (ctx->nheaders + NGX_HTTP_S3O_AUTH_HEADERS)
                              * sizeof(s3o_header_t));
    if (form.headers == NULL) {
        return NGX_ERROR;
    }

    form.method = ctx->method;
    form.nheaders = 0;
    form.room = 0;

    for (i = 0; i < ctx->nheaders; i++) {
        if (!s3o_str_is(&ctx->headers[i].name, "host")) {
            form.headers[form.nheaders++] = ctx->headers[i];
        }
    }

    if (ngx_http_s3o_sign_header(r, ctx, &form) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_end_signature(r, ctx, &form,
                                      ngx_http_s3o_put_signature(ctx, &form,
                                                                 form.text));
}


static ngx_int_t
ngx_http_s3o_url_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ctx->mode == NGX_HTTP_S3O_PROXY ? ngx_http_s3o_bare_url(r, ctx)
                                         : ngx_http_s3o_sign_both(r, ctx);

    *value = ctx->url;

    return rc;
}


static ngx_int_t
ngx_http_s3o_uri_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ngx_http_s3o_url_value(r, ctx, value);

    if (rc == NGX_OK && value->len) {
        value->data += ctx->target->origin.len;
        value->len -= ctx->target->origin.len;
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_host_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->target->host;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_method_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->method;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_expires_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    u_char  *p;

    if (ngx_http_s3o_sign_both(r, ctx) != NGX_OK || !ctx->signed_query) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;
    value->len = ngx_sprintf(p, "%T", ctx->expires_in) - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_expires_at_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    if (ngx_http_s3o_sign_both(r, ctx) != NGX_OK || !ctx->signed_query) {
        return NGX_DECLINED;
    }

    return ngx_http_s3o_time_value(r, value, ctx->expires_at,
                                   s3o_time_rfc3339, S3O_RFC3339_LEN);
}


static ngx_int_t
ngx_http_s3o_date_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ngx_http_s3o_sign_both(r, ctx);

    if (rc != NGX_OK || ctx->signed_header) {
        *value = ctx->date;
        return rc;
    }

    return ngx_http_s3o_time_value(r, value, ctx->signed_at,
                                   s3o_time_amz_date, S3O_AMZ_DATE_LEN);
}


/* Sets "value" to the text of a time, "len" bytes, which write() writes. */

static ngx_int_t
ngx_http_s3o_time_value(ngx_http_request_t *r, ngx_str_t *value, time_t t,
    s3o_int_t (*write)(u_char *dst, int64_t t), size_t len)
{
    value->data = ngx_pnalloc(r->pool, len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = len;

    return write(value->data, t) == S3O_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_authorization_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ngx_http_s3o_sign_both(r, ctx);

    *value = ctx->authorization;

    return rc;
}


static ngx_int_t
ngx_http_s3o_sha256_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->payload;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_region_set_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->region_set;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_token_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    static ngx_str_t  name = ngx_string("&X-Amz-Security-Token=");

    rc = ngx_http_s3o_sign_both(r, ctx);

    if (rc != NGX_OK || ctx->signed_header) {
        *value = ctx->security_token;
        return rc;
    }

    return ngx_http_s3o_url_param(r, ctx, &name, value);
}


/*
 * Sets "value" to the decoded value of the argument "name" of the URL; no
 * copy is kept in the context.
 */

static ngx_int_t
ngx_http_s3o_url_param(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *name, ngx_str_t *value)
{
    u_char  *p, *end, *amp;

    end = ctx->url.data + ctx->url.len;

    p = ngx_strlcasestrn(ctx->url.data, end, name->data, name->len - 1);
    if (p == NULL) {
        return NGX_OK;
    }

    p += name->len;
    amp = ngx_strlchr(p, end, '&');

    if (amp) {
        end = amp;
    }

    value->data = ngx_pnalloc(r->pool, end - p);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    return s3o_decode(value->data, &value->len, p, end - p, 0) == S3O_OK
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_access_key_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    u_char     *slash;
    ngx_int_t   rc;

    static ngx_str_t  name = ngx_string("&X-Amz-Credential=");

    rc = ngx_http_s3o_sign_both(r, ctx);

    if (rc != NGX_OK || ctx->signed_header) {
        *value = ctx->access_key_id;
        return rc;
    }

    /* the access key id is the part before the scope */

    rc = ngx_http_s3o_url_param(r, ctx, &name, value);

    slash = ngx_strlchr(value->data, value->data + value->len, '/');

    value->len = slash ? (size_t) (slash - value->data) : 0;

    return rc;
}
