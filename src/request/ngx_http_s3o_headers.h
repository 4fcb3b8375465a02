
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The client's headers: refused, signed, or left alone.
 */


#ifndef _NGX_HTTP_S3O_HEADERS_H_INCLUDED_
#define _NGX_HTTP_S3O_HEADERS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* what the headers say of the body; zeroed before */

typedef struct {
    ngx_uint_t               aws_chunked;
    ngx_str_t               *sha256;
    ngx_str_t               *length;     /* of the data in the chunks */
    ngx_str_t               *trailer;
} ngx_http_s3o_upload_t;


/*
 * Checks the client's headers.  Where the client is sent to the Outpost it
 * sets ctx->headers and what is signed of them; unless "upload" is NULL it
 * notes there what they say of the body.  Sets ctx->payload to what is signed
 * without a hash, and ctx->copied for a copy.  NGX_OK, or the status of a
 * refusal.
 */

ngx_int_t ngx_http_s3o_check_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_upload_t *upload);


#endif /* _NGX_HTTP_S3O_HEADERS_H_INCLUDED_ */
