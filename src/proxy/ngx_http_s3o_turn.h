
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How much a worker process hashes before it serves other connections.
 */


#ifndef _NGX_HTTP_S3O_TURN_H_INCLUDED_
#define _NGX_HTTP_S3O_TURN_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * one body that is hashed in turns; the caller sets the first two members,
 * and zeroes the others
 */

typedef struct {
    void                  (*handler)(void *data);
    void                   *data;
    ngx_queue_t             queue;
    ngx_uint_t              waiting;
} ngx_http_s3o_turn_t;


/* How many bytes "turn" may hash now; and tells how many bytes were hashed. */

size_t ngx_http_s3o_turn_left(ngx_http_s3o_turn_t *turn);
void ngx_http_s3o_turn_spent(size_t size);


/*
 * Waits: the handler will be called once, in a turn in which bytes are left.
 * ngx_http_s3o_turn_leave() ends the waiting without a call.
 */

void ngx_http_s3o_turn_wait(ngx_http_s3o_turn_t *turn);
void ngx_http_s3o_turn_leave(ngx_http_s3o_turn_t *turn);


#endif /* _NGX_HTTP_S3O_TURN_H_INCLUDED_ */
