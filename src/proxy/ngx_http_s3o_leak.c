
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: secrets that an answer of the Outpost must not contain.
 */


#include "ngx_http_s3o_leak.h"


ngx_int_t
ngx_http_s3o_leak_set(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_leak_t *leak)
{
    u_char     *p, *last;
    uint32_t   *room;
    s3o_str_t   token, signature;

    token = ngx_http_s3o_str(&ctx->security_token);

    /* the value of Authorization ends with the signature */

    last = ctx->authorization.data + ctx->authorization.len;

    for (p = last; p > ctx->authorization.data && p[-1] != '='; p--) {
        /* void */
    }

    s3o_str_set(&signature, p, last - p);

    room = ngx_palloc(r->pool,
                      (token.len + signature.len) * sizeof(uint32_t) + 1);
    if (room == NULL) {
        return NGX_ERROR;
    }

    if (s3o_leak_add(leak, &token, room) != S3O_OK
        || s3o_leak_add(leak, &signature, room + token.len) != S3O_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}
