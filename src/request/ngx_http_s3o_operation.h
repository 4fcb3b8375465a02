
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The operation that a request asks for.
 */


#ifndef _NGX_HTTP_S3O_OPERATION_H_INCLUDED_
#define _NGX_HTTP_S3O_OPERATION_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Sets ctx->operation from the method, the path and the arguments, and sets
 * "sign" of those arguments that are signed.  Needs ctx->key, which need not
 * be checked yet.  NGX_OK, or the status of a refusal when the location does
 * not allow the operation.
 */

ngx_int_t ngx_http_s3o_find_operation(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs);


#endif /* _NGX_HTTP_S3O_OPERATION_H_INCLUDED_ */
