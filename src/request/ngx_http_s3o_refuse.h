
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Refusals: a request that is not signed, and why.
 */


#ifndef _NGX_HTTP_S3O_REFUSE_H_INCLUDED_
#define _NGX_HTTP_S3O_REFUSE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* of the reason for a refusal, and of what of the client's is shown in it */
#define NGX_HTTP_S3O_REASON_MAX  1024
#define NGX_HTTP_S3O_SHOWN_MAX   256


/* counters lie in the order of modes and of results */

#define ngx_http_s3o_signed_counter(mode)                                    \
    (NGX_HTTP_S3O_COUNT_ON + (mode) - NGX_HTTP_S3O_ON)

#define ngx_http_s3o_refusal_counter(result)                                 \
    (NGX_HTTP_S3O_COUNT_REFUSED + (result) - NGX_HTTP_S3O_RESULT_METHOD)


/* the words, by ngx_http_s3o_result_e */

extern const char *const  ngx_http_s3o_results[];


/*
 * Says why a request is not signed, once, in a line of the log, and keeps the
 * word for $s3o_presign_result and the reason for the answer.  "fmt" is
 * nginx's.  Control characters become "?", and what goes beyond
 * NGX_HTTP_S3O_REASON_MAX is cut off, so what the client sent is shown by
 * ngx_http_s3o_shown().  No secret may be in it.  Returns "status".
 */

ngx_int_t ngx_http_s3o_refuse(ngx_http_request_t *r, ngx_http_s3o_result_e
    result, ngx_int_t status, ngx_uint_t level, const char *fmt, ...);


/*
 * The same for what a variable of the configuration yields: 500, and an error
 * line that names the directive and the value, which the client does not see.
 */

ngx_int_t ngx_http_s3o_refuse_value(ngx_http_request_t *r,
    ngx_http_s3o_result_e result, const char *directive,
    const ngx_str_t *value, const char *why);


/*
 * The same where the client is told "reason", and the log says what "fmt"
 * makes.
 */

ngx_int_t ngx_http_s3o_refuse_apart(ngx_http_request_t *r,
    ngx_http_s3o_result_e result, ngx_int_t status, ngx_uint_t level,
    ngx_str_t *reason, const char *fmt, ...);


/*
 * The first NGX_HTTP_S3O_SHOWN_MAX bytes of a value, for "%V".  Sets and
 * returns "shown", which is no copy.
 */

ngx_str_t *ngx_http_s3o_shown(ngx_str_t *shown, const ngx_str_t *value);


/* Counts a refusal that no line is written for. */

void ngx_http_s3o_count_refusal(ngx_http_request_t *r, ngx_http_s3o_result_e
    result);


#endif /* _NGX_HTTP_S3O_REFUSE_H_INCLUDED_ */
