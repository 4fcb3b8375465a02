
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: which header lines are sent, and which of them are signed.
 */


#ifndef _NGX_HTTP_S3O_LINES_H_INCLUDED_
#define _NGX_HTTP_S3O_LINES_H_INCLUDED_


#include "ngx_http_s3o_message.h"


/*
 * Removes from the message the lines that are not sent, and joins
 * neighbouring lines to one.  Sets msg->headers: first the added headers,
 * then the lines that are signed.  NGX_OK, or NGX_ERROR after a refusal.
 */

ngx_int_t ngx_http_s3o_filter_lines(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);


/*
 * 1 for the name of a header that announces an aws-chunked body or its
 * trailer.
 */

ngx_uint_t ngx_http_s3o_frames_upload(const s3o_str_t *name);


#endif /* _NGX_HTTP_S3O_LINES_H_INCLUDED_ */
