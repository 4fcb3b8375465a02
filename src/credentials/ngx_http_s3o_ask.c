
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Asks a service for the next set of a source: what all such sources have in
 * common.
 */


#include "ngx_http_s3o_ask.h"
#include "ngx_http_s3o_fetch_connect.h"
#include "ngx_http_s3o_refresh.h"


ngx_int_t
ngx_http_s3o_ask(ngx_http_s3o_source_t *source, ngx_http_s3o_peer_t *peer,
    ngx_http_s3o_ask_pt request, ngx_http_s3o_fetch_pt handler)
{
    const char            *why;
    ngx_http_s3o_fetch_t  *f;

    f = ngx_http_s3o_fetch_create(peer, (ngx_str_t *) &source->provider->name);
    if (f == NULL) {
        ngx_http_s3o_refresh_done(source, NULL, ngx_cycle->log, 0,
                                  "no memory");
        return NGX_ERROR;
    }

    f->handler = handler;
    f->data = source;

    why = request(source, f);

    if (why) {
        ngx_http_s3o_refresh_done(source, NULL, f->log, f->err, why);
        ngx_http_s3o_fetch_abort(f);
        return NGX_ERROR;
    }

    source->fetch = f;

    ngx_http_s3o_fetch_start(f);

    return NGX_OK;
}
