
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The SHA-256 of the client's body, for "s3o_presign_payload signed".  The body
 * is hashed while it is read, or afterwards when another location has read it.
 *
 * ngx_http_s3o_hash_pace.c decides who hashes, and how much at a time.  Buffers
 * that wait to be hashed are kept back from nginx, so nginx does not use them
 * again, and stops reading when all are full.  Over HTTP/2 the client could
 * then send no more than one buffer at a time.  So over HTTP/2 hashing stops at
 * the first buffer that would have to wait, and the rest is hashed when the
 * whole body has been read.
 */


#include "ngx_http_s3o_hash.h"
#include "s3o_encode.h"
#include "ngx_http_s3o_ctx.h"


/* the bytes that are read at a time from a body in a file */
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

    /* a thread at work moves h->at, so nothing can be taken then */

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


/* Appends buffers to those that wait, without walking along the list. */

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

        /* nginx uses an empty buffer again at once */

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


/* removes the buffers that are hashed from those that were kept */

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


/*
 * 1 when the whole body is there.  A body that was passed on while it was
 * read is not: its buffers were used again.
 */

static ngx_uint_t
ngx_http_s3o_body_is_whole(ngx_http_request_t *r, off_t size)
{
    return r->request_body
           && !r->reading_body
           && size > 0
           && ngx_http_s3o_hash_size(r->request_body->bufs) == size;
}


/*
 * Prepares to hash the rest of a body: sets h->at and h->done to the first
 * byte that is not hashed yet.
 */

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
