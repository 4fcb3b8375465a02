
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Requests and the credentials that sign them: whether there are any, and
 * waiting for them where there are none.
 */


#ifndef _NGX_HTTP_S3O_WAIT_H_INCLUDED_
#define _NGX_HTTP_S3O_WAIT_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * NGX_OK when there is a set that lives long enough; NGX_AGAIN when the
 * request waits for one, after which the phase runs again; or a refusal's
 * status: 503 with Retry-After, or 500 where no source is configured.
 * Nothing is ever left unsigned, and no URL dies in the client's hands.
 */

ngx_int_t ngx_http_s3o_check_credentials(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * The set that signs at the time "now", good until the next event; NULL when
 * there is none with enough life for this request.
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

    /* a proxied request is used at once, a URL some time later */

    floor = ctx->mode == NGX_HTTP_S3O_PROXY
            ? 1 : ngx_min(NGX_HTTP_S3O_LIFE_FLOOR, ctx->expires);

    return set->expires - now < floor ? NULL : set;
}


#endif /* _NGX_HTTP_S3O_WAIT_H_INCLUDED_ */
