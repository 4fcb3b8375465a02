
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The JSON of a signed URL, behind the URL itself.
 */


#include "ngx_http_s3o_told.h"
#include "s3o_encode.h"


#define NGX_HTTP_S3O_JSON_METHOD   ",\"method\":\""
#define NGX_HTTP_S3O_JSON_HEADERS  "\",\"headers\":{"
#define NGX_HTTP_S3O_JSON_AT       "},\"expires_at\":\""
#define NGX_HTTP_S3O_JSON_IN       "\",\"expires_in\":"
#define NGX_HTTP_S3O_JSON_LAST     "}\n"

#define NGX_HTTP_S3O_JSON_END                                                \
    (sizeof(NGX_HTTP_S3O_JSON_AT NGX_HTTP_S3O_JSON_IN                        \
            NGX_HTTP_S3O_JSON_LAST) - 1                                      \
     + S3O_RFC3339_LEN + NGX_TIME_T_LEN)


static size_t ngx_http_s3o_json_len(const ngx_str_t *s);
static u_char *ngx_http_s3o_json_text(u_char *p, const ngx_str_t *s);
static u_char *ngx_http_s3o_json_headers(u_char *p, ngx_http_s3o_ctx_t *ctx);
static u_char *ngx_http_s3o_json_end(u_char *p, ngx_http_s3o_ctx_t *ctx);


/* the method needs no escapes, as only known methods come here */

size_t
ngx_http_s3o_told_len(ngx_http_s3o_ctx_t *ctx)
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


u_char *
ngx_http_s3o_told(u_char *p, ngx_http_s3o_ctx_t *ctx)
{
    p = ngx_cpymem(p, NGX_HTTP_S3O_JSON_METHOD,
                   sizeof(NGX_HTTP_S3O_JSON_METHOD) - 1);
    p = ngx_cpymem(p, ctx->method.data, ctx->method.len);
    p = ngx_cpymem(p, NGX_HTTP_S3O_JSON_HEADERS,
                   sizeof(NGX_HTTP_S3O_JSON_HEADERS) - 1);
    p = ngx_http_s3o_json_headers(p, ctx);

    return ngx_http_s3o_json_end(p, ctx);
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
