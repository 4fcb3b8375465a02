
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Hands a signed URL to the client, as a redirect or as JSON.
 */


#ifndef _NGX_HTTP_S3O_DELIVER_H_INCLUDED_
#define _NGX_HTTP_S3O_DELIVER_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Content handlers for requests that the phase handler has let pass.  They
 * sign the URL and send the answer, and return what a content handler
 * returns.
 */

ngx_int_t ngx_http_s3o_redirect_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_s3o_json_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_DELIVER_H_INCLUDED_ */
