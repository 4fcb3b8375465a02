
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The text of the request that "proxy_pass" has written: split into its lines,
 * and written again with a signature.
 */


#include "ngx_http_s3o_message.h"
#include "s3o_encode.h"
#include "ngx_http_s3o_proxied.h"
#include "ngx_http_s3o_stream.h"


static ngx_int_t ngx_http_s3o_count_lines(u_char *p, u_char *last,
    ngx_str_t *body);
static u_char *ngx_http_s3o_message_room(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg, ngx_uint_t n,
    size_t names);
static ngx_uint_t ngx_http_s3o_sent_chunked(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_parse_request_line(ngx_http_request_t *r,
    ngx_buf_t *b, ngx_http_s3o_message_t *msg, u_char **next);
static ngx_uint_t ngx_http_s3o_parse_line(u_char *start, u_char *end,
    ngx_http_s3o_line_t *line, u_char *lowcase);
static u_char *ngx_http_s3o_write_request_line(u_char *p,
    ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg);
static ngx_int_t ngx_http_s3o_seed_stream(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form);


ngx_int_t
ngx_http_s3o_parse_message(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_buf_t *b, ngx_http_s3o_message_t *msg)
{
    u_char     *p, *lf, *lowcase;
    ngx_int_t   n;

    msg->nlines = 0;
    msg->nadded = 0;
    msg->nheaders = 0;

    if (ngx_http_s3o_parse_request_line(r, b, msg, &p) != NGX_OK) {
        return NGX_ABORT;
    }

    n = ngx_http_s3o_count_lines(p, b->last, &msg->body);

    if (n == NGX_ERROR) {
        return NGX_DECLINED;
    }

    lowcase = ngx_http_s3o_message_room(r, ctx, msg, n, msg->body.data - p);
    if (lowcase == NULL) {
        return NGX_ERROR;
    }

    while (msg->nlines < (ngx_uint_t) n) {
        lf = memchr(p, LF, msg->body.data - p);

        if (!ngx_http_s3o_parse_line(p, lf + 1, &msg->lines[msg->nlines],
                                     lowcase))
        {
            return NGX_DECLINED;
        }

        lowcase += msg->lines[msg->nlines].name.len;
        msg->nlines++;

        p = lf + 1;
    }

    return NGX_OK;
}


/*
 * Counts the lines before the empty line, and sets "body" to what follows it.
 * Lines are counted by their CR here and found by their LF later, so a line
 * with a single CR or LF is an error.  NGX_ERROR for that, and for a NUL
 * byte.
 */

static ngx_int_t
ngx_http_s3o_count_lines(u_char *p, u_char *last, ngx_str_t *body)
{
    u_char     *cr, *start;
    ngx_int_t   n;

    start = p;

    for (n = 0; p < last; n++) {
        cr = memchr(p, CR, last - p);

        if (cr == NULL || cr + 1 == last || cr[1] != LF) {
            return NGX_ERROR;
        }

        if (cr == p) {
            body->data = cr + 2;
            body->len = last - body->data;

            return memchr(start, '\0', cr - start) ? NGX_ERROR : n;
        }

        p = cr + 2;
    }

    return NGX_ERROR;
}


/*
 * Makes room for "n" lines, for the lines that are added, for the signed
 * headers, and for "names" bytes of names.  Returns the room for the names,
 * or NULL.
 */

static u_char *
ngx_http_s3o_message_room(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg, ngx_uint_t n, size_t names)
{
    size_t      size;
    ngx_uint_t  max;

    max = n + (ctx->conf->headers ? ctx->conf->headers->nelts : 0)
          + NGX_HTTP_S3O_FRAMING_HEADERS;

    size = max * sizeof(ngx_http_s3o_line_t)
           + (max + NGX_HTTP_S3O_AUTH_HEADERS) * sizeof(s3o_header_t)
           + names;

    msg->lines = size > sizeof(msg->room) ? ngx_palloc(r->pool, size)
                                          : (void *) msg->room;
    if (msg->lines == NULL) {
        return NULL;
    }

    msg->added = msg->lines + n;
    msg->headers = (s3o_header_t *) (msg->lines + max);

    return (u_char *) (msg->headers + max + NGX_HTTP_S3O_AUTH_HEADERS);
}


ngx_uint_t
ngx_http_s3o_is_framed(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg)
{
    off_t                 length, sent;
    ngx_uint_t            i, n, chunked;
    ngx_chain_t          *cl;
    ngx_http_s3o_line_t  *line;

    /*
     * A decoded body gets another length, and a line for the length, later.
     * Here it only must not have a body yet.
     */

    if (ctx->proxied->decoder && msg->body.len == 0) {
        return 1;
    }

    length = 0;
    n = 0;
    chunked = 0;

    for (i = 0; i < msg->nlines; i++) {
        line = &msg->lines[i];

        if (s3o_str_is(&line->name, "transfer-encoding")) {
            chunked++;
        }

        if (s3o_str_is(&line->name, "content-length")) {
            length = line->value.len > 1 ? ngx_atoof(line->value.data + 1,
                                                     line->value.len - 1)
                                         : NGX_ERROR;
            n++;
        }
    }

    if (chunked) {
        return chunked == 1
               && n == 0
               && msg->body.len == 0
               && ngx_http_s3o_sent_chunked(r, ctx);
    }

    sent = msg->body.len;

    if (r->request_body_no_buffering) {
        sent += r->headers_in.content_length_n;

    } else {
        for (cl = r->upstream->request_bufs->next; cl; cl = cl->next) {
            sent += ngx_buf_size(cl->buf);
        }
    }

    return n <= 1 && length == sent;
}


/*
 * 1 when the body may be sent with "Transfer-Encoding: chunked": it is
 * aws-chunked, so S3 knows the length of the data, and it is passed on from
 * its beginning.
 */

static ngx_uint_t
ngx_http_s3o_sent_chunked(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    return ctx->proxied->trailer
           && r->headers_in.chunked
           && r->reading_body
           && r->request_body_no_buffering;
}


/*
 * Splits the request line.  The proxy module tells where its URI is, so the
 * ends of the method and of the URI are known, and a line break or a blank in
 * one of them is not taken for its end.
 */

static ngx_int_t
ngx_http_s3o_parse_request_line(ngx_http_request_t *r, ngx_buf_t *b,
    ngx_http_s3o_message_t *msg, u_char **next)
{
    u_char     *p, *lf;
    size_t      len;
    ngx_str_t  *uri;

    lf = memchr(b->pos, LF, b->last - b->pos);
    len = sizeof(" HTTP/1.x" CRLF) - 1;

    if (lf == NULL || (size_t) (lf + 1 - b->pos) <= len) {
        return NGX_ERROR;
    }

    *next = lf + 1;

    msg->version.data = lf + 1 - len;
    msg->version.len = len;

    if (ngx_memcmp(msg->version.data, " HTTP/1.", sizeof(" HTTP/1.") - 1) != 0)
    {
        return NGX_ERROR;
    }

    p = memchr(b->pos, ' ', msg->version.data - b->pos);
    uri = &r->upstream->uri;

    if (p == NULL
        || uri->data != p + 1
        || uri->data + uri->len != msg->version.data)
    {
        return NGX_ERROR;
    }

    msg->method.data = b->pos;
    msg->method.len = p - b->pos;

    return NGX_OK;
}


/*
 * Splits a header line.  Returns 0 when it is malformed, because another
 * server may read such a line as another header.  A name is a token directly
 * before the colon, so lines with a blank before the colon are malformed, and
 * lines that continue the line before.
 */

static ngx_uint_t
ngx_http_s3o_parse_line(u_char *start, u_char *end, ngx_http_s3o_line_t *line,
    u_char *lowcase)
{
    u_char  *colon;

    colon = memchr(start, ':', end - start);

    if (colon == NULL || end[-2] != CR) {
        return 0;
    }

    line->line.data = start;
    line->line.len = end - start;

    line->name.data = lowcase;
    line->name.len = colon - start;
    s3o_lower_copy(lowcase, start, line->name.len);

    line->value.data = colon + 1;
    line->value.len = end - 2 - line->value.data;

    return s3o_is_token(lowcase, line->name.len);
}


#define NGX_HTTP_S3O_HEADER_ROOM  (sizeof(": " CRLF) - 1)

/* a header without a value is not written */

#define ngx_http_s3o_put_header(p, name, value)                              \
    if ((value)->len) {                                                      \
        p = ngx_cpymem(p, name ": ", sizeof(name ": ") - 1);                 \
        p = ngx_cpymem(p, (value)->data, (value)->len);                      \
        *p++ = CR;                                                           \
        *p++ = LF;                                                           \
    }


size_t
ngx_http_s3o_message_len(ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg)
{
    size_t      len;
    ngx_uint_t  i;

    len = msg->method.len + 1
          + ctx->path.len + 1 + s3o_query_len(ctx->query) + msg->version.len
          + sizeof("Host" "x-amz-content-sha256" CRLF)
          + 2 * NGX_HTTP_S3O_HEADER_ROOM
          + ctx->target->host.len + ctx->payload.len + msg->body.len;

    for (i = 0; i < msg->nlines; i++) {
        len += msg->lines[i].line.len;
    }

    for (i = 0; i < msg->nadded; i++) {
        len += msg->added[i].name.len + msg->added[i].value.len
               + NGX_HTTP_S3O_HEADER_ROOM;
    }

    return len;
}


ngx_int_t
ngx_http_s3o_write_message(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg, ngx_http_s3o_form_t *form, ngx_buf_t *b)
{
    u_char               *p;
    ngx_uint_t            i;
    ngx_http_s3o_line_t  *line;

    p = ngx_http_s3o_write_request_line(form->text, r, ctx, msg);

    ngx_http_s3o_put_header(p, "Host", &ctx->target->host);

    for (i = 0; i < msg->nlines; i++) {
        p = ngx_cpymem(p, msg->lines[i].line.data, msg->lines[i].line.len);
    }

    for (i = 0; i < msg->nadded; i++) {
        line = &msg->added[i];

        if (line->value.len) {
            p = ngx_cpymem(p, line->line.data, line->line.len);
            *p++ = ':';
            *p++ = ' ';
            p = ngx_cpymem(p, line->value.data, line->value.len);
            *p++ = CR;
            *p++ = LF;
        }
    }

    ngx_http_s3o_put_header(p, "x-amz-content-sha256", &ctx->payload);

    p = ngx_http_s3o_put_signature(ctx, form, p);

    *p++ = CR;
    *p++ = LF;

    p = ngx_cpymem(p, msg->body.data, msg->body.len);

    b->start = form->text;
    b->pos = form->text;
    b->last = p;
    b->end = form->text + form->size;

    if (ngx_http_s3o_end_signature(r, ctx, form, p) != NGX_OK) {
        return NGX_ERROR;
    }

    return ctx->proxied->stream ? ngx_http_s3o_seed_stream(r, ctx, form)
                                : NGX_OK;
}


static u_char *
ngx_http_s3o_write_request_line(u_char *p, ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg)
{
    size_t      len;
    s3o_buf_t   b;

    p = ngx_cpymem(p, msg->method.data, msg->method.len);
    *p++ = ' ';

    r->upstream->uri.data = p;

    p = ngx_cpymem(p, ctx->path.data, ctx->path.len);

    if (ctx->query->nparams) {
        *p++ = '?';

        len = s3o_query_len(ctx->query);

        s3o_buf_init(&b, p, len);
        s3o_query_write(&b, ctx->query, 0, ctx->query->nparams);

        p = b.pos;
    }

    r->upstream->uri.len = p - r->upstream->uri.data;

    return ngx_cpymem(p, msg->version.data, msg->version.len);
}


/* the signature of the headers enters that of the first chunk */

static ngx_int_t
ngx_http_s3o_seed_stream(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_form_t *form)
{
    ngx_str_t  signature;

    signature.len = form->signature.pos - form->signature.start;
    signature.data = ctx->authorization.data + ctx->authorization.len
                     - signature.len;

    return ngx_http_s3o_stream_seed(r, ctx->proxied->stream, form->signer,
                                    &signature);
}
