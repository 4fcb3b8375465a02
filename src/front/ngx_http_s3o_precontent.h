
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The PRECONTENT phase, which decides whether a request is signed.
 */


#ifndef _NGX_HTTP_S3O_PRECONTENT_H_INCLUDED_
#define _NGX_HTTP_S3O_PRECONTENT_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * The handler of the phase.  NGX_DECLINED when the content handler may have
 * the request, signed or not; NGX_AGAIN when the request waits for
 * credentials; NGX_DONE when the refusal is sent later; NGX_ERROR; or the
 * status of a refusal.
 */

ngx_int_t ngx_http_s3o_precontent_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_PRECONTENT_H_INCLUDED_ */
