
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The headers that a query-string signature covers: the list of them, and the
 * text that is signed.
 */


#include "ngx_http_s3o_signed_headers.h"
#include "s3o_encode.h"
#include "s3o_text.h"
#include "s3o_utf8.h"
#include "s3o_sigv4.h"
#include "ngx_http_s3o_refuse.h"


ngx_int_t
ngx_http_s3o_make_headers(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_uint_t room)
{
    ngx_uint_t        n;
    ngx_list_part_t  *part;

    /* one more is for "host" */

    part = &r->headers_in.headers.part;
    n = room + 1 + part->nelts;

    while (part->next) {
        part = part->next;
        n += part->nelts;
    }

    ctx->headers = ngx_palloc(r->pool, n * sizeof(s3o_header_t));

    return ctx->headers ? NGX_OK : NGX_ERROR;
}


ngx_uint_t
ngx_http_s3o_takes_any_name(ngx_http_request_t *r)
{
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    return !cscf->ignore_invalid_headers;
}


ngx_int_t
ngx_http_s3o_check_name(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    if (s3o_is_token(h->key.data, h->key.len)) {
        return NGX_OK;
    }

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                               NGX_HTTP_BAD_REQUEST,
                               NGX_LOG_INFO,
                               "the name of a header has an invalid byte, and "
                               "\"ignore_invalid_headers\" is off");
}


ngx_int_t
ngx_http_s3o_sign_header_of(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_table_elt_t *h)
{
    ngx_int_t      rc;
    ngx_str_t      shown;
    s3o_header_t  *header;

    if (ctx->mode == NGX_HTTP_S3O_PROXY) {

        /* the headers to be signed are chosen when the request is sent */

        return NGX_OK;
    }

    if (ngx_http_s3o_takes_any_name(r)) {

        /* in the list of signed headers a ";" would make two names of it */

        rc = ngx_http_s3o_check_name(r, h);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (ctx->mode == NGX_HTTP_S3O_JSON
        && !s3o_utf8_valid(h->value.data, h->value.len))
    {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO,
                                   "the header \"%V\" is to be signed, and is "
                                   "not valid UTF-8, so JSON cannot have it",
                                   ngx_http_s3o_shown(&shown, &h->key));
    }

    if (ctx->headers == NULL
        && ngx_http_s3o_make_headers(r, ctx, 0) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    header = &ctx->headers[ctx->nheaders++];

    s3o_str_set(&header->name, h->lowcase_key, h->key.len);
    header->value = ngx_http_s3o_str(&h->value);

    /* nginx leaves tabs at its ends, which would stand between repeats */

    s3o_trim(&header->value);

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_signed_epilogue(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    u_char     *p, *room;
    size_t      size, len;
    s3o_buf_t   text, names;

    /* ngx_http_s3o_make_headers() has left room for "host" */

    s3o_str_set(&ctx->headers[ctx->nheaders].name, (u_char *) "host", 4);
    ctx->headers[ctx->nheaders].value = ngx_http_s3o_str(&ctx->target->host);
    ctx->nheaders++;

    s3o_headers_sort(ctx->headers, ctx->nheaders);
    size = s3o_headers_len(ctx->headers, ctx->nheaders);

    room = ngx_pnalloc(r->pool, sizeof("\n\n\n" S3O_UNSIGNED_PAYLOAD) - 1
                                + 2 * size);
    if (room == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /*
     * the names are written behind the headers, and moved to their place
     * below
     */

    s3o_buf_init(&text, room + 1, size);
    s3o_buf_init(&names, room + 1 + size + 1, size);

    if (s3o_headers_write(&text, &names, ctx->headers, ctx->nheaders)
        != S3O_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    len = names.pos - names.start;

    room[0] = '\n';
    p = text.pos;
    *p++ = '\n';

    ctx->signed_headers.data = p;
    ctx->signed_headers.len = len;

    p = ngx_movemem(p, names.start, len);
    p = ngx_cpymem(p, "\n" S3O_UNSIGNED_PAYLOAD,
                   sizeof("\n" S3O_UNSIGNED_PAYLOAD) - 1);

    ctx->epilogue.data = room;
    ctx->epilogue.len = p - room;

    return NGX_OK;
}
