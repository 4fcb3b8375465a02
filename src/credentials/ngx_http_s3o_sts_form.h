
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Forms, in which STS is asked.
 */


#ifndef _NGX_HTTP_S3O_STS_FORM_H_INCLUDED_
#define _NGX_HTTP_S3O_STS_FORM_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Appends a field to an array of ngx_keyval_t.  The name and the value are
 * not copied.  Returns NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_sts_field(ngx_array_t *fields, const char *name,
    const ngx_str_t *value);


/*
 * Writes a form to the pool: "name=value&name=value", with percent-encoded
 * values.  Returns NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_sts_write(ngx_pool_t *pool, ngx_array_t *fields,
    ngx_str_t *form);


#endif /* _NGX_HTTP_S3O_STS_FORM_H_INCLUDED_ */
