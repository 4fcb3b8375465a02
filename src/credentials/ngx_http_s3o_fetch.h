
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * An asynchronous HTTP client for credentials, on nginx's events.  A fetch is
 * one request and one answer, and takes a few seconds at most.  Redirects are
 * not followed.
 */


#ifndef _NGX_HTTP_S3O_FETCH_H_INCLUDED_
#define _NGX_HTTP_S3O_FETCH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>

#include "s3o_http_response.h"

#include "ngx_http_s3o_credentials.h"


/* the longest answer, in bytes, with its headers; longer ones are refused */
#define NGX_HTTP_S3O_FETCH_MAX  65536

/* in milliseconds: to wait for the next bytes, and for the whole fetch */
#define NGX_HTTP_S3O_FETCH_TIMEOUT   2000
#define NGX_HTTP_S3O_FETCH_DEADLINE  5000


typedef struct ngx_http_s3o_exchange_s  ngx_http_s3o_exchange_t;

typedef void (*ngx_http_s3o_fetch_pt)(ngx_http_s3o_fetch_t *f);


/* a service to ask, or a proxy; made when the configuration is read */

struct ngx_http_s3o_peer_s {
    ngx_str_t                authority;      /* value of Host */
    ngx_str_t                name;           /* zero-terminated, for TLS */
    in_port_t                port;
    ngx_uint_t               literal;        /* 1: the name is an IP address */
    ngx_addr_t              *addrs;
    ngx_uint_t               naddrs;
    ngx_ssl_t               *ssl;            /* NULL: without TLS */
    ngx_resolver_t          *resolver;       /* NULL: "addrs" are used */
    ngx_msec_t               resolver_timeout;
    ngx_http_s3o_peer_t     *proxy;          /* NULL: asked directly */
    ngx_str_t                authorization;  /* of a proxy, or empty */
    ngx_http_s3o_fetch_pt    open;           /* of a proxy: opens a tunnel to
                                                the service, and then calls
                                                ngx_http_s3o_fetch_tunneled() or
                                                ngx_http_s3o_fetch_done() */
};


struct ngx_http_s3o_fetch_s {

    /* set by the caller */

    ngx_http_s3o_peer_t     *peer;
    ngx_str_t                request;        /* wiped after the fetch */
    ngx_str_t                source;         /* for the log */
    ngx_str_t               *file;           /* for the log, may be NULL */
    ngx_msec_t               until;          /* in ms; 0: FETCH_DEADLINE */
    ngx_http_s3o_fetch_pt    handler;
    void                    *data;

    /* for the handler: "response" is set when "error" is NULL */

    const char              *error;
    ngx_err_t                err;            /* an errno for "error", or 0 */
    s3o_http_response_t      response;

    /* private */

    ngx_http_s3o_peer_t     *via;            /* whom to connect to */
    ngx_str_t                tunnel;         /* request to the proxy */
    ngx_pool_t              *pool;
    ngx_log_t               *log;
    ngx_addr_t              *addrs;
    ngx_uint_t               naddrs;
    ngx_uint_t               addr;
    ngx_resolver_ctx_t      *resolve;
    ngx_peer_connection_t    pc;
    ngx_event_t              deadline;

    const ngx_http_s3o_exchange_t  *exchange;
    ngx_str_t                sending;        /* "request" or "tunnel" */
    size_t                   sent;
    u_char                  *buf;
    size_t                   received;
};


/*
 * Makes a fetch that has its own pool and log.  "source" is the name of the
 * source in log lines.  Returns NULL when out of memory.
 */

ngx_http_s3o_fetch_t *ngx_http_s3o_fetch_create(ngx_http_s3o_peer_t *peer,
    ngx_str_t *source);


/*
 * Makes a sentence that says why there are no credentials, at most 255 bytes
 * in the pool of the fetch.
 */

const char *ngx_http_s3o_fetch_why(ngx_http_s3o_fetch_t *f, const char *fmt,
    ...);


/*
 * Ends a fetch: closes its connection, calls f->handler and frees it.  "error"
 * is NULL after an answer; otherwise a constant sentence, or one in the pool of
 * the fetch.
 */

void ngx_http_s3o_fetch_done(ngx_http_s3o_fetch_t *f, const char *error);


/* Ends and frees a fetch without calling its handler. */

void ngx_http_s3o_fetch_abort(ngx_http_s3o_fetch_t *f);


/* Closes the connection, if there is one, so that another can be tried. */

void ngx_http_s3o_fetch_close(ngx_http_s3o_fetch_t *f);


#endif /* _NGX_HTTP_S3O_FETCH_H_INCLUDED_ */
