
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Answers to requests whose body is for somebody else.
 *
 * Over HTTP/1.x the answer is sent at once, and nginx drops what comes after
 * it.  Over HTTP/2 and 3 nginx resets the stream instead, right behind the
 * answer; that is legal, yet clients that are still sending may take it for
 * a failure (curl 7.88 does for most bodies).  So a body that fits in the
 * first window, which is there or on its way, is read before the answer is
 * sent, and with a larger one the reset is put off for a moment.
 */


#include "ngx_http_s3o_presign.h"


/* the window that nginx lets a stream of HTTP/2 begin with */

#define NGX_HTTP_S3O_READ_FIRST  65536

/* how long to wait for more of such a body, in milliseconds */

#define NGX_HTTP_S3O_READ_TIMEOUT  1000

/* what a client gets to see the answer before the reset, in milliseconds */

#define NGX_HTTP_S3O_RESET_DELAY  200


static ngx_uint_t ngx_http_s3o_body_comes(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_body_read_first(ngx_http_request_t *r);
static void ngx_http_s3o_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_body_drop(ngx_http_request_t *r);
static void ngx_http_s3o_body_delay_reset(ngx_http_request_t *r);
static void ngx_http_s3o_body_reset_handler(ngx_http_request_t *r);


ngx_int_t
ngx_http_s3o_answer_early(ngx_http_request_t *r,
    ngx_int_t (*answer)(ngx_http_request_t *r))
{
    ngx_int_t            rc;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_s3o_body_read_first(r)) {

        ctx->answer = answer;
        r->request_body_no_buffering = 1;

        rc = ngx_http_read_client_request_body(r, ngx_http_s3o_body_handler);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }

        return NGX_DONE;
    }

    ngx_http_s3o_close_kept_body(r);

    /* no "100 Continue" */

    r->expect_tested = 1;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = answer(r);

    if (rc == NGX_OK
        && r->http_version >= NGX_HTTP_VERSION_20
        && ngx_http_s3o_body_comes(r))
    {
        r->main->count++;
        ngx_http_s3o_body_delay_reset(r);

        return NGX_DONE;
    }

    return rc;
}


/*
 * A client that waits for "100 Continue" and gets an answer keeps its body,
 * and some then reuse the connection, on which nginx would take their next
 * request for the body.
 */

void
ngx_http_s3o_close_kept_body(ngx_http_request_t *r)
{
    if (r->headers_in.expect && ngx_http_s3o_body_comes(r)) {
        r->keepalive = 0;
    }
}


static ngx_uint_t
ngx_http_s3o_body_comes(ngx_http_request_t *r)
{
    return r->headers_in.content_length_n > 0 || r->headers_in.chunked;
}


/* a client that waits for "100 Continue" sends nothing that could be read */

static ngx_uint_t
ngx_http_s3o_body_read_first(ngx_http_request_t *r)
{
    return r->http_version >= NGX_HTTP_VERSION_20
           && r->headers_in.expect == NULL
           && ngx_http_s3o_body_comes(r)
           && r->headers_in.content_length_n <= NGX_HTTP_S3O_READ_FIRST;
}


static void
ngx_http_s3o_body_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_event_t         *rev;
    ngx_http_s3o_ctx_t  *ctx;

    rev = r->connection->read;

    if (rev->timedout) {
        rev->timedout = 0;
        rc = NGX_OK;

    } else {
        rc = ngx_http_s3o_body_drop(r);
    }

    if (rc == NGX_AGAIN) {
        r->read_event_handler = ngx_http_s3o_body_handler;
        ngx_add_timer(rev, NGX_HTTP_S3O_READ_TIMEOUT);
        return;
    }

    if (rc == NGX_OK) {
        ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

        rc = ctx->answer(r);

        if (rc == NGX_OK && r->reading_body) {
            ngx_http_s3o_body_delay_reset(r);
            return;
        }
    }

    ngx_http_finalize_request(r, rc);
}


/* NGX_AGAIN while more of it is to be waited for */

static ngx_int_t
ngx_http_s3o_body_drop(ngx_http_request_t *r)
{
    ngx_int_t     rc;
    ngx_chain_t  *cl, *ln;

    while (r->reading_body
           && r->request_body->received <= NGX_HTTP_S3O_READ_FIRST)
    {
        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE || r->request_body->bufs == NULL) {
            return rc;
        }

        for (cl = r->request_body->bufs; cl; /* void */) {
            cl->buf->pos = cl->buf->last;

            ln = cl;
            cl = cl->next;
            ngx_free_chain(r->pool, ln);
        }

        r->request_body->bufs = NULL;
    }

    return NGX_OK;
}


static void
ngx_http_s3o_body_delay_reset(ngx_http_request_t *r)
{
    /* makes nginx skip what comes, and the end of it, too */

    r->request_body_no_buffering = 0;

    r->read_event_handler = ngx_http_s3o_body_reset_handler;

    ngx_add_timer(r->connection->read, NGX_HTTP_S3O_RESET_DELAY);
}


static void
ngx_http_s3o_body_reset_handler(ngx_http_request_t *r)
{
    if (r->connection->read->timedout || r->connection->error) {
        ngx_http_finalize_request(r, NGX_OK);
    }
}
