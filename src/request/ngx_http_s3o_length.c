
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How long an upload may be.  The Outpost accepts a body of any length unless
 * the signature covers "content-length", so a limit works only when the length
 * is signed.
 */


#include "ngx_http_s3o_length.h"
#include "s3o_text.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_signed_headers.h"


static ngx_uint_t ngx_http_s3o_is_upload(ngx_http_s3o_ctx_t *ctx);
static s3o_header_t *ngx_http_s3o_signed_length(ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_sign_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_refuse_size(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t length);
static ngx_int_t ngx_http_s3o_check_bound_length(ngx_http_request_t *r,
    ngx_http_s3o_pair_t *pair, off_t length);


/* Returns 1 when the request has data for an object; a copy has none. */

static ngx_uint_t
ngx_http_s3o_is_upload(ngx_http_s3o_ctx_t *ctx)
{
    ngx_uint_t  i;

    if (ctx->copied
        || !ngx_http_s3o_has_length(ctx)
        || (ctx->operation != S3O_OP_OBJECT
            && ctx->operation != S3O_OP_UPLOAD_PART))
    {
        return 0;
    }

    for (i = 0; i < ctx->nheaders; i++) {
        if (s3o_str_is(&ctx->headers[i].name, "x-amz-copy-source")) {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_http_s3o_parse_length(ngx_http_request_t *r, const s3o_str_t *text,
    off_t *length)
{
    ngx_str_t  shown, value;

    *length = ngx_atoof(text->data, text->len);

    if (*length >= 0 && (text->data[0] != '0' || text->len == 1)) {
        return NGX_OK;
    }

    value = ngx_http_s3o_ngx_str(text);

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                               NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                               "\"%V\" cannot be the \"content-length\" of an "
                               "upload: expected a number of bytes",
                               ngx_http_s3o_shown(&shown, &value));
}


ngx_int_t
ngx_http_s3o_check_signed_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx)
{
    off_t          length;
    ngx_int_t      rc;
    s3o_header_t  *header;

    if (!ngx_http_s3o_is_upload(ctx)) {
        return NGX_OK;
    }

    header = ngx_http_s3o_signed_length(ctx);

    if (header == NULL
        && ctx->mode == NGX_HTTP_S3O_REDIRECT
        && r->headers_in.content_length)
    {
        if (ngx_http_s3o_sign_length(r, ctx) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        header = &ctx->headers[ctx->nheaders - 1];
    }

    if (header == NULL) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                                   NGX_HTTP_LENGTH_REQUIRED, NGX_LOG_INFO,
                                   ctx->mode == NGX_HTTP_S3O_REDIRECT
                                   ? "the upload has no \"Content-Length\", "
                                     "which \"s3o_presign_max_size\" needs"
                                   : "the length of the upload is not known: "
                                     "\"s3o_presign_max_size\" needs "
                                     "\"s3o_presign_header content-length\" "
                                     "with a value");
    }

    rc = ngx_http_s3o_parse_length(r, &header->value, &length);

    return rc == NGX_OK ? ngx_http_s3o_refuse_size(r, ctx, length) : rc;
}


static s3o_header_t *
ngx_http_s3o_signed_length(ngx_http_s3o_ctx_t *ctx)
{
    ngx_uint_t  i;

    for (i = 0; i < ctx->nheaders; i++) {
        if (s3o_str_is(&ctx->headers[i].name, "content-length")) {
            return &ctx->headers[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_s3o_sign_length(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    s3o_header_t     *header;
    ngx_table_elt_t  *h;

    if (ctx->headers == NULL
        && ngx_http_s3o_make_headers(r, ctx, 0) != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = r->headers_in.content_length;
    header = &ctx->headers[ctx->nheaders++];

    s3o_str_set(&header->name, h->lowcase_key, h->key.len);
    header->value = ngx_http_s3o_str(&h->value);

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_refuse_size(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    off_t length)
{
    if (length <= ctx->conf->max_size) {
        return NGX_OK;
    }

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                               NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                               NGX_LOG_INFO,
                               "an upload of %O bytes is larger than "
                               "\"s3o_presign_max_size\" of %O",
                               length, ctx->conf->max_size);
}


ngx_int_t
ngx_http_s3o_check_sent_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t length)
{
    ngx_int_t             rc;
    s3o_str_t             name;
    ngx_uint_t            i;
    ngx_http_s3o_pair_t  *pair;

    if (!ngx_http_s3o_has_length(ctx)) {
        return NGX_OK;
    }

    pair = ctx->conf->headers ? ctx->conf->headers->elts : NULL;

    for (i = 0; pair && i < ctx->conf->headers->nelts; i++) {

        name = ngx_http_s3o_str(&pair[i].lowcase_name);

        if (!s3o_str_is(&name, "content-length")) {
            continue;
        }

        rc = ngx_http_s3o_check_bound_length(r, &pair[i], length);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (ctx->conf->max_size == 0 || !ngx_http_s3o_is_upload(ctx)) {
        return NGX_OK;
    }

    if (length < 0) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                                   NGX_HTTP_LENGTH_REQUIRED, NGX_LOG_INFO,
                                   "the upload has no \"Content-Length\", "
                                   "which \"s3o_presign_max_size\" needs");
    }

    return ngx_http_s3o_refuse_size(r, ctx, length);
}


static ngx_int_t
ngx_http_s3o_check_bound_length(ngx_http_request_t *r,
    ngx_http_s3o_pair_t *pair, off_t length)
{
    off_t      bound;
    ngx_int_t  rc;
    ngx_str_t  value;
    s3o_str_t  text;

    if (ngx_http_s3o_eval(r, &pair->value, &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text = ngx_http_s3o_str(&value);
    s3o_trim(&text);

    if (text.len == 0) {
        return NGX_OK;
    }

    rc = ngx_http_s3o_parse_length(r, &text, &bound);

    if (rc != NGX_OK || length == bound) {
        return rc;
    }

    if (length < 0) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                                   NGX_HTTP_LENGTH_REQUIRED, NGX_LOG_INFO,
                                   "the upload has no \"Content-Length\": it "
                                   "must be \"%O\" here", bound);
    }

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                               NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                               "the header \"content-length\" has another "
                               "value: it must be \"%O\" here", bound);
}
