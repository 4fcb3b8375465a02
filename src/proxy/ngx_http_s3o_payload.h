
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What is signed of a body: its hash, its chunks, or nothing.
 */


#ifndef _NGX_HTTP_S3O_PAYLOAD_H_INCLUDED_
#define _NGX_HTTP_S3O_PAYLOAD_H_INCLUDED_


#include "ngx_http_s3o_message.h"


/*
 * Once, when the configuration is read: the filter that sees bodies come in.
 */

void ngx_http_s3o_payload_init(void);


/* 1 when the body has to be read before the request is made. */

ngx_uint_t ngx_http_s3o_payload_read_first(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * Decodes, or hashes, a body that was read before, in turns.  NGX_AGAIN when
 * the handler will be called then; NGX_DECLINED when there is nothing to do,
 * or when some of the body is missing; NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_payload_decode(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, void (*handler)(ngx_http_request_t *r));
ngx_int_t ngx_http_s3o_payload_catch_up(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, void (*handler)(ngx_http_request_t *r));


/*
 * Sets ctx->payload for a body that is there or is to come.  NGX_OK, or
 * NGX_ERROR after a refusal.
 */

ngx_int_t ngx_http_s3o_payload_prepare(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * When the request is made: sets ctx->payload of a body that the
 * configuration gave it, and adds the headers of the framing.  NGX_OK, or
 * NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_payload_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);


/* Writes a list of codings, but for "aws-chunked". */

void ngx_http_s3o_put_codings(s3o_buf_t *b, s3o_str_t value);


#endif /* _NGX_HTTP_S3O_PAYLOAD_H_INCLUDED_ */
