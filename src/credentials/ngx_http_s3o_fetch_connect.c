
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The connection of a fetch: addresses, TLS, and then the exchange.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_s3o_fetch_connect.h"
#include "ngx_http_s3o_fetch_exchange.h"


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
static ngx_int_t ngx_http_s3o_fetch_parse(ngx_http_s3o_fetch_t *f, ssize_t n);


static const ngx_http_s3o_exchange_t  ngx_http_s3o_fetch_request = {
    NGX_HTTP_S3O_FETCH_MAX,
    ngx_http_s3o_fetch_parse,
    "sending the request timed out",
    "sending the request failed",
    "waiting for the answer timed out",
    "reading the answer failed",
    "the answer is over 64k"
};


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
