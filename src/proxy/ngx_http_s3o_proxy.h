
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: signs the request that "proxy_pass" is about to send.
 */


#ifndef _NGX_HTTP_S3O_PROXY_H_INCLUDED_
#define _NGX_HTTP_S3O_PROXY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* The content handler that replaces the one of "proxy_pass". */

ngx_int_t ngx_http_s3o_proxy_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_PROXY_H_INCLUDED_ */
