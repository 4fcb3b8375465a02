
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The values of variables that only an authorized request has.
 */


#ifndef _NGX_HTTP_S3O_SIGNED_VALUES_H_INCLUDED_
#define _NGX_HTTP_S3O_SIGNED_VALUES_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Sets "value", which is empty at first, for a context that is authorized, in
 * memory of the request.  Signs the request first, if the value needs it and
 * the mode is not proxy.  NGX_OK, also with an empty value; NGX_DECLINED when
 * there is no signature yet, or none of this form; NGX_ERROR without memory, or
 * when signing fails.
 */

typedef ngx_int_t (*ngx_http_s3o_value_pt)(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);


typedef struct {
    ngx_str_t               name;
    ngx_http_s3o_value_pt   value;
} ngx_http_s3o_value_t;


/* the variables, up to one with an empty name */

extern ngx_http_s3o_value_t  ngx_http_s3o_values[];


#endif /* _NGX_HTTP_S3O_SIGNED_VALUES_H_INCLUDED_ */
