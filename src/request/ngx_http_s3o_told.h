
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
 * Writes the members of a request whose URL has been signed, from the "," that
 * goes before them to the "}" that ends the object, and a newline.  There is
 * room for ngx_http_s3o_told_len() bytes, which can be asked for before the
 * URL is signed.  Returns the end, or NULL for a time that is none.
 */

size_t ngx_http_s3o_told_len(ngx_http_s3o_ctx_t *ctx);
u_char *ngx_http_s3o_told(u_char *p, ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_TOLD_H_INCLUDED_ */
