
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_operations" and its like: which operations a location allows.
 */


#ifndef _NGX_HTTP_S3O_CONF_OPERATION_H_INCLUDED_
#define _NGX_HTTP_S3O_CONF_OPERATION_H_INCLUDED_


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_conf_slot.h"


/* The names of "s3o_presign_operations". */

extern ngx_http_s3o_bits_t  ngx_http_s3o_operations_post;


/*
 * What a level has of the one around it, and conf->policy.  After
 * conf->methods and conf->args were merged.
 */

void ngx_http_s3o_merge_operations(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);


/* The methods of all that a location allows, on objects and otherwise. */

ngx_uint_t ngx_http_s3o_all_methods(ngx_http_s3o_loc_conf_t *conf);


/*
 * NGX_CONF_ERROR, after saying so, where DeleteObjects could not be confined.
 */

char *ngx_http_s3o_check_operations(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_CONF_OPERATION_H_INCLUDED_ */
