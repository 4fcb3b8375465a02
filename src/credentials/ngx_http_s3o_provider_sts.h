
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Roles from STS.  "assume_role" sets source->inner_args to the arguments of
 * the source whose set assumes the role.
 */


#ifndef _NGX_HTTP_S3O_PROVIDER_STS_H_INCLUDED_
#define _NGX_HTTP_S3O_PROVIDER_STS_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_web_identity;
extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_assume_role;


#endif /* _NGX_HTTP_S3O_PROVIDER_STS_H_INCLUDED_ */
