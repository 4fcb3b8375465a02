
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How long a URL is good for.
 */


#ifndef _NGX_HTTP_S3O_LIFETIME_H_INCLUDED_
#define _NGX_HTTP_S3O_LIFETIME_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* NGX_OK, with a time of 1s to 7d in seconds, or NGX_ERROR. */

ngx_int_t ngx_http_s3o_parse_expires(ngx_str_t *value, time_t *expires);


/*
 * Sets ctx->expires from a value with variables.  NGX_OK, or 500 after a
 * refusal for a value that is no time, or too long for the location's window.
 */

ngx_int_t ngx_http_s3o_eval_expires(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * X-Amz-Expires of a URL signed at "t", in seconds.  With a window the time of
 * signing lies up to one window back, and the URL lives as long as configured
 * from when it is handed out; never longer than the set, nor than 7 days.
 */

time_t ngx_http_s3o_url_life(ngx_http_s3o_ctx_t *ctx,
    const ngx_http_s3o_set_t *set, time_t t);


#endif /* _NGX_HTTP_S3O_LIFETIME_H_INCLUDED_ */
