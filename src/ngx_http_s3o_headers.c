
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The client's headers: which make a request refused, and which enter a
 * query-string signature.  What a proxied request carries is decided where
 * it is about to be sent.
 */


#include "ngx_http_s3o_presign.h"


typedef struct {
    ngx_uint_t               aws_chunked;
    ngx_str_t               *sha256;
    ngx_str_t               *length;
    ngx_str_t               *trailer;
} ngx_http_s3o_upload_t;


typedef struct {
    ngx_table_elt_t         *header;
    ngx_str_t                key;
    u_char                  *lowcase_key;
    ngx_uint_t               hash;
} ngx_http_s3o_hidden_t;


static ngx_int_t ngx_http_s3o_check_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h,
    ngx_http_s3o_upload_t *upload);
static ngx_uint_t ngx_http_s3o_is_amz(ngx_table_elt_t *h);
static void ngx_http_s3o_note_upload(ngx_table_elt_t *h,
    ngx_http_s3o_upload_t *upload);
static ngx_int_t ngx_http_s3o_check_upload(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_upload_t *upload);
static ngx_int_t ngx_http_s3o_upload_size(ngx_http_request_t *r,
    ngx_http_s3o_upload_t *upload, off_t *size);
static ngx_int_t ngx_http_s3o_sign_header_of(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h);
static ngx_uint_t ngx_http_s3o_connection_names(ngx_http_request_t *r,
    s3o_str_t *names, ngx_table_elt_t **connection);
static ngx_uint_t ngx_http_s3o_list_names(const ngx_str_t *list,
    s3o_str_t *names);
static ngx_int_t ngx_http_s3o_hide_named(ngx_http_request_t *r,
    ngx_array_t **hidden, ngx_table_elt_t *connection, s3o_str_t *names,
    ngx_uint_t n);


ngx_int_t
ngx_http_s3o_check_headers(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t               rc;
    ngx_uint_t              i;
    ngx_list_part_t        *part;
    ngx_table_elt_t        *h;
    ngx_http_s3o_upload_t   upload;

    ngx_str_set(&ctx->payload, S3O_UNSIGNED_PAYLOAD);
    ngx_memzero(&upload, sizeof(ngx_http_s3o_upload_t));

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        rc = ngx_http_s3o_check_header(r, ctx, &h[i], &upload);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (ctx->mode == NGX_HTTP_S3O_PROXY) {
        return ngx_http_s3o_check_upload(r, ctx, &upload);
    }

    if (ctx->nheaders == 0) {
        return NGX_OK;
    }

    /* the one after the last was kept free for it */

    s3o_str_set(&ctx->headers[ctx->nheaders].name, (u_char *) "host", 4);
    ctx->headers[ctx->nheaders].value = ngx_http_s3o_str(&ctx->target->host);
    ctx->nheaders++;

    return ngx_http_s3o_canonical_headers(r->pool, ctx->headers, ctx->nheaders,
                                          &ctx->canonical_headers,
                                          &ctx->signed_headers);
}


static ngx_int_t
ngx_http_s3o_check_header(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_table_elt_t *h, ngx_http_s3o_upload_t *upload)
{
    s3o_str_t     name;
    ngx_array_t  *names;

    if (ctx->mode == NGX_HTTP_S3O_PROXY) {
        ngx_http_s3o_note_upload(h, upload);
        return NGX_OK;
    }

    names = ctx->conf->signed_headers;

    if (names) {
        name.data = h->lowcase_key;
        name.len = h->key.len;

        if (s3o_policy_header_named(&name, names->elts, names->nelts)) {

            if (ctx->mode == NGX_HTTP_S3O_JSON
                && !s3o_utf8_valid(h->value.data, h->value.len))
            {
                return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                           NGX_HTTP_BAD_REQUEST,
                                           NGX_LOG_INFO,
                                           "a header to be signed is not "
                                           "valid UTF-8, as JSON has to be");
            }

            return ngx_http_s3o_sign_header_of(r, ctx, h);
        }
    }

    if (ctx->mode == NGX_HTTP_S3O_REDIRECT && ngx_http_s3o_is_amz(h)) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO,
                                   "an x-amz-* header is not in "
                                   "\"s3o_presign_signed_headers\"");
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_is_amz(ngx_table_elt_t *h)
{
    return h->key.len > sizeof("x-amz-") - 1
           && ngx_strncmp(h->lowcase_key, "x-amz-", sizeof("x-amz-") - 1)
              == 0;
}


