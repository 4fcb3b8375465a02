
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Who hashes a body, and when.  The worker process hashes within the limits per
 * turn of ngx_http_s3o_turn.c.  In locations with "aio threads" a thread hashes
 * the larger pieces.
 */


#include "ngx_http_s3o_hash_pace.h"
#include "ngx_http_s3o_eval.h"

#include <unistd.h>


/* fewer bytes are hashed faster than a thread can be woken */
#define NGX_HTTP_S3O_HASH_THREAD  131072

/* the bytes that a thread hashes before the worker checks the client again */
#define NGX_HTTP_S3O_HASH_TASK    4194304

/* any time will do, in milliseconds; see ngx_http_s3o_stay() */
#define NGX_HTTP_S3O_HASH_STAY    60000


static void ngx_http_s3o_stay_handler(ngx_event_t *ev);
static ssize_t ngx_http_s3o_hash_part(ngx_http_s3o_body_hash_t *h,
    ngx_buf_t *b, off_t left);
#if (NGX_THREADS)
static ngx_int_t ngx_http_s3o_hash_in_thread(ngx_http_s3o_body_hash_t *h);
static ngx_int_t ngx_http_s3o_hash_task(ngx_http_s3o_body_hash_t *h);
static ngx_thread_pool_t *ngx_http_s3o_hash_pool(ngx_http_request_t *r);
static void ngx_http_s3o_hash_thread(void *data, ngx_log_t *log);
static void ngx_http_s3o_hash_thread_done(ngx_event_t *ev);
static void ngx_http_s3o_hash_append(ngx_http_s3o_body_hash_t *h);
static void ngx_http_s3o_hash_terminated(void *data);
#endif


off_t
ngx_http_s3o_hash_buf_size(ngx_buf_t *b)
{
    return ngx_buf_special(b) ? 0 : ngx_buf_size(b);
}


off_t
ngx_http_s3o_hash_size(ngx_chain_t *in)
{
    off_t  size;

    for (size = 0; in; in = in->next) {
        size += ngx_http_s3o_hash_buf_size(in->buf);
    }

    return size;
}


ngx_uint_t
ngx_http_s3o_hash_fits(ngx_http_s3o_body_hash_t *h, ngx_chain_t *in)
{
    off_t  size;

    size = ngx_http_s3o_hash_size(in);

    if (size == 0) {
        return 1;
    }

    if (size > (off_t) ngx_http_s3o_turn_left(&h->turn)) {
        return 0;
    }

    ngx_http_s3o_turn_spent((size_t) size);

    return 1;
}


ngx_uint_t
ngx_http_s3o_hash_for_thread(ngx_http_s3o_body_hash_t *h, off_t size)
{
#if (NGX_THREADS)

    return size >= NGX_HTTP_S3O_HASH_THREAD
           && ngx_http_s3o_hash_pool(h->request);

#else

    return 0;

#endif
}


ngx_int_t
ngx_http_s3o_hash_go(ngx_http_s3o_body_hash_t *h)
{
    off_t       before;
    ngx_int_t   rc;
    ngx_log_t  *log;

    log = h->request->connection->log;

#if (NGX_THREADS)

    if (!h->failed && ngx_http_s3o_hash_for_thread(h, h->come - h->size)) {
        rc = ngx_http_s3o_hash_in_thread(h);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

#endif

    before = h->size;

    rc = ngx_http_s3o_hash_step(h, ngx_http_s3o_turn_left(&h->turn));

    ngx_http_s3o_turn_spent((size_t) (h->size - before));

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, log, 0,
                   "s3o_presign hash: +%O", h->size - before);

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_CRIT, log, h->err,
                      "s3o_presign: hashing a body failed");

    } else if (rc == NGX_AGAIN) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, log, 0,
                       "s3o_presign hash: %O, waits for its turn", h->size);

        ngx_http_s3o_turn_wait(&h->turn);
    }

    return rc;
}


/*
 * Goes on when there is time for more.  A body that is still read goes on
 * with reading, which hashes the kept buffers; a body that has been read is
 * hashed here.
 */

void
ngx_http_s3o_hash_resume(void *data)
{
    ngx_http_s3o_body_hash_t *h = data;

    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = h->request;
    c = r->connection;

    if (h->handler == NULL) {
        c->read->handler(c->read);
        return;
    }

    ngx_http_set_log_request(c->log, r);

    rc = c->error ? NGX_HTTP_CLIENT_CLOSED_REQUEST : ngx_http_s3o_hash_go(h);

    if (rc == NGX_AGAIN) {
        return;
    }

    ngx_http_s3o_leave(&h->stay);

    if (rc == NGX_OK) {
        h->handler(r);

    } else {
        ngx_http_finalize_request(r, rc == NGX_ERROR
                                     ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc);
    }

    ngx_http_run_posted_requests(c);
}


void
ngx_http_s3o_stay(ngx_event_t *ev, ngx_connection_t *c)
{
    ev->handler = ngx_http_s3o_stay_handler;
    ev->data = c;
    ev->log = c->log;

    ngx_add_timer(ev, NGX_HTTP_S3O_HASH_STAY);
}


void
ngx_http_s3o_leave(ngx_event_t *ev)
{
    if (ev->timer_set) {
        ngx_del_timer(ev);
    }
}


static void
ngx_http_s3o_stay_handler(ngx_event_t *ev)
{
    ngx_add_timer(ev, NGX_HTTP_S3O_HASH_STAY);
}


