
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Hands a signed URL to the client, as a redirect or as JSON.
 */


#include "ngx_http_s3o_deliver.h"
#include "ngx_http_s3o_compat.h"
#include "s3o_encode.h"
#include "ngx_http_s3o_body.h"
#include "ngx_http_s3o_push_header.h"
#include "ngx_http_s3o_sign.h"


static ngx_int_t ngx_http_s3o_send_redirect(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_cache_control(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_max_age(ngx_http_request_t *r, time_t age,
    ngx_str_t *value);
static ngx_int_t ngx_http_s3o_send_json(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_json(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *json);
static size_t ngx_http_s3o_json_rest(ngx_http_s3o_ctx_t *ctx);
static size_t ngx_http_s3o_json_len(const ngx_str_t *s);
static u_char *ngx_http_s3o_json_text(u_char *p, const ngx_str_t *s);
static u_char *ngx_http_s3o_json_headers(u_char *p, ngx_http_s3o_ctx_t *ctx);
static u_char *ngx_http_s3o_json_end(u_char *p, ngx_http_s3o_ctx_t *ctx);


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

    if (ctx == NULL
        || ngx_http_s3o_json(r, ctx, &json) != NGX_OK
        || ngx_http_s3o_cache_control(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* the client's conditions, such as "If-Match", are for its request to S3 */

    r->disable_not_modified = 1;

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = json;

    ngx_str_set(&type, "application/json");

    return ngx_http_send_response(r, NGX_HTTP_OK, &type, &cv);
}


#define NGX_HTTP_S3O_JSON_URL      "{\"url\":\""
#define NGX_HTTP_S3O_JSON_METHOD   "\",\"method\":\""
#define NGX_HTTP_S3O_JSON_HEADERS  "\",\"headers\":{"
#define NGX_HTTP_S3O_JSON_AT       "},\"expires_at\":\""
#define NGX_HTTP_S3O_JSON_IN       "\",\"expires_in\":"
#define NGX_HTTP_S3O_JSON_LAST     "}\n"

#define NGX_HTTP_S3O_JSON_END                                                \
    (sizeof(NGX_HTTP_S3O_JSON_AT NGX_HTTP_S3O_JSON_IN                        \
            NGX_HTTP_S3O_JSON_LAST) - 1                                      \
     + S3O_RFC3339_LEN + NGX_TIME_T_LEN)


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
    after = ngx_http_s3o_json_rest(ctx);

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

    p = ngx_cpymem(p, NGX_HTTP_S3O_JSON_METHOD,
                   sizeof(NGX_HTTP_S3O_JSON_METHOD) - 1);
    p = ngx_cpymem(p, ctx->method.data, ctx->method.len);
    p = ngx_cpymem(p, NGX_HTTP_S3O_JSON_HEADERS,
                   sizeof(NGX_HTTP_S3O_JSON_HEADERS) - 1);
    p = ngx_http_s3o_json_headers(p, ctx);
    p = ngx_http_s3o_json_end(p, ctx);

    if (p == NULL) {
        return NGX_ERROR;
    }

    json->len = p - json->data;

    return NGX_OK;
}


/*
 * The largest length of the text after the URL, in bytes.  The method is a
 * known one, and needs no escapes.
 */

static size_t
ngx_http_s3o_json_rest(ngx_http_s3o_ctx_t *ctx)
{
    size_t      len;
    ngx_str_t   name, value;
    ngx_uint_t  i;

    len = sizeof(NGX_HTTP_S3O_JSON_METHOD NGX_HTTP_S3O_JSON_HEADERS) - 1
          + ctx->method.len + NGX_HTTP_S3O_JSON_END;

    for (i = 0; i < ctx->nheaders; i++) {
        name = ngx_http_s3o_ngx_str(&ctx->headers[i].name);
        value = ngx_http_s3o_ngx_str(&ctx->headers[i].value);

        len += ngx_http_s3o_json_len(&name) + ngx_http_s3o_json_len(&value)
               + sizeof(",\"\":\"\"") - 1;
    }

    return len;
}


static size_t
ngx_http_s3o_json_len(const ngx_str_t *s)
{
    return s->len + ngx_escape_json(NULL, s->data, s->len);
}


static u_char *
ngx_http_s3o_json_text(u_char *p, const ngx_str_t *s)
{
    return (u_char *) ngx_escape_json(p, s->data, s->len);
}


/*
 * Writes the headers that the client must send with their signed values, and
 * returns the end.  The headers are sorted, so repeated ones are neighbours,
 * and become one value with commas.
 */

static u_char *
ngx_http_s3o_json_headers(u_char *p, ngx_http_s3o_ctx_t *ctx)
{
    ngx_str_t      name, value;
    ngx_uint_t     i;
    s3o_header_t  *h;

    h = ctx->headers;

    for (i = 0; i < ctx->nheaders; i++) {

        /* clients take "Host" from the URL */

        if (s3o_str_is(&h[i].name, "host")) {
            continue;
        }

        name = ngx_http_s3o_ngx_str(&h[i].name);
        value = ngx_http_s3o_ngx_str(&h[i].value);

        if (i && s3o_str_eq(&h[i].name, &h[i - 1].name)) {
            p[-1] = ',';

        } else {
            if (p[-1] == '"') {
                *p++ = ',';
            }

            *p++ = '"';
            p = ngx_http_s3o_json_text(p, &name);
            *p++ = '"';
            *p++ = ':';
            *p++ = '"';
        }

        p = ngx_http_s3o_json_text(p, &value);
        *p++ = '"';
    }

    return p;
}


/*
 * Writes what follows the headers: the times.  Keeps the text of the last
 * call, as most requests have the same times.  Returns the end, or NULL when
 * the time cannot be written as a date.
 */

static u_char *
ngx_http_s3o_json_end(u_char *p, ngx_http_s3o_ctx_t *ctx)
{
    s3o_buf_t       b;
    u_char          at[S3O_RFC3339_LEN];

    static time_t   expires_at, expires_in;
    static size_t   len;
    static u_char   text[NGX_HTTP_S3O_JSON_END];

    if (ctx->expires_at != expires_at || ctx->expires_in != expires_in) {

        if (s3o_time_rfc3339(at, ctx->expires_at) != S3O_OK) {
            return NULL;
        }

        s3o_buf_init(&b, text, sizeof(text));
        s3o_buf_put_literal(&b, NGX_HTTP_S3O_JSON_AT);
        s3o_buf_put(&b, at, S3O_RFC3339_LEN);
        s3o_buf_put_literal(&b, NGX_HTTP_S3O_JSON_IN);
        s3o_decimal(&b, ctx->expires_in);
        s3o_buf_put_literal(&b, NGX_HTTP_S3O_JSON_LAST);

        len = b.pos - text;
        expires_at = ctx->expires_at;
        expires_in = ctx->expires_in;
    }

    return ngx_cpymem(p, text, len);
}
