
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Uploads in the aws-chunked encoding, whose framing is removed.
 */


#ifndef _NGX_HTTP_S3O_DECODE_H_INCLUDED_
#define _NGX_HTTP_S3O_DECODE_H_INCLUDED_


#include "ngx_http_s3o_proxied.h"

#include "s3o_unchunk.h"


/* the decoder of a request's body, shared by all locations of the request */

struct ngx_http_s3o_decoder_s {
    s3o_unchunk_t            unchunk;

    unsigned                 begun:1;
    unsigned                 ended:1;   /* the whole body was valid */
    unsigned                 told:1;    /* headers were changed */
};


/* 1 for a value of x-amz-content-sha256 that says that a body has chunks. */

ngx_uint_t ngx_http_s3o_is_streaming(const ngx_str_t *sha256);


/*
 * Sets ctx->proxied->decoder.  A body has one decoder: when another location
 * has begun to decode it, that decoder is taken.  "size" is the length of the
 * decoded data in bytes, "trailer" the value of x-amz-trailer or NULL.
 * NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_decoder_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t size, ngx_str_t *trailer);


/* The decoder of the request's body, or NULL. */

ngx_http_s3o_decoder_t *ngx_http_s3o_decoder_find(ngx_http_request_t *r);


/* 1 when the whole body was decoded, and was valid to its end. */

ngx_uint_t ngx_http_s3o_decoder_complete(ngx_http_s3o_decoder_t *d);


/* The length of the decoded data in bytes, as the client has announced it. */

off_t ngx_http_s3o_decoder_size(ngx_http_s3o_decoder_t *d);


/*
 * Decodes the buffers of *in, in place.  Leaves in *in those that still have
 * data, or mark the end.  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_decode(ngx_http_request_t *r, ngx_http_s3o_decoder_t *d,
    ngx_chain_t **in);


/* Decodes one buffer, in place.  S3O_UNCHUNK_OK or an error. */

s3o_unchunk_error_e ngx_http_s3o_decode_buf(ngx_http_s3o_decoder_t *d,
    ngx_buf_t *b);


/*
 * Refuses an upload because of its encoding; "reason" says why.  Returns the
 * status.
 */

ngx_int_t ngx_http_s3o_decode_failed(ngx_http_request_t *r,
    const char *reason);


#endif /* _NGX_HTTP_S3O_DECODE_H_INCLUDED_ */
