
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The queue of signed chunks without an nginx round it: so many buffers of 129
 * bytes are added and, when all are there, taken in chunks of 64 kB and sent.
 */


#include "ngx_http_s3o_queue.h"


#define PIECE  129
#define CHUNK  65536


static char  memory[1 << 26];
static size_t  taken;


void *
ngx_pcalloc(ngx_pool_t *pool, size_t size)
{
    taken += (size + 15) & ~(size_t) 15;

    return taken <= sizeof(memory) ? memory + taken - ((size + 15) & ~15UL)
                                   : NULL;
}


ngx_chain_t *
ngx_alloc_chain_link(ngx_pool_t *pool)
{
    ngx_chain_t  *cl;

    cl = pool->chain;

    if (cl) {
        pool->chain = cl->next;
        return cl;
    }

    return ngx_pcalloc(pool, sizeof(ngx_chain_t));
}


ngx_chain_t *
ngx_chain_get_free_buf(ngx_pool_t *p, ngx_chain_t **free)
{
    ngx_chain_t  *cl;

    if (*free) {
        cl = *free;
        *free = cl->next;
        cl->next = NULL;
        return cl;
    }

    cl = ngx_alloc_chain_link(p);
    cl->buf = ngx_pcalloc(p, sizeof(ngx_buf_t));
    cl->next = NULL;

    return cl;
}


/* nginx's */

ngx_int_t
ngx_chain_add_copy(ngx_pool_t *pool, ngx_chain_t **chain, ngx_chain_t *in)
{
    ngx_chain_t  *cl, **ll;

    ll = chain;

    for (cl = *chain; cl; cl = cl->next) {
        ll = &cl->next;
    }

    while (in) {
        cl = ngx_alloc_chain_link(pool);
        cl->buf = in->buf;
        *ll = cl;
        ll = &cl->next;
        in = in->next;
    }

    *ll = NULL;

    return NGX_OK;
}


int
main(int argc, char **argv)
{
    size_t                 n, i, size;
    ngx_buf_t             *b;
    ngx_pool_t             pool;
    ngx_chain_t           *out, **ll;
    ngx_http_s3o_queue_t   q;

    n = (size_t) atoi(argv[1]);

    memset(&pool, 0, sizeof(pool));
    memset(&q, 0, sizeof(q));
    q.pool = &pool;

    for (i = 0; i < n; i++) {
        b = ngx_pcalloc(&pool, sizeof(ngx_buf_t));
        b->start = (u_char *) memory + i * (PIECE + 5);
        b->pos = b->start;
        b->last = b->pos + PIECE;
        b->memory = 1;

        if (ngx_http_s3o_queue_add(&q, b) != NGX_OK) {
            return 1;
        }
    }

    while (q.in) {
        out = NULL;
        ll = &out;

        for (size = CHUNK; size && q.in; size -= b->last - b->start) {
            *ll = ngx_http_s3o_queue_cut(&q, size);
            b = (*ll)->buf;
            b->pos = b->last;
            ll = &(*ll)->next;
        }

        ngx_http_s3o_queue_sent(&q, out);
    }

    return q.held != NULL || q.busy != NULL;
}