static void
ngx_http_s3o_note_upload(ngx_table_elt_t *h, ngx_http_s3o_upload_t *upload)
{
    s3o_str_t  name;

    s3o_str_set(&name, h->lowcase_key, h->key.len);

    if (s3o_str_is(&name, "content-encoding")) {

        if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                             (u_char *) "aws-chunked",
                             sizeof("aws-chunked") - 2))
        {
            upload->aws_chunked = 1;
        }

    } else if (s3o_str_is(&name, "x-amz-content-sha256")) {
        upload->sha256 = &h->value;

    } else if (s3o_str_is(&name, "x-amz-decoded-content-length")) {
        upload->length = &h->value;

    } else if (s3o_str_is(&name, "x-amz-trailer")) {
        upload->trailer = &h->value;
    }
}


/*
 * A body in aws-chunked framing is understood by S3 only under the payload
 * hash that announces it.  The form without chunk signatures stays right when
 * the request is signed anew; the others are signed with the client's key.
 * Where the payload is signed here, any framing of the client's is taken off.
 */

static ngx_int_t
ngx_http_s3o_check_upload(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_upload_t *upload)
{
    off_t       size;
    ngx_int_t   rc;
    ngx_str_t  *sha256;

    sha256 = upload->sha256;

    if (ctx->conf->payload == NGX_HTTP_S3O_PAYLOAD_UNSIGNED
        && sha256
        && sha256->len == sizeof(NGX_HTTP_S3O_TRAILER_PAYLOAD) - 1
        && ngx_strncmp(sha256->data, NGX_HTTP_S3O_TRAILER_PAYLOAD,
                       sha256->len)
           == 0)
    {
        ngx_str_set(&ctx->payload, NGX_HTTP_S3O_TRAILER_PAYLOAD);
        ctx->trailer = 1;

        return ngx_http_s3o_upload_size(r, upload, &size);
    }

    if (upload->aws_chunked
        || (sha256
            && sha256->len > sizeof("STREAMING-") - 1
            && ngx_strncasecmp(sha256->data, (u_char *) "STREAMING-",
                               sizeof("STREAMING-") - 1)
               == 0))
    {
        if (ctx->conf->payload != NGX_HTTP_S3O_PAYLOAD_UNSIGNED) {
            rc = ngx_http_s3o_upload_size(r, upload, &size);

            return rc == NGX_OK
                   ? ngx_http_s3o_decoder_create(r, ctx, size, upload->trailer)
                   : rc;
        }

        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_NOT_IMPLEMENTED,
                                   NGX_LOG_INFO,
                                   "an aws-chunked body with signatures of "
                                   "the client would be stored with its "
                                   "framing");
    }

    return NGX_OK;
}


/*
 * Of the data in the framing.  Where the client does not tell it nobody can
 * tell whether all of it has come, and S3 takes none of it.
 */

