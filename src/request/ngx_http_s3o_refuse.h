
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Refusals: says why a request is not signed, in the log and for the answer.
 */


#ifndef _NGX_HTTP_S3O_REFUSE_H_INCLUDED_
#define _NGX_HTTP_S3O_REFUSE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* the longest reason of a refusal, and the most of one value in it, in bytes */
#define NGX_HTTP_S3O_REASON_MAX  1024
#define NGX_HTTP_S3O_SHOWN_MAX   256


/* the counters have the order of the modes and of the results */

#define ngx_http_s3o_signed_counter(mode)                                    \
    (NGX_HTTP_S3O_COUNT_ON + (mode) - NGX_HTTP_S3O_ON)

#define ngx_http_s3o_refusal_counter(result)                                 \
    (NGX_HTTP_S3O_COUNT_REFUSED + (result) - NGX_HTTP_S3O_RESULT_METHOD)


/* the words for $s3o_presign_result, indexed by ngx_http_s3o_result_e */

extern const char *const  ngx_http_s3o_results[];


/*
 * Refuses a request: writes one line to the log that says why, keeps "result"
 * for $s3o_presign_result and the reason for the answer, and counts the
 * refusal.  "level" is the level of the line, and "fmt" a format of
 * ngx_slprintf().
 *
 * In the reason control characters become "?".  What exceeds
 * NGX_HTTP_S3O_REASON_MAX bytes is cut off, so values of the client go
 * through ngx_http_s3o_shown().  The reason must not contain a secret.
 * Returns "status".
 */

ngx_int_t ngx_http_s3o_refuse(ngx_http_request_t *r, ngx_http_s3o_result_e
    result, ngx_int_t status, ngx_uint_t level, const char *fmt, ...);


/*
 * Refuses a request for a value of a directive that variables have yielded.
 * Returns 500.  The line in the log, an error, names the directive and the
 * value; the client is told the directive and "why".
 */

ngx_int_t ngx_http_s3o_refuse_value(ngx_http_request_t *r,
    ngx_http_s3o_result_e result, const char *directive,
    const ngx_str_t *value, const char *why);


/*
 * Refuses a request like ngx_http_s3o_refuse(), with different texts: the
 * client is told "reason", and the log says what "fmt" makes.
 */

ngx_int_t ngx_http_s3o_refuse_apart(ngx_http_request_t *r,
    ngx_http_s3o_result_e result, ngx_int_t status, ngx_uint_t level,
    ngx_str_t *reason, const char *fmt, ...);


/*
 * Cuts a value to NGX_HTTP_S3O_SHOWN_MAX bytes for the "%V" of a reason, so
 * that the text after it has room.  Sets and returns "shown", which points
 * into the value.
 */

ngx_str_t *ngx_http_s3o_shown(ngx_str_t *shown, const ngx_str_t *value);


/* Counts a refusal without writing a line to the log. */

void ngx_http_s3o_count_refusal(ngx_http_request_t *r, ngx_http_s3o_result_e
    result);


#endif /* _NGX_HTTP_S3O_REFUSE_H_INCLUDED_ */
