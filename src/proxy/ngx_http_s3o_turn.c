
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How much a worker process hashes before it serves its other connections.
 *
 * While a client sends as fast as nginx reads, nginx does not leave the loop
 * that reads this body, and many clients may do so.  So in each turn of the
 * event loop all bodies together may hash a limited number of bytes.  Bodies
 * with more to hash wait, in the order in which they came, and go on in the
 * next turn.
 */


#include "ngx_http_s3o_turn.h"


/* in bytes; hashing takes 0.3 ms with SHA instructions, 2 ms without */
#define NGX_HTTP_S3O_TURN_SIZE  524288


static void ngx_http_s3o_turn_handler(ngx_event_t *ev);


/* of this worker process; the queue is empty at first */

static ngx_queue_t           ngx_http_s3o_turns = {
    &ngx_http_s3o_turns, &ngx_http_s3o_turns
};

static ngx_http_s3o_turn_t  *ngx_http_s3o_turn_served;
static ngx_event_t           ngx_http_s3o_turn_event;
static ngx_msec_t            ngx_http_s3o_turn_began;
static size_t                ngx_http_s3o_turn_rest;


size_t
ngx_http_s3o_turn_left(ngx_http_s3o_turn_t *turn)
{
    if (ngx_http_s3o_turn_served != turn
        && !ngx_queue_empty(&ngx_http_s3o_turns))
    {
        return 0;
    }

    /* nginx reads the clock once in a turn, so this is another turn */

    if (ngx_http_s3o_turn_began != ngx_current_msec) {
        ngx_http_s3o_turn_began = ngx_current_msec;
        ngx_http_s3o_turn_rest = NGX_HTTP_S3O_TURN_SIZE;
    }

    return ngx_http_s3o_turn_rest;
}


void
ngx_http_s3o_turn_spent(size_t size)
{
    ngx_http_s3o_turn_rest -= ngx_min(size, ngx_http_s3o_turn_rest);
}


void
ngx_http_s3o_turn_wait(ngx_http_s3o_turn_t *turn)
{
    ngx_event_t  *ev;

    if (turn->waiting) {
        return;
    }

    ngx_queue_insert_tail(&ngx_http_s3o_turns, &turn->queue);
    turn->waiting = 1;

    ev = &ngx_http_s3o_turn_event;

    ev->handler = ngx_http_s3o_turn_handler;
    ev->log = ngx_cycle->log;

    ngx_post_event(ev, &ngx_posted_next_events);
}


void
ngx_http_s3o_turn_leave(ngx_http_s3o_turn_t *turn)
{
    if (turn->waiting) {
        ngx_queue_remove(&turn->queue);
        turn->waiting = 0;
    }
}


static void
ngx_http_s3o_turn_handler(ngx_event_t *ev)
{
    ngx_queue_t          *q;
    ngx_http_s3o_turn_t  *turn;

    ngx_http_s3o_turn_began = ngx_current_msec;
    ngx_http_s3o_turn_rest = NGX_HTTP_S3O_TURN_SIZE;

    while (ngx_http_s3o_turn_rest && !ngx_queue_empty(&ngx_http_s3o_turns)) {

        q = ngx_queue_head(&ngx_http_s3o_turns);
        turn = ngx_queue_data(q, ngx_http_s3o_turn_t, queue);

        ngx_http_s3o_turn_leave(turn);

        /* the handler may end the request */

        ngx_http_s3o_turn_served = turn;
        turn->handler(turn->data);
        ngx_http_s3o_turn_served = NULL;
    }

    if (!ngx_queue_empty(&ngx_http_s3o_turns)) {
        ngx_post_event(ev, &ngx_posted_next_events);
    }
}
