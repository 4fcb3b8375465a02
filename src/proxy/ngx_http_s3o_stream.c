
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_payload streaming": a body is sent to the Outpost in chunks of
 * one size, each signed with the signature of the one before.
 *
 * This is an output filter of the upstream, like the proxy module's own one for
 * "Transfer-Encoding: chunked".  A complete chunk is hashed and sent from the
 * buffers in which it was read.  An incomplete chunk is copied, because nginx
 * has a single buffer for a body, and reads on only when the buffer is empty.
 */


#include "ngx_http_s3o_stream.h"
#include "s3o_chunk.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_decode.h"
#include "ngx_http_s3o_queue.h"


/*
 * How many chunks are signed before they are written, so that a large buffer
 * is not hashed as a whole before anything is sent.  With 16 an upload takes
 * as long as with 4.
 */

#define NGX_HTTP_S3O_STREAM_CHUNKS  4


struct ngx_http_s3o_stream_s {
    ngx_http_request_t       *request;
    s3o_chunk_t               chunk;

    /*
     * the key at the time of signing: before the body has ended, the
     * credentials may be replaced, and the day may end
     */

    s3o_chunk_key_t           key;
    ngx_str_t                 seed;

    ngx_http_s3o_decoder_t   *decoder;     /* of the client's chunks, or NULL */

    off_t                     size;        /* of the decoded body */
    off_t                     left;        /* not in a chunk yet */
    off_t                     ready;       /* of these, those that have come */

    u_char                   *copy;        /* beginning of the next chunk */
    size_t                    copied;
    ngx_http_s3o_queue_t      queue;       /* the data behind that */

    s3o_buf_t                 text;        /* headers and ends of chunks */

    unsigned                  header_sent:1;
};


static void ngx_http_s3o_stream_cleanup(void *data);
static ngx_int_t ngx_http_s3o_stream_reinit(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_stream_begin(ngx_http_s3o_stream_t *st);
static ngx_int_t ngx_http_s3o_stream_filter(void *data, ngx_chain_t *in);
static ngx_int_t ngx_http_s3o_stream_take(ngx_http_s3o_stream_t *st,
    ngx_chain_t *in, ngx_chain_t ***last);
static ngx_int_t ngx_http_s3o_stream_chunks(ngx_http_s3o_stream_t *st,
    ngx_chain_t **last);
static size_t ngx_http_s3o_stream_next(ngx_http_s3o_stream_t *st);
static ngx_chain_t **ngx_http_s3o_stream_chunk(ngx_http_s3o_stream_t *st,
    size_t size, ngx_chain_t **last);
static ngx_chain_t **ngx_http_s3o_stream_data(ngx_http_s3o_stream_t *st,
    size_t size, ngx_chain_t **last);
static ngx_chain_t *ngx_http_s3o_stream_end(ngx_http_s3o_stream_t *st);
static ngx_int_t ngx_http_s3o_stream_keep(ngx_http_s3o_stream_t *st);


/* bytes around the data of a chunk, and bytes of the last, empty chunk */

#define ngx_http_s3o_stream_text_len(st)                                     \
    (s3o_chunk_header_len((st)->chunk.form, S3O_CHUNK_SIZE) + 2)

#define ngx_http_s3o_stream_end_len(st)                                      \
    (s3o_chunk_header_len((st)->chunk.form, 0) + 2)


ngx_int_t
ngx_http_s3o_stream_create(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    off_t size)
{
    ngx_pool_cleanup_t     *cln;
    ngx_http_s3o_stream_t  *st;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_s3o_stream_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    st = cln->data;
    ngx_memzero(st, sizeof(ngx_http_s3o_stream_t));

    cln->handler = ngx_http_s3o_stream_cleanup;

    st->request = r;
    st->decoder = ctx->proxied->decoder;
    st->size = size;
    st->queue.pool = r->pool;

    st->key.crypto = ngx_http_s3o_crypto(r);
    if (st->key.crypto == NULL) {
        return NGX_ERROR;
    }

    st->chunk.crypto = st->key.crypto;
    st->chunk.data = &st->key;

    if (ctx->conf->algorithm == S3O_SIGV4A) {
        st->chunk.form = &s3o_chunk_sigv4a;
        st->chunk.sign = s3o_chunk_ecdsa;

    } else {
        st->chunk.form = &s3o_chunk_sigv4;
        st->chunk.sign = s3o_chunk_hmac;
    }

    ctx->proxied->stream = st;
    ctx->payload = ngx_http_s3o_ngx_str(&st->chunk.form->payload);

    return NGX_OK;
}


/* frees and wipes the key */

static void
ngx_http_s3o_stream_cleanup(void *data)
{
    ngx_http_s3o_stream_t *st = data;

    s3o_chunk_key_free(&st->key);
}


void
ngx_http_s3o_stream_lengths(ngx_http_s3o_stream_t *st, off_t *encoded,
    off_t *decoded)
{
    *encoded = s3o_chunk_encoded_len(st->chunk.form, st->size, S3O_CHUNK_SIZE);
    *decoded = st->size;
}


ngx_int_t
ngx_http_s3o_stream_seed(ngx_http_request_t *r, ngx_http_s3o_stream_t *st,
    s3o_signer_t *s, ngx_str_t *signature)
{
    off_t    n;
    size_t   size, text;
    u_char  *p;

    n = ngx_min(st->size / S3O_CHUNK_SIZE + 1, NGX_HTTP_S3O_STREAM_CHUNKS);

    text = (size_t) n * ngx_http_s3o_stream_text_len(st)
           + ngx_http_s3o_stream_end_len(st);
    size = s3o_chunk_mem(st->chunk.form, &s->date, &s->scope);

    p = ngx_pnalloc(r->pool, size + text);
    if (p == NULL) {
        return NGX_ERROR;
    }

    s3o_chunk_init(&st->chunk, p, &s->date, &s->scope);
    s3o_buf_init(&st->text, p + size, text);

    if (s3o_chunk_key_copy(&st->key, s, &st->chunk.prologue) != S3O_OK) {
        return NGX_ERROR;
    }

    st->seed = *signature;

    return ngx_http_s3o_stream_begin(st);
}


void
ngx_http_s3o_stream_start(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    u->output.output_filter = ngx_http_s3o_stream_filter;
    u->output.filter_ctx = ctx->proxied->stream;

    /* the filter gets a body that is in a file in pieces, read into memory */

    u->output.need_in_memory = 1;

    ctx->proxied->hooks.reinit_request = u->reinit_request;
    u->reinit_request = ngx_http_s3o_stream_reinit;
}


/* begins again: the same body is sent to another server */

static ngx_int_t
ngx_http_s3o_stream_reinit(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t     *ctx;
    ngx_http_s3o_stream_t  *st;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);
    st = ctx->proxied->stream;

    /* the connection for which the data were queued is closed */

    ngx_http_s3o_queue_reset(&st->queue);
    st->copied = 0;

    if (ngx_http_s3o_stream_begin(st) != NGX_OK) {
        return NGX_ERROR;
    }

    return ctx->proxied->hooks.reinit_request(r);
}


