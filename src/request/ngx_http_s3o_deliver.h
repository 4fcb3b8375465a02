
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signed URLs as the client gets them: redirect and JSON.
 */


#ifndef _NGX_HTTP_S3O_DELIVER_H_INCLUDED_
#define _NGX_HTTP_S3O_DELIVER_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Content handlers of authorized requests. */

ngx_int_t ngx_http_s3o_redirect_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_s3o_json_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_DELIVER_H_INCLUDED_ */
