
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "static" and "env": sets that do not change.
 */


#ifndef _NGX_HTTP_S3O_PROVIDER_CONSTANT_H_INCLUDED_
#define _NGX_HTTP_S3O_PROVIDER_CONSTANT_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_static;
extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_env;


#endif /* _NGX_HTTP_S3O_PROVIDER_CONSTANT_H_INCLUDED_ */
