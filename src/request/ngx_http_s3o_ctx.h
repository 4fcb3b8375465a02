
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The context of a request: made, found again, and cleaned up.
 */


#ifndef _NGX_HTTP_S3O_CTX_H_INCLUDED_
#define _NGX_HTTP_S3O_CTX_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * A zeroed context for this request, or the one that it has, zeroed but for the
 * time until which it waits for credentials: after waiting the phase runs again
 * and begins anew.  NULL without memory.
 */

ngx_http_s3o_ctx_t *ngx_http_s3o_fresh_ctx(ngx_http_request_t *r);


/*
 * A zeroed context, which becomes the request's.  Its token is wiped at the end
 * of the request.  NULL without memory.
 */

ngx_http_s3o_ctx_t *ngx_http_s3o_create_ctx(ngx_http_request_t *r);


/*
 * The newest context of a request, or NULL.  Finds it also after an internal
 * redirect, for which nginx has forgotten all contexts.
 */

ngx_http_s3o_ctx_t *ngx_http_s3o_saved_ctx(ngx_http_request_t *r);


/*
 * Makes ctx->headers for a request with "room" more headers than the client
 * has sent, and for what the header form adds.  NGX_OK, or NGX_ERROR without
 * memory.
 */

ngx_int_t ngx_http_s3o_make_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_uint_t room);


/*
 * The digest that all signing uses, made when the configuration was read.
 * NULL where no location has a source of credentials.
 */

s3o_crypto_t *ngx_http_s3o_crypto(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_CTX_H_INCLUDED_ */
