
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_s3o_fetch.h"


static u_char *ngx_http_s3o_fetch_log(ngx_log_t *log, u_char *buf,
    size_t len);
static void ngx_http_s3o_fetch_resolve(ngx_http_s3o_fetch_t *f);
static void ngx_http_s3o_fetch_resolved(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_fetch_addrs(ngx_http_s3o_fetch_t *f,
    ngx_resolver_ctx_t *ctx);
static void ngx_http_s3o_fetch_connect(ngx_http_s3o_fetch_t *f);
static void ngx_http_s3o_fetch_next(ngx_http_s3o_fetch_t *f, ngx_err_t err,
    const char *error);
static void ngx_http_s3o_fetch_connected(ngx_event_t *wev);
static ngx_err_t ngx_http_s3o_fetch_test_connect(ngx_connection_t *c);
static void ngx_http_s3o_fetch_handshake(ngx_http_s3o_fetch_t *f);
static void ngx_http_s3o_fetch_handshaked(ngx_connection_t *c);
static const char *ngx_http_s3o_fetch_verify(ngx_http_s3o_fetch_t *f,
    ngx_connection_t *c);
static ngx_int_t ngx_http_s3o_fetch_check_name(ngx_http_s3o_fetch_t *f,
    ngx_connection_t *c);
static void ngx_http_s3o_fetch_write_handler(ngx_event_t *wev);
static void ngx_http_s3o_fetch_read_handler(ngx_event_t *rev);
static void ngx_http_s3o_fetch_idle_handler(ngx_event_t *ev);
static ngx_uint_t ngx_http_s3o_fetch_ended(ngx_http_s3o_fetch_t *f,
    ngx_event_t *ev, const char *timeout);
static ngx_int_t ngx_http_s3o_fetch_parse(ngx_http_s3o_fetch_t *f, ssize_t n);
static void ngx_http_s3o_fetch_deadline_handler(ngx_event_t *ev);
static void ngx_http_s3o_fetch_close(ngx_http_s3o_fetch_t *f);
static void ngx_http_s3o_fetch_destroy(ngx_http_s3o_fetch_t *f);


static const ngx_http_s3o_exchange_t  ngx_http_s3o_fetch_request = {
    NGX_HTTP_S3O_FETCH_MAX,
    ngx_http_s3o_fetch_parse,
    "sending the request timed out",
    "sending the request failed",
    "waiting for the answer timed out",
    "reading the answer failed",
    "the answer is over 64k"
};


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
ngx_http_s3o_fetch_start(ngx_http_s3o_fetch_t *f)
{
    ngx_msec_int_t  left;

    f->buf = ngx_pnalloc(f->pool, NGX_HTTP_S3O_FETCH_MAX);
    if (f->buf == NULL) {
        ngx_http_s3o_fetch_done(f, "no memory");
        return;
    }

    left = f->until ? (ngx_msec_int_t) (f->until - ngx_current_msec)
                    : NGX_HTTP_S3O_FETCH_DEADLINE;

    ngx_add_timer(&f->deadline, (ngx_msec_t) ngx_max(left, 1));

    if (f->via->resolver) {
        ngx_http_s3o_fetch_resolve(f);
        return;
    }

    f->addrs = f->via->addrs;
    f->naddrs = f->via->naddrs;

    ngx_http_s3o_fetch_connect(f);
}


static void
ngx_http_s3o_fetch_resolve(ngx_http_s3o_fetch_t *f)
{
    ngx_resolver_ctx_t  *ctx, temp;

    ngx_memzero(&temp, sizeof(ngx_resolver_ctx_t));
    temp.name = f->via->name;

    ctx = ngx_resolve_start(f->via->resolver, &temp);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_http_s3o_fetch_done(f, "no resolver");
        return;
    }

    ctx->name = f->via->name;
    ctx->handler = ngx_http_s3o_fetch_resolved;
    ctx->data = f;
    ctx->timeout = f->via->resolver_timeout;
    ctx->cancelable = 1;

    f->resolve = ctx;

    if (ngx_resolve_name(ctx) != NGX_OK) {
        f->resolve = NULL;
        ngx_http_s3o_fetch_done(f, "resolving the name failed");
    }
}


static void
ngx_http_s3o_fetch_resolved(ngx_resolver_ctx_t *ctx)
{
    const char            *why;
    ngx_http_s3o_fetch_t  *f;

    f = ctx->data;

    if (ctx->state) {
        why = ngx_http_s3o_fetch_why(f, "the name could not be resolved "
                                     "(%i: %s)", ctx->state,
                                     ngx_resolver_strerror(ctx->state));

    } else {
        why = ngx_http_s3o_fetch_addrs(f, ctx) == NGX_OK ? NULL : "no memory";
    }

    ngx_resolve_name_done(ctx);
    f->resolve = NULL;

    if (why) {
        ngx_http_s3o_fetch_done(f, why);
        return;
    }

    ngx_http_s3o_fetch_connect(f);
}


