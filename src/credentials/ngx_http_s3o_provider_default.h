
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "default": which source the SDKs would take.
 */


#ifndef _NGX_HTTP_S3O_PROVIDER_DEFAULT_H_INCLUDED_
#define _NGX_HTTP_S3O_PROVIDER_DEFAULT_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Appends to "found" the arguments of the source that the SDKs would take in
 * the environment of the master process: the first of their usual chain that
 * is there.  "args" are those of "default", which takes "renew=" alone.
 * *profiled is 1 when a profile says what they are.  NGX_OK, or NGX_ERROR
 * after saying what is wrong.
 */

ngx_int_t ngx_http_s3o_default_args(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t n, ngx_array_t *found, ngx_uint_t *profiled);


#endif /* _NGX_HTTP_S3O_PROVIDER_DEFAULT_H_INCLUDED_ */
