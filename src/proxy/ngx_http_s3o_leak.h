
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: secrets that an answer of the Outpost must not contain.
 */


#ifndef _NGX_HTTP_S3O_LEAK_H_INCLUDED_
#define _NGX_HTTP_S3O_LEAK_H_INCLUDED_


#include "ngx_http_s3o_presign.h"

#include "s3o_leak.h"


/*
 * Adds the session token and the signature of the request to the texts that
 * "leak" searches for.  NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_leak_set(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_leak_t *leak);


#endif /* _NGX_HTTP_S3O_LEAK_H_INCLUDED_ */
