
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The life of a fetch: it is made, it ends in one place, and is wiped there.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_s3o_fetch.h"


static u_char *ngx_http_s3o_fetch_log(ngx_log_t *log, u_char *buf,
    size_t len);
static void ngx_http_s3o_fetch_deadline_handler(ngx_event_t *ev);
static void ngx_http_s3o_fetch_destroy(ngx_http_s3o_fetch_t *f);


ngx_http_s3o_fetch_t *
ngx_http_s3o_fetch_create(ngx_http_s3o_peer_t *peer, ngx_str_t *source)
{
    ngx_log_t             *log;
    ngx_pool_t            *pool;
    ngx_http_s3o_fetch_t  *f;

    pool = ngx_create_pool(2048, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    f = ngx_pcalloc(pool, sizeof(ngx_http_s3o_fetch_t));
    log = ngx_palloc(pool, sizeof(ngx_log_t));

    if (f == NULL || log == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    *log = *ngx_cycle->log;
    log->handler = ngx_http_s3o_fetch_log;
    log->data = f;
    log->action = NULL;

    pool->log = log;

    f->pool = pool;
    f->log = log;
    f->peer = peer;
    f->via = peer->proxy ? peer->proxy : peer;
    f->source = *source;

    f->deadline.handler = ngx_http_s3o_fetch_deadline_handler;
    f->deadline.data = f;
    f->deadline.log = log;
    f->deadline.cancelable = 1;

    return f;
}


static u_char *
ngx_http_s3o_fetch_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                *p;
    ngx_http_s3o_fetch_t  *f;

    f = log->data;

    p = ngx_snprintf(buf, len, ", while fetching credentials \"%V\" from %V",
                     &f->source, &f->peer->authority);

    if (f->pc.name) {
        p = ngx_snprintf(p, len - (p - buf), " (%V)", f->pc.name);
    }

    if (f->via != f->peer) {
        p = ngx_snprintf(p, len - (p - buf), " through the proxy %V",
                         &f->via->authority);
    }

    if (f->file) {
        p = ngx_snprintf(p, len - (p - buf), " with the token file \"%V\"",
                         f->file);
    }

    return p;
}


const char *
ngx_http_s3o_fetch_why(ngx_http_s3o_fetch_t *f, const char *fmt, ...)
{
    u_char     *p, text[256];
    va_list     args;
    ngx_str_t   why;

    va_start(args, fmt);
    p = ngx_vslprintf(text, text + sizeof(text) - 1, fmt, args);
    va_end(args);

    *p++ = '\0';

    why.data = text;
    why.len = p - text;

    p = ngx_pstrdup(f->pool, &why);

    return p ? (char *) p : "no memory";
}


void
ngx_http_s3o_fetch_done(ngx_http_s3o_fetch_t *f, const char *error)
{
    f->error = error;

    ngx_http_s3o_fetch_close(f);

    f->handler(f);

    ngx_http_s3o_fetch_destroy(f);
}


void
ngx_http_s3o_fetch_abort(ngx_http_s3o_fetch_t *f)
{
    ngx_http_s3o_fetch_close(f);
    ngx_http_s3o_fetch_destroy(f);
}


void
ngx_http_s3o_fetch_close(ngx_http_s3o_fetch_t *f)
{
    ngx_connection_t  *c;

    c = f->pc.connection;

    if (c == NULL) {
        return;
    }

    f->pc.connection = NULL;

    if (c->ssl) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        (void) ngx_ssl_shutdown(c);
    }

    ngx_close_connection(c);
}


static void
ngx_http_s3o_fetch_destroy(ngx_http_s3o_fetch_t *f)
{
    if (f->resolve) {
        ngx_resolve_name_done(f->resolve);
        f->resolve = NULL;
    }

    if (f->deadline.timer_set) {
        ngx_del_timer(&f->deadline);
    }

    ngx_explicit_memzero(f->request.data, f->request.len);
    ngx_explicit_memzero(f->tunnel.data, f->tunnel.len);

    if (f->buf) {
        ngx_explicit_memzero(f->buf, NGX_HTTP_S3O_FETCH_MAX);
    }

    ngx_destroy_pool(f->pool);
}


static void
ngx_http_s3o_fetch_deadline_handler(ngx_event_t *ev)
{
    ngx_http_s3o_fetch_done(ev->data, "the answer takes too long");
}
