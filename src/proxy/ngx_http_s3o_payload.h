
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What a signature covers of a body: its hash, its chunks, or nothing.
 */


#ifndef _NGX_HTTP_S3O_PAYLOAD_H_INCLUDED_
#define _NGX_HTTP_S3O_PAYLOAD_H_INCLUDED_


#include "ngx_http_s3o_message.h"


/*
 * Adds the filter that decodes and hashes bodies while they are read.  To be
 * called once, when the configuration is read.
 */

void ngx_http_s3o_payload_init(void);


/* 1 when the whole body has to be read before the request is written. */

ngx_uint_t ngx_http_s3o_payload_read_first(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * Decodes, or hashes, a body that was read before, in turns.  NGX_AGAIN: the
 * handler will be called at the end.  NGX_DECLINED: nothing is to be done, or
 * a part of the body is missing.  NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_payload_decode(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, void (*handler)(ngx_http_request_t *r));
ngx_int_t ngx_http_s3o_payload_catch_up(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, void (*handler)(ngx_http_request_t *r));


/*
 * Sets ctx->payload, and with "streaming" ctx->proxied->stream, for a body
 * that was read or will be.  NGX_OK, or NGX_ERROR after a line in the log.
 */

ngx_int_t ngx_http_s3o_payload_prepare(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * To be called for the request that "proxy_pass" has written: sets
 * ctx->payload for a body that the configuration has set, and adds the
 * headers that announce signed chunks or a decoded body.  NGX_OK or
 * NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_payload_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);


/* Writes the codings of "value", a list with commas, without "aws-chunked". */

void ngx_http_s3o_put_codings(s3o_buf_t *b, s3o_str_t value);


#endif /* _NGX_HTTP_S3O_PAYLOAD_H_INCLUDED_ */
