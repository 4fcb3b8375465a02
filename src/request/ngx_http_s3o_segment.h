
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * $s3o_presign_segment_NAME: the value of the variable NAME, when it is exactly
 * one segment of a path.
 */


#ifndef _NGX_HTTP_S3O_SEGMENT_H_INCLUDED_
#define _NGX_HTTP_S3O_SEGMENT_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


#define NGX_HTTP_S3O_SEGMENT_PREFIX  "s3o_presign_segment_"


/*
 * To be called when the whole configuration is read: checks that each
 * variable NAME exists that a $s3o_presign_segment_NAME uses.  NGX_ERROR
 * without memory, or after a message.  nginx itself reports an unknown
 * variable.
 */

ngx_int_t ngx_http_s3o_segments_init(ngx_conf_t *cf);

/*
 * The handler of the variable; "data" points to its whole name, an ngx_str_t.
 */

ngx_int_t ngx_http_s3o_segment_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


#endif /* _NGX_HTTP_S3O_SEGMENT_H_INCLUDED_ */
