
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The length of uploads: "s3o_presign_max_size", and "content-length" in
 * "s3o_presign_header".
 */


#ifndef _NGX_HTTP_S3O_LENGTH_H_INCLUDED_
#define _NGX_HTTP_S3O_LENGTH_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Not 0 when the request has a body: PUT and POST. */

#define ngx_http_s3o_has_length(ctx)                                         \
    ((ctx)->method_bit & (S3O_METHOD_PUT|S3O_METHOD_POST))


/*
 * Sets "length" to the number in a value of "content-length".  Only one
 * spelling of a number is accepted, so no leading zeros.  NGX_OK, or 400
 * after a refusal.
 */

ngx_int_t ngx_http_s3o_parse_length(ngx_http_request_t *r,
    const s3o_str_t *text, off_t *length);


/*
 * Checks an upload for which a URL is to be signed, in a location with
 * "s3o_presign_max_size".  The signature must cover the length; for a
 * redirect the client's "Content-Length" is added to ctx->headers.  Without a
 * length the upload is refused with 411, and with 413 when it is too large.
 * NGX_OK, or the status of the refusal.
 */

ngx_int_t ngx_http_s3o_check_signed_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * Checks an upload in proxy mode.  "length" is the length of its data in
 * bytes, or -1 when it is not known.  It must be the one that
 * "s3o_presign_header content-length" gives, and at most
 * "s3o_presign_max_size".  NGX_OK, or the status of a refusal: 400, 411 or
 * 413.
 */

ngx_int_t ngx_http_s3o_check_sent_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t length);


#endif /* _NGX_HTTP_S3O_LENGTH_H_INCLUDED_ */
