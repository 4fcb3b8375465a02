
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The SHA-256 of the client's body, for "s3o_presign_payload signed": of what
 * comes in while it is read, or of what is there already when another location
 * has read it, in slices, so that a large one holds up nobody.
 */


#include "ngx_http_s3o_proxy.h"


/* what is hashed at a time of a body that is there, about a millisecond */
#define NGX_HTTP_S3O_HASH_SLICE  262144

/* what is read at a time of one in a file */
#define NGX_HTTP_S3O_HASH_READ   65536


/* found by its cleanup handler */

struct ngx_http_s3o_body_hash_s {
    s3o_hash_t               sha256;
    off_t                    size;         /* of what was hashed */
    ngx_uint_t               failed;
    ngx_uint_t               complete;
    u_char                   hex[S3O_SHA256_HEX_LEN];

    /* of a body that is there already */

    ngx_http_request_t      *request;
    void                   (*handler)(ngx_http_request_t *r);
    ngx_chain_t             *in;
    off_t                    done;         /* of the first buffer */
    u_char                  *read;
    ngx_event_t              event;
};


static void ngx_http_s3o_body_hash_cleanup(void *data);
static ngx_uint_t ngx_http_s3o_body_is_whole(ngx_http_request_t *r);
static void ngx_http_s3o_body_hash_handler(ngx_event_t *ev);
static ngx_int_t ngx_http_s3o_body_hash_slice(ngx_http_s3o_body_hash_t *h);
static ssize_t ngx_http_s3o_body_hash_part(ngx_http_s3o_body_hash_t *h,
    ngx_buf_t *b, off_t left);


ngx_http_s3o_body_hash_t *
ngx_http_s3o_body_hash(ngx_http_request_t *r, ngx_uint_t create)
{
    s3o_crypto_t              *crypto;
    ngx_pool_cleanup_t        *cln;
    ngx_http_s3o_body_hash_t  *h;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_s3o_body_hash_cleanup) {
            return cln->data;
        }
    }

    if (!create) {
        return NULL;
    }

    crypto = ngx_http_s3o_crypto(r);
    if (crypto == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_s3o_body_hash_t));
    if (cln == NULL) {
        return NULL;
    }

    h = cln->data;
    ngx_memzero(h, sizeof(ngx_http_s3o_body_hash_t));

    if (s3o_hash_open(crypto, &h->sha256) != S3O_OK) {
        return NULL;
    }

    cln->handler = ngx_http_s3o_body_hash_cleanup;

    return h;
}


static void
ngx_http_s3o_body_hash_cleanup(void *data)
{
    ngx_http_s3o_body_hash_t *h = data;

    if (h->event.posted) {
        ngx_delete_posted_event(&h->event);
    }

    s3o_hash_free(&h->sha256);
}


void
ngx_http_s3o_body_hash_add(ngx_http_s3o_body_hash_t *h, u_char *data,
    size_t len)
{
    if (s3o_hash_add(&h->sha256, data, len) != S3O_OK) {
        h->failed = 1;
    }

    h->size += len;
}


off_t
ngx_http_s3o_body_hash_size(ngx_http_s3o_body_hash_t *h)
{
    return h->size;
}


ngx_int_t
ngx_http_s3o_body_hash_end(ngx_http_s3o_body_hash_t *h, ngx_str_t *hex)
{
    u_char     digest[S3O_SHA256_LEN];
    s3o_buf_t  b;

    if (!h->complete) {

        if (h->failed || s3o_hash_close(&h->sha256, digest) != S3O_OK) {
            return NGX_ERROR;
        }

        s3o_buf_init(&b, h->hex, S3O_SHA256_HEX_LEN);
        s3o_hex(&b, digest, S3O_SHA256_LEN);

        h->complete = 1;
    }

    hex->len = S3O_SHA256_HEX_LEN;
    hex->data = h->hex;

    return NGX_OK;
}


/*
 * NGX_AGAIN when a body is hashed now that was read where nobody did; the
 * handler is called when that is done, in place of what was to come, and holds
 * the caller's reference of the request.  NGX_DECLINED when there is none, or
 * when some of it is missing.
 */

ngx_int_t
ngx_http_s3o_body_hash_late(ngx_http_request_t *r,
    void (*handler)(ngx_http_request_t *r))
{
    ngx_http_s3o_body_hash_t  *h;

    if (ngx_http_s3o_body_hash(r, 0) || !ngx_http_s3o_body_is_whole(r)) {
        return NGX_DECLINED;
    }

    h = ngx_http_s3o_body_hash(r, 1);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->request = r;
    h->handler = handler;
    h->in = r->request_body->bufs;

    h->event.handler = ngx_http_s3o_body_hash_handler;
    h->event.data = h;
    h->event.log = r->connection->log;

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_post_event(&h->event, &ngx_posted_next_events);

    return NGX_AGAIN;
}


/* one that was passed on while it came in is gone, in whole or in part */

static ngx_uint_t
ngx_http_s3o_body_is_whole(ngx_http_request_t *r)
{
    off_t         size;
    ngx_chain_t  *cl;

    if (r->request_body == NULL || r->reading_body) {
        return 0;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    return size > 0 && size == r->headers_in.content_length_n;
}


static void
ngx_http_s3o_body_hash_handler(ngx_event_t *ev)
{
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_s3o_body_hash_t  *h;

    h = ev->data;
    r = h->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    rc = c->error ? NGX_HTTP_CLIENT_CLOSED_REQUEST
                  : ngx_http_s3o_body_hash_slice(h);

    if (rc == NGX_AGAIN) {
        ngx_post_event(ev, &ngx_posted_next_events);
        return;
    }

    if (rc == NGX_OK) {
        h->handler(r);

    } else {
        ngx_http_finalize_request(r, rc);
    }

    ngx_http_run_posted_requests(c);
}


/* NGX_OK when it was the last, NGX_AGAIN when there are more */

static ngx_int_t
ngx_http_s3o_body_hash_slice(ngx_http_s3o_body_hash_t *h)
{
    off_t       left;
    ssize_t     n;
    ngx_buf_t  *b;

    left = NGX_HTTP_S3O_HASH_SLICE;

    while (h->in && left > 0) {
        b = h->in->buf;

        if (h->done == ngx_buf_size(b)) {
            h->in = h->in->next;
            h->done = 0;
            continue;
        }

        n = ngx_http_s3o_body_hash_part(h, b,
                                        ngx_min(ngx_buf_size(b) - h->done,
                                                left));
        if (n <= 0) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        h->done += n;
        left -= n;
    }

    return h->in ? NGX_AGAIN : NGX_OK;
}


/* what the buffer has of it next: how much that was; 0 where a file ends */

static ssize_t
ngx_http_s3o_body_hash_part(ngx_http_s3o_body_hash_t *h, ngx_buf_t *b,
    off_t left)
{
    ssize_t  n;

    if (ngx_buf_in_memory(b)) {
        ngx_http_s3o_body_hash_add(h, b->pos + h->done, (size_t) left);
        return (ssize_t) left;
    }

    if (h->read == NULL) {
        h->read = ngx_palloc(h->request->pool, NGX_HTTP_S3O_HASH_READ);
        if (h->read == NULL) {
            return NGX_ERROR;
        }
    }

    n = ngx_read_file(b->file, h->read,
                      (size_t) ngx_min(left, NGX_HTTP_S3O_HASH_READ),
                      b->file_pos + h->done);

    if (n > 0) {
        ngx_http_s3o_body_hash_add(h, h->read, n);
    }

    return n;
}
