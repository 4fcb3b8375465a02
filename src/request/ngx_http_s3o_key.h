
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The key of the object, and the encoded path that is signed and sent.
 */


#ifndef _NGX_HTTP_S3O_KEY_H_INCLUDED_
#define _NGX_HTTP_S3O_KEY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Sets "path" to the part of the normalised, decoded URI that follows the
 * location's prefix.  That is the whole URI without its first "/" in a regex
 * or named location, and after a rewrite to a URI without the prefix; and
 * nothing in an exact location.  "path" points into r->uri.
 */

void ngx_http_s3o_location_path(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *path);


/*
 * Sets "key" to the value of "s3o_presign_key", or without that directive to
 * the path of ngx_http_s3o_location_path().  The key is not checked.  NGX_OK,
 * or NGX_ERROR after a line in the log.
 */

ngx_int_t ngx_http_s3o_find_key(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *key);


/*
 * Checks that nginx has not changed the path of the client's URI, by which
 * the key would not be the one that the client has named.  NGX_OK, or the
 * status of a refusal.
 */

ngx_int_t ngx_http_s3o_key_as_named(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);


/*
 * Checks ctx->key and sets ctx->path: "/" and the encoded key.  For an
 * operation of the bucket the path is "/", and the key is not checked.
 * NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_check_key(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_KEY_H_INCLUDED_ */
