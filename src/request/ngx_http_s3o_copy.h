
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The source of a copy: checked, and written in the form that the Outpost
 * expects.
 */


#ifndef _NGX_HTTP_S3O_COPY_H_INCLUDED_
#define _NGX_HTTP_S3O_COPY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Checks "source", the value of "x-amz-copy-source": it must name an object
 * that a GET in this location could read.  Sets ctx->copied to the header
 * that is sent in its place.  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_check_copy_source(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *source);


#endif /* _NGX_HTTP_S3O_COPY_H_INCLUDED_ */
