
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Uploads in the aws-chunked encoding that were read before they could be
 * decoded: for a mirror, by "client_body_early_read", or in another location,
 * from which "error_page" has led here.
 *
 * The body that was read stays as it is, in memory or in its file, because a
 * mirror may not have sent it yet.  The decoded data are written to a new place
 * of the same kind, with the limits per turn of ngx_http_s3o_turn.c.
 */


#include "ngx_http_s3o_decode_late.h"
#include "ngx_http_s3o_hash_pace.h"
#include "ngx_http_s3o_turn.h"

#include <unistd.h>


/* the most that is decoded at a time, in bytes */
#define NGX_HTTP_S3O_DECODE_PIECE  65536


typedef struct {
    ngx_http_request_t       *request;
    ngx_http_s3o_decoder_t   *decoder;
    void                    (*handler)(ngx_http_request_t *r);

    ngx_chain_t              *in;          /* not decoded yet */
    off_t                     done;        /* of its first buffer */

    ngx_http_request_body_t  *body;        /* replaces the request's */
    ngx_buf_t                *data;        /* decoded, in memory or a file */

    u_char                   *piece;

    ngx_http_s3o_turn_t       turn;
    ngx_event_t               stay;
} ngx_http_s3o_decode_late_t;


static ngx_uint_t ngx_http_s3o_decode_can(ngx_http_request_t *r,
    ngx_http_s3o_decoder_t *d);
static ngx_http_s3o_decode_late_t *ngx_http_s3o_decode_late_create(
    ngx_http_request_t *r, ngx_http_s3o_decoder_t *d);
static ngx_int_t ngx_http_s3o_decode_late_room(ngx_http_request_t *r,
    ngx_http_s3o_decode_late_t *late);
static void ngx_http_s3o_decode_late_leave(void *data);
static void ngx_http_s3o_decode_resume(void *data);
static ngx_int_t ngx_http_s3o_decode_go(ngx_http_s3o_decode_late_t *late);
static ssize_t ngx_http_s3o_decode_read(ngx_http_s3o_decode_late_t *late,
    size_t size);
static ngx_int_t ngx_http_s3o_decode_write(ngx_http_s3o_decode_late_t *late,
    ngx_buf_t *b);
static ngx_int_t ngx_http_s3o_decode_end(ngx_http_s3o_decode_late_t *late);


ngx_int_t
ngx_http_s3o_decode_late(ngx_http_request_t *r, ngx_http_s3o_decoder_t *d,
    void (*handler)(ngx_http_request_t *r))
{
    ngx_http_s3o_decode_late_t  *late;

    if (!ngx_http_s3o_decode_can(r, d)) {
        return NGX_DECLINED;
    }

    late = ngx_http_s3o_decode_late_create(r, d);
    if (late == NULL) {
        return NGX_ERROR;
    }

    d->begun = 1;
    late->handler = handler;

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_http_s3o_stay(&late->stay, r->connection);
    ngx_http_s3o_turn_wait(&late->turn);

    return NGX_AGAIN;
}


/*
 * 1 when the whole encoded body is there.  A body that was passed on while it
 * was read is not: its buffers were used again.
 */

static ngx_uint_t
ngx_http_s3o_decode_can(ngx_http_request_t *r, ngx_http_s3o_decoder_t *d)
{
    return !d->begun
           && r->request_body
           && !r->reading_body
           && ngx_http_s3o_hash_size(r->request_body->bufs)
              == r->headers_in.content_length_n;
}


static ngx_http_s3o_decode_late_t *
ngx_http_s3o_decode_late_create(ngx_http_request_t *r,
    ngx_http_s3o_decoder_t *d)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_s3o_decode_late_t  *late;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_s3o_decode_late_t));
    if (cln == NULL) {
        return NULL;
    }

    late = cln->data;
    ngx_memzero(late, sizeof(ngx_http_s3o_decode_late_t));

    cln->handler = ngx_http_s3o_decode_late_leave;

    late->request = r;
    late->decoder = d;
    late->in = r->request_body->bufs;

    late->turn.handler = ngx_http_s3o_decode_resume;
    late->turn.data = late;

    late->piece = ngx_palloc(r->pool, NGX_HTTP_S3O_DECODE_PIECE);
    late->data = ngx_calloc_buf(r->pool);
    late->body = ngx_palloc(r->pool, sizeof(ngx_http_request_body_t));

    if (late->piece == NULL || late->data == NULL || late->body == NULL) {
        return NULL;
    }

    *late->body = *r->request_body;

    return ngx_http_s3o_decode_late_room(r, late) == NGX_OK ? late : NULL;
}


/*
 * Makes the place for the decoded data, as nginx does for a body: memory, or
 * a temporary file, when the body is in a file.
 */

