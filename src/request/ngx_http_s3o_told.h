
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What a client is told beside a URL, as JSON: the method, the headers, and
 * how long the URL lives.
 */


#ifndef _NGX_HTTP_S3O_TOLD_H_INCLUDED_
#define _NGX_HTTP_S3O_TOLD_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Writes the members that follow the URL: the "," before them, the members,
 * the "}" that ends the object, and a newline.  "p" must have room for
 * ngx_http_s3o_told_len() bytes; that length is known before the URL is
 * signed.  Returns the end, or NULL when the end of the URL's life cannot be
 * written as a date.
 */

size_t ngx_http_s3o_told_len(ngx_http_s3o_ctx_t *ctx);
u_char *ngx_http_s3o_told(u_char *p, ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_TOLD_H_INCLUDED_ */
