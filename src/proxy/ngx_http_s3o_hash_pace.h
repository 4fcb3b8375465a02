
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Who hashes a body, and when.
 */


#ifndef _NGX_HTTP_S3O_HASH_PACE_H_INCLUDED_
#define _NGX_HTTP_S3O_HASH_PACE_H_INCLUDED_


#include "ngx_http_s3o_turn.h"


/* found by its cleanup handler; a thread that is at it has all but "more" */

typedef struct {
    ngx_http_request_t      *request;
    s3o_hash_t               sha256;
    off_t                    size;         /* of what was hashed */

    /* what came in, in its order: all before "at" is hashed */

    ngx_chain_t             *in;
    ngx_chain_t             *last_in;      /* unless there is none */
    ngx_chain_t             *at;
    off_t                    done;         /* of the first buffer there */
    ngx_chain_t             *more;         /* while a thread is at it */
    ngx_chain_t             *last_more;
    off_t                    come;         /* hashed, or from "at" on */
    off_t                    come_more;    /* in "more" */

    u_char                  *read;         /* of a file */
    size_t                   room;
    ngx_err_t                err;          /* of that */
    ngx_uint_t               failed;

    ngx_http_s3o_turn_t      turn;
    ngx_event_t              stay;
#if (NGX_THREADS)
    ngx_thread_task_t       *task;
#endif

    /* of a body that was there already */

    void                   (*handler)(ngx_http_request_t *r);

    u_char                   hex[S3O_SHA256_HEX_LEN];

    unsigned                 complete:1;
    unsigned                 behind:1;     /* some of it was left for later */
    unsigned                 threaded:1;   /* a thread is at it */
    unsigned                 terminated:1; /* and the request was */
} ngx_http_s3o_body_hash_t;


/*
 * The length of a buffer, which is 0 for one that is neither in memory nor in
 * a file; that of all from a link on.
 */

off_t ngx_http_s3o_hash_buf_size(ngx_buf_t *b);
off_t ngx_http_s3o_hash_size(ngx_chain_t *in);


/* 1 when so much can be hashed in this turn, and is counted. */

ngx_uint_t ngx_http_s3o_hash_fits(ngx_http_s3o_body_hash_t *h,
    ngx_chain_t *in);


/* 1 when so many bytes are better hashed by a thread, and there is one. */

ngx_uint_t ngx_http_s3o_hash_for_thread(ngx_http_s3o_body_hash_t *h, off_t
    size);


/*
 * Hashes h->at, or so many bytes of it: NGX_OK, NGX_AGAIN when there are more,
 * NGX_ERROR.  Of a thread, too.
 */

ngx_int_t ngx_http_s3o_hash_step(ngx_http_s3o_body_hash_t *h, off_t left);


/*
 * The same in this turn, or by a thread; after NGX_AGAIN it waits for more.
 * Writes an error line with NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_hash_go(ngx_http_s3o_body_hash_t *h);


/* What a turn calls when it has come; "data" is the hash. */

void ngx_http_s3o_hash_resume(void *data);


/*
 * An exiting worker process stays as long as it has a timer, so where nginx
 * has set none one is needed, until it is left.
 */

void ngx_http_s3o_stay(ngx_event_t *ev, ngx_connection_t *c);
void ngx_http_s3o_leave(ngx_event_t *ev);


#endif /* _NGX_HTTP_S3O_HASH_PACE_H_INCLUDED_ */