static ngx_int_t
ngx_http_s3o_decode_late_room(ngx_http_request_t *r,
    ngx_http_s3o_decode_late_t *late)
{
    off_t                      size;
    ngx_chain_t               *cl;
    ngx_temp_file_t           *tf;
    ngx_http_core_loc_conf_t  *clcf;

    late->body->temp_file = NULL;
    late->body->bufs = NULL;

    for (cl = late->in; cl; cl = cl->next) {
        if (!ngx_buf_in_memory(cl->buf) && cl->buf->in_file) {
            break;
        }
    }

    if (cl == NULL) {

        /*
         * the data are never longer than the encoded body, whatever is
         * announced
         */

        size = ngx_min(ngx_http_s3o_decoder_size(late->decoder),
                       r->headers_in.content_length_n);

        late->data->start = ngx_pnalloc(r->pool, (size_t) size + 1);
        if (late->data->start == NULL) {
            return NGX_ERROR;
        }

        late->data->pos = late->data->start;
        late->data->last = late->data->start;
        late->data->end = late->data->start + size;
        late->data->temporary = 1;

        return NGX_OK;
    }

    tf = ngx_pcalloc(r->pool, sizeof(ngx_temp_file_t));
    if (tf == NULL) {
        return NGX_ERROR;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    tf->file.fd = NGX_INVALID_FILE;
    tf->file.log = r->connection->log;
    tf->path = clcf->client_body_temp_path;
    tf->pool = r->pool;

    late->body->temp_file = tf;
    late->data->in_file = 1;
    late->data->file = &tf->file;

    return ngx_create_temp_file(&tf->file, tf->path, tf->pool, 0, 0, 0);
}


/* Called at the end, and when the request ends earlier. */

static void
ngx_http_s3o_decode_late_leave(void *data)
{
    ngx_http_s3o_decode_late_t *late = data;

    ngx_http_s3o_turn_leave(&late->turn);
    ngx_http_s3o_leave(&late->stay);
}


static void
ngx_http_s3o_decode_resume(void *data)
{
    ngx_http_s3o_decode_late_t *late = data;

    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = late->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    rc = c->error ? NGX_HTTP_CLIENT_CLOSED_REQUEST
                  : ngx_http_s3o_decode_go(late);

    if (rc == NGX_AGAIN) {
        ngx_http_s3o_turn_wait(&late->turn);
        return;
    }

    ngx_http_s3o_decode_late_leave(late);

    if (rc == NGX_OK) {
        late->handler(r);

    } else {
        ngx_http_finalize_request(r, rc);
    }

    ngx_http_run_posted_requests(c);
}


/*
 * Decodes as much as this turn allows.  NGX_OK at the end of the body,
 * NGX_AGAIN before the end, or the status of an error.
 */

static ngx_int_t
ngx_http_s3o_decode_go(ngx_http_s3o_decode_late_t *late)
{
    size_t               left;
    ssize_t              n;
    ngx_buf_t            b;
    s3o_unchunk_error_e  err;

    while (late->in) {
        left = ngx_http_s3o_turn_left(&late->turn);

        if (left == 0) {
            return NGX_AGAIN;
        }

        n = ngx_http_s3o_decode_read(late, left);

        if (n < 0) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ngx_http_s3o_turn_spent((size_t) n);

        b.pos = late->piece;
        b.last = late->piece + n;

        err = ngx_http_s3o_decode_buf(late->decoder, &b);

        if (err != S3O_UNCHUNK_OK) {
            return ngx_http_s3o_decode_failed(late->request,
                                              s3o_unchunk_strerror(err));
        }

        if (ngx_http_s3o_decode_write(late, &b) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_s3o_decode_end(late);
}


/*
 * Reads at most "size" bytes of the encoded body to late->piece.  Returns the
 * number of bytes; 0 between two buffers; NGX_ERROR.
 */

static ssize_t
ngx_http_s3o_decode_read(ngx_http_s3o_decode_late_t *late, size_t size)
{
    off_t       rest;
    ssize_t     n;
    ngx_buf_t  *b;

    b = late->in->buf;
    rest = ngx_http_s3o_hash_buf_size(b) - late->done;

    if (rest == 0) {
        late->in = late->in->next;
        late->done = 0;
        return 0;
    }

    n = (ssize_t) ngx_min(rest, (off_t) ngx_min(size,
                                                NGX_HTTP_S3O_DECODE_PIECE));

    if (ngx_buf_in_memory(b)) {
        ngx_memcpy(late->piece, b->pos + late->done, n);

    } else {
        n = pread(b->file->fd, late->piece, (size_t) n,
                  b->file_pos + late->done);
    }

    if (n <= 0) {
        ngx_log_error(NGX_LOG_CRIT, late->request->connection->log, ngx_errno,
                      "s3o_presign: reading a body again failed");
        return NGX_ERROR;
    }

    late->done += n;

    return n;
}


static ngx_int_t
ngx_http_s3o_decode_write(ngx_http_s3o_decode_late_t *late, ngx_buf_t *b)
{
    size_t      size;
    ngx_buf_t  *data;

    data = late->data;
    size = b->last - b->pos;

    if (size == 0) {
        return NGX_OK;
    }

    if (!data->in_file) {

        if (size > (size_t) (data->end - data->last)) {
            return NGX_ERROR;
        }

        data->last = ngx_cpymem(data->last, b->pos, size);

        return NGX_OK;
    }

    if (ngx_write_file(data->file, b->pos, size, data->file_last)
        != (ssize_t) size)
    {
        return NGX_ERROR;
    }

    data->file_last += size;
    late->body->temp_file->offset = data->file_last;

    return NGX_OK;
}


/*
 * The decoded body replaces that of this request only; a subrequest keeps the
 * encoded one.
 */

static ngx_int_t
ngx_http_s3o_decode_end(ngx_http_s3o_decode_late_t *late)
{
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = late->request;

    if (!s3o_unchunk_complete(&late->decoder->unchunk)) {
        return ngx_http_s3o_decode_failed(r, "the body is incomplete");
    }

    if (ngx_buf_size(late->data)) {
        cl = ngx_alloc_chain_link(r->pool);
        if (cl == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        late->data->last_buf = 1;

        cl->buf = late->data;
        cl->next = NULL;

        late->body->bufs = cl;
    }

    r->request_body = late->body;
    late->decoder->ended = 1;

    return NGX_OK;
}
