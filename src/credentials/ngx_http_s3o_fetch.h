
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * An asynchronous HTTP client for credentials, on nginx's events: one
 * request, one answer, a few seconds.  It follows no redirect.
 */


#ifndef _NGX_HTTP_S3O_FETCH_H_INCLUDED_
#define _NGX_HTTP_S3O_FETCH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>

#include "s3o_http_response.h"

#include "ngx_http_s3o_credentials.h"


/* an answer, headers included, that is longer than this is refused */
#define NGX_HTTP_S3O_FETCH_MAX  65536

/* in milliseconds: between two bytes, and for all of it */
#define NGX_HTTP_S3O_FETCH_TIMEOUT   2000
#define NGX_HTTP_S3O_FETCH_DEADLINE  5000


typedef void (*ngx_http_s3o_fetch_pt)(ngx_http_s3o_fetch_t *f);


/* who to ask, from the configuration */

struct ngx_http_s3o_peer_s {
    ngx_str_t                authority;      /* as in Host */
    ngx_str_t                name;           /* for TLS, zero-terminated */
    in_port_t                port;
    ngx_uint_t               literal;        /* the name is an address */
    ngx_addr_t              *addrs;
    ngx_uint_t               naddrs;
    ngx_ssl_t               *ssl;            /* NULL: plain */
    ngx_resolver_t          *resolver;       /* NULL: addrs are all */
    ngx_msec_t               resolver_timeout;
    ngx_http_s3o_peer_t     *proxy;          /* NULL: it is asked directly */
    ngx_str_t                authorization;  /* of a proxy, may be empty */
    ngx_http_s3o_fetch_pt    open;           /* of a proxy: has it lead to the
                                                peer, and ends with
                                                ngx_http_s3o_fetch_tunneled()
                                                or ngx_http_s3o_fetch_done() */
};


struct ngx_http_s3o_fetch_s {

    /* set by the caller */

    ngx_http_s3o_peer_t     *peer;
    ngx_str_t                request;        /* wiped at the end */
    ngx_str_t                source;         /* for the log */
    ngx_str_t               *file;           /* for the log, may be NULL */
    ngx_msec_t               until;          /* 0: as long as one may take */
    ngx_http_s3o_fetch_pt    handler;
    void                    *data;

    /* for the handler: with "error" there is no response */

    const char              *error;
    ngx_err_t                err;            /* beside "error", or 0 */
    s3o_http_response_t      response;

    /* its own */

    ngx_http_s3o_peer_t     *via;            /* the peer, or its proxy */
    ngx_str_t                tunnel;         /* what the proxy is asked */
    ngx_pool_t              *pool;
    ngx_log_t               *log;
    ngx_addr_t              *addrs;
    ngx_uint_t               naddrs;
    ngx_uint_t               addr;
    ngx_resolver_ctx_t      *resolve;
    ngx_peer_connection_t    pc;
    ngx_event_t              deadline;
    size_t                   sent;
    u_char                  *buf;
    size_t                   received;
};


/*
 * Makes a fetch with a pool and a log of its own: "source" is what error
 * lines call it.  NULL when out of memory.
 */

ngx_http_s3o_fetch_t *ngx_http_s3o_fetch_create(ngx_http_s3o_peer_t *peer,
    ngx_str_t *source);


/*
 * Sends the request.  The handler is called once, perhaps before this
 * returns; after it the fetch is gone.
 */

void ngx_http_s3o_fetch_start(ngx_http_s3o_fetch_t *f);


/* For what opens a tunnel: it stands, or the fetch ends with an error. */

void ngx_http_s3o_fetch_tunneled(ngx_http_s3o_fetch_t *f);
void ngx_http_s3o_fetch_done(ngx_http_s3o_fetch_t *f, const char *error);


/* A sentence in the fetch's pool: why there are no credentials. */

const char *ngx_http_s3o_fetch_why(ngx_http_s3o_fetch_t *f, const char *fmt,
    ...);


/* Ends a fetch without calling the handler. */

void ngx_http_s3o_fetch_abort(ngx_http_s3o_fetch_t *f);


#endif /* _NGX_HTTP_S3O_FETCH_H_INCLUDED_ */
