
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The SHA-256 of the client's body, for "s3o_presign_payload signed": of what
 * comes in while it is read, or of what is there already when another location
 * has read it.
 *
 * Who hashes, and how much at a time, is in ngx_http_s3o_hash_pace.c.  What has
 * to wait is kept from nginx, which so does not use its buffer again, nor read
 * on when that is full.  Over HTTP/2 a client could then send no more than the
 * buffer's length at a time, so there all that follows, too, is hashed when the
 * body is there.
 */


#include "ngx_http_s3o_hash.h"
#include "s3o_encode.h"
#include "ngx_http_s3o_ctx.h"


/* what is read at a time of a body in a file */
#define NGX_HTTP_S3O_HASH_READ  65536


static void ngx_http_s3o_body_hash_cleanup(void *data);
static ngx_int_t ngx_http_s3o_hash_now(ngx_http_s3o_body_hash_t *h,
    ngx_chain_t *in);
static ngx_int_t ngx_http_s3o_hash_keep(ngx_http_s3o_body_hash_t *h,
    ngx_chain_t *in);
static ngx_chain_t *ngx_http_s3o_hash_keep_one(ngx_http_s3o_body_hash_t *h,
    ngx_buf_t *b);
static ngx_chain_t *ngx_http_s3o_hash_done(ngx_http_s3o_body_hash_t *h);
static ngx_uint_t ngx_http_s3o_body_is_whole(ngx_http_request_t *r,
    off_t size);
static ngx_int_t ngx_http_s3o_hash_rest(ngx_http_s3o_body_hash_t *h,
    ngx_chain_t *in);


ngx_http_s3o_body_hash_t *
ngx_http_s3o_body_hash(ngx_http_request_t *r, ngx_uint_t create)
{
    s3o_crypto_t              *crypto;
    ngx_pool_cleanup_t        *cln;
    ngx_http_s3o_body_hash_t  *h;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_s3o_body_hash_cleanup) {
            return cln->data;
        }
    }

    if (!create) {
        return NULL;
    }

    crypto = ngx_http_s3o_crypto(r);
    if (crypto == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_s3o_body_hash_t));
    if (cln == NULL) {
        return NULL;
    }

    h = cln->data;
    ngx_memzero(h, sizeof(ngx_http_s3o_body_hash_t));

    if (s3o_hash_begin(crypto, &h->sha256) != S3O_OK) {
        return NULL;
    }

    cln->handler = ngx_http_s3o_body_hash_cleanup;

    h->request = r;
    h->turn.handler = ngx_http_s3o_hash_resume;
    h->turn.data = h;

    return h;
}


static void
ngx_http_s3o_body_hash_cleanup(void *data)
{
    ngx_http_s3o_body_hash_t *h = data;

    ngx_http_s3o_turn_leave(&h->turn);
    ngx_http_s3o_leave(&h->stay);
    s3o_hash_free(&h->sha256);
}


off_t
ngx_http_s3o_body_hash_size(ngx_http_s3o_body_hash_t *h)
{
    return h->size;
}


ngx_int_t
ngx_http_s3o_body_hash_end(ngx_http_s3o_body_hash_t *h, ngx_str_t *hex)
{
    u_char     digest[S3O_SHA256_LEN];
    s3o_buf_t  b;

    if (!h->complete) {

        if (s3o_hash_end(&h->sha256, digest) != S3O_OK) {
            return NGX_ERROR;
        }

        s3o_buf_init(&b, h->hex, S3O_SHA256_HEX_LEN);
        s3o_hex(&b, digest, S3O_SHA256_LEN);

        h->complete = 1;
    }

    hex->len = S3O_SHA256_HEX_LEN;
    hex->data = h->hex;

    return NGX_OK;
}


/*
 * Of what has come in it leaves what is hashed, and keeps the rest.  When more
 * of that is hashed the client's reading goes on, and comes here again.
 */