static ngx_int_t
ngx_http_s3o_stream_begin(ngx_http_s3o_stream_t *st)
{
    s3o_str_t  seed;

    st->left = st->size;
    st->ready = 0;
    st->header_sent = 0;

    seed = ngx_http_s3o_str(&st->seed);

    return s3o_chunk_begin(&st->chunk, &seed) == S3O_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_stream_filter(void *data, ngx_chain_t *in)
{
    ngx_http_s3o_stream_t *st = data;

    ngx_int_t      rc;
    ngx_chain_t   *out, **last;

    out = NULL;
    last = &out;

    if (ngx_http_s3o_stream_take(st, in, &last) != NGX_OK) {
        return NGX_ERROR;
    }

    for ( ;; ) {

        if (ngx_http_s3o_stream_chunks(st, last) != NGX_OK) {
            return NGX_ERROR;
        }

        rc = ngx_chain_writer(&st->request->upstream->writer, out);

        ngx_http_s3o_queue_sent(&st->queue, out);

        if (rc != NGX_OK || ngx_http_s3o_stream_next(st) == 0) {
            break;
        }

        out = NULL;
        last = &out;
    }

    if (rc != NGX_ERROR && ngx_http_s3o_stream_keep(st) != NGX_OK) {
        return NGX_ERROR;
    }

    return rc;
}


/*
 * Puts the data of "in" into the queue.  The first buffer is the header of
 * the request, which is sent unchanged.
 */

static ngx_int_t
ngx_http_s3o_stream_take(ngx_http_s3o_stream_t *st, ngx_chain_t *in,
    ngx_chain_t ***last)
{
    ngx_chain_t  *cl;

    if (in && !st->header_sent) {
        cl = ngx_alloc_chain_link(st->request->pool);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        cl->buf = in->buf;
        cl->next = NULL;

        **last = cl;
        *last = &cl->next;

        st->header_sent = 1;
        in = in->next;
    }

    for ( /* void */ ; in; in = in->next) {

        if (ngx_buf_size(in->buf) == 0) {
            continue;
        }

        st->ready += ngx_buf_size(in->buf);

        if (st->ready > st->left) {
            ngx_log_error(NGX_LOG_ALERT, st->request->connection->log, 0,
                          "s3o_presign: a body is longer than announced");
            return NGX_ERROR;
        }

        if (ngx_http_s3o_queue_add(&st->queue, in->buf) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_stream_chunks(ngx_http_s3o_stream_t *st, ngx_chain_t **last)
{
    size_t  size;

    if (st->queue.busy == NULL) {
        st->text.pos = st->text.start;
    }

    for ( ;; ) {
        size = ngx_http_s3o_stream_next(st);

        if (size == 0) {
            return NGX_OK;
        }

        if (!s3o_buf_has(&st->text, ngx_http_s3o_stream_text_len(st)
                                    + ngx_http_s3o_stream_end_len(st)))
        {
            /* the text of earlier chunks has to be sent first */

            return NGX_OK;
        }

        last = ngx_http_s3o_stream_chunk(st, size, last);

        if (last == NULL) {
            ngx_log_error(NGX_LOG_CRIT, st->request->connection->log, 0,
                          "s3o_presign: signing a chunk failed");
            return NGX_ERROR;
        }
    }
}


/*
 * The size of the next chunk, or 0 when it is not complete yet.  The last
 * chunk completes the upload, so it waits until the client's own chunks have
 * ended, and were valid.
 */

static size_t
ngx_http_s3o_stream_next(ngx_http_s3o_stream_t *st)
{
    off_t  size;

    size = ngx_min(st->left, S3O_CHUNK_SIZE);

    if (st->ready < size
        || (size == st->left
            && st->decoder
            && !ngx_http_s3o_decoder_complete(st->decoder)))
    {
        return 0;
    }

    return (size_t) size;
}


/*
 * Appends the header, the data and the end of a chunk to the list at "last".
 * Returns the new end of the list, or NULL on an error.
 */

static ngx_chain_t **
ngx_http_s3o_stream_chunk(ngx_http_s3o_stream_t *st, size_t size,
    ngx_chain_t **last)
{
    ngx_chain_t  *header, *end, **ll;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, st->request->connection->log, 0,
                   "s3o_presign chunk of %uz bytes, %uz copied", size,
                   st->copied);

    header = ngx_http_s3o_queue_text(&st->queue, st->text.pos, st->text.pos);
    if (header == NULL) {
        return NULL;
    }

    ll = ngx_http_s3o_stream_data(st, size, &header->next);

    /* the signature in the header depends on the data */

    if (ll == NULL || s3o_chunk_header(&st->chunk, &st->text) != S3O_OK) {
        return NULL;
    }

    header->buf->last = st->text.pos;

    end = ngx_http_s3o_stream_end(st);
    if (end == NULL) {
        return NULL;
    }

    *last = header;
    *ll = end;

    return &end->next;
}


static ngx_chain_t **
ngx_http_s3o_stream_data(ngx_http_s3o_stream_t *st, size_t size,
    ngx_chain_t **last)
{
    size_t        n;
    ngx_chain_t  *cl;

    st->left -= size;
    st->ready -= size;

    while (size) {

        if (st->copied) {
            cl = ngx_http_s3o_queue_text(&st->queue, st->copy,
                                         st->copy + st->copied);
            st->copied = 0;

        } else {
            cl = ngx_http_s3o_queue_cut(&st->queue, size);
        }

        if (cl == NULL) {
            return NULL;
        }

        n = cl->buf->last - cl->buf->pos;

        if (s3o_chunk_add(&st->chunk, cl->buf->pos, n) != S3O_OK) {
            return NULL;
        }

        *last = cl;
        last = &cl->next;
        size -= n;
    }

    return last;
}


/*
 * The end of a chunk, and after the last one the empty chunk that ends the
 * body.
 */

static ngx_chain_t *
ngx_http_s3o_stream_end(ngx_http_s3o_stream_t *st)
{
    u_char       *p;
    ngx_chain_t  *cl;

    p = st->text.pos;

    s3o_buf_put_literal(&st->text, "\r\n");

    if (st->left == 0) {

        if (s3o_chunk_header(&st->chunk, &st->text) != S3O_OK) {
            return NULL;
        }

        s3o_buf_put_literal(&st->text, "\r\n");
    }

    if (st->text.overflow) {
        return NULL;
    }

    cl = ngx_http_s3o_queue_text(&st->queue, p, st->text.pos);
    if (cl == NULL) {
        return NULL;
    }

    /*
     * TLS would keep the end back, and the next chunk may have to wait until
     * it is sent
     */

    cl->buf->flush = 1;

    return cl;
}


/*
 * Copies the data of an incomplete chunk, so that nginx gets its buffer back
 * and reads on.  Not while other data are still being sent from these
 * buffers.  NGX_AGAIN of the writer does not matter: TLS keeps a header back
 * until more data come, without an event.
 */

static ngx_int_t
ngx_http_s3o_stream_keep(ngx_http_s3o_stream_t *st)
{
    if (st->queue.in == NULL
        || st->queue.busy
        || ngx_http_s3o_stream_next(st) != 0)
    {
        return NGX_OK;
    }

    if (st->copy == NULL) {
        st->copy = ngx_pnalloc(st->request->pool,
                               (size_t) ngx_min(st->size, S3O_CHUNK_SIZE));
        if (st->copy == NULL) {
            return NGX_ERROR;
        }
    }

    st->copied += ngx_http_s3o_queue_copy(&st->queue, st->copy + st->copied);

    return NGX_OK;
}
