
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The client's headers: refused, signed, or left alone.
 */


#ifndef _NGX_HTTP_S3O_HEADERS_H_INCLUDED_
#define _NGX_HTTP_S3O_HEADERS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * What the client's headers say about the body.  The caller zeroes it; values
 * that no header gives stay NULL.
 */

typedef struct {
    ngx_uint_t               aws_chunked;  /* in Content-Encoding */
    ngx_str_t               *sha256;       /* x-amz-content-sha256 */
    ngx_str_t               *length;       /* x-amz-decoded-content-length */
    ngx_str_t               *trailer;      /* x-amz-trailer */
} ngx_http_s3o_upload_t;


/*
 * Checks the client's headers, and refuses those that are neither allowed nor
 * without effect.  For a presigned URL sets ctx->headers, sorted,
 * ctx->epilogue and ctx->signed_headers.  In every mode sets ctx->payload to
 * UNSIGNED-PAYLOAD, and ctx->copied for a copy.  Sets what the headers say
 * about the body in "upload", which may be NULL.  NGX_OK, or the status of a
 * refusal.
 */

ngx_int_t ngx_http_s3o_check_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_upload_t *upload);


#endif /* _NGX_HTTP_S3O_HEADERS_H_INCLUDED_ */
