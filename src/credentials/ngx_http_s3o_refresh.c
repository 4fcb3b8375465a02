
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_s3o_refresh.h"
#include "ngx_http_s3o_fetch.h"
#include "ngx_http_s3o_schedule.h"
#include "ngx_http_s3o_set.h"
#include "ngx_http_s3o_store.h"
#include "ngx_http_s3o_zone.h"


/* how often each worker looks at the sources, in milliseconds */
#define NGX_HTTP_S3O_REFRESH_TICK   500

/* in milliseconds; a fetch may be several requests */
#define NGX_HTTP_S3O_REFRESH_LEASE  (4 * NGX_HTTP_S3O_FETCH_DEADLINE)


static void ngx_http_s3o_refresh_handler(ngx_event_t *ev);
static void ngx_http_s3o_refresh_source(ngx_http_s3o_source_t *source);
static ngx_uint_t ngx_http_s3o_refresh_level(ngx_http_s3o_source_t *source,
    const char *error);


static ngx_event_t        ngx_http_s3o_refresh_event;
static ngx_connection_t   ngx_http_s3o_refresh_dummy;


ngx_int_t
ngx_http_s3o_refresh_init(ngx_cycle_t *cycle, ngx_http_s3o_store_t *store)
{
    ngx_event_t  *ev;

    /*
     * even without sources there may be slots of an older configuration to
     * wipe
     */

    if (store->shared == NULL) {
        return NGX_OK;
    }

    ev = &ngx_http_s3o_refresh_event;

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_memzero(ev, sizeof(ngx_event_t));

    ngx_http_s3o_refresh_dummy.fd = (ngx_socket_t) -1;
    ngx_http_s3o_refresh_dummy.data = store;

    ev->handler = ngx_http_s3o_refresh_handler;
    ev->data = &ngx_http_s3o_refresh_dummy;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, 1);

    return NGX_OK;
}


void
ngx_http_s3o_refresh_exit(ngx_http_s3o_store_t *store)
{
    ngx_uint_t               i;
    ngx_http_s3o_source_t  **source;

    if (ngx_http_s3o_refresh_event.timer_set
        && ngx_http_s3o_refresh_dummy.data == store)
    {
        ngx_del_timer(&ngx_http_s3o_refresh_event);
    }

    if (store->sources == NULL) {
        return;
    }

    source = store->sources->elts;

    for (i = 0; i < store->sources->nelts; i++) {

        if (source[i]->fetch) {
            ngx_http_s3o_fetch_abort(source[i]->fetch);
            source[i]->fetch = NULL;
        }

        if (source[i]->fetching) {
            source[i]->fetching = 0;
            ngx_http_s3o_store_release(source[i]);
        }
    }
}


void
ngx_http_s3o_refresh_nudge(void)
{
    ngx_event_t  *ev;

    ev = &ngx_http_s3o_refresh_event;

    /* not again while it is near: many requests would keep putting it off */

    if (ev->timer_set
        && (ngx_msec_int_t) (ev->timer.key - ngx_current_msec) > 1)
    {
        ngx_del_timer(ev);
        ngx_add_timer(ev, 1);
    }
}


ngx_msec_t
ngx_http_s3o_refresh_pause(ngx_http_s3o_source_t *source)
{
    while (source->provider->ready && !source->provider->ready(source)) {
        source = source->inner;
    }

    return ngx_http_s3o_schedule_pause(source);
}


static void
ngx_http_s3o_refresh_handler(ngx_event_t *ev)
{
    ngx_uint_t               i, exiting;
    ngx_connection_t        *c;
    ngx_http_s3o_store_t    *store;
    ngx_http_s3o_source_t  **source;

    c = ev->data;
    store = c->data;
    source = store->sources->elts;

    exiting = ngx_exiting || ngx_terminate || ngx_quit;

    for (i = 0; i < store->sources->nelts; i++) {

        if (source[i]->slot == NULL) {
            continue;
        }

        /*
         * Updates this worker's copy even when no request comes, so that a
         * set that was replaced is wiped.  The copy of a source that a reload
         * has removed stays, though its slot is wiped.
         */

        ngx_http_s3o_store_read(source[i]);

        if (!source[i]->fetching && !exiting) {
            ngx_http_s3o_refresh_source(source[i]);
        }
    }

    ngx_http_s3o_store_sweep(store);

    ngx_add_timer(ev, NGX_HTTP_S3O_REFRESH_TICK);
}


static void
ngx_http_s3o_refresh_source(ngx_http_s3o_source_t *source)
{
    ngx_uint_t  changed;

    if (source->provider->ready && !source->provider->ready(source)) {
        return;
    }

    changed = source->provider->changed && source->provider->changed(source);

    if (!ngx_http_s3o_store_lease(source, changed,
                                  NGX_HTTP_S3O_REFRESH_LEASE))
    {
        return;
    }

    source->fetching = 1;

    source->provider->fetch(source);
}


void
ngx_http_s3o_refresh_done(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set, ngx_log_t *log, ngx_err_t err,
    const char *error)
{
    ngx_uint_t  generation;

    source->fetch = NULL;
    source->fetching = 0;

    if (error == NULL) {
        error = ngx_http_s3o_set_check(set);
    }

    if (error == NULL && set->expires && set->expires <= ngx_time()) {
        error = "the credentials have expired already";
    }

    if (error) {
        ngx_log_error(ngx_http_s3o_refresh_level(source, error), log, err,
                      "s3o_presign: no new credentials \"%V\": %s",
                      ngx_http_s3o_source_name(source), error);

        ngx_http_s3o_store_fail(source, error);
        return;
    }

    generation = source->slot->generation;

    ngx_http_s3o_store_publish(source, set);

    if (source->slot->generation == generation) {
        return;
    }

    /* another source may be waiting for this set */

    ngx_http_s3o_refresh_nudge();

    if (set->expires) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "s3o_presign: new credentials \"%V\", valid for %T s",
                      ngx_http_s3o_source_name(source),
                      set->expires - ngx_time());

    } else {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "s3o_presign: new credentials \"%V\"",
                      ngx_http_s3o_source_name(source));
    }
}


/*
 * The level of an error line.  A fault that is repeated is logged as an error
 * only once: of a file that has not changed, and of a renewal before it is
 * needed, which may be tried hundreds of times while a set lives.
 */

static ngx_uint_t
ngx_http_s3o_refresh_level(ngx_http_s3o_source_t *source, const char *error)
{
    size_t                len;
    ngx_uint_t            early;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    len = ngx_min(ngx_strlen(error), sizeof(slot->error));

    early = source->renew
            && ngx_http_s3o_slot_expires(slot) - ngx_time()
               > NGX_HTTP_S3O_RENEW_LEFT;

    if ((early || source->again)
        && slot->error_len == len
        && ngx_memcmp(slot->error, error, len) == 0)
    {
        return NGX_LOG_INFO;
    }

    return NGX_LOG_ERR;
}
