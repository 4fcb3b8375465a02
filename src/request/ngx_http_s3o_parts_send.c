
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Sends the URLs of many parts, a slice at a time.
 *
 * A thousand signatures take from some milliseconds to a fifth of a second.
 * A worker process that made them at once would do nothing else for so long.
 * So the worker makes one slice in each turn of the event loop, for the
 * request that has waited longest, however many such requests there are.
 */


#include "ngx_http_s3o_parts_send.h"
#include "ngx_http_s3o_parts.h"
#include "ngx_http_s3o_parts_json.h"


/*
 * The number of signatures in a slice.  A slice takes less than half a
 * millisecond with SigV4, and up to two milliseconds with SigV4A.
 */

#define NGX_HTTP_S3O_SLICE     64
#define NGX_HTTP_S3O_SLICE_4A  8

/* the size of a buffer, in bytes; a longer URL gets a larger buffer */
#define NGX_HTTP_S3O_PARTS_BUFFER  32768


/* one answer, which is sent in slices */

struct ngx_http_s3o_parts_sending_s {
    ngx_http_request_t         *request;
    ngx_http_s3o_parts_json_t   json;

    size_t                      size;       /* of a buffer */
    ngx_chain_t                *free;
    ngx_chain_t                *busy;

    ngx_queue_t                 queue;
    ngx_uint_t                  waiting;    /* 1 while in the queue */
};


static ngx_http_s3o_parts_sending_t *ngx_http_s3o_parts_create(
    ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx);
static void ngx_http_s3o_parts_wait(ngx_http_s3o_parts_sending_t *sending);
static void ngx_http_s3o_parts_leave(void *data);
static void ngx_http_s3o_parts_turn(ngx_event_t *ev);
static void ngx_http_s3o_parts_go(ngx_http_s3o_parts_sending_t *sending);
static ngx_chain_t *ngx_http_s3o_parts_slice(
    ngx_http_s3o_parts_sending_t *sending);
static ngx_chain_t *ngx_http_s3o_parts_buffer(
    ngx_http_s3o_parts_sending_t *sending);
static ngx_int_t ngx_http_s3o_parts_output(
    ngx_http_s3o_parts_sending_t *sending, ngx_chain_t *out);
static void ngx_http_s3o_parts_writer(ngx_http_request_t *r);


/* the requests of this worker process that wait for a turn; none at first */

static ngx_queue_t  ngx_http_s3o_parts_waiting = {
    &ngx_http_s3o_parts_waiting, &ngx_http_s3o_parts_waiting
};

static ngx_event_t  ngx_http_s3o_parts_event;


