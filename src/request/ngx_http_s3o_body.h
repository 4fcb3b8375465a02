
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Answers to requests whose body is not read here.
 */


#ifndef _NGX_HTTP_S3O_BODY_H_INCLUDED_
#define _NGX_HTTP_S3O_BODY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Sends an answer without reading the body, or after having dropped it where
 * the client needs that.  "answer" sends it, and returns as a content handler
 * does, and so does this.
 */

ngx_int_t ngx_http_s3o_answer_early(ngx_http_request_t *r, ngx_int_t
    (*answer)(ngx_http_request_t *r));


/*
 * The same for a refusal of the phase handler, which returns what this
 * returns.  What "error_page" leads to may read the body by itself.
 */

ngx_int_t ngx_http_s3o_refuse_early(ngx_http_request_t *r, ngx_int_t status);


/*
 * A client that waits for "100 Continue" and is refused keeps its body:
 * closes the connection after the answer, on which nginx would take the next
 * request for the body.
 */

void ngx_http_s3o_close_kept_body(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_BODY_H_INCLUDED_ */
