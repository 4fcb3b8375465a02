
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What only proxy mode needs of the context of a request: apart from it, so
 * that a redirect does without this memory.
 */


#include "ngx_http_s3o_proxied.h"


ngx_int_t
ngx_http_s3o_proxied_create(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ctx->proxied = ngx_pcalloc(r->pool, sizeof(ngx_http_s3o_proxied_t));

    return ctx->proxied ? NGX_OK : NGX_ERROR;
}
