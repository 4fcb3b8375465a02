
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The URLs of many parts, in one JSON answer.
 *
 * A thousand signatures take from some milliseconds to a fifth of a second.
 * A worker process that made them at once would do nothing else for so long.
 * So the worker makes one slice in each turn of the event loop, for the
 * request that has waited longest, however many such requests there are.
 */


#include "ngx_http_s3o_parts_send.h"
#include "s3o_sigv4.h"
#include "ngx_http_s3o_lifetime.h"
#include "ngx_http_s3o_parts.h"
#include "ngx_http_s3o_sign.h"
#include "ngx_http_s3o_signer.h"
#include "ngx_http_s3o_told.h"
#include "ngx_http_s3o_wait.h"


/*
 * The number of signatures in a slice.  A slice takes less than half a
 * millisecond with SigV4, and up to two milliseconds with SigV4A.
 */

#define NGX_HTTP_S3O_SLICE     64
#define NGX_HTTP_S3O_SLICE_4A  8

/* the size of a buffer, in bytes; a longer URL gets a larger buffer */
#define NGX_HTTP_S3O_PARTS_BUFFER  32768

#define NGX_HTTP_S3O_PARTS_FIRST   "{\"parts\":["
#define NGX_HTTP_S3O_PARTS_NUMBER  ",\n{\"partNumber\":"
#define NGX_HTTP_S3O_PARTS_URL     ",\"url\":\""
#define NGX_HTTP_S3O_PARTS_END     "\"}"

/* the bytes of a part beside its URL; a part number has at most 5 digits */
#define NGX_HTTP_S3O_PARTS_REST                                              \
    (sizeof(NGX_HTTP_S3O_PARTS_NUMBER NGX_HTTP_S3O_PARTS_URL                 \
            NGX_HTTP_S3O_PARTS_END "10000") - 1)


