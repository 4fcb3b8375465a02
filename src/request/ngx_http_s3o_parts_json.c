
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The JSON text with the URLs of many parts.  The parts differ in one number of
 * the query, so everything else is made once.
 */


#include "ngx_http_s3o_parts_json.h"
#include "s3o_sigv4.h"
#include "ngx_http_s3o_lifetime.h"
#include "ngx_http_s3o_parts.h"
#include "ngx_http_s3o_sign.h"
#include "ngx_http_s3o_signer.h"
#include "ngx_http_s3o_told.h"
#include "ngx_http_s3o_wait.h"


#define NGX_HTTP_S3O_PARTS_FIRST   "{\"parts\":["
#define NGX_HTTP_S3O_PARTS_NUMBER  ",\n{\"partNumber\":"
#define NGX_HTTP_S3O_PARTS_URL     ",\"url\":\""
#define NGX_HTTP_S3O_PARTS_END     "\"}"

/* the bytes of a part beside its URL; a part number has at most 5 digits */
#define NGX_HTTP_S3O_PARTS_REST                                              \
    (sizeof(NGX_HTTP_S3O_PARTS_NUMBER NGX_HTTP_S3O_PARTS_URL                 \
            NGX_HTTP_S3O_PARTS_END "10000") - 1)


static ngx_int_t ngx_http_s3o_parts_param(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_parts_json_t *json);
static void ngx_http_s3o_parts_number(ngx_http_s3o_parts_json_t *json);
static ngx_int_t ngx_http_s3o_parts_put(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_parts_json_t *json, ngx_buf_t *b);


ngx_int_t
ngx_http_s3o_parts_prepare(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_parts_json_t *json)
{
    s3o_request_t              req;
    s3o_query_form_t           q;
    const ngx_http_s3o_set_t  *set;

    if (ngx_http_s3o_sign_query(r, ctx, 0, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    set = ngx_http_s3o_live_set(ctx, ngx_time());
    if (set == NULL) {
        return NGX_ERROR;
    }

    json->signer = ngx_http_s3o_signer_own(r, ctx, set, ctx->signed_at);
    if (json->signer == NULL) {
        return NGX_ERROR;
    }

    /* a variable may have made an earlier URL, with another set */

    json->life = (uint32_t) ngx_http_s3o_url_life(ctx, set, ctx->signed_at);
    ctx->expires_at = ctx->signed_at + json->life;
    ctx->expires_in = ctx->expires_at - ngx_time();

    if (ngx_http_s3o_parts_param(ctx, json) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_s3o_query_form(ctx, &req, &q);

    json->room = NGX_HTTP_S3O_PARTS_REST
                 + s3o_presign_len(json->signer, &req, &q);
    json->size = sizeof(NGX_HTTP_S3O_PARTS_FIRST) + json->room
                 + ngx_http_s3o_told_len(ctx);

    return NGX_OK;
}


/*
 * Finds "partNumber" among the sorted parameters of the query, so that each
 * part's number can be written into its value.  The query has only one such
 * parameter, so the order of the parameters is right for every number.
 */

static ngx_int_t
ngx_http_s3o_parts_param(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_parts_json_t *json)
{
    s3o_uint_t    i;
    s3o_param_t  *param;

    for (i = 0; i < ctx->query->nparams; i++) {
        param = &ctx->query->params[i];

        if (!s3o_str_is(&param->name, "partNumber")) {
            continue;
        }

        ngx_memcpy(json->text, "partNumber=", sizeof("partNumber=") - 1);

        param->name.data = json->text;
        param->value.data = json->text + sizeof("partNumber=") - 1;

        json->param = param;

        /* the last number is the longest one, and must have room */

        json->next = ctx->parts->last;
        ngx_http_s3o_parts_number(json);
        json->next = ctx->parts->first;

        return NGX_OK;
    }

    return NGX_ERROR;
}


static void
ngx_http_s3o_parts_number(ngx_http_s3o_parts_json_t *json)
{
    u_char  *p;

    p = json->param->value.data;

    json->param->value.len = ngx_sprintf(p, "%ui", json->next) - p;
}


ngx_int_t
ngx_http_s3o_parts_write(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_parts_json_t *json, ngx_uint_t n, ngx_buf_t *b)
{
    ngx_http_s3o_parts_t  *parts;

    parts = ctx->parts;

    if (json->next == parts->first) {
        b->last = ngx_cpymem(b->last, NGX_HTTP_S3O_PARTS_FIRST,
                             sizeof(NGX_HTTP_S3O_PARTS_FIRST) - 1);
    }

    for ( /* void */ ; n && json->next <= parts->last; n--) {

        if ((size_t) (b->end - b->last) < json->room) {
            return NGX_AGAIN;
        }

        if (ngx_http_s3o_parts_put(ctx, json, b) != NGX_OK) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                          "s3o_presign: signing failed");
            return NGX_ERROR;
        }
    }

    if (json->next <= parts->last
        || (size_t) (b->end - b->last) < 1 + ngx_http_s3o_told_len(ctx))
    {
        return NGX_AGAIN;
    }

    *b->last++ = ']';

    b->last = ngx_http_s3o_told(b->last, ctx);

    return b->last ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_parts_put(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_parts_json_t *json, ngx_buf_t *b)
{
    u_char            *p;
    s3o_buf_t          url;
    s3o_request_t      req;
    s3o_query_form_t   q;

    ngx_http_s3o_parts_number(json);
    ngx_http_s3o_query_form(ctx, &req, &q);

    /* the first part has no comma and no line break before it */

    p = b->last;
    p = json->next == ctx->parts->first
        ? ngx_cpymem(p, &NGX_HTTP_S3O_PARTS_NUMBER[2],
                     sizeof(NGX_HTTP_S3O_PARTS_NUMBER) - 3)
        : ngx_cpymem(p, NGX_HTTP_S3O_PARTS_NUMBER,
                     sizeof(NGX_HTTP_S3O_PARTS_NUMBER) - 1);

    p = ngx_cpymem(p, json->param->value.data, json->param->value.len);
    p = ngx_cpymem(p, NGX_HTTP_S3O_PARTS_URL,
                   sizeof(NGX_HTTP_S3O_PARTS_URL) - 1);

    s3o_buf_init(&url, p, b->end - p);

    if (s3o_presign(json->signer, &req, &q, json->life, &url) != S3O_OK) {
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(url.pos, NGX_HTTP_S3O_PARTS_END,
                         sizeof(NGX_HTTP_S3O_PARTS_END) - 1);
    json->next++;

    return NGX_OK;
}
