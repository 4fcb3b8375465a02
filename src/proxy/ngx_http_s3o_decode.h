
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Bodies in aws-chunked framing, which is taken off.
 */


#ifndef _NGX_HTTP_S3O_DECODE_H_INCLUDED_
#define _NGX_HTTP_S3O_DECODE_H_INCLUDED_


#include "ngx_http_s3o_proxied.h"

#include "s3o_unchunk.h"


/* of the body of a request, whatever locations it comes to */

struct ngx_http_s3o_decoder_s {
    s3o_unchunk_t            unchunk;

    unsigned                 begun:1;
    unsigned                 ended:1;   /* well, and the body with it */
    unsigned                 told:1;    /* by the request's headers */
};


/* 1 for a value of x-amz-content-sha256 that says that a body has chunks. */

ngx_uint_t ngx_http_s3o_is_streaming(const ngx_str_t *sha256);


/*
 * Sets ctx->proxied->decoder; a body has one, whatever locations it comes to.
 * "size" is that of the data, "trailer" the value of x-amz-trailer or NULL.
 * NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_decoder_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t size, ngx_str_t *trailer);


/* The decoder of the request's body, or NULL. */

ngx_http_s3o_decoder_t *ngx_http_s3o_decoder_find(ngx_http_request_t *r);


/* 1 when all of the body was decoded, and its end was good. */

ngx_uint_t ngx_http_s3o_decoder_complete(ngx_http_s3o_decoder_t *d);


/* The length of the data, as it was announced. */

off_t ngx_http_s3o_decoder_size(ngx_http_s3o_decoder_t *d);


/*
 * Leaves the data in the buffers that the body comes in, and in *in those that
 * still have some.  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_decode(ngx_http_request_t *r, ngx_http_s3o_decoder_t *d,
    ngx_chain_t **in);


/* Leaves the data of one buffer in it. */

s3o_unchunk_error_e ngx_http_s3o_decode_buf(ngx_http_s3o_decoder_t *d,
    ngx_buf_t *b);


/* Refuses an upload: the status. */

ngx_int_t ngx_http_s3o_decode_failed(ngx_http_request_t *r,
    const char *reason);


#endif /* _NGX_HTTP_S3O_DECODE_H_INCLUDED_ */
