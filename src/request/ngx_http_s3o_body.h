
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Answers to requests whose body this module does not use.
 */


#ifndef _NGX_HTTP_S3O_BODY_H_INCLUDED_
#define _NGX_HTTP_S3O_BODY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Answers a request whose body is not needed: calls answer(r), which sends
 * the answer and returns what a content handler returns.  Over HTTP/2 and
 * HTTP/3 the body is read and dropped first, within the limits of
 * "s3o_presign_discard", and "answer" may be called later.  Returns what a
 * content handler returns.
 */

ngx_int_t ngx_http_s3o_answer_early(ngx_http_request_t *r, ngx_int_t
    (*answer)(ngx_http_request_t *r));


/*
 * Sends a refusal with the HTTP status "status", after dropping the body as
 * ngx_http_s3o_answer_early() does.  For the phase handler, which returns
 * what this function returns: "status" when the body needs no care, or when
 * an "error_page" exists for the status, because its location may read the
 * body; otherwise NGX_DONE, or an error.
 */

ngx_int_t ngx_http_s3o_refuse_early(ngx_http_request_t *r, ngx_int_t status);


/*
 * Before a final answer: closes the connection after it when the client waits
 * for "100 Continue".  Such a client does not send its body, and some clients
 * then reuse the connection, where nginx would take their next request for
 * the body.
 */

void ngx_http_s3o_close_kept_body(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_BODY_H_INCLUDED_ */
