
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The headers that a query-string signature covers.
 */


#ifndef _NGX_HTTP_S3O_SIGNED_HEADERS_H_INCLUDED_
#define _NGX_HTTP_S3O_SIGNED_HEADERS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Makes ctx->headers, with room for all headers that the client has sent, for
 * "host", and for "room" more.  NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_make_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_uint_t room);


/*
 * 1 where nginx takes any name of a header ("ignore_invalid_headers off"); else
 * each is a token.
 */

ngx_uint_t ngx_http_s3o_takes_any_name(ngx_http_request_t *r);


/* NGX_OK for a name that is a token, or the status of a refusal. */

ngx_int_t ngx_http_s3o_check_name(ngx_http_request_t *r, ngx_table_elt_t *h);


/*
 * Adds a header of the client to ctx->headers, which is made for the first one.
 * In proxy mode adds nothing: there the headers to be signed are chosen when
 * the request is sent.  NGX_OK; 400 after a refusal, for a name that is not a
 * token, or a value that JSON cannot have; or 500 without memory.
 */

ngx_int_t ngx_http_s3o_sign_header_of(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h);


/*
 * Ends ctx->headers, which is not empty: adds "host", and sorts them.  Sets
 * ctx->epilogue to what follows the query in the canonical request: the
 * headers, their names and the hash of the payload.  Sets ctx->signed_headers
 * to the names within the epilogue.  NGX_OK, or 500 without memory.
 */

ngx_int_t ngx_http_s3o_signed_epilogue(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_SIGNED_HEADERS_H_INCLUDED_ */
