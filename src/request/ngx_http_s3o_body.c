
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Answers to requests whose body this module does not use: redirects, JSON and
 * refusals.
 *
 * Over HTTP/1.x the answer is sent at once, and nginx discards the body that
 * follows.  Over HTTP/2 and HTTP/3 nginx resets the stream right after such an
 * answer.  The protocol allows the reset, yet many clients that are still
 * sending then lose the answer, or wait for ever for permission to send more
 * (curl 7.88 does both).  So over HTTP/2 and HTTP/3 the body is read and
 * dropped first, and the answer is sent when the body has ended.
 * "s3o_presign_discard" limits the size of what is read, and the time.  Beyond
 * that limit the answer is sent, and the reset is delayed a little.
 */


#include "ngx_http_s3o_body.h"


/*
 * The flow control window, in bytes, with which nginx opens a stream of
 * HTTP/2.  A client may send so much without asking, so reading less would
 * save nothing.
 */

#define NGX_HTTP_S3O_WINDOW  65536

/* between the answer and the reset, in milliseconds: time to read the answer */

#define NGX_HTTP_S3O_RESET_DELAY  200

static ngx_uint_t ngx_http_s3o_body_comes(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_body_is_read(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_body_read(ngx_http_request_t *r,
    ngx_int_t (*answer)(ngx_http_request_t *r));
static ngx_int_t ngx_http_s3o_send_refusal(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_has_error_page(ngx_http_request_t *r,
    ngx_int_t status);
static void ngx_http_s3o_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_body_drop(ngx_http_request_t *r, off_t size);
static void ngx_http_s3o_body_delay_reset(ngx_http_request_t *r);
static void ngx_http_s3o_body_reset_handler(ngx_http_request_t *r);


ngx_int_t
ngx_http_s3o_answer_early(ngx_http_request_t *r,
    ngx_int_t (*answer)(ngx_http_request_t *r))
{
    ngx_int_t  rc;

    if (ngx_http_s3o_body_is_read(r)) {
        return ngx_http_s3o_body_read(r, answer);
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


ngx_int_t
ngx_http_s3o_refuse_early(ngx_http_request_t *r, ngx_int_t status)
{
    ngx_int_t            rc;
    ngx_http_s3o_ctx_t  *ctx;

    if (!ngx_http_s3o_body_is_read(r)
        || ngx_http_s3o_has_error_page(r, status))
    {
        return status;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);
    ctx->status = status;

    /* the answer is sent by the read handler, so the phases must not go on */

    r->write_event_handler = ngx_http_request_empty_handler;

    rc = ngx_http_s3o_body_read(r, ngx_http_s3o_send_refusal);

    if (rc == NGX_DONE) {
        ngx_http_finalize_request(r, NGX_DONE);
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_send_refusal(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    return ngx_http_special_response_handler(r, ctx->status);
}


static ngx_uint_t
ngx_http_s3o_has_error_page(ngx_http_request_t *r, ngx_int_t status)
{
    ngx_uint_t                 i;
    ngx_http_err_page_t       *page;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->error_pages == NULL) {
        return 0;
    }

    page = clcf->error_pages->elts;

    for (i = 0; i < clcf->error_pages->nelts; i++) {
        if (page[i].status == status) {
            return 1;
        }
    }

    return 0;
}


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


/*
 * A client that waits for "100 Continue" has sent no body, and must not be
 * made to send one, so there is nothing to read.
 */

static ngx_uint_t
ngx_http_s3o_body_is_read(ngx_http_request_t *r)
{
    return r->http_version >= NGX_HTTP_VERSION_20
           && r->headers_in.expect == NULL
           && ngx_http_s3o_body_comes(r);
}


static ngx_int_t
ngx_http_s3o_body_read(ngx_http_request_t *r,
    ngx_int_t (*answer)(ngx_http_request_t *r))
{
    ngx_int_t            rc;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->answer = answer;
    ctx->wait_until = ngx_current_msec + ctx->conf->discard_time;

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_s3o_body_handler);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
ngx_http_s3o_body_handler(ngx_http_request_t *r)
{
    off_t                size;
    ngx_int_t            rc;
    ngx_event_t         *rev;
    ngx_msec_int_t       left;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);
    rev = r->connection->read;

    rev->timedout = 0;

    left = (ngx_msec_int_t) (ctx->wait_until - ngx_current_msec);
    size = ngx_max(ctx->conf->discard_size, NGX_HTTP_S3O_WINDOW);

    rc = (left > 0 && r->headers_in.content_length_n <= size)
         ? ngx_http_s3o_body_drop(r, size) : NGX_OK;

    if (rc == NGX_AGAIN) {
        r->read_event_handler = ngx_http_s3o_body_handler;
        ngx_add_timer(rev, (ngx_msec_t) left);
        return;
    }

    if (rc == NGX_OK) {
        rc = ctx->answer(r);

        if (rc == NGX_OK && r->reading_body) {
            ngx_http_s3o_body_delay_reset(r);
            return;
        }
    }

    ngx_http_finalize_request(r, rc);
}


/*
 * Reads and drops what has come of the body, at most about "size" bytes of it
 * in all.  NGX_OK when the body has ended or is larger than "size"; NGX_AGAIN
 * when more is expected; or the status or NGX_ERROR that reading has failed
 * with.
 */

static ngx_int_t
ngx_http_s3o_body_drop(ngx_http_request_t *r, off_t size)
{
    ngx_int_t     rc;
    ngx_chain_t  *cl, *ln;

    while (r->reading_body && r->request_body->received <= size) {
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
    /* with buffering, nginx itself skips the rest of the body and its end */

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
