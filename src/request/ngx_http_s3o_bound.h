
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_header" where a URL is signed: the URL works only with these
 * headers, each with the value that the location gives it.
 */


#ifndef _NGX_HTTP_S3O_BOUND_H_INCLUDED_
#define _NGX_HTTP_S3O_BOUND_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Begins ctx->headers with the headers of the location whose value is not
 * empty; ctx->nheaders is the number of them.  "content-length" is left out
 * of requests without a body.  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_bind_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * A header of the client's; "n" of ctx->headers are bound.  NGX_DECLINED when
 * this is none of them.  A client that is redirected must send the value that
 * is signed, once: 400 otherwise.  NGX_OK in all other cases.
 */

ngx_int_t ngx_http_s3o_meet_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h, ngx_uint_t n);


/*
 * When all of the client's headers were seen: NGX_OK, or 400 when a client
 * that is redirected has not sent one of the "n" that are bound.
 */

ngx_int_t ngx_http_s3o_check_bound(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_uint_t n);


#endif /* _NGX_HTTP_S3O_BOUND_H_INCLUDED_ */