ngx_int_t
ngx_http_s3o_hash_step(ngx_http_s3o_body_hash_t *h, off_t left)
{
    off_t       size;
    ssize_t     n;
    ngx_buf_t  *b;

    while (h->at && !h->failed) {
        b = h->at->buf;
        size = ngx_http_s3o_hash_buf_size(b) - h->done;

        if (size == 0) {
            h->at = h->at->next;
            h->done = 0;
            continue;
        }

        if (left == 0) {
            return NGX_AGAIN;
        }

        n = ngx_http_s3o_hash_part(h, b, ngx_min(size, left));

        if (n <= 0) {
            h->failed = 1;
            break;
        }

        h->done += n;
        h->size += n;
        left -= n;
    }

    return h->failed ? NGX_ERROR : NGX_OK;
}


/*
 * Hashes at most "left" bytes of a buffer.  Returns how many it has hashed; 0
 * at an unexpected end of a file; NGX_ERROR.
 */

static ssize_t
ngx_http_s3o_hash_part(ngx_http_s3o_body_hash_t *h, ngx_buf_t *b, off_t left)
{
    u_char   *p;
    ssize_t   n;

    if (ngx_buf_in_memory(b)) {
        p = b->pos + h->done;
        n = (ssize_t) left;

    } else {
        p = h->read;
        n = pread(b->file->fd, p, (size_t) ngx_min(left, (off_t) h->room),
                  b->file_pos + h->done);

        if (n == -1) {
            h->err = ngx_errno;
        }
    }

    if (n > 0 && s3o_hash_add(&h->sha256, p, (size_t) n) != S3O_OK) {
        return NGX_ERROR;
    }

    return n;
}


#if (NGX_THREADS)

/*
 * Lets a thread hash.  NGX_AGAIN; NGX_DECLINED when the thread pool does not
 * take the task; NGX_ERROR.
 */

static ngx_int_t
ngx_http_s3o_hash_in_thread(ngx_http_s3o_body_hash_t *h)
{
    ngx_http_request_t  *r;

    r = h->request;

    if (h->task == NULL && ngx_http_s3o_hash_task(h) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_thread_task_post(ngx_http_s3o_hash_pool(r), h->task) != NGX_OK) {
        return NGX_DECLINED;
    }

    /* keeps the request alive, even if it is terminated */

    r->main->blocked++;
    h->threaded = 1;

    ngx_http_s3o_stay(&h->stay, r->connection);

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_s3o_hash_task(ngx_http_s3o_body_hash_t *h)
{
    ngx_http_cleanup_t  *cln;
    ngx_http_request_t  *r;

    r = h->request;

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_s3o_hash_terminated;
    cln->data = h;

    h->task = ngx_thread_task_alloc(r->pool, 0);
    if (h->task == NULL) {
        return NGX_ERROR;
    }

    h->task->ctx = h;
    h->task->handler = ngx_http_s3o_hash_thread;
    h->task->event.data = h;
    h->task->event.handler = ngx_http_s3o_hash_thread_done;

    return NGX_OK;
}


/* the thread pool of "aio threads", or NULL */

static ngx_thread_pool_t *
ngx_http_s3o_hash_pool(ngx_http_request_t *r)
{
    ngx_str_t                  name;
    ngx_thread_pool_t         *tp;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->thread_pool || clcf->thread_pool_value == NULL) {
        return clcf->thread_pool;
    }

    if (ngx_http_s3o_eval(r, clcf->thread_pool_value, &name) != NGX_OK) {
        return NULL;
    }

    tp = ngx_thread_pool_get((ngx_cycle_t *) ngx_cycle, &name);

    if (tp == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "thread pool \"%V\" not found", &name);
    }

    return tp;
}


/*
 * Runs in the thread.  It must not log: the log belongs to the worker
 * process.
 */

static void
ngx_http_s3o_hash_thread(void *data, ngx_log_t *log)
{
    (void) ngx_http_s3o_hash_step(data, NGX_HTTP_S3O_HASH_TASK);
}


static void
ngx_http_s3o_hash_thread_done(ngx_event_t *ev)
{
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_s3o_body_hash_t  *h;

    h = ev->data;
    r = h->request;
    c = r->connection;

    r->main->blocked--;
    h->threaded = 0;

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "s3o_presign hash: %O, by a thread", h->size);

    if (h->terminated) {

        /* the end of the request has waited for the thread */

        r->write_event_handler(r);
        ngx_http_run_posted_requests(c);
        return;
    }

    if (h->handler == NULL) {
        ngx_http_s3o_leave(&h->stay);
    }

    ngx_http_s3o_hash_append(h);
    ngx_http_s3o_hash_resume(h);
}


/* Appends the buffers that have come while the thread was at work. */

static void
ngx_http_s3o_hash_append(ngx_http_s3o_body_hash_t *h)
{
    if (h->more == NULL) {
        return;
    }

    if (h->in) {
        h->last_in->next = h->more;

    } else {
        h->in = h->more;
    }

    h->last_in = h->last_more;

    if (h->at == NULL) {
        h->at = h->more;
    }

    h->come += h->come_more;
    h->come_more = 0;
    h->more = NULL;
}


/* called when a request is terminated, and again when it is freed */

static void
ngx_http_s3o_hash_terminated(void *data)
{
    ngx_http_s3o_body_hash_t *h = data;

    h->terminated = 1;
}

#endif
