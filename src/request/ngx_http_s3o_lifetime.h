
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How long a presigned URL is valid.
 */


#ifndef _NGX_HTTP_S3O_LIFETIME_H_INCLUDED_
#define _NGX_HTTP_S3O_LIFETIME_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Sets "expires" to the seconds of a time such as "15m".  NGX_ERROR for a
 * value that is no time, or not from 1s to 7d.
 */

ngx_int_t ngx_http_s3o_parse_expires(ngx_str_t *value, time_t *expires);


/*
 * Sets ctx->expires, in seconds, from "s3o_presign_expires" with variables.
 * NGX_OK; or 500 after a refusal, for a value that is not a time from 1s to
 * 7d, or does not go with the location's window.
 */

ngx_int_t ngx_http_s3o_eval_expires(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * The value of X-Amz-Expires for a URL signed at the time "t", in seconds.
 * With a window the time of signing is up to one window before now, so the
 * window is added: the URL is valid at least as long as configured after it
 * is handed out.  Never longer than the credentials, nor than 7 days.
 */

time_t ngx_http_s3o_url_life(ngx_http_s3o_ctx_t *ctx,
    const ngx_http_s3o_set_t *set, time_t t);


#endif /* _NGX_HTTP_S3O_LIFETIME_H_INCLUDED_ */
