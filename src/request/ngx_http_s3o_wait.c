
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Requests that find no valid credentials.  Such a request waits a limited time
 * for a fetch, without blocking the worker.  Nothing wakes a worker when
 * another worker has fetched credentials, so each request looks again every few
 * milliseconds.  When no fetch can finish in time, as between two failing
 * attempts, the request is refused at once.
 */


#include "ngx_http_s3o_wait.h"
#include "ngx_http_s3o_refresh.h"
#include "ngx_http_s3o_zone.h"
#include "ngx_http_s3o_push_header.h"
#include "ngx_http_s3o_refuse.h"


#define NGX_HTTP_S3O_WAIT_STEP    25      /* milliseconds */

/*
 * The error lines of each source are limited to one in so many milliseconds,
 * because a service may be down for hours.
 */
#define NGX_HTTP_S3O_WAIT_LINES   1000    /* milliseconds */

/* "Retry-After" when the time of the next attempt is not known */
#define NGX_HTTP_S3O_RETRY_AFTER  5       /* seconds */


static ngx_int_t ngx_http_s3o_wait(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_uint_t ngx_http_s3o_wait_worth(ngx_http_s3o_ctx_t *ctx,
    ngx_msec_t *pause);
static ngx_int_t ngx_http_s3o_wait_more(ngx_http_request_t *r);
static void ngx_http_s3o_wait_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_wait_refuse(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_msec_t pause);
static ngx_uint_t ngx_http_s3o_wait_line(ngx_http_s3o_limit_t *limit,
    ngx_uint_t *omitted);


ngx_int_t
ngx_http_s3o_check_credentials(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    if (ctx->conf->source == NULL) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_CREDENTIALS,
                                   NGX_HTTP_INTERNAL_SERVER_ERROR, NGX_LOG_ERR,
                                   "\"s3o_presign_credentials\" is not set");
    }

    if (ngx_http_s3o_live_set(ctx, ngx_time())) {
        return NGX_OK;
    }

    return ngx_http_s3o_wait(r, ctx);
}


/*
 * NGX_AGAIN when the request waits; NGX_OK when credentials have come
 * meanwhile; or the status of a refusal.
 */

static ngx_int_t
ngx_http_s3o_wait(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_msec_t                 pause;
    ngx_http_s3o_main_conf_t  *smcf;

    if (!ctx->waiting) {
        ctx->wait_until = ngx_current_msec + ctx->conf->wait;
    }

    if (ngx_http_s3o_wait_worth(ctx, &pause)) {

        if (!ctx->waiting) {
            smcf = ngx_http_get_module_main_conf(r,
                                                 ngx_http_s3o_presign_module);
            ngx_http_s3o_store_count(&smcf->store, NGX_HTTP_S3O_COUNT_WAITED);

            ctx->waiting = 1;

            ngx_http_s3o_refresh_nudge();
        }

        if (ngx_http_s3o_wait_more(r) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return NGX_AGAIN;
    }

    /* another worker may have fetched them since the caller looked */

    if (ngx_http_s3o_live_set(ctx, ngx_time())) {
        return NGX_OK;
    }

    return ngx_http_s3o_wait_refuse(r, ctx, pause);
}


/*
 * Returns 1 when a fetch is under way, or begins before the request's time is
 * over.  Sets "pause" to the milliseconds until the next attempt, or 0.
 */

static ngx_uint_t
ngx_http_s3o_wait_worth(ngx_http_s3o_ctx_t *ctx, ngx_msec_t *pause)
{
    ngx_http_s3o_source_t  *source;

    source = ctx->conf->source;

    if (source->slot == NULL) {
        *pause = 0;
        return 0;
    }

    *pause = ngx_http_s3o_refresh_pause(source);

    return (ngx_msec_int_t) (ctx->wait_until - ngx_current_msec)
           > (ngx_msec_int_t) *pause;
}


static ngx_int_t
ngx_http_s3o_wait_more(ngx_http_request_t *r)
{
    ngx_event_t  *wev;

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    /* a client that closes its connection is noticed */

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
    ngx_msec_t           pause;
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

    if (!ngx_http_s3o_live_set(ctx, ngx_time())
        && ngx_http_s3o_wait_worth(ctx, &pause))
    {
        if (ngx_http_s3o_wait_more(r) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        return;
    }

    /*
     * The phase handler runs again only now, not after each step, as each run
     * takes memory from the request's pool.
     */

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
}


/* refuses with 503, and "Retry-After" for the time of the next attempt */

static ngx_int_t
ngx_http_s3o_wait_refuse(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_msec_t pause)
{
    u_char                 *p;
    ngx_str_t               retry_after;
    ngx_uint_t              level, omitted;
    const char             *quote;
    ngx_http_s3o_source_t  *source;

    retry_after.data = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (retry_after.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_sprintf(retry_after.data, "%M",
                    pause ? pause / 1000 + 1 : NGX_HTTP_S3O_RETRY_AFTER);
    retry_after.len = p - retry_after.data;

    if (ngx_http_s3o_add_header(r, "Retry-After", &retry_after, NULL)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    source = ctx->conf->source;

    level = ngx_http_s3o_wait_line(source->slot ? &source->slot->refused
                                                : &source->refused, &omitted)
            ? NGX_LOG_ERR : NGX_LOG_INFO;

    quote = source->name.len ? "\"" : "";

    if (omitted) {
        (void) ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_CREDENTIALS, 0, level,
                                   "no valid credentials%s%s%V%s, as for %ui "
                                   "requests since the last such line",
                                   *quote ? " " : "", quote, &source->name,
                                   quote, omitted);

    } else {
        (void) ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_CREDENTIALS, 0, level,
                                   "no valid credentials%s%s%V%s",
                                   *quote ? " " : "", quote, &source->name,
                                   quote);
    }

    if (ctx->refusal) {

        /* the client is not told the name of the source, nor the number */

        ctx->refusal->reason.len = sizeof("no valid credentials") - 1;
    }

    return NGX_HTTP_SERVICE_UNAVAILABLE;
}


/*
 * Returns 1 when a line may be logged as an error, and sets "omitted" to the
 * number of refusals since the last such line.
 */

static ngx_uint_t
ngx_http_s3o_wait_line(ngx_http_s3o_limit_t *limit, ngx_uint_t *omitted)
{
    ngx_msec_t         now;
    ngx_atomic_uint_t  at;

    now = ngx_current_msec;
    at = limit->at;

    *omitted = 0;

    if ((at && (ngx_msec_int_t) (now - at) < NGX_HTTP_S3O_WAIT_LINES)
        || !ngx_atomic_cmp_set(&limit->at, at, now ? now : 1))
    {
        (void) ngx_atomic_fetch_add(&limit->omitted, 1);
        return 0;
    }

    *omitted = limit->omitted;
    (void) ngx_atomic_fetch_add(&limit->omitted,
                                -(ngx_atomic_int_t) *omitted);

    return 1;
}
