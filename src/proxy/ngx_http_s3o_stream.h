
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_payload streaming": bodies as signed chunks.
 */


#ifndef _NGX_HTTP_S3O_STREAM_H_INCLUDED_
#define _NGX_HTTP_S3O_STREAM_H_INCLUDED_


#include "ngx_http_s3o_proxied.h"


/*
 * Sets ctx->proxied->stream and ctx->payload for a body of "size" bytes.
 * NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_stream_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t size);


/* The length of the body with the chunks around it, and without, in bytes. */

void ngx_http_s3o_stream_lengths(ngx_http_s3o_stream_t *st, off_t *encoded,
    off_t *decoded);


/*
 * To be called when the headers are signed: keeps what the chunks need of the
 * signer, and their first "signature", whose bytes must stay.  NGX_OK or
 * NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_stream_seed(ngx_http_request_t *r,
    ngx_http_s3o_stream_t *st, s3o_signer_t *s, ngx_str_t *signature);


/*
 * To be called when the request is written: from now on the body is sent in
 * chunks.
 */

void ngx_http_s3o_stream_start(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_STREAM_H_INCLUDED_ */
