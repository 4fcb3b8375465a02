
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The key of the object, and the path that is signed and sent.
 */


#ifndef _NGX_HTTP_S3O_KEY_H_INCLUDED_
#define _NGX_HTTP_S3O_KEY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * What follows the location's prefix in the normalised, decoded URI; the
 * whole URI without its first "/" in a regex or named location, and where a
 * rewrite has left the prefix; nothing in an exact location.  Not a copy.
 */

void ngx_http_s3o_location_path(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *path);


/*
 * The key, not checked: the value of "s3o_presign_key", or the path.  NGX_OK
 * or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_find_key(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *key);


/*
 * NGX_OK, or the status of a refusal for a key that is not the one that the
 * client's URI names, as nginx has changed the path of it.
 */

ngx_int_t ngx_http_s3o_key_as_named(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);


/*
 * Checks ctx->key and sets ctx->path, encoded and with the "/"; for
 * operations of the bucket that is "/".  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_check_key(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_KEY_H_INCLUDED_ */
