
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * One exchange on the connection of a fetch: a request and its answer.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_s3o_fetch_exchange.h"


static void ngx_http_s3o_fetch_write_handler(ngx_event_t *wev);
static void ngx_http_s3o_fetch_read_handler(ngx_event_t *rev);
static ngx_uint_t ngx_http_s3o_fetch_ended(ngx_http_s3o_fetch_t *f,
    ngx_event_t *ev, const char *timeout);


void
ngx_http_s3o_fetch_exchange(ngx_http_s3o_fetch_t *f,
    const ngx_http_s3o_exchange_t *exchange, ngx_str_t *request)
{
    ngx_connection_t  *c;

    c = f->pc.connection;

    f->exchange = exchange;
    f->sending = *request;
    f->sent = 0;
    f->received = 0;

    c->read->handler = ngx_http_s3o_fetch_read_handler;
    c->write->handler = ngx_http_s3o_fetch_write_handler;

    ngx_http_s3o_fetch_write_handler(c->write);
}


static void
ngx_http_s3o_fetch_write_handler(ngx_event_t *wev)
{
    ssize_t                         n;
    ngx_connection_t               *c;
    ngx_http_s3o_fetch_t           *f;
    const ngx_http_s3o_exchange_t  *x;

    c = wev->data;
    f = c->data;
    x = f->exchange;

    if (ngx_http_s3o_fetch_ended(f, wev, x->send_timeout)) {
        return;
    }

    n = c->send(c, f->sending.data + f->sent, f->sending.len - f->sent);

    if (n == NGX_ERROR) {
        ngx_http_s3o_fetch_done(f, x->send_error);
        return;
    }

    if (n > 0) {
        f->sent += n;
    }

    if (f->sent < f->sending.len) {
        ngx_add_timer(wev, NGX_HTTP_S3O_FETCH_TIMEOUT);

    } else {
        wev->handler = ngx_http_s3o_fetch_idle_handler;

        if (wev->timer_set) {
            ngx_del_timer(wev);
        }
    }

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        ngx_http_s3o_fetch_done(f, x->send_error);
        return;
    }

    if (f->sent == f->sending.len) {
        ngx_add_timer(c->read, NGX_HTTP_S3O_FETCH_TIMEOUT);
        ngx_http_s3o_fetch_read_handler(c->read);
    }
}


static void
ngx_http_s3o_fetch_read_handler(ngx_event_t *rev)
{
    ssize_t                         n;
    ngx_connection_t               *c;
    ngx_http_s3o_fetch_t           *f;
    const ngx_http_s3o_exchange_t  *x;

    c = rev->data;
    f = c->data;
    x = f->exchange;

    if (ngx_http_s3o_fetch_ended(f, rev, x->read_timeout)) {
        return;
    }

    do {

        if (f->received == x->max) {
            ngx_http_s3o_fetch_done(f, x->too_long);
            return;
        }

        n = c->recv(c, f->buf + f->received, x->max - f->received);

        if (n == NGX_AGAIN) {
            ngx_add_timer(rev, NGX_HTTP_S3O_FETCH_TIMEOUT);

            if (ngx_handle_read_event(rev, 0) != NGX_OK) {
                ngx_http_s3o_fetch_done(f, x->read_error);
            }

            return;
        }

        if (n == NGX_ERROR) {
            ngx_http_s3o_fetch_done(f, x->read_error);
            return;
        }

        f->received += n;

    } while (x->parse(f, n) == NGX_AGAIN);
}


/* 1 when there is no more to wait for, and the fetch is gone */

static ngx_uint_t
ngx_http_s3o_fetch_ended(ngx_http_s3o_fetch_t *f, ngx_event_t *ev,
    const char *timeout)
{
    if (f->pc.connection->close) {
        ngx_http_s3o_fetch_done(f, "the worker is closing");
        return 1;
    }

    if (ev->timedout) {
        ngx_http_s3o_fetch_done(f, timeout);
        return 1;
    }

    return 0;
}


void
ngx_http_s3o_fetch_idle_handler(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    if (c->close) {
        ngx_http_s3o_fetch_done(c->data, "the worker is closing");
    }
}
