
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_payload streaming": on its way to the Outpost a body is cut
 * into chunks of one size, each signed with the one before.
 *
 * This is an output filter of the upstream's, as the proxy module's own for
 * "Transfer-Encoding: chunked" is one.  A chunk that is complete is hashed and
 * sent where it stands, in the buffers that it came in.  What there is of one
 * that is not is copied: nginx has a single buffer for a body, and reads on
 * only when all of it was taken.
 */


#include "ngx_http_s3o_stream.h"
#include "s3o_chunk.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_decode.h"
#include "ngx_http_s3o_queue.h"


/*
 * How many chunks are signed before they are written: a buffer of any size is
 * not hashed as a whole first.  With 16 an upload takes as long as with 4.
 */

#define NGX_HTTP_S3O_STREAM_CHUNKS  4


struct ngx_http_s3o_stream_s {
    ngx_http_request_t       *request;
    s3o_chunk_t               chunk;

    /* of the time of signing: the credentials' set may be replaced before
       the body has ended, and the day may end */

    s3o_chunk_key_t           key;
    ngx_str_t                 seed;

    ngx_http_s3o_decoder_t   *decoder;     /* before it, or NULL */

    off_t                     size;        /* of the body */
    off_t                     left;        /* of it, in no chunk yet */
    off_t                     ready;       /* of that, what has come */

    u_char                   *copy;        /* of what comes next */
    size_t                    copied;
    ngx_http_s3o_queue_t      queue;       /* and what comes then */

    s3o_buf_t                 text;        /* round the data of chunks */

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


/* what goes round a chunk, and behind the last one */

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


/* frees and clears the keys */

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


/* keeps of the signer what the chunks need; "signature" is the request's */

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

    /* a body in a file comes here in pieces that were read */

    u->output.need_in_memory = 1;

    ctx->proxied->hooks.reinit_request = u->reinit_request;
    u->reinit_request = ngx_http_s3o_stream_reinit;
}


/* the same body again, to another server */

static ngx_int_t
ngx_http_s3o_stream_reinit(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t     *ctx;
    ngx_http_s3o_stream_t  *st;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);
    st = ctx->proxied->stream;

    /* the connection that all of it was on its way on is closed */

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


/* the first buffer is the header, which goes out as it is */

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
            /* what is on its way has to be sent first */

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
 * The size of the next chunk, or 0 as long as it is not complete.  The last
 * waits until the client's own framing has ended well: with it the upload
 * would be complete.
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


/* appends header, data and end; returns NULL on failure */

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

    /* the header is made of the data */

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


/* of a chunk, and of the body: an empty chunk */

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

    /* TLS would keep the last of it, and the next may have to wait for it
       to be sent */

    cl->buf->flush = 1;

    return cl;
}


/*
 * Copies what there is of a chunk that is not complete, so that nginx has its
 * buffers back and reads on, unless others are on their way in them.  That what
 * was written had to wait, NGX_AGAIN, means nothing: TLS keeps a header until
 * more comes, and tells nobody.
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