ngx_int_t
ngx_http_s3o_send_parts(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t  rc;

    ctx->parts->sending = ngx_http_s3o_parts_create(r, ctx);
    if (ctx->parts->sending == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_OK;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    ngx_http_clear_content_length(r);

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    r->write_event_handler = ngx_http_request_empty_handler;
    r->main->count++;

    ngx_http_s3o_parts_wait(ctx->parts->sending);

    return NGX_DONE;
}


/* NULL without memory, or when nothing can be signed */

static ngx_http_s3o_parts_sending_t *
ngx_http_s3o_parts_create(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_pool_cleanup_t            *cln;
    ngx_http_s3o_parts_sending_t  *sending;

    sending = ngx_pcalloc(r->pool, sizeof(ngx_http_s3o_parts_sending_t));
    if (sending == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     sending->free = NULL;
     *     sending->busy = NULL;
     *     sending->waiting = 0;
     */

    sending->request = r;

    if (ngx_http_s3o_parts_prepare(r, ctx, &sending->json) != NGX_OK) {
        return NULL;
    }

    sending->size = ngx_max(NGX_HTTP_S3O_PARTS_BUFFER, sending->json.size);

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_s3o_parts_leave;
    cln->data = sending;

    return sending;
}


static void
ngx_http_s3o_parts_wait(ngx_http_s3o_parts_sending_t *sending)
{
    ngx_event_t  *ev;

    ngx_queue_insert_tail(&ngx_http_s3o_parts_waiting, &sending->queue);
    sending->waiting = 1;

    ev = &ngx_http_s3o_parts_event;

    ev->handler = ngx_http_s3o_parts_turn;
    ev->log = ngx_cycle->log;

    ngx_post_event(ev, &ngx_posted_next_events);
}


static void
ngx_http_s3o_parts_leave(void *data)
{
    ngx_http_s3o_parts_sending_t *sending = data;

    if (sending->waiting) {
        ngx_queue_remove(&sending->queue);
        sending->waiting = 0;
    }
}


static void
ngx_http_s3o_parts_turn(ngx_event_t *ev)
{
    ngx_connection_t              *c;
    ngx_http_s3o_parts_sending_t  *sending;

    /* the request may have ended while it waited */

    if (ngx_queue_empty(&ngx_http_s3o_parts_waiting)) {
        return;
    }

    sending = ngx_queue_data(ngx_queue_head(&ngx_http_s3o_parts_waiting),
                             ngx_http_s3o_parts_sending_t, queue);

    ngx_http_s3o_parts_leave(sending);

    if (!ngx_queue_empty(&ngx_http_s3o_parts_waiting)) {
        ngx_post_event(ev, &ngx_posted_next_events);
    }

    c = sending->request->connection;

    ngx_http_set_log_request(c->log, sending->request);

    ngx_http_s3o_parts_go(sending);

    ngx_http_run_posted_requests(c);
}


/* Sends the next slice.  This may finalize the request. */

static void
ngx_http_s3o_parts_go(ngx_http_s3o_parts_sending_t *sending)
{
    ngx_int_t            rc;
    ngx_uint_t           last;
    ngx_chain_t         *out;
    ngx_http_request_t  *r;

    r = sending->request;

    out = ngx_http_s3o_parts_slice(sending);
    if (out == NULL) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    last = out->buf->last_buf;

    rc = ngx_http_s3o_parts_output(sending, out);

    if (rc == NGX_ERROR || last) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    if (rc == NGX_OK) {
        ngx_http_s3o_parts_wait(sending);
    }
}


/*
 * Returns a buffer with the next few parts; the buffer of the last part also
 * has the end of the answer.  NULL on an error.
 */

static ngx_chain_t *
ngx_http_s3o_parts_slice(ngx_http_s3o_parts_sending_t *sending)
{
    ngx_int_t            rc;
    ngx_uint_t           n;
    ngx_chain_t         *out;
    ngx_http_s3o_ctx_t  *ctx;

    out = ngx_http_s3o_parts_buffer(sending);
    if (out == NULL) {
        return NULL;
    }

    ctx = ngx_http_get_module_ctx(sending->request,
                                  ngx_http_s3o_presign_module);

    n = ctx->conf->algorithm == S3O_SIGV4A ? NGX_HTTP_S3O_SLICE_4A
                                           : NGX_HTTP_S3O_SLICE;

    rc = ngx_http_s3o_parts_write(sending->request, ctx, &sending->json, n,
                                  out->buf);

    out->buf->last_buf = rc == NGX_OK;

    return rc == NGX_ERROR ? NULL : out;
}


static ngx_chain_t *
ngx_http_s3o_parts_buffer(ngx_http_s3o_parts_sending_t *sending)
{
    ngx_buf_t    *b;
    ngx_chain_t  *out;

    out = ngx_chain_get_free_buf(sending->request->pool, &sending->free);
    if (out == NULL) {
        return NULL;
    }

    b = out->buf;

    if (b->start == NULL) {
        b->start = ngx_palloc(sending->request->pool, sending->size);
        if (b->start == NULL) {
            return NULL;
        }

        b->end = b->start + sending->size;
        b->tag = (ngx_buf_tag_t) &ngx_http_s3o_presign_module;
        b->temporary = 1;

        /*
         * The next slice waits until this one was sent.  If a filter kept
         * it back to wait for more, neither would ever be sent.
         */

        b->flush = 1;
    }

    b->pos = b->start;
    b->last = b->start;

    return out;
}


/*
 * Sends a slice, or with NULL what is left of one.  NGX_OK when all has been
 * sent, or a filter has taken it.  NGX_AGAIN when the rest waits for the
 * client; the next slice is made after that.  NGX_ERROR otherwise.
 */

static ngx_int_t
ngx_http_s3o_parts_output(ngx_http_s3o_parts_sending_t *sending,
    ngx_chain_t *out)
{
    ngx_int_t                  rc;
    ngx_event_t               *wev;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = sending->request;
    wev = r->connection->write;

    rc = ngx_http_output_filter(r, out);

    ngx_chain_update_chains(r->pool, &sending->free, &sending->busy, &out,
                            (ngx_buf_tag_t) &ngx_http_s3o_presign_module);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (!r->buffered && !r->connection->buffered) {
        return NGX_OK;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    r->write_event_handler = ngx_http_s3o_parts_writer;

    if (!wev->delayed) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    return ngx_handle_write_event(wev, clcf->send_lowat) == NGX_OK
           ? NGX_AGAIN : NGX_ERROR;
}


static void
ngx_http_s3o_parts_writer(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_event_t         *wev;
    ngx_http_s3o_ctx_t  *ctx;

    wev = r->connection->write;

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
                      "client timed out");
        r->connection->timedout = 1;

        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (wev->delayed) {
        if (ngx_handle_write_event(wev, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_ERROR);
        }

        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    rc = ngx_http_s3o_parts_output(ctx->parts->sending, NULL);

    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    if (rc == NGX_OK) {

        /* a timer that "limit_rate" has set must not be deleted */

        if (wev->timer_set && !wev->delayed) {
            ngx_del_timer(wev);
        }

        r->write_event_handler = ngx_http_request_empty_handler;

        ngx_http_s3o_parts_wait(ctx->parts->sending);
    }
}
