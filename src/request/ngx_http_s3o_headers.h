
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The client's headers: refused, signed, or left alone.
 */


#ifndef _NGX_HTTP_S3O_HEADERS_H_INCLUDED_
#define _NGX_HTTP_S3O_HEADERS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Checks the client's headers, and refuses those that are neither allowed nor
 * without effect.  For a presigned URL sets ctx->headers, sorted,
 * ctx->epilogue and ctx->signed_headers.  In every mode sets ctx->payload to
 * UNSIGNED-PAYLOAD, and ctx->copied for a copy.  NGX_OK, or the status of a
 * refusal.
 */

ngx_int_t ngx_http_s3o_check_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_HEADERS_H_INCLUDED_ */
