
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "imds": credentials from the metadata service of an instance.
 */


#ifndef _NGX_HTTP_S3O_PROVIDER_IMDS_H_INCLUDED_
#define _NGX_HTTP_S3O_PROVIDER_IMDS_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_imds;


#endif /* _NGX_HTTP_S3O_PROVIDER_IMDS_H_INCLUDED_ */
