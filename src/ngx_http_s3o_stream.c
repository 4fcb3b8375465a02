
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_payload streaming": on its way to the Outpost a body is cut
 * into chunks of one size, each signed with the one before.
 *
 * This is an output filter of the upstream's, as the proxy module's own for
 * "Transfer-Encoding: chunked" is one: what comes in is collected in one of
 * two buffers, and what is complete is written.  While both are on their way
 * the rest waits where it is, and with it the client.
 */


#include "ngx_http_s3o_proxy.h"


#define NGX_HTTP_S3O_STREAM_BUFS  2


struct ngx_http_s3o_stream_s {
    ngx_http_request_t       *request;
    s3o_chunk_t               chunk;

    /* of the time of signing: the credentials' set may be replaced before
       the body has ended, and the day may end */

    s3o_chunk_key_t           key;
    ngx_str_t                 seed;

    ngx_http_s3o_decoder_t   *decoder;     /* before it, or NULL */

    off_t                     size;        /* of the body */
    off_t                     received;

    ngx_chain_t              *in;          /* not collected yet */
    ngx_chain_t              *collecting;
    ngx_chain_t              *busy;
    ngx_chain_t              *free;
    ngx_uint_t                nbufs;

    unsigned                  header_sent:1;
};


static void ngx_http_s3o_stream_cleanup(void *data);
static ngx_int_t ngx_http_s3o_stream_reinit(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_stream_begin(ngx_http_s3o_stream_t *st);
static ngx_int_t ngx_http_s3o_stream_filter(void *data, ngx_chain_t *in);
static ngx_int_t ngx_http_s3o_stream_take(ngx_http_s3o_stream_t *st,
    ngx_chain_t *in, ngx_chain_t ***last);
static ngx_int_t ngx_http_s3o_stream_collect(ngx_http_s3o_stream_t *st,
    ngx_chain_t **last);
static ngx_uint_t ngx_http_s3o_stream_ready(ngx_http_s3o_stream_t *st,
    ngx_uint_t *last);
static ngx_int_t ngx_http_s3o_stream_buf(ngx_http_s3o_stream_t *st);
static void ngx_http_s3o_stream_copy(ngx_http_s3o_stream_t *st,
    ngx_buf_t *in);
static ngx_int_t ngx_http_s3o_stream_chunk(ngx_http_s3o_stream_t *st,
    ngx_buf_t *b, ngx_uint_t last);


#define ngx_http_s3o_stream_room(st)                                         \
    s3o_chunk_header_len((st)->chunk.form, S3O_CHUNK_SIZE)


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
    st->decoder = ctx->decoder;
    st->size = size;

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

    ctx->stream = st;
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
    u_char  *mem;

    mem = ngx_pnalloc(r->pool,
                      s3o_chunk_mem(st->chunk.form, &s->date, &s->scope));
    if (mem == NULL) {
        return NGX_ERROR;
    }

    s3o_chunk_init(&st->chunk, mem, &s->date, &s->scope);

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
    u->output.filter_ctx = ctx->stream;

    /* a body in a file comes here in pieces that were read */

    u->output.need_in_memory = 1;

    ctx->reinit_request = u->reinit_request;
    u->reinit_request = ngx_http_s3o_stream_reinit;
}


/* the same body again, to another server */

static ngx_int_t
ngx_http_s3o_stream_reinit(ngx_http_request_t *r)
{
    ngx_chain_t            *cl;
    ngx_http_s3o_ctx_t     *ctx;
    ngx_http_s3o_stream_t  *st;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);
    st = ctx->stream;

    if (st->collecting) {
        st->collecting->next = st->free;
        st->free = st->collecting;
        st->collecting = NULL;
    }

    while (st->busy) {
        cl = st->busy;
        st->busy = cl->next;
        cl->next = st->free;
        st->free = cl;
    }

    st->in = NULL;

    if (ngx_http_s3o_stream_begin(st) != NGX_OK) {
        return NGX_ERROR;
    }

    return ctx->reinit_request(r);
}


