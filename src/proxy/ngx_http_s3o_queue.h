
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Data in the buffers that it came in, until it was sent.
 */


#ifndef _NGX_HTTP_S3O_QUEUE_H_INCLUDED_
#define _NGX_HTTP_S3O_QUEUE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_pool_t                     *pool;
    ngx_chain_t                    *held;      /* buffers, until sent */
    ngx_chain_t                    *in;        /* references, to be taken */
    ngx_chain_t                    *busy;      /* on their way */
    ngx_chain_t                    *free;

    /* the last of each of the first three, unless that is empty */

    ngx_chain_t                    *last_held;
    ngx_chain_t                    *last_in;
    ngx_chain_t                    *last_busy;
} ngx_http_s3o_queue_t;


/*
 * Forgets all of it.  "pool" is set, and all else is zeroed, before the first
 * call.
 */

void ngx_http_s3o_queue_reset(ngx_http_s3o_queue_t *q);


/* Appends what is in a buffer.  NGX_OK, or NGX_ERROR without memory. */

ngx_int_t ngx_http_s3o_queue_add(ngx_http_s3o_queue_t *q, ngx_buf_t *b);


/*
 * Takes at most so much of what comes next, to be written; there has to be
 * something.  NULL without memory.
 */

ngx_chain_t *ngx_http_s3o_queue_cut(ngx_http_s3o_queue_t *q, size_t size);


/* The same of memory of one's own, to be written in between. */

ngx_chain_t *ngx_http_s3o_queue_text(ngx_http_s3o_queue_t *q, u_char *pos,
    u_char *last);


/*
 * After it was written: "out" went to ngx_chain_writer(), in the order in
 * which it was taken, perhaps with buffers of others.
 */

void ngx_http_s3o_queue_sent(ngx_http_s3o_queue_t *q, ngx_chain_t *out);


/*
 * Copies all that waits, which is as good as sent: only when "busy" is empty.
 * Returns its length.
 */

size_t ngx_http_s3o_queue_copy(ngx_http_s3o_queue_t *q, u_char *to);


#endif /* _NGX_HTTP_S3O_QUEUE_H_INCLUDED_ */
