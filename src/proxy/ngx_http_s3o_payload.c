
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_payload": how the signature of a proxied request covers the
 * body.
 *
 * A body that is signed as a whole is hashed piece by piece while it is read,
 * so that even for a large body little is left to do at its end.
 */


#include "ngx_http_s3o_payload.h"
#include "s3o_encode.h"
#include "s3o_text.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_decode.h"
#include "ngx_http_s3o_decode_late.h"
#include "ngx_http_s3o_hash.h"
#include "ngx_http_s3o_hash_pace.h"
#include "ngx_http_s3o_proxied.h"
#include "ngx_http_s3o_stream.h"


#define NGX_HTTP_S3O_EMPTY_SHA256                                            \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define NGX_HTTP_S3O_AWS_CHUNKED  "aws-chunked"


static ngx_uint_t ngx_http_s3o_payload_kind(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static ngx_int_t ngx_http_s3o_payload_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_s3o_payload_free(ngx_http_request_t *r,
    ngx_chain_t *cl);
static ngx_uint_t ngx_http_s3o_payload_hashed(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_payload_has_length(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_payload_unseen(ngx_http_request_t *r);
static off_t ngx_http_s3o_payload_size(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_payload_replaced(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *body);
static ngx_int_t ngx_http_s3o_payload_framing(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg,
    ngx_uint_t replaced);
static ngx_int_t ngx_http_s3o_payload_encoding(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_payload_length(ngx_http_request_t *r,
    ngx_http_s3o_message_t *msg, const char *name, off_t length);
static void ngx_http_s3o_payload_header(ngx_http_s3o_message_t *msg,
    const char *name, ngx_str_t *value);


static ngx_http_request_body_filter_pt  ngx_http_next_request_body_filter;


void
ngx_http_s3o_payload_init(void)
{
    ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = ngx_http_s3o_payload_filter;
}


/*
 * S3 accepts signed chunks for uploads only.  Other bodies, such as the list
 * of parts that completes a multipart upload, or tags, are small, and are
 * signed as a whole.
 */

static ngx_uint_t
ngx_http_s3o_payload_kind(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_s3o_ctx_t  *ctx;

    if (conf->payload != NGX_HTTP_S3O_PAYLOAD_STREAMING) {
        return conf->payload;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (r->method != NGX_HTTP_PUT
        || (ctx && ctx->operation == S3O_OP_PUT_TAGGING))
    {
        return NGX_HTTP_S3O_PAYLOAD_SIGNED;
    }

    return conf->payload;
}


static ngx_int_t
ngx_http_s3o_payload_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t                  rc;
    ngx_chain_t               *out, *decoded;
    ngx_http_s3o_ctx_t        *ctx;
    ngx_http_s3o_proxied_t    *proxied;
    ngx_http_s3o_body_hash_t  *h;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);
    proxied = ctx ? ctx->proxied : NULL;
    out = in;

    if (proxied && proxied->decoder && proxied->reads_body) {
        rc = ngx_http_s3o_decode(r, proxied->decoder, &out);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (ngx_http_s3o_payload_hashed(r)) {
        h = ngx_http_s3o_body_hash(r, 1);
        decoded = out;

        if (h == NULL || ngx_http_s3o_body_hash_chain(r, h, &out) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (decoded != in && decoded != out) {
            ngx_http_s3o_payload_free(r, decoded);
        }
    }

    rc = ngx_http_next_request_body_filter(r, out);

    if (out != in) {
        ngx_http_s3o_payload_free(r, out);
    }

    return rc;
}


/* frees the links of a chain of our own; a large body has many of them */

static void
ngx_http_s3o_payload_free(ngx_http_request_t *r, ngx_chain_t *cl)
{
    ngx_chain_t  *ln;

    while (cl) {
        ln = cl;
        cl = cl->next;
        ngx_free_chain(r->pool, ln);
    }
}


/*
 * 1 when the body is hashed while it is read, also when another module reads
 * it before, as for a mirror.  Such a module must get the encoded body, so an
 * aws-chunked body is decoded and hashed later then, and so is a body that is
 * read before the location is known.
 */

static ngx_uint_t
ngx_http_s3o_payload_hashed(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL
        || ctx->proxied == NULL
        || (ctx->proxied->decoder && !ctx->proxied->reads_body))
    {
        return 0;
    }

    return ngx_http_s3o_payload_kind(r, ctx->conf)
           == NGX_HTTP_S3O_PAYLOAD_SIGNED;
}


ngx_uint_t
ngx_http_s3o_payload_read_first(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_http_s3o_decoder_t  *d;

    if (r != r->main) {
        return 0;
    }

    d = ctx->proxied->decoder;

    /* S3 needs the length of a body, which is known when it has been read */

    if (r->headers_in.chunked && !ngx_http_s3o_payload_has_length(r, ctx)) {
        return 1;
    }

    /*
     * an empty upload has no chunk that could wait for a valid end of the
     * body
     */

    if (d && ngx_http_s3o_decoder_size(d) == 0) {
        return 1;
    }

    /* an encoded body that was read already is decoded before it is sent */

    if (d && r->request_body) {
        return 1;
    }

    return ngx_http_s3o_payload_kind(r, ctx->conf)
           == NGX_HTTP_S3O_PAYLOAD_SIGNED;
}


/* decodes a body that was read before it could be decoded */

ngx_int_t
ngx_http_s3o_payload_decode(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    void (*handler)(ngx_http_request_t *r))
{
    ngx_http_s3o_decoder_t  *d;

    d = ctx->proxied->decoder;

    if (d == NULL || ngx_http_s3o_decoder_complete(d)) {
        return NGX_DECLINED;
    }

    return ngx_http_s3o_decode_late(r, d, handler);
}


/* hashes a body that was read before it could be hashed, or too fast */

ngx_int_t
ngx_http_s3o_payload_catch_up(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    void (*handler)(ngx_http_request_t *r))
{
    off_t                    size;
    ngx_http_s3o_decoder_t  *d;

    if (ngx_http_s3o_payload_kind(r, ctx->conf) != NGX_HTTP_S3O_PAYLOAD_SIGNED)
    {
        return NGX_DECLINED;
    }

    size = r->headers_in.content_length_n;
    d = ctx->proxied->decoder;

    if (d) {

        if (!ngx_http_s3o_decoder_complete(d)) {
            return NGX_DECLINED;
        }

        size = ngx_http_s3o_decoder_size(d);
    }

    return ngx_http_s3o_body_hash_late(r, size, handler);
}


/*
 * 1 when the length of a body with "Transfer-Encoding: chunked" is known: the
 * aws-chunked encoding within announces the length of its data, and the body
 * is either passed to S3 as it is or decoded here.
 */

static ngx_uint_t
ngx_http_s3o_payload_has_length(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    return ctx->proxied->trailer
           || (ctx->proxied->decoder
               && ngx_http_s3o_payload_kind(r, ctx->conf)
                  == NGX_HTTP_S3O_PAYLOAD_STREAMING);
}


ngx_int_t
ngx_http_s3o_payload_prepare(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    off_t                      size;
    ngx_uint_t                 kind;
    ngx_http_s3o_body_hash_t  *h;

    kind = ngx_http_s3o_payload_kind(r, ctx->conf);

    if (kind == NGX_HTTP_S3O_PAYLOAD_UNSIGNED) {
        return NGX_OK;
    }

    size = ngx_http_s3o_payload_size(r, ctx);

    if (size < 0) {
        return ngx_http_s3o_payload_unseen(r);
    }

    if (size == 0) {
        ngx_str_set(&ctx->payload, NGX_HTTP_S3O_EMPTY_SHA256);
        return NGX_OK;
    }

    if (kind == NGX_HTTP_S3O_PAYLOAD_STREAMING) {
        return ngx_http_s3o_stream_create(r, ctx, size);
    }

    h = ngx_http_s3o_body_hash(r->main, 0);

    if (h == NULL || ngx_http_s3o_body_hash_size(h) != size) {
        return ngx_http_s3o_payload_unseen(r);
    }

    if (ngx_http_s3o_body_hash_end(h, &ctx->payload) != NGX_OK) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "s3o_presign: hashing a body failed");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_payload_unseen(ngx_http_request_t *r)
{
    (void) ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_PAYLOAD, 0, NGX_LOG_ERR,
                               "the body was read, or changed, where it was "
                               "not seen: in another location, or by another "
                               "module");
    return NGX_ERROR;
}


/*
 * The length of the client's body in bytes, which may not have been read yet;
 * -1 when the body should have been decoded and was not.
 */

static off_t
ngx_http_s3o_payload_size(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    off_t                    size;
    ngx_chain_t             *cl;
    ngx_http_s3o_decoder_t  *d;

    d = ctx->proxied->decoder;

    if (r->request_body_no_buffering) {

        if (d) {
            return ngx_http_s3o_decoder_size(d);
        }

        return ngx_max(r->headers_in.content_length_n, 0);
    }

    size = 0;

    for (cl = r->upstream->request_bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (d
        && (!ngx_http_s3o_decoder_complete(d)
            || ngx_http_s3o_decoder_size(d) != size))
    {
        return -1;
    }

    return size;
}


ngx_int_t
ngx_http_s3o_payload_message(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg)
{
    ngx_uint_t  replaced;

    if (ctx->conf->payload == NGX_HTTP_S3O_PAYLOAD_UNSIGNED) {
        return NGX_OK;
    }

    replaced = 0;

    if (!r->request_body_no_buffering
        && r->upstream->request_bufs->next == NULL)
    {
        /* "proxy_set_body", "proxy_pass_request_body off", or no body */

        replaced = 1;
        ctx->proxied->stream = NULL;

        if (ngx_http_s3o_payload_replaced(r, ctx, &msg->body) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ctx->proxied->stream == NULL && ctx->proxied->decoder == NULL) {
        return NGX_OK;
    }

    return ngx_http_s3o_payload_framing(r, ctx, msg, replaced);
}


static ngx_int_t
ngx_http_s3o_payload_replaced(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *body)
{
    u_char         digest[S3O_SHA256_LEN];
    s3o_buf_t      b;
    s3o_crypto_t  *crypto;

    crypto = ngx_http_s3o_crypto(r);

    if (crypto == NULL
        || s3o_sha256_begin(crypto) != S3O_OK
        || s3o_sha256_add(crypto, body->data, body->len) != S3O_OK
        || s3o_sha256_end(crypto, digest) != S3O_OK)
    {
        return NGX_ERROR;
    }

    ctx->payload.len = S3O_SHA256_HEX_LEN;
    ctx->payload.data = ngx_pnalloc(r->pool, S3O_SHA256_HEX_LEN);
    if (ctx->payload.data == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, ctx->payload.data, S3O_SHA256_HEX_LEN);
    s3o_hex(&b, digest, S3O_SHA256_LEN);

    return NGX_OK;
}


/*
 * Adds the headers that announce signed chunks, or a body that was decoded.
 * They replace the lines of the client with these names, as
 * "s3o_presign_header" does.
 */

static ngx_int_t
ngx_http_s3o_payload_framing(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg, ngx_uint_t replaced)
{
    off_t       encoded, decoded;
    ngx_str_t   encoding;

    if (ngx_http_s3o_payload_encoding(r, ctx, msg, &encoding) != NGX_OK) {
        return NGX_ERROR;
    }

    if (encoding.len) {
        ngx_http_s3o_payload_header(msg, "content-encoding", &encoding);
    }

    if (ctx->proxied->stream == NULL) {
        decoded = replaced ? (off_t) msg->body.len
                           : ngx_http_s3o_decoder_size(ctx->proxied->decoder);

        return ngx_http_s3o_payload_length(r, msg, "content-length", decoded);
    }

    ngx_http_s3o_stream_lengths(ctx->proxied->stream, &encoded, &decoded);

    if (ngx_http_s3o_payload_length(r, msg, "content-length", encoded)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_s3o_payload_length(r, msg, "x-amz-decoded-content-length",
                                       decoded);
}


/*
 * Sets "value" to the Content-Encoding to send: "aws-chunked" for signed
 * chunks, and the codings that S3 keeps with the object.
 */

static ngx_int_t
ngx_http_s3o_payload_encoding(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg, ngx_str_t *value)
{
    u_char               *p;
    size_t                len;
    s3o_buf_t             b;
    ngx_uint_t            i, n, added;
    ngx_http_s3o_line_t  *line;

    added = msg->nadded;

    for (i = 0; i < msg->nadded; i++) {
        if (s3o_str_is(&msg->added[i].name, "content-encoding")) {
            added = i;
        }
    }

    /* a value of the configuration replaces that of the client */

    line = added < msg->nadded ? &msg->added[added] : msg->lines;
    n = added < msg->nadded ? 1 : msg->nlines;

    len = sizeof(NGX_HTTP_S3O_AWS_CHUNKED) - 1;

    for (i = 0; i < n; i++) {
        len += 1 + line[i].value.len;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, p, len);

    if (ctx->proxied->stream) {
        s3o_buf_put_literal(&b, NGX_HTTP_S3O_AWS_CHUNKED);
    }

    for (i = 0; i < n; i++) {
        if (s3o_str_is(&line[i].name, "content-encoding")) {
            ngx_http_s3o_put_codings(&b, line[i].value);
        }
    }

    value->data = p;
    value->len = b.pos - p;

    if (added < msg->nadded) {

        /* "value" replaces this line from here on */

        msg->added[added] = msg->added[--msg->nadded];
    }

    return NGX_OK;
}


void
ngx_http_s3o_put_codings(s3o_buf_t *b, s3o_str_t value)
{
    s3o_str_t  coding;

    static const s3o_str_t  chunked = s3o_string(NGX_HTTP_S3O_AWS_CHUNKED);

    while (s3o_str_next(&value, &coding, ',')) {

        s3o_trim(&coding);

        if (coding.len == 0 || s3o_is_nocase(&coding, &chunked)) {
            continue;
        }

        if (b->pos != b->start) {
            s3o_buf_putc(b, ',');
        }

        s3o_buf_put_str(b, &coding);
    }
}


static ngx_int_t
ngx_http_s3o_payload_length(ngx_http_request_t *r,
    ngx_http_s3o_message_t *msg, const char *name, off_t length)
{
    ngx_str_t  value;

    value.data = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%O", length) - value.data;

    ngx_http_s3o_payload_header(msg, name, &value);

    return NGX_OK;
}


static void
ngx_http_s3o_payload_header(ngx_http_s3o_message_t *msg, const char *name,
    ngx_str_t *value)
{
    ngx_http_s3o_line_t  *line;

    line = &msg->added[msg->nadded++];

    line->line.data = (u_char *) name;
    line->line.len = ngx_strlen(name);
    line->name = ngx_http_s3o_str(&line->line);
    line->value = ngx_http_s3o_str(value);
}
