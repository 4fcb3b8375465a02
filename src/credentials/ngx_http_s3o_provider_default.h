
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "default": the source that the SDKs would use.
 */


#ifndef _NGX_HTTP_S3O_PROVIDER_DEFAULT_H_INCLUDED_
#define _NGX_HTTP_S3O_PROVIDER_DEFAULT_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Appends to "found" the arguments of the source that the SDKs would use in
 * the environment of the master process: the first one in their usual order
 * that is there.  "args" are the n arguments of "default", which may only be
 * "renew=". *profiled is set to 1 when the arguments are those of a profile.
 * Returns NGX_OK, or NGX_ERROR after an error line.
 */

ngx_int_t ngx_http_s3o_default_args(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t n, ngx_array_t *found, ngx_uint_t *profiled);


#endif /* _NGX_HTTP_S3O_PROVIDER_DEFAULT_H_INCLUDED_ */
