
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The context of a request: made, found again, and cleaned up.
 */


#ifndef _NGX_HTTP_S3O_CTX_H_INCLUDED_
#define _NGX_HTTP_S3O_CTX_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * The context with which the phase handler begins.  Makes a zeroed context
 * when the request has none.  Otherwise the phase runs again after waiting
 * for credentials: zeroes the context, except for "waiting" and "wait_until",
 * so that the time limit goes on.  NULL without memory.
 */

ngx_http_s3o_ctx_t *ngx_http_s3o_fresh_ctx(ngx_http_request_t *r);


/*
 * Makes a zeroed context and sets it for the request.  Its session token is
 * wiped when the request ends.  NULL without memory.
 */

ngx_http_s3o_ctx_t *ngx_http_s3o_create_ctx(ngx_http_request_t *r);


/*
 * The newest context of a request, or NULL.  Finds the context also after an
 * internal redirect, where nginx has zeroed the contexts of all modules.
 */

ngx_http_s3o_ctx_t *ngx_http_s3o_saved_ctx(ngx_http_request_t *r);


/*
 * The hash functions that all signing uses, loaded when the configuration was
 * read.  NULL when no location has a source of credentials.
 */

s3o_crypto_t *ngx_http_s3o_crypto(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_CTX_H_INCLUDED_ */
