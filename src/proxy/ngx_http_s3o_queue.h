
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The data of a body, in the buffers in which they were read, until they are
 * sent.
 */


#ifndef _NGX_HTTP_S3O_QUEUE_H_INCLUDED_
#define _NGX_HTTP_S3O_QUEUE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_pool_t                     *pool;
    ngx_chain_t                    *held;      /* read, not sent yet */
    ngx_chain_t                    *in;        /* references, not taken */
    ngx_chain_t                    *busy;      /* taken, not sent yet */
    ngx_chain_t                    *free;

    /*
     * the last elements of the first three lists, valid if these are not
     * empty
     */

    ngx_chain_t                    *last_held;
    ngx_chain_t                    *last_in;
    ngx_chain_t                    *last_busy;
} ngx_http_s3o_queue_t;


/*
 * Empties the queue.  Before the first call "pool" is set, and everything
 * else is zero.
 */

void ngx_http_s3o_queue_reset(ngx_http_s3o_queue_t *q);


/* Appends the data of a buffer.  NGX_OK, or NGX_ERROR without memory. */

ngx_int_t ngx_http_s3o_queue_add(ngx_http_s3o_queue_t *q, ngx_buf_t *b);


/*
 * Takes the next data, at most "size" bytes, as a buffer to be sent.  The
 * queue must not be empty.  NULL without memory.
 */

ngx_chain_t *ngx_http_s3o_queue_cut(ngx_http_s3o_queue_t *q, size_t size);


/*
 * Makes a buffer to be sent of the caller's memory, from "pos" to "last".
 * NULL without memory.
 */

ngx_chain_t *ngx_http_s3o_queue_text(ngx_http_s3o_queue_t *q, u_char *pos,
    u_char *last);


/*
 * Gives back the data that were sent.  To be called after each
 * ngx_chain_writer() with "out", the buffers that it got, in the order in
 * which they were taken; other buffers may be among them.
 */

void ngx_http_s3o_queue_sent(ngx_http_s3o_queue_t *q, ngx_chain_t *out);


/*
 * Copies all data that were not taken to "to", and gives their buffers back.
 * Only when "busy" is empty.  Returns the number of bytes.
 */

size_t ngx_http_s3o_queue_copy(ngx_http_s3o_queue_t *q, u_char *to);


#endif /* _NGX_HTTP_S3O_QUEUE_H_INCLUDED_ */
