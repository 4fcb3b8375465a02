
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The data of a body that are to be sent.  They stay in the buffers in which
 * they were read.  nginx uses these buffers again, so they are marked as read
 * only when their data were sent.
 *
 * The buffers that are sent are references to parts of those, so the data can
 * be cut anywhere, and sent together with other bytes.
 */


#include "ngx_http_s3o_queue.h"


static ngx_int_t ngx_http_s3o_queue_hold(ngx_http_s3o_queue_t *q,
    ngx_buf_t *b);
static ngx_chain_t *ngx_http_s3o_queue_refer(ngx_http_s3o_queue_t *q,
    u_char *pos, u_char *last);
static void ngx_http_s3o_queue_release(ngx_http_s3o_queue_t *q, size_t size);


#define ngx_http_s3o_queue_tag                                               \
    ((ngx_buf_tag_t) &ngx_http_s3o_queue_sent)


/*
 * A body in small chunks has one buffer for each chunk.  So the last element
 * of each list is kept, and nothing walks along the lists.
 */

void
ngx_http_s3o_queue_reset(ngx_http_s3o_queue_t *q)
{
    q->held = NULL;
    q->in = NULL;
    q->busy = NULL;

    q->last_held = NULL;
    q->last_in = NULL;
    q->last_busy = NULL;
}


/*
 * data that follow each other in memory, as from a slow client, are one
 * reference
 */

ngx_int_t
ngx_http_s3o_queue_add(ngx_http_s3o_queue_t *q, ngx_buf_t *b)
{
    ngx_chain_t  *cl;

    if (ngx_http_s3o_queue_hold(q, b) != NGX_OK) {
        return NGX_ERROR;
    }

    if (q->in && q->last_in->buf->last == b->pos) {
        q->last_in->buf->last = b->last;
        return NGX_OK;
    }

    cl = ngx_http_s3o_queue_refer(q, b->pos, b->last);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->next = NULL;

    if (q->in) {
        q->last_in->next = cl;

    } else {
        q->in = cl;
    }

    q->last_in = cl;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_queue_hold(ngx_http_s3o_queue_t *q, ngx_buf_t *b)
{
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(q->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = b;
    cl->next = NULL;

    if (q->held) {
        q->last_held->next = cl;

    } else {
        q->held = cl;
    }

    q->last_held = cl;

    return NGX_OK;
}


ngx_chain_t *
ngx_http_s3o_queue_cut(ngx_http_s3o_queue_t *q, size_t size)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = q->in;
    b = cl->buf;

    if ((size_t) (b->last - b->pos) <= size) {
        q->in = cl->next;
        cl->next = NULL;

        return cl;
    }

    cl = ngx_http_s3o_queue_refer(q, b->pos, b->pos + size);
    if (cl == NULL) {
        return NULL;
    }

    b->pos += size;
    b->start = b->pos;

    return cl;
}


/*
 * "recycled" marks a reference to held data, which must be given back.  From
 * "start" on they were not given back yet.
 */

static ngx_chain_t *
ngx_http_s3o_queue_refer(ngx_http_s3o_queue_t *q, u_char *pos, u_char *last)
{
    ngx_chain_t  *cl;

    cl = ngx_http_s3o_queue_text(q, pos, last);

    if (cl) {
        cl->buf->recycled = 1;
    }

    return cl;
}


ngx_chain_t *
ngx_http_s3o_queue_text(ngx_http_s3o_queue_t *q, u_char *pos, u_char *last)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = ngx_chain_get_free_buf(q->pool, &q->free);
    if (cl == NULL) {
        return NULL;
    }

    b = cl->buf;

    ngx_memzero(b, sizeof(ngx_buf_t));

    b->start = pos;
    b->pos = pos;
    b->last = last;
    b->end = last;
    b->memory = 1;
    b->tag = ngx_http_s3o_queue_tag;

    return cl;
}


void
ngx_http_s3o_queue_sent(ngx_http_s3o_queue_t *q, ngx_chain_t *out)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (out) {

        if (q->busy) {
            q->last_busy->next = out;

        } else {
            q->busy = out;
        }

        for (cl = out; cl->next; cl = cl->next) { /* void */ }

        q->last_busy = cl;
    }

    while (q->busy) {
        cl = q->busy;
        b = cl->buf;

        if (b->tag != ngx_http_s3o_queue_tag) {

            /* a buffer that is not of this queue: nothing to give back */

            q->busy = cl->next;
            ngx_free_chain(q->pool, cl);
            continue;
        }

        if (b->recycled) {
            ngx_http_s3o_queue_release(q, b->pos - b->start);
            b->start = b->pos;
        }

        if (b->pos != b->last) {
            return;
        }

        q->busy = cl->next;
        cl->next = q->free;
        q->free = cl;
    }
}


static void
ngx_http_s3o_queue_release(ngx_http_s3o_queue_t *q, size_t size)
{
    size_t        n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    while (size) {
        cl = q->held;
        b = cl->buf;

        n = ngx_min((size_t) (b->last - b->pos), size);

        b->pos += n;
        size -= n;

        if (b->pos == b->last) {
            q->held = cl->next;
            ngx_free_chain(q->pool, cl);
        }
    }
}


size_t
ngx_http_s3o_queue_copy(ngx_http_s3o_queue_t *q, u_char *to)
{
    size_t        n, size;
    ngx_chain_t  *cl;

    size = 0;

    while (q->in) {
        cl = q->in;
        n = cl->buf->last - cl->buf->pos;

        ngx_memcpy(to + size, cl->buf->pos, n);
        size += n;

        q->in = cl->next;
        cl->next = q->free;
        q->free = cl;
    }

    ngx_http_s3o_queue_release(q, size);

    return size;
}