static ngx_int_t
ngx_http_s3o_stream_begin(ngx_http_s3o_stream_t *st)
{
    s3o_str_t  seed;

    st->received = 0;
    st->header_sent = 0;

    seed = ngx_http_s3o_str(&st->seed);

    return s3o_chunk_begin(&st->chunk, &seed) == S3O_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_stream_filter(void *data, ngx_chain_t *in)
{
    ngx_http_s3o_stream_t *st = data;

    ngx_int_t             rc;
    ngx_chain_t          *out, **last;
    ngx_http_request_t   *r;

    r = st->request;

    for ( ;; ) {
        out = NULL;
        last = &out;

        if (ngx_http_s3o_stream_take(st, in, &last) != NGX_OK
            || ngx_http_s3o_stream_collect(st, last) != NGX_OK)
        {
            return NGX_ERROR;
        }

        in = NULL;

        rc = ngx_chain_writer(&r->upstream->writer, out);

        ngx_chain_update_chains(r->pool, &st->free, &st->busy, &out,
                                (ngx_buf_tag_t) &ngx_http_s3o_stream_filter);

        if (rc != NGX_OK || st->in == NULL) {
            return rc;
        }
    }
}


/* the first buffer is the header, which goes out as it is */

static ngx_int_t
ngx_http_s3o_stream_take(ngx_http_s3o_stream_t *st, ngx_chain_t *in,
    ngx_chain_t ***last)
{
    ngx_chain_t  *cl;

    if (in == NULL) {
        return NGX_OK;
    }

    if (!st->header_sent) {
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

    return ngx_chain_add_copy(st->request->pool, &st->in, in);
}


static ngx_int_t
ngx_http_s3o_stream_collect(ngx_http_s3o_stream_t *st, ngx_chain_t **last)
{
    ngx_int_t     rc;
    ngx_uint_t    end;
    ngx_chain_t  *cl;

    for ( ;; ) {

        if (ngx_http_s3o_stream_ready(st, &end)) {
            cl = st->collecting;
            st->collecting = NULL;

            if (ngx_http_s3o_stream_chunk(st, cl->buf, end) != NGX_OK) {
                return NGX_ERROR;
            }

            *last = cl;
            last = &cl->next;
        }

        cl = st->in;

        if (cl == NULL) {
            return NGX_OK;
        }

        if (ngx_buf_size(cl->buf) == 0) {
            st->in = cl->next;
            ngx_free_chain(st->request->pool, cl);
            continue;
        }

        if (st->received == st->size) {
            ngx_log_error(NGX_LOG_ALERT, st->request->connection->log, 0,
                          "s3o_presign: a body is longer than announced");
            return NGX_ERROR;
        }

        rc = ngx_http_s3o_stream_buf(st);

        if (rc != NGX_OK) {

            /* NGX_BUSY: all that there are have to be sent first */

            return rc == NGX_BUSY ? NGX_OK : NGX_ERROR;
        }

        ngx_http_s3o_stream_copy(st, cl->buf);
    }
}


/*
 * A chunk is full, or the last.  That waits until the client's own framing has
 * ended well: with it the upload would be complete.
 */

static ngx_uint_t
ngx_http_s3o_stream_ready(ngx_http_s3o_stream_t *st, ngx_uint_t *last)
{
    ngx_buf_t  *b;

    if (st->collecting == NULL) {
        return 0;
    }

    if (st->received == st->size) {
        *last = 1;

        return st->decoder == NULL
               || ngx_http_s3o_decoder_complete(st->decoder);
    }

    *last = 0;
    b = st->collecting->buf;

    return b->last - b->pos == S3O_CHUNK_SIZE;
}


/* a buffer has room for a chunk, and for the empty one behind the last */

static ngx_int_t
ngx_http_s3o_stream_buf(ngx_http_s3o_stream_t *st)
{
    size_t        size;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (st->collecting) {
        return NGX_OK;
    }

    if (st->free == NULL && st->nbufs == NGX_HTTP_S3O_STREAM_BUFS) {
        return NGX_BUSY;
    }

    cl = ngx_chain_get_free_buf(st->request->pool, &st->free);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    b = cl->buf;

    if (b->start == NULL) {
        size = ngx_min(st->size, S3O_CHUNK_SIZE)
               + ngx_http_s3o_stream_room(st) + 2
               + s3o_chunk_header_len(st->chunk.form, 0) + 2;

        b->start = ngx_palloc(st->request->pool, size);
        if (b->start == NULL) {
            return NGX_ERROR;
        }

        b->end = b->start + size;
        b->temporary = 1;
        b->tag = (ngx_buf_tag_t) &ngx_http_s3o_stream_filter;

        /* TLS would keep the last of it, and the next may have to wait for it
           to be sent */

        b->flush = 1;

        st->nbufs++;
    }

    b->pos = b->start + ngx_http_s3o_stream_room(st);
    b->last = b->pos;

    cl->next = NULL;
    st->collecting = cl;

    return NGX_OK;
}


static void
ngx_http_s3o_stream_copy(ngx_http_s3o_stream_t *st, ngx_buf_t *in)
{
    off_t       n;
    ngx_buf_t  *b;

    b = st->collecting->buf;

    n = ngx_min(in->last - in->pos, S3O_CHUNK_SIZE - (b->last - b->pos));
    n = ngx_min(n, st->size - st->received);

    b->last = ngx_cpymem(b->last, in->pos, (size_t) n);

    in->pos += n;
    st->received += n;
}


/* puts the header before the data, and behind it what ends the chunk */

static ngx_int_t
ngx_http_s3o_stream_chunk(ngx_http_s3o_stream_t *st, ngx_buf_t *b,
    ngx_uint_t last)
{
    size_t      len, header;
    s3o_buf_t   text;

    len = b->last - b->pos;
    header = s3o_chunk_header_len(st->chunk.form, len);

    s3o_buf_init(&text, b->pos - header, header);

    if (s3o_chunk_add(&st->chunk, b->pos, len) != S3O_OK
        || s3o_chunk_header(&st->chunk, &text) != S3O_OK)
    {
        goto failed;
    }

    b->pos -= header;

    *b->last++ = CR;
    *b->last++ = LF;

    if (last) {
        s3o_buf_init(&text, b->last, b->end - b->last);

        if (s3o_chunk_header(&st->chunk, &text) != S3O_OK) {
            goto failed;
        }

        b->last = text.pos;

        *b->last++ = CR;
        *b->last++ = LF;
    }

    return NGX_OK;

failed:

    ngx_log_error(NGX_LOG_CRIT, st->request->connection->log, 0,
                  "s3o_presign: signing a chunk failed");

    return NGX_ERROR;
}