static ngx_int_t
ngx_http_s3o_fetch_addrs(ngx_http_s3o_fetch_t *f, ngx_resolver_ctx_t *ctx)
{
    u_char           *p;
    ngx_uint_t        i;
    struct sockaddr  *sa;

    f->addrs = ngx_pcalloc(f->pool, ctx->naddrs * sizeof(ngx_addr_t));
    if (f->addrs == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < ctx->naddrs; i++) {
        sa = ngx_palloc(f->pool, ctx->addrs[i].socklen);
        p = ngx_pnalloc(f->pool, NGX_SOCKADDR_STRLEN);

        if (sa == NULL || p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(sa, ctx->addrs[i].sockaddr, ctx->addrs[i].socklen);
        ngx_inet_set_port(sa, f->via->port);

        f->addrs[i].sockaddr = sa;
        f->addrs[i].socklen = ctx->addrs[i].socklen;
        f->addrs[i].name.data = p;
        f->addrs[i].name.len = ngx_sock_ntop(sa, f->addrs[i].socklen, p,
                                             NGX_SOCKADDR_STRLEN, 1);
    }

    f->naddrs = ctx->naddrs;

    return NGX_OK;
}


static void
ngx_http_s3o_fetch_connect(ngx_http_s3o_fetch_t *f)
{
    ngx_err_t          err;
    ngx_int_t          rc;
    ngx_uint_t         level;
    ngx_addr_t        *addr;
    ngx_connection_t  *c;

    addr = &f->addrs[f->addr];

    ngx_memzero(&f->pc, sizeof(ngx_peer_connection_t));

    f->pc.sockaddr = addr->sockaddr;
    f->pc.socklen = addr->socklen;
    f->pc.name = &addr->name;
    f->pc.get = ngx_event_get_peer;
    f->pc.log = f->log;
    f->pc.log_error = NGX_ERROR_INFO;

    s3o_http_response_init(&f->response);

    /* ngx_event_connect_peer() must not log errors: they are logged here */

    level = f->log->log_level;
    f->log->log_level = ngx_min(level, NGX_LOG_ALERT);

    rc = ngx_event_connect_peer(&f->pc);

    err = ngx_socket_errno;
    f->log->log_level = level;

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_http_s3o_fetch_next(f, err, "connecting failed");
        return;
    }

    c = f->pc.connection;

    c->data = f;
    c->pool = f->pool;
    c->sendfile = 0;

    c->read->handler = ngx_http_s3o_fetch_idle_handler;
    c->write->handler = ngx_http_s3o_fetch_connected;

    /* an old worker that exits does not wait for a fetch */

    c->read->cancelable = 1;
    c->write->cancelable = 1;

    ngx_add_timer(c->write, NGX_HTTP_S3O_FETCH_TIMEOUT);

    if (rc == NGX_OK) {
        ngx_http_s3o_fetch_connected(c->write);
    }
}


static void
ngx_http_s3o_fetch_next(ngx_http_s3o_fetch_t *f, ngx_err_t err,
    const char *error)
{
    ngx_http_s3o_fetch_close(f);

    if (f->addr + 1 < f->naddrs) {
        ngx_log_error(NGX_LOG_INFO, f->log, err, "s3o_presign: %s", error);

        f->addr++;
        ngx_http_s3o_fetch_connect(f);
        return;
    }

    f->err = err;
    ngx_http_s3o_fetch_done(f, error);
}


static void
ngx_http_s3o_fetch_connected(ngx_event_t *wev)
{
    ngx_err_t              err;
    ngx_connection_t      *c;
    ngx_http_s3o_fetch_t  *f;

    c = wev->data;
    f = c->data;

    if (c->close) {
        ngx_http_s3o_fetch_done(f, "the worker is closing");
        return;
    }

    if (wev->timedout) {
        ngx_http_s3o_fetch_next(f, 0, "connecting timed out");
        return;
    }

    err = ngx_http_s3o_fetch_test_connect(c);

    if (err) {
        ngx_http_s3o_fetch_next(f, err, "connecting failed");
        return;
    }

    if (f->via != f->peer) {
        f->via->open(f);
        return;
    }

    if (f->peer->ssl) {
        ngx_http_s3o_fetch_handshake(f);
        return;
    }

    ngx_http_s3o_fetch_exchange(f, &ngx_http_s3o_fetch_request, &f->request);
}


