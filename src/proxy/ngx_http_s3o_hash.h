
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The SHA-256 of the client's body.
 */


#ifndef _NGX_HTTP_S3O_HASH_H_INCLUDED_
#define _NGX_HTTP_S3O_HASH_H_INCLUDED_


#include "ngx_http_s3o_hash_pace.h"


/*
 * The hash of the request's body; NULL when there is none, or no memory to
 * create one.
 */

ngx_http_s3o_body_hash_t *ngx_http_s3o_body_hash(ngx_http_request_t *r,
    ngx_uint_t create);


/*
 * Hashes what comes in, and leaves in *in what may be passed on; the client's
 * reading goes on when there is more.  NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_body_hash_chain(ngx_http_request_t *r,
    ngx_http_s3o_body_hash_t *h, ngx_chain_t **in);


/* How many bytes were hashed. */

off_t ngx_http_s3o_body_hash_size(ngx_http_s3o_body_hash_t *h);


/* Sets *hex to the hash; may be called again.  NGX_OK or NGX_ERROR. */

ngx_int_t ngx_http_s3o_body_hash_end(ngx_http_s3o_body_hash_t *h,
    ngx_str_t *hex);


/*
 * Hashes what is left of a body of this size that is there.  NGX_AGAIN when
 * the handler will be called when it is hashed, in place of what was to come,
 * and with the caller's reference of the request; NGX_DECLINED when there is
 * nothing to do, or when some of it is missing; NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_body_hash_late(ngx_http_request_t *r, off_t size, void
    (*handler)(ngx_http_request_t *r));


#endif /* _NGX_HTTP_S3O_HASH_H_INCLUDED_ */
