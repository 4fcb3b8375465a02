
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Who hashes a body, and when.
 */


#ifndef _NGX_HTTP_S3O_HASH_PACE_H_INCLUDED_
#define _NGX_HTTP_S3O_HASH_PACE_H_INCLUDED_


#include "ngx_http_s3o_turn.h"


/*
 * The hash of a body, found by its cleanup handler.  While a thread is at
 * work, everything but "more", "last_more" and "come_more" belongs to the
 * thread.
 */

typedef struct {
    ngx_http_request_t      *request;
    s3o_hash_t               sha256;
    off_t                    size;         /* hashed bytes */

    /* the buffers in their order; those before "at" are hashed */

    ngx_chain_t             *in;
    ngx_chain_t             *last_in;      /* if "in" is not NULL */
    ngx_chain_t             *at;
    off_t                    done;         /* of the buffer at "at" */
    ngx_chain_t             *more;         /* come meanwhile */
    ngx_chain_t             *last_more;
    off_t                    come;         /* bytes up to the last of "in" */
    off_t                    come_more;    /* bytes of "more" */

    u_char                  *read;         /* to read a file to */
    size_t                   room;
    ngx_err_t                err;          /* of reading */
    ngx_uint_t               failed;

    ngx_http_s3o_turn_t      turn;
    ngx_event_t              stay;
#if (NGX_THREADS)
    ngx_thread_task_t       *task;
#endif

    /* called at the end for a body that had been read; NULL while it is read */

    void                   (*handler)(ngx_http_request_t *r);

    u_char                   hex[S3O_SHA256_HEX_LEN];

    unsigned                 complete:1;
    unsigned                 behind:1;     /* the rest is hashed later */
    unsigned                 threaded:1;   /* a thread is at work */
    unsigned                 terminated:1; /* the request has ended */
} ngx_http_s3o_body_hash_t;


/*
 * The length of one buffer in bytes, 0 for one that is neither in memory nor
 * in a file; and the length of all buffers of a chain.
 */

off_t ngx_http_s3o_hash_buf_size(ngx_buf_t *b);
off_t ngx_http_s3o_hash_size(ngx_chain_t *in);


/* 1 when all of "in" can be hashed in this turn; counts its bytes then. */

ngx_uint_t ngx_http_s3o_hash_fits(ngx_http_s3o_body_hash_t *h,
    ngx_chain_t *in);


/* 1 when a thread should hash "size" bytes, and there is a thread pool. */

ngx_uint_t ngx_http_s3o_hash_for_thread(ngx_http_s3o_body_hash_t *h, off_t
    size);


/*
 * Hashes the buffers from h->at on, at most "left" bytes.  NGX_OK at the end,
 * NGX_AGAIN when more is left, NGX_ERROR.  Threads call it, too.
 */

ngx_int_t ngx_http_s3o_hash_step(ngx_http_s3o_body_hash_t *h, off_t left);


/*
 * Hashes the buffers from h->at on, as much as this turn allows, or in a
 * thread.  NGX_OK at the end; NGX_AGAIN when ngx_http_s3o_hash_resume() will
 * be called for the rest; NGX_ERROR after a line in the log.
 */

ngx_int_t ngx_http_s3o_hash_go(ngx_http_s3o_body_hash_t *h);


/*
 * The handler of h->turn, called when it is the turn of this body; "data" is
 * the hash.
 */

void ngx_http_s3o_hash_resume(void *data);


/*
 * Keeps an exiting worker process alive while a body waits and nginx has no
 * timer for the request: such a process exits when it has no timer.
 * ngx_http_s3o_leave() removes that timer.
 */

void ngx_http_s3o_stay(ngx_event_t *ev, ngx_connection_t *c);
void ngx_http_s3o_leave(ngx_event_t *ev);


#endif /* _NGX_HTTP_S3O_HASH_PACE_H_INCLUDED_ */