/* the tunnel through the proxy is open; only services with TLS have proxies */

void
ngx_http_s3o_fetch_tunneled(ngx_http_s3o_fetch_t *f)
{
    ngx_event_t  *rev;

    rev = f->pc.connection->read;
    rev->handler = ngx_http_s3o_fetch_idle_handler;

    if (rev->timer_set) {
        ngx_del_timer(rev);
    }

    ngx_http_s3o_fetch_handshake(f);
}


static ngx_err_t
ngx_http_s3o_fetch_test_connect(ngx_connection_t *c)
{
    int        err;
    socklen_t  len;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    return err;
}


static void
ngx_http_s3o_fetch_handshake(ngx_http_s3o_fetch_t *f)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    c = f->pc.connection;

    if (ngx_ssl_create_connection(f->peer->ssl, c,
                                  NGX_SSL_BUFFER|NGX_SSL_CLIENT)
        != NGX_OK)
    {
        ngx_http_s3o_fetch_done(f, "TLS failed");
        return;
    }

    if (!f->peer->literal
        && SSL_set_tlsext_host_name(c->ssl->connection,
                                    (char *) f->peer->name.data)
           == 0)
    {
        ngx_ssl_error(NGX_LOG_INFO, f->log, 0,
                      "SSL_set_tlsext_host_name() failed");
        ngx_http_s3o_fetch_done(f, "TLS failed");
        return;
    }

    rc = ngx_ssl_handshake(c);

    if (rc == NGX_AGAIN) {
        if (!c->read->timer_set) {
            ngx_add_timer(c->read, NGX_HTTP_S3O_FETCH_TIMEOUT);
        }

        c->ssl->handler = ngx_http_s3o_fetch_handshaked;
        return;
    }

    ngx_http_s3o_fetch_handshaked(c);
}


static void
ngx_http_s3o_fetch_handshaked(ngx_connection_t *c)
{
    const char            *error;
    ngx_http_s3o_fetch_t  *f;

    f = c->data;

    if (!c->ssl->handshaked) {
        ngx_http_s3o_fetch_next(f, 0, c->read->timedout || c->write->timedout
                                      ? "the TLS handshake timed out"
                                      : "the TLS handshake failed");
        return;
    }

    error = ngx_http_s3o_fetch_verify(f, c);

    if (error) {
        ngx_http_s3o_fetch_done(f, error);
        return;
    }

    ngx_http_s3o_fetch_exchange(f, &ngx_http_s3o_fetch_request, &f->request);
}


/* ngx_ssl_handshake() does not fail for certificates that are not trusted */

static const char *
ngx_http_s3o_fetch_verify(ngx_http_s3o_fetch_t *f, ngx_connection_t *c)
{
    long  rc;

    rc = SSL_get_verify_result(c->ssl->connection);

    if (rc != X509_V_OK) {
        return ngx_http_s3o_fetch_why(f, "the certificate is not trusted "
                                      "(%l: %s)", rc,
                                      X509_verify_cert_error_string(rc));
    }

    if (ngx_http_s3o_fetch_check_name(f, c) != NGX_OK) {
        return "the certificate is for another name";
    }

    return NULL;
}


/* ngx_ssl_check_host() cannot compare IP addresses */

static ngx_int_t
ngx_http_s3o_fetch_check_name(ngx_http_s3o_fetch_t *f, ngx_connection_t *c)
{
    int    rc;
    X509  *cert;

    if (!f->peer->literal) {
        return ngx_ssl_check_host(c, &f->peer->name);
    }

    cert = SSL_get_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        return NGX_ERROR;
    }

    rc = X509_check_ip_asc(cert, (char *) f->peer->name.data, 0);

    X509_free(cert);

    return rc == 1 ? NGX_OK : NGX_ERROR;
}


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


static ngx_int_t
ngx_http_s3o_fetch_parse(ngx_http_s3o_fetch_t *f, ssize_t n)
{
    const char  *error;

    switch (s3o_http_response(f->buf, f->received, n == 0, &f->response)) {

    case S3O_OK:
        error = NULL;
        break;

    case S3O_AGAIN:
        return NGX_AGAIN;

    default:
        error = n == 0 ? "the answer is cut off or malformed"
                       : "the answer is malformed";
    }

    ngx_http_s3o_fetch_done(f, error);

    return NGX_DONE;
}


static void
ngx_http_s3o_fetch_idle_handler(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    if (c->close) {
        ngx_http_s3o_fetch_done(c->data, "the worker is closing");
    }
}


static void
ngx_http_s3o_fetch_deadline_handler(ngx_event_t *ev)
{
    ngx_http_s3o_fetch_done(ev->data, "the answer takes too long");
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


static void
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
