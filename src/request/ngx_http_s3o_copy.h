
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The source of a copy: checked, and written anew.
 */


#ifndef _NGX_HTTP_S3O_COPY_H_INCLUDED_
#define _NGX_HTTP_S3O_COPY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Checks the value of "x-amz-copy-source", which must name what a GET would
 * find in this location, and sets ctx->copied to what is sent for it.
 * NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_check_copy_source(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *source);


#endif /* _NGX_HTTP_S3O_COPY_H_INCLUDED_ */
