
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Whether a request has valid credentials, and waiting for them when it has
 * none.
 */


#ifndef _NGX_HTTP_S3O_WAIT_H_INCLUDED_
#define _NGX_HTTP_S3O_WAIT_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Checks that there are credentials which live long enough for the request.
 * NGX_OK; or NGX_AGAIN when the request waits for a fetch, after which the
 * phase handler runs again; or the status of a refusal: 503 with
 * "Retry-After", or 500 when no source is configured.
 */

ngx_int_t ngx_http_s3o_check_credentials(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * The set of credentials that may sign at the time "now", valid until the
 * next event.  NULL when no set lives long enough for this request.
 */

static ngx_inline const ngx_http_s3o_set_t *
ngx_http_s3o_live_set(ngx_http_s3o_ctx_t *ctx, time_t now)
{
    time_t                     floor;
    const ngx_http_s3o_set_t  *set;

    set = ngx_http_s3o_snapshot(ctx->conf->source);

    if (set == NULL || set->expires == 0) {
        return set;
    }

    /* a proxied request is sent at once, a URL is used some time later */

    floor = ctx->mode == NGX_HTTP_S3O_PROXY
            ? 1 : ngx_min(NGX_HTTP_S3O_LIFE_FLOOR, ctx->expires);

    return set->expires - now < floor ? NULL : set;
}


#endif /* _NGX_HTTP_S3O_WAIT_H_INCLUDED_ */
