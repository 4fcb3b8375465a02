
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The context of a request: made, found again, and cleaned up.
 */


#include "ngx_http_s3o_ctx.h"


static void ngx_http_s3o_ctx_cleanup(void *data);


ngx_http_s3o_ctx_t *
ngx_http_s3o_fresh_ctx(ngx_http_request_t *r)
{
    ngx_msec_t           until;
    ngx_uint_t           waiting;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL) {
        return ngx_http_s3o_create_ctx(r);
    }

    waiting = ctx->waiting;
    until = ctx->wait_until;

    ngx_memzero(ctx, sizeof(ngx_http_s3o_ctx_t));

    ctx->waiting = waiting;
    ctx->wait_until = until;

    return ctx;
}


ngx_http_s3o_ctx_t *
ngx_http_s3o_create_ctx(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t  *ctx;
    ngx_pool_cleanup_t  *cln;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_s3o_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    /*
     * ngx_http_s3o_saved_ctx() finds the context by this cleanup handler
     * after an internal redirect, which zeroes r->ctx[]
     */

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_s3o_ctx_cleanup;
    cln->data = ctx;

    ngx_http_set_ctx(r, ctx, ngx_http_s3o_presign_module);

    return ctx;
}


static void
ngx_http_s3o_ctx_cleanup(void *data)
{
    ngx_http_s3o_ctx_t *ctx = data;

    ngx_explicit_memzero(ctx->security_token.data, ctx->security_token.len);
}


ngx_http_s3o_ctx_t *
ngx_http_s3o_saved_ctx(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t  *ctx;
    ngx_pool_cleanup_t  *cln;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx || (!r->internal && !r->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_s3o_ctx_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


s3o_crypto_t *
ngx_http_s3o_crypto(ngx_http_request_t *r)
{
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    return smcf->crypto.md ? &smcf->crypto : NULL;
}
