
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which operations a location allows: "s3o_presign_operations",
 * "s3o_presign_list" and "s3o_presign_multipart".
 */


#ifndef _NGX_HTTP_S3O_CONF_OPERATION_H_INCLUDED_
#define _NGX_HTTP_S3O_CONF_OPERATION_H_INCLUDED_


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_conf_slot.h"


/* The names of "s3o_presign_operations". */

extern ngx_http_s3o_bits_t  ngx_http_s3o_operations_post;


/*
 * Inherits the allowed operations from "prev", the level around "conf", and
 * sets conf->allowed and conf->policy.  To be called when conf->methods and
 * conf->args are merged.
 */

void ngx_http_s3o_merge_operations(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);


/*
 * The S3O_METHOD_* bits of everything that a location allows: methods on
 * objects, and those of the other operations.
 */

ngx_uint_t ngx_http_s3o_all_methods(ngx_http_s3o_loc_conf_t *conf);


/*
 * Checks a merged location: DeleteObjects is allowed only where the location
 * does not restrict keys, as the keys to delete are in the body.
 * NGX_CONF_OK, or NGX_CONF_ERROR after a message.
 */

char *ngx_http_s3o_check_operations(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_CONF_OPERATION_H_INCLUDED_ */
