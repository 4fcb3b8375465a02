
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: checks the client's headers, and whether a body in the form that
 * they announce can be signed.
 */


#ifndef _NGX_HTTP_S3O_UPLOAD_H_INCLUDED_
#define _NGX_HTTP_S3O_UPLOAD_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Checks the client's headers with ngx_http_s3o_check_headers(), their names,
 * what Connection names, and the length and form of the body.  An aws-chunked
 * body that S3 would not accept with our signature is refused.  For one that
 * is sent as it is, sets ctx->payload and ctx->proxied->trailer; for one that
 * is decoded here, ctx->proxied->decoder.  NGX_OK, or the status of a
 * refusal.
 */

ngx_int_t ngx_http_s3o_check_proxied(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_UPLOAD_H_INCLUDED_ */