static ngx_int_t
ngx_http_s3o_upload_size(ngx_http_request_t *r, ngx_http_s3o_upload_t *upload,
    off_t *size)
{
    if (upload->length == NULL) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                                   NGX_HTTP_LENGTH_REQUIRED,
                                   NGX_LOG_INFO, "an aws-chunked body without "
                                   "\"x-amz-decoded-content-length\"");
    }

    *size = ngx_atoof(upload->length->data, upload->length->len);

    if (*size < 0
        || (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked))
    {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "an aws-chunked body without "
                                   "a right length");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_sign_header_of(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_table_elt_t *h)
{
    ngx_uint_t        n;
    s3o_header_t     *header;
    ngx_list_part_t  *part;

    if (ctx->headers == NULL) {
        n = 1;

        for (part = &r->headers_in.headers.part; part; part = part->next) {
            n += part->nelts;
        }

        /* three more for what the header form adds */

        ctx->headers = ngx_palloc(r->pool, (n + 3) * sizeof(s3o_header_t));
        if (ctx->headers == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    header = &ctx->headers[ctx->nheaders++];

    s3o_str_set(&header->name, h->lowcase_key, h->key.len);
    header->value = ngx_http_s3o_str(&h->value);

    return NGX_OK;
}


/* sorts the headers */

ngx_int_t
ngx_http_s3o_canonical_headers(ngx_pool_t *pool, s3o_header_t *headers,
    ngx_uint_t n, ngx_str_t *text, ngx_str_t *names)
{
    u_char     *p;
    size_t      size;
    s3o_buf_t   t, l;

    s3o_headers_sort(headers, n);
    size = s3o_headers_len(headers, n);

    p = ngx_pnalloc(pool, 2 * size);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    s3o_buf_init(&t, p, size);
    s3o_buf_init(&l, p + size, size);

    if (s3o_headers_write(&t, &l, headers, n) != S3O_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text->data = t.start;
    text->len = t.pos - t.start;
    names->data = l.start;
    names->len = l.pos - l.start;

    return NGX_OK;
}


/* 1 when a value can stand in a header: no control characters but tabs */

ngx_uint_t
ngx_http_s3o_header_value(const ngx_str_t *value)
{
    size_t  i;

    for (i = 0; i < value->len; i++) {
        if ((value->data[i] < 0x20 && value->data[i] != '\t')
            || value->data[i] == 0x7f)
        {
            return 0;
        }
    }

    return 1;
}


/*
 * Hides the headers of the client that its Connection names, as they are for
 * this hop only: each poses as a Connection, which is never passed on.  What
 * the configuration sets under such a name stays.  All are looked at here, as
 * not every version sets r->headers_in.connection.
 *
 * A client may send thousands of names and of headers: the names are sorted
 * once, and each header is looked up among them.
 */

ngx_int_t
ngx_http_s3o_hide_headers(ngx_http_request_t *r, ngx_array_t **hidden)
{
    ngx_int_t         rc;
    s3o_str_t        *names;
    ngx_uint_t        n;
    ngx_table_elt_t  *connection;

    *hidden = NULL;

    n = ngx_http_s3o_connection_names(r, NULL, &connection);

    if (n == 0) {
        return NGX_OK;
    }

    names = ngx_palloc(r->pool, n * sizeof(s3o_str_t));
    if (names == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_s3o_connection_names(r, names, &connection);
    s3o_sort_names(names, n);

    rc = ngx_http_s3o_hide_named(r, hidden, connection, names, n);

    (void) ngx_pfree(r->pool, names);

    return rc;
}


/*
 * Counts the names in all Connection headers, and writes them to "names"
 * unless it is NULL.  Sets "connection" to one of these headers.
 */

static ngx_uint_t
ngx_http_s3o_connection_names(ngx_http_request_t *r, s3o_str_t *names,
    ngx_table_elt_t **connection)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len != sizeof("connection") - 1
                || ngx_strncmp(h[i].lowcase_key, "connection", h[i].key.len)
                   != 0)
            {
                continue;
            }

            n += ngx_http_s3o_list_names(&h[i].value, names ? names + n : NULL);
            *connection = &h[i];
        }
    }

    return n;
}


/* the same for one list: names between commas and blanks */

static ngx_uint_t
ngx_http_s3o_list_names(const ngx_str_t *list, s3o_str_t *names)
{
    u_char      *p, *end, *start;
    ngx_uint_t   n;

    n = 0;
    p = list->data;
    end = p + list->len;

    while (p < end) {
        if (*p == ',' || *p == ' ' || *p == '\t') {
            p++;
            continue;
        }

        start = p;

        while (p < end && *p != ',' && *p != ' ' && *p != '\t') {
            p++;
        }

        if (names) {
            s3o_str_set(&names[n], start, p - start);
        }

        n++;
    }

    return n;
}


static ngx_int_t
ngx_http_s3o_hide_named(ngx_http_request_t *r, ngx_array_t **hidden,
    ngx_table_elt_t *connection, s3o_str_t *names, ngx_uint_t n)
{
    s3o_str_t                name;
    ngx_str_t                key;
    ngx_uint_t               i;
    ngx_list_part_t         *part;
    ngx_table_elt_t         *h;
    ngx_http_s3o_hidden_t   *hide;

    *hidden = ngx_array_create(r->pool, 4, sizeof(ngx_http_s3o_hidden_t));
    if (*hidden == NULL) {
        return NGX_ERROR;
    }

    key = connection->key;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            s3o_str_set(&name, h[i].lowcase_key, h[i].key.len);

            if (!s3o_sorted_has(names, n, &name)) {
                continue;
            }

            hide = ngx_array_push(*hidden);
            if (hide == NULL) {
                return NGX_ERROR;
            }

            hide->header = &h[i];
            hide->key = h[i].key;
            hide->lowcase_key = h[i].lowcase_key;
            hide->hash = h[i].hash;

            h[i].key = key;
            h[i].lowcase_key = connection->lowcase_key;
            h[i].hash = connection->hash;
        }
    }

    return NGX_OK;
}


void
ngx_http_s3o_show_headers(ngx_array_t *hidden)
{
    ngx_uint_t              i;
    ngx_http_s3o_hidden_t  *hide;

    if (hidden == NULL) {
        return;
    }

    hide = hidden->elts;

    for (i = 0; i < hidden->nelts; i++) {
        hide[i].header->key = hide[i].key;
        hide[i].header->lowcase_key = hide[i].lowcase_key;
        hide[i].header->hash = hide[i].hash;
    }
}
