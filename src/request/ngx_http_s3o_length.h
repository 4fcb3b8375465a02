
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The length of uploads: "s3o_presign_max_size", and "content-length" in
 * "s3o_presign_header".
 */


#ifndef _NGX_HTTP_S3O_LENGTH_H_INCLUDED_
#define _NGX_HTTP_S3O_LENGTH_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* 1 when what is asked for has a body: PUT and POST. */

#define ngx_http_s3o_has_length(ctx)                                         \
    ((ctx)->method_bit & (S3O_METHOD_PUT|S3O_METHOD_POST))


/*
 * The number in a value of "content-length", which has one spelling only.
 * NGX_OK, or 400 after a refusal.
 */

ngx_int_t ngx_http_s3o_parse_length(ngx_http_request_t *r,
    const s3o_str_t *text, off_t *length);


/*
 * A URL is to be signed, ctx->headers with it, in a location that has
 * "s3o_presign_max_size".  An upload must have a length that is signed, and
 * that of a redirect is signed here: otherwise 411.  One that is too large is
 * 413.  NGX_OK, or the status of the refusal.
 */

ngx_int_t ngx_http_s3o_check_signed_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * The same for what is sent from here.  "length" is that of the data, -1
 * where it is not known; it must also be what the location binds it to: 400.
 */

ngx_int_t ngx_http_s3o_check_sent_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t length);


#endif /* _NGX_HTTP_S3O_LENGTH_H_INCLUDED_ */
