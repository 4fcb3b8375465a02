
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents: makes the page that replaces nginx's own.
 */


#ifndef _NGX_HTTP_S3O_ERROR_PAGE_H_INCLUDED_
#define _NGX_HTTP_S3O_ERROR_PAGE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Makes the page for r->err_status, if the location has error documents.
 * Sets ctx->refusal, with the page, and the headers of the answer.  NGX_OK,
 * or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_error_page(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_ERROR_PAGE_H_INCLUDED_ */
