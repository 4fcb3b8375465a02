
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Requests that came before the first credentials.  They wait a bounded time
 * without holding up the worker; as no worker is woken when another one has
 * fetched, each looks again every few milliseconds.
 */


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_refresh.h"


#define NGX_HTTP_S3O_WAIT_STEP  25    /* milliseconds */


static void ngx_http_s3o_wait_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_wait_more(ngx_http_request_t *r);


/* NGX_AGAIN when the request waits, NGX_DECLINED when it has waited */

ngx_int_t
ngx_http_s3o_wait(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_http_s3o_main_conf_t  *smcf;

    if (ctx->conf->source->slot == NULL || ctx->conf->wait == 0) {
        return NGX_DECLINED;
    }

    if (!ctx->waiting) {
        smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);
        ngx_http_s3o_store_count(&smcf->store, NGX_HTTP_S3O_COUNT_WAITED);

        ctx->waiting = 1;
        ctx->wait_until = ngx_current_msec + ctx->conf->wait;

        ngx_http_s3o_refresh_nudge();

    } else if ((ngx_msec_int_t) (ngx_current_msec - ctx->wait_until) >= 0) {
        return NGX_DECLINED;
    }

    if (ngx_http_s3o_wait_more(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_s3o_wait_more(ngx_http_request_t *r)
{
    ngx_event_t  *wev;

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    /* a client that goes away is noticed */

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_s3o_wait_handler;

    wev = r->connection->write;

    wev->delayed = 1;
    ngx_add_timer(wev, NGX_HTTP_S3O_WAIT_STEP);

    return NGX_OK;
}


static void
ngx_http_s3o_wait_handler(ngx_http_request_t *r)
{
    ngx_event_t         *wev;
    ngx_http_s3o_ctx_t  *ctx;

    wev = r->connection->write;

    if (wev->delayed) {
        if (ngx_handle_write_event(wev, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if ((ngx_msec_int_t) (ngx_current_msec - ctx->wait_until) < 0
        && !ngx_http_s3o_has_credentials(ctx))
    {
        if (ngx_http_s3o_wait_more(r) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        return;
    }

    /* the phase runs again, once: it takes memory each time */

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
}
