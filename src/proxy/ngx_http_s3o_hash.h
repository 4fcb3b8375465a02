
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The SHA-256 of the client's body.
 */


#ifndef _NGX_HTTP_S3O_HASH_H_INCLUDED_
#define _NGX_HTTP_S3O_HASH_H_INCLUDED_


#include "ngx_http_s3o_hash_pace.h"


/*
 * The hash of the request's body.  With "create" makes one if there is none.
 * NULL when there is none, or no memory for it.
 */

ngx_http_s3o_body_hash_t *ngx_http_s3o_body_hash(ngx_http_request_t *r,
    ngx_uint_t create);


/*
 * Hashes the buffers of *in while the body is read, and leaves in *in those
 * that may be passed on.  Keeps the others, and reads on from the client when
 * they are hashed.  NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_body_hash_chain(ngx_http_request_t *r,
    ngx_http_s3o_body_hash_t *h, ngx_chain_t **in);


/* How many bytes were hashed so far. */

off_t ngx_http_s3o_body_hash_size(ngx_http_s3o_body_hash_t *h);


/*
 * Sets "hex" to the S3O_SHA256_HEX_LEN characters of the hash, which live as
 * long as the request.  May be called again.  NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_body_hash_end(ngx_http_s3o_body_hash_t *h,
    ngx_str_t *hex);


/*
 * Hashes the rest of a body that has been read, of "size" bytes.  NGX_AGAIN:
 * the handler will be called at the end, in place of the caller, and with the
 * caller's reference of the request.  NGX_DECLINED: nothing is left to hash,
 * or a part of the body is missing.  NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_body_hash_late(ngx_http_request_t *r, off_t size, void
    (*handler)(ngx_http_request_t *r));


#endif /* _NGX_HTTP_S3O_HASH_H_INCLUDED_ */
