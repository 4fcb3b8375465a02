
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the files of the body's hash share.
 */


#ifndef _NGX_HTTP_S3O_HASH_H_INCLUDED_
#define _NGX_HTTP_S3O_HASH_H_INCLUDED_


#include "ngx_http_s3o_proxy.h"


/* found by its cleanup handler; a thread that is at it has all but "more" */

struct ngx_http_s3o_body_hash_s {
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
};


/*
 * ngx_http_s3o_hash.c.  The length of a buffer, which is 0 for one that is
 * neither in memory nor in a file; that of all from a link on.
 */

off_t ngx_http_s3o_hash_buf_size(ngx_buf_t *b);
off_t ngx_http_s3o_hash_size(ngx_chain_t *in);

/*
 * ngx_http_s3o_hash_run.c.  1 when so much can be hashed in this turn, and is
 * counted; 1 when it is better hashed by a thread; h->at hashed, or so many
 * bytes of it: NGX_OK, NGX_ERROR, or NGX_AGAIN when there are more, for which
 * _go() has begun to wait; what a turn calls when it has come.  An exiting
 * worker process stays as long as it has a timer, so where nginx has set none
 * one is needed, until _leave().
 */

ngx_uint_t ngx_http_s3o_hash_fits(ngx_http_s3o_body_hash_t *h,
    ngx_chain_t *in);
ngx_uint_t ngx_http_s3o_hash_for_thread(ngx_http_s3o_body_hash_t *h,
    off_t size);
ngx_int_t ngx_http_s3o_hash_step(ngx_http_s3o_body_hash_t *h, off_t left);
ngx_int_t ngx_http_s3o_hash_go(ngx_http_s3o_body_hash_t *h);
void ngx_http_s3o_hash_resume(void *data);
void ngx_http_s3o_stay(ngx_event_t *ev, ngx_connection_t *c);
void ngx_http_s3o_leave(ngx_event_t *ev);


#endif /* _NGX_HTTP_S3O_HASH_H_INCLUDED_ */
