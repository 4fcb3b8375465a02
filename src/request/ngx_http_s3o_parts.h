
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The range of part numbers that a request asks for.
 */


#ifndef _NGX_HTTP_S3O_PARTS_H_INCLUDED_
#define _NGX_HTTP_S3O_PARTS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


typedef struct ngx_http_s3o_parts_sending_s  ngx_http_s3o_parts_sending_t;


/* numbers from 1 to 10000; the last is not less than the first */

struct ngx_http_s3o_parts_s {
    ngx_uint_t                     first;
    ngx_uint_t                     last;
    ngx_http_s3o_parts_sending_t  *sending;   /* NULL before the answer */
};


/*
 * Looks for a range of part numbers among the client's arguments, such as
 * "partNumber=1-100".  For a range, sets ctx->parts and replaces the range
 * with its first number, so that later checks see a single number.  NGX_OK,
 * also without a range; 400 after a refusal, for a value that is neither a
 * number nor a range, or for more than S3O_PARTS_MAX parts; or 500 without
 * memory.
 */

ngx_int_t ngx_http_s3o_find_parts(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs);


#endif /* _NGX_HTTP_S3O_PARTS_H_INCLUDED_ */
