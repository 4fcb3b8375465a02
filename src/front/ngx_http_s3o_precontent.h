
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The PRECONTENT phase, where it is decided whether a request is signed.
 */


#ifndef _NGX_HTTP_S3O_PRECONTENT_H_INCLUDED_
#define _NGX_HTTP_S3O_PRECONTENT_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* The handler of the phase. */

ngx_int_t ngx_http_s3o_precontent_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_PRECONTENT_H_INCLUDED_ */
