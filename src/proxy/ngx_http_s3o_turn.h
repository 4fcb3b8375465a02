
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How much a worker process hashes before it looks after other connections.
 */


#ifndef _NGX_HTTP_S3O_TURN_H_INCLUDED_
#define _NGX_HTTP_S3O_TURN_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* who hashes in turns with others; zeroed but for the first two: nobody */

typedef struct {
    void                  (*handler)(void *data);
    void                   *data;
    ngx_queue_t             queue;
    ngx_uint_t              waiting;
} ngx_http_s3o_turn_t;


/* How many bytes may be hashed now, and how many were. */

size_t ngx_http_s3o_turn_left(ngx_http_s3o_turn_t *turn);
void ngx_http_s3o_turn_spent(size_t size);


/*
 * Has the handler called once, when there is something left for it; or does not
 * wait any more.
 */

void ngx_http_s3o_turn_wait(ngx_http_s3o_turn_t *turn);
void ngx_http_s3o_turn_leave(ngx_http_s3o_turn_t *turn);


#endif /* _NGX_HTTP_S3O_TURN_H_INCLUDED_ */
