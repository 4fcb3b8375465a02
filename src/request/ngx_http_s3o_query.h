
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The signed query: arguments of the client, and configured parameters.
 */


#ifndef _NGX_HTTP_S3O_QUERY_H_INCLUDED_
#define _NGX_HTTP_S3O_QUERY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Splits and decodes the client's arguments; r->args must not be empty.  Sets
 * *args, in the request's pool, and *nargs.  Of each argument "name" and
 * "value" are set, "sign" is 0, and "type" and "selector" are not set.
 * NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_parse_args(ngx_http_request_t *r, s3o_arg_t **args,
    ngx_uint_t *nargs);


/*
 * Sets ctx->query, sorted: the arguments whose "sign" is set, the prefix of a
 * listing, and the parameters of the location.  Needs ctx->operation and
 * ctx->key.  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_build_query(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs);


#endif /* _NGX_HTTP_S3O_QUERY_H_INCLUDED_ */
