
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The part of a request's context that only proxy mode needs.  It is allocated
 * apart, so that redirects do not need this memory.
 */


#include "ngx_http_s3o_proxied.h"


ngx_int_t
ngx_http_s3o_proxied_create(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ctx->proxied = ngx_pcalloc(r->pool, sizeof(ngx_http_s3o_proxied_t));

    return ctx->proxied ? NGX_OK : NGX_ERROR;
}