static ngx_int_t ngx_http_s3o_parts_prepare(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_parts_param(ngx_http_s3o_ctx_t *ctx);
static void ngx_http_s3o_parts_number(ngx_http_s3o_parts_t *parts);
static void ngx_http_s3o_parts_wait(ngx_http_s3o_parts_t *parts);
static void ngx_http_s3o_parts_leave(void *data);
static void ngx_http_s3o_parts_turn(ngx_event_t *ev);
static void ngx_http_s3o_parts_go(ngx_http_s3o_parts_t *parts);
static ngx_chain_t *ngx_http_s3o_parts_slice(ngx_http_s3o_parts_t *parts);
static ngx_chain_t *ngx_http_s3o_parts_buffer(ngx_http_s3o_parts_t *parts);
static ngx_int_t ngx_http_s3o_parts_put(ngx_http_s3o_parts_t *parts,
    ngx_buf_t *b);
static ngx_int_t ngx_http_s3o_parts_output(ngx_http_s3o_parts_t *parts,
    ngx_chain_t *out);
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

    if (ngx_http_s3o_parts_prepare(r, ctx) != NGX_OK) {
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

    ngx_http_s3o_parts_wait(ctx->parts);

    return NGX_DONE;
}


/*
 * Makes what all parts need.  Signs the URL of the first part, too, which the
 * variables yield.
 */

static ngx_int_t
ngx_http_s3o_parts_prepare(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    s3o_request_t              req;
    s3o_query_form_t           q;
    ngx_pool_cleanup_t        *cln;
    ngx_http_s3o_parts_t      *parts;
    const ngx_http_s3o_set_t  *set;

    parts = ctx->parts;

    if (ngx_http_s3o_sign_query(r, ctx, 0, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    set = ngx_http_s3o_live_set(ctx, ngx_time());
    if (set == NULL) {
        return NGX_ERROR;
    }

    parts->signer = ngx_http_s3o_signer_own(r, ctx, set, ctx->signed_at);
    if (parts->signer == NULL) {
        return NGX_ERROR;
    }

    /* a variable may have made an earlier URL, with another set */

    parts->life = (uint32_t) ngx_http_s3o_url_life(ctx, set, ctx->signed_at);
    ctx->expires_at = ctx->signed_at + parts->life;
    ctx->expires_in = ctx->expires_at - ngx_time();

    if (ngx_http_s3o_parts_param(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_s3o_query_form(ctx, &req, &q);

    parts->room = NGX_HTTP_S3O_PARTS_REST
                  + s3o_presign_len(parts->signer, &req, &q);
    parts->size = ngx_max(NGX_HTTP_S3O_PARTS_BUFFER,
                          sizeof(NGX_HTTP_S3O_PARTS_FIRST) + parts->room
                          + ngx_http_s3o_told_len(ctx));

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_s3o_parts_leave;
    cln->data = parts;

    return NGX_OK;
}


/*
 * Finds "partNumber" among the sorted parameters of the query, so that each
 * part's number can be written into its value.  The query has only one such
 * parameter, so the order of the parameters is right for every number.
 */

static ngx_int_t
ngx_http_s3o_parts_param(ngx_http_s3o_ctx_t *ctx)
{
    s3o_uint_t             i;
    s3o_param_t           *param;
    ngx_http_s3o_parts_t  *parts;

    parts = ctx->parts;

    for (i = 0; i < ctx->query->nparams; i++) {
        param = &ctx->query->params[i];

        if (!s3o_str_is(&param->name, "partNumber")) {
            continue;
        }

        ngx_memcpy(parts->text, "partNumber=", sizeof("partNumber=") - 1);

        param->name.data = parts->text;
        param->value.data = parts->text + sizeof("partNumber=") - 1;

        parts->param = param;

        /* the last number is the longest one, and must have room */

        parts->next = parts->last;
        ngx_http_s3o_parts_number(parts);
        parts->next = parts->first;

        return NGX_OK;
    }

    return NGX_ERROR;
}


static void
ngx_http_s3o_parts_number(ngx_http_s3o_parts_t *parts)
{
    u_char  *p;

    p = parts->param->value.data;

    parts->param->value.len = ngx_sprintf(p, "%ui", parts->next) - p;
}


static void
ngx_http_s3o_parts_wait(ngx_http_s3o_parts_t *parts)
{
    ngx_event_t  *ev;

    ngx_queue_insert_tail(&ngx_http_s3o_parts_waiting, &parts->queue);
    parts->waiting = 1;

    ev = &ngx_http_s3o_parts_event;

    ev->handler = ngx_http_s3o_parts_turn;
    ev->log = ngx_cycle->log;

    ngx_post_event(ev, &ngx_posted_next_events);
}


static void
ngx_http_s3o_parts_leave(void *data)
{
    ngx_http_s3o_parts_t *parts = data;

    if (parts->waiting) {
        ngx_queue_remove(&parts->queue);
        parts->waiting = 0;
    }
}


static void
ngx_http_s3o_parts_turn(ngx_event_t *ev)
{
    ngx_connection_t      *c;
    ngx_http_s3o_parts_t  *parts;

    /* the request may have ended while it waited */

    if (ngx_queue_empty(&ngx_http_s3o_parts_waiting)) {
        return;
    }

    parts = ngx_queue_data(ngx_queue_head(&ngx_http_s3o_parts_waiting),
                           ngx_http_s3o_parts_t, queue);

    ngx_http_s3o_parts_leave(parts);

    if (!ngx_queue_empty(&ngx_http_s3o_parts_waiting)) {
        ngx_post_event(ev, &ngx_posted_next_events);
    }

    c = parts->request->connection;

    ngx_http_set_log_request(c->log, parts->request);

    ngx_http_s3o_parts_go(parts);

    ngx_http_run_posted_requests(c);
}


/* Sends the next slice.  This may finalize the request. */

static void
ngx_http_s3o_parts_go(ngx_http_s3o_parts_t *parts)
{
    ngx_int_t            rc;
    ngx_uint_t           last;
    ngx_chain_t         *out;
    ngx_http_request_t  *r;

    r = parts->request;

    out = ngx_http_s3o_parts_slice(parts);
    if (out == NULL) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    last = out->buf->last_buf;

    rc = ngx_http_s3o_parts_output(parts, out);

    if (rc == NGX_ERROR || last) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    if (rc == NGX_OK) {
        ngx_http_s3o_parts_wait(parts);
    }
}


/*
 * Returns a buffer with the next few parts; the buffer of the last part also
 * has the end of the answer.  NULL on an error.
 */

static ngx_chain_t *
ngx_http_s3o_parts_slice(ngx_http_s3o_parts_t *parts)
{
    ngx_buf_t           *b;
    ngx_uint_t           n;
    ngx_chain_t         *out;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(parts->request, ngx_http_s3o_presign_module);

    out = ngx_http_s3o_parts_buffer(parts);
    if (out == NULL) {
        return NULL;
    }

    b = out->buf;

    for (n = ctx->conf->algorithm == S3O_SIGV4A ? NGX_HTTP_S3O_SLICE_4A
                                                : NGX_HTTP_S3O_SLICE;
         n && parts->next <= parts->last;
         n--)
    {
        if ((size_t) (b->end - b->last) < parts->room) {
            return out;
        }

        if (ngx_http_s3o_parts_put(parts, b) != NGX_OK) {
            ngx_log_error(NGX_LOG_CRIT, parts->request->connection->log, 0,
                          "s3o_presign: signing failed");
            return NULL;
        }
    }

    if (parts->next <= parts->last
        || (size_t) (b->end - b->last) < 1 + ngx_http_s3o_told_len(ctx))
    {
        return out;
    }

    *b->last++ = ']';

    b->last = ngx_http_s3o_told(b->last, ctx);
    b->last_buf = 1;

    return b->last ? out : NULL;
}


static ngx_chain_t *
ngx_http_s3o_parts_buffer(ngx_http_s3o_parts_t *parts)
{
    ngx_buf_t    *b;
    ngx_chain_t  *out;

    out = ngx_chain_get_free_buf(parts->request->pool, &parts->free);
    if (out == NULL) {
        return NULL;
    }

    b = out->buf;

    if (b->start == NULL) {
        b->start = ngx_palloc(parts->request->pool, parts->size);
        if (b->start == NULL) {
            return NULL;
        }

        b->end = b->start + parts->size;
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

    if (parts->next == parts->first) {
        b->last = ngx_cpymem(b->last, NGX_HTTP_S3O_PARTS_FIRST,
                             sizeof(NGX_HTTP_S3O_PARTS_FIRST) - 1);
    }

    return out;
}


static ngx_int_t
ngx_http_s3o_parts_put(ngx_http_s3o_parts_t *parts, ngx_buf_t *b)
{
    u_char              *p;
    s3o_buf_t            url;
    s3o_request_t        req;
    s3o_query_form_t     q;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(parts->request, ngx_http_s3o_presign_module);

    ngx_http_s3o_parts_number(parts);
    ngx_http_s3o_query_form(ctx, &req, &q);

    /* the first part has no comma and no line break before it */

    p = b->last;
    p = parts->next == parts->first
        ? ngx_cpymem(p, &NGX_HTTP_S3O_PARTS_NUMBER[2],
                     sizeof(NGX_HTTP_S3O_PARTS_NUMBER) - 3)
        : ngx_cpymem(p, NGX_HTTP_S3O_PARTS_NUMBER,
                     sizeof(NGX_HTTP_S3O_PARTS_NUMBER) - 1);

    p = ngx_cpymem(p, parts->param->value.data, parts->param->value.len);
    p = ngx_cpymem(p, NGX_HTTP_S3O_PARTS_URL,
                   sizeof(NGX_HTTP_S3O_PARTS_URL) - 1);

    s3o_buf_init(&url, p, b->end - p);

    if (s3o_presign(parts->signer, &req, &q, parts->life, &url) != S3O_OK) {
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(url.pos, NGX_HTTP_S3O_PARTS_END,
                         sizeof(NGX_HTTP_S3O_PARTS_END) - 1);
    parts->next++;

    return NGX_OK;
}


/*
 * Sends a slice, or with NULL what is left of one.  NGX_OK when all has been
 * sent, or a filter has taken it.  NGX_AGAIN when the rest waits for the
 * client; the next slice is made after that.  NGX_ERROR otherwise.
 */

static ngx_int_t
ngx_http_s3o_parts_output(ngx_http_s3o_parts_t *parts, ngx_chain_t *out)
{
    ngx_int_t                  rc;
    ngx_event_t               *wev;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = parts->request;
    wev = r->connection->write;

    rc = ngx_http_output_filter(r, out);

    ngx_chain_update_chains(r->pool, &parts->free, &parts->busy, &out,
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

    rc = ngx_http_s3o_parts_output(ctx->parts, NULL);

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

        ngx_http_s3o_parts_wait(ctx->parts);
    }
}
