
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Uploads in the aws-chunked encoding, for locations that sign the payload
 * themselves.  The client's framing is removed while the body is read, and the
 * client's checksum is verified before the upload can end.
 */


#include "ngx_http_s3o_decode.h"
#include "s3o_text.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_refuse.h"


static s3o_checksum_e ngx_http_s3o_decoder_checksum(ngx_str_t *trailer);
static void ngx_http_s3o_decoder_cleanup(void *data);


ngx_uint_t
ngx_http_s3o_is_streaming(const ngx_str_t *sha256)
{
    s3o_str_t  prefix;

    static const s3o_str_t  streaming = s3o_string("streaming-");

    prefix = ngx_http_s3o_str(sha256);

    if (prefix.len <= streaming.len) {
        return 0;
    }

    prefix.len = streaming.len;

    return s3o_is_nocase(&prefix, &streaming);
}


ngx_int_t
ngx_http_s3o_decoder_create(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    off_t size, ngx_str_t *trailer)
{
    s3o_crypto_t            *crypto;
    s3o_checksum_e           type;
    ngx_pool_cleanup_t      *cln;
    ngx_http_s3o_decoder_t  *d;

    ctx->proxied->decoder = ngx_http_s3o_decoder_find(r);

    if (ctx->proxied->decoder) {
        return NGX_OK;
    }

    type = trailer ? ngx_http_s3o_decoder_checksum(trailer)
                   : S3O_CHECKSUM_NONE;

    if (trailer && type == S3O_CHECKSUM_NONE) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_NOT_IMPLEMENTED,
                                   NGX_LOG_INFO, "\"x-amz-trailer\" must name "
                                   "one checksum that is known, and nothing "
                                   "else");
    }

    crypto = ngx_http_s3o_crypto(r);
    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_s3o_decoder_t));

    if (crypto == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    d = cln->data;
    ngx_memzero(d, sizeof(ngx_http_s3o_decoder_t));

    cln->handler = ngx_http_s3o_decoder_cleanup;

    if (s3o_unchunk_init(&d->unchunk, crypto, size, type) != S3O_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->proxied->decoder = d;

    return NGX_OK;
}


ngx_http_s3o_decoder_t *
ngx_http_s3o_decoder_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_s3o_decoder_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


static s3o_checksum_e
ngx_http_s3o_decoder_checksum(ngx_str_t *trailer)
{
    u_char     text[64];
    s3o_str_t  name;

    if (trailer->len > sizeof(text)) {
        return S3O_CHECKSUM_NONE;
    }

    ngx_strlow(text, trailer->data, trailer->len);
    s3o_str_set(&name, text, trailer->len);

    return s3o_checksum_type(&name);
}


static void
ngx_http_s3o_decoder_cleanup(void *data)
{
    ngx_http_s3o_decoder_t *d = data;

    s3o_unchunk_free(&d->unchunk);
}


ngx_uint_t
ngx_http_s3o_decoder_complete(ngx_http_s3o_decoder_t *d)
{
    return d->ended;
}


off_t
ngx_http_s3o_decoder_size(ngx_http_s3o_decoder_t *d)
{
    return d->unchunk.size;
}


ngx_int_t
ngx_http_s3o_decode(ngx_http_request_t *r, ngx_http_s3o_decoder_t *d,
    ngx_chain_t **in)
{
    ngx_buf_t            *b;
    ngx_chain_t          *cl, *out, *tl, **ll;
    s3o_unchunk_error_e   err;

    d->begun = 1;

    out = NULL;
    ll = &out;

    for (cl = *in; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            err = ngx_http_s3o_decode_buf(d, b);

            if (err != S3O_UNCHUNK_OK) {
                return ngx_http_s3o_decode_failed(r,
                                                  s3o_unchunk_strerror(err));
            }

            if (b->pos == b->last) {

                if (!b->last_buf) {
                    continue;
                }

                /* a buffer without data only marks the end */

                b->temporary = 0;
                b->memory = 0;
            }
        }

        if (b->last_buf) {

            if (!s3o_unchunk_complete(&d->unchunk)) {
                return ngx_http_s3o_decode_failed(r, "the body is incomplete");
            }

            d->ended = 1;
        }

        tl = ngx_alloc_chain_link(r->pool);
        if (tl == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        tl->buf = b;
        *ll = tl;
        ll = &tl->next;
    }

    *ll = NULL;
    *in = out;

    return NGX_OK;
}


s3o_unchunk_error_e
ngx_http_s3o_decode_buf(ngx_http_s3o_decoder_t *d, ngx_buf_t *b)
{
    u_char               *p, *last;
    s3o_str_t             data;
    s3o_unchunk_error_e   err;

    p = b->pos;
    last = b->pos;

    while (p < b->last) {
        err = s3o_unchunk(&d->unchunk, &p, b->last, &data);

        if (err != S3O_UNCHUNK_OK) {
            return err;
        }

        last = ngx_movemem(last, data.data, data.len);
    }

    b->last = last;

    return S3O_UNCHUNK_OK;
}


ngx_int_t
ngx_http_s3o_decode_failed(ngx_http_request_t *r, const char *reason)
{
    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_PAYLOAD,
                               NGX_HTTP_BAD_REQUEST,
                               NGX_LOG_INFO, "an aws-chunked upload: %s",
                               reason);
}
