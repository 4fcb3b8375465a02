
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_header" for a signed URL: the URL is valid only for a request
 * with these headers, each with the value that the location gives it.
 */


#ifndef _NGX_HTTP_S3O_BOUND_H_INCLUDED_
#define _NGX_HTTP_S3O_BOUND_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Makes ctx->headers and begins it with the headers of the location whose
 * value is not empty.  Sets ctx->nheaders to their number.  "content-length"
 * is left out of requests without a body.  NGX_OK, or the status of a
 * refusal.
 */

ngx_int_t ngx_http_s3o_bind_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * Compares a header of the client with the first "n" of ctx->headers, the
 * bound ones.  NGX_DECLINED when the header is none of them.  After a
 * redirect the client must send the signed value, and only once: refuses with
 * 400 otherwise.  NGX_OK in all other cases.
 */

ngx_int_t ngx_http_s3o_meet_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h, ngx_uint_t n);


/*
 * To be called after all headers of the client: NGX_OK, or 400 when a client
 * that is redirected has not sent one of the "n" bound headers.
 */

ngx_int_t ngx_http_s3o_check_bound(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_uint_t n);


#endif /* _NGX_HTTP_S3O_BOUND_H_INCLUDED_ */