ngx_int_t
ngx_http_s3o_body_hash_chain(ngx_http_request_t *r,
    ngx_http_s3o_body_hash_t *h, ngx_chain_t **in)
{
    if (r->request_body_no_buffering
        || r->http_version == NGX_HTTP_VERSION_20)
    {
        if (!h->behind && ngx_http_s3o_hash_fits(h, *in)) {
            return ngx_http_s3o_hash_now(h, *in);
        }

        if (!h->behind) {
            ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                           "s3o_presign hash: %O, the rest waits for the end",
                           h->size);
        }

        h->behind = 1;

        return NGX_OK;
    }

    r->request_body->filter_need_buffering = 1;

    if (h->in == NULL
        && !h->threaded
        && !ngx_http_s3o_hash_for_thread(h, ngx_http_s3o_hash_size(*in))
        && ngx_http_s3o_hash_fits(h, *in))
    {
        return ngx_http_s3o_hash_now(h, *in);
    }

    if (ngx_http_s3o_hash_keep(h, *in) != NGX_OK) {
        return NGX_ERROR;
    }

    *in = NULL;

    if (!h->threaded && ngx_http_s3o_hash_go(h) == NGX_ERROR) {
        return NGX_ERROR;
    }

    /* a thread that is at it moves "at" */

    if (!h->threaded) {
        *in = ngx_http_s3o_hash_done(h);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_hash_now(ngx_http_s3o_body_hash_t *h, ngx_chain_t *in)
{
    ngx_int_t  rc;

    h->at = in;

    rc = ngx_http_s3o_hash_step(h, NGX_MAX_OFF_T_VALUE);

    h->come = h->size;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, h->request->connection->log, 0,
                   "s3o_presign hash: +%O", ngx_http_s3o_hash_size(in));

    return rc;
}


/* behind what is kept already, along which nothing walks */

static ngx_int_t
ngx_http_s3o_hash_keep(ngx_http_s3o_body_hash_t *h, ngx_chain_t *in)
{
    off_t         *come;
    ngx_chain_t   *cl, **list, **last;

    list = h->threaded ? &h->more : &h->in;
    last = h->threaded ? &h->last_more : &h->last_in;
    come = h->threaded ? &h->come_more : &h->come;

    for ( /* void */ ; in; in = in->next) {

        cl = ngx_http_s3o_hash_keep_one(h, in->buf);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        if (*list) {
            (*last)->next = cl;

        } else {
            *list = cl;
        }

        *last = cl;
        *come += ngx_http_s3o_hash_buf_size(cl->buf);

        if (!h->threaded && h->at == NULL) {
            h->at = cl;
        }
    }

    return NGX_OK;
}


static ngx_chain_t *
ngx_http_s3o_hash_keep_one(ngx_http_s3o_body_hash_t *h, ngx_buf_t *b)
{
    ngx_buf_t    *copy;
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(h->request->pool);
    if (cl == NULL) {
        return NULL;
    }

    if (ngx_buf_size(b) == 0) {

        /* nginx takes an empty one back at once */

        copy = ngx_alloc_buf(h->request->pool);
        if (copy == NULL) {
            return NULL;
        }

        *copy = *b;
        b = copy;
    }

    cl->buf = b;
    cl->next = NULL;

    return cl;
}


/* takes away what is hashed of what was kept */

static ngx_chain_t *
ngx_http_s3o_hash_done(ngx_http_s3o_body_hash_t *h)
{
    ngx_chain_t  *done, **ll;

    done = h->in;
    ll = &done;

    while (*ll != h->at) {
        ll = &(*ll)->next;
    }

    *ll = NULL;
    h->in = h->at;

    return done;
}


ngx_int_t
ngx_http_s3o_body_hash_late(ngx_http_request_t *r, off_t size,
    void (*handler)(ngx_http_request_t *r))
{
    ngx_http_s3o_body_hash_t  *h;

    h = ngx_http_s3o_body_hash(r, 0);

    if ((h && !h->behind) || !ngx_http_s3o_body_is_whole(r, size)) {
        return NGX_DECLINED;
    }

    h = ngx_http_s3o_body_hash(r, 1);
    if (h == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_s3o_hash_rest(h, r->request_body->bufs) != NGX_OK) {
        return NGX_ERROR;
    }

    h->handler = handler;

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_http_s3o_stay(&h->stay, r->connection);
    ngx_http_s3o_turn_wait(&h->turn);

    return NGX_AGAIN;
}


/* one that was passed on while it came in is gone, in whole or in part */

static ngx_uint_t
ngx_http_s3o_body_is_whole(ngx_http_request_t *r, off_t size)
{
    return r->request_body
           && !r->reading_body
           && size > 0
           && ngx_http_s3o_hash_size(r->request_body->bufs) == size;
}


/* begins where the last byte was that is hashed */

static ngx_int_t
ngx_http_s3o_hash_rest(ngx_http_s3o_body_hash_t *h, ngx_chain_t *in)
{
    off_t  size;

    h->at = in;
    h->come = ngx_http_s3o_hash_size(in);
    h->done = h->size;

    for ( ;; ) {
        size = ngx_http_s3o_hash_buf_size(h->at->buf);

        if (h->done <= size) {
            break;
        }

        h->done -= size;
        h->at = h->at->next;
    }

    h->read = ngx_palloc(h->request->pool, NGX_HTTP_S3O_HASH_READ);
    if (h->read == NULL) {
        return NGX_ERROR;
    }

    h->room = NGX_HTTP_S3O_HASH_READ;

    return NGX_OK;
}
