
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Hands a signed URL to the client, as a redirect or as JSON.
 */


#include "ngx_http_s3o_deliver.h"
#include "ngx_http_s3o_compat.h"
#include "s3o_encode.h"
#include "ngx_http_s3o_body.h"
#include "ngx_http_s3o_parts_send.h"
#include "ngx_http_s3o_push_header.h"
#include "ngx_http_s3o_sign.h"
#include "ngx_http_s3o_told.h"


static ngx_int_t ngx_http_s3o_send_redirect(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_cache_control(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_max_age(ngx_http_request_t *r, time_t age,
    ngx_str_t *value);
static ngx_int_t ngx_http_s3o_send_json(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_json(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *json);


ngx_int_t
ngx_http_s3o_redirect_handler(ngx_http_request_t *r)
{
    return ngx_http_s3o_answer_early(r, ngx_http_s3o_send_redirect);
}


static ngx_int_t
ngx_http_s3o_send_redirect(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL || ngx_http_s3o_sign_query(r, ctx, 0, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_clear_location(r);

    if (ngx_http_s3o_add_header(r, "Location", &ctx->url,
                                &r->headers_out.location)
        != NGX_OK
        || ngx_http_s3o_cache_control(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = ctx->status;
    r->headers_out.content_length_n = 0;
    r->header_only = 1;

    rc = ngx_http_send_header(r);

    /*
     * the header was tried once: an error page would be sent without
     * "Location"
     */

    return rc > NGX_OK ? NGX_ERROR : rc;
}


/*
 * Adds "Cache-Control".  With "s3o_presign_window" the same request yields
 * the same URL until the window ends, so a redirect may be cached until then.
 * Every other answer has "no-store".
 */

static ngx_int_t
ngx_http_s3o_cache_control(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    time_t            age;
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    ngx_str_set(&value, "no-store");

    if (ctx->mode == NGX_HTTP_S3O_REDIRECT && ctx->conf->window) {
        age = ngx_min(ctx->signed_at + ctx->conf->window - ngx_time(),
                      ctx->expires_in);

        if (age > 0 && ngx_http_s3o_max_age(r, age, &value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_s3o_add_header(r, "Cache-Control", &value, &h) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_register_cache_control(r, h);
}


/*
 * Makes "private, max-age=" with "age" in seconds.  Keeps the text of the
 * last call, as most requests within one second have the same age.
 */

static ngx_int_t
ngx_http_s3o_max_age(ngx_http_request_t *r, time_t age, ngx_str_t *value)
{
    s3o_buf_t         b;

    static time_t     last;
    static size_t     len;
    static u_char     text[sizeof("private, max-age=") - 1 + NGX_TIME_T_LEN];

    if (age != last) {
        s3o_buf_init(&b, text, sizeof(text));
        s3o_buf_put_literal(&b, "private, max-age=");
        s3o_decimal(&b, age);

        len = b.pos - text;
        last = age;
    }

    value->data = ngx_pnalloc(r->pool, sizeof(text));
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value->data, text, sizeof(text));
    value->len = len;

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_json_handler(ngx_http_request_t *r)
{
    return ngx_http_s3o_answer_early(r, ngx_http_s3o_send_json);
}


static ngx_int_t
ngx_http_s3o_send_json(ngx_http_request_t *r)
{
    ngx_str_t                  json, type;
    ngx_http_s3o_ctx_t        *ctx;
    ngx_http_complex_value_t   cv;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    ngx_str_null(&json);

    if (ctx == NULL
        || (ctx->parts == NULL && ngx_http_s3o_json(r, ctx, &json) != NGX_OK)
        || ngx_http_s3o_cache_control(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* the client's conditions, such as "If-Match", are for its request to S3 */

    r->disable_not_modified = 1;

    if (ctx->parts) {
        return ngx_http_s3o_send_parts(r, ctx);
    }

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = json;

    ngx_str_set(&type, "application/json");

    return ngx_http_send_response(r, NGX_HTTP_OK, &type, &cv);
}


#define NGX_HTTP_S3O_JSON_URL  "{\"url\":\""


/*
 * Makes the JSON text.  A URL that is not signed yet is signed right at its
 * place in this text, which spares a copy.
 */

static ngx_int_t
ngx_http_s3o_json(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *json)
{
    u_char  *p;
    size_t   before, after;

    before = sizeof(NGX_HTTP_S3O_JSON_URL) - 1;
    after = 1 + ngx_http_s3o_told_len(ctx);

    if (ctx->signed_query) {

        /* a variable has signed the URL already */

        p = ngx_pnalloc(r->pool, before + ctx->url.len + after);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(p + before, ctx->url.data, ctx->url.len);

    } else {

        if (ngx_http_s3o_sign_query(r, ctx, before, after) != NGX_OK) {
            return NGX_ERROR;
        }

        p = ctx->url.data - before;
    }

    json->data = p;

    ngx_memcpy(p, NGX_HTTP_S3O_JSON_URL, before);

    /* the URL is percent-encoded, so JSON needs no escapes in it */

    p += before + ctx->url.len;

    *p++ = '"';
    p = ngx_http_s3o_told(p, ctx);

    if (p == NULL) {
        return NGX_ERROR;
    }

    json->len = p - json->data;

    return NGX_OK;
}
