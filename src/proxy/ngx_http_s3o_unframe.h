
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Uploads in the aws-chunked encoding that another location has decoded.
 */


#ifndef _NGX_HTTP_S3O_UNFRAME_H_INCLUDED_
#define _NGX_HTTP_S3O_UNFRAME_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * When another location has decoded the body of this request, changes the
 * request's headers to those of the decoded data.  NGX_OK, or 500.
 */

ngx_int_t ngx_http_s3o_unframe_body(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_UNFRAME_H_INCLUDED_ */
