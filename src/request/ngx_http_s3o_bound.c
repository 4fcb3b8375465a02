
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_header" for a signed URL: the URL is valid only for a request
 * with these headers and values.  The client of a redirect sends its request a
 * second time without changes, so its headers must be right already.  In the
 * other modes the client is told which headers to send.
 */


#include "ngx_http_s3o_bound.h"
#include "s3o_text.h"
#include "s3o_utf8.h"
#include "s3o_policy_header.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_length.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_signed_headers.h"


/*
 * Values of header->order, which tell whether the client has sent a bound
 * header.  Sorting uses header->order for something else, but only later.
 */
#define NGX_HTTP_S3O_NOT_MET       0
#define NGX_HTTP_S3O_MET           1


static ngx_int_t ngx_http_s3o_bind_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_pair_t *pair);
static ngx_int_t ngx_http_s3o_refuse_bound(ngx_http_request_t *r,
    s3o_header_t *header, const char *fault);


ngx_int_t
ngx_http_s3o_bind_headers(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t             rc;
    ngx_uint_t            i;
    ngx_http_s3o_pair_t  *pair;

    pair = ctx->conf->headers->elts;

    if (ngx_http_s3o_make_headers(r, ctx, ctx->conf->headers->nelts)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; i < ctx->conf->headers->nelts; i++) {
        rc = ngx_http_s3o_bind_header(r, ctx, &pair[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_bind_header(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_pair_t *pair)
{
    off_t          length;
    ngx_int_t      rc;
    ngx_str_t      value;
    s3o_str_t      name, text;
    const char    *fault;
    s3o_header_t  *header;

    if (ngx_http_s3o_eval(r, &pair->value, &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    name = ngx_http_s3o_str(&pair->lowcase_name);
    text = ngx_http_s3o_str(&value);
    s3o_trim(&text);

    if (text.len == 0) {
        return NGX_OK;
    }

    if (s3o_str_is(&name, "content-length")) {

        if (!ngx_http_s3o_has_length(ctx)) {
            return NGX_OK;
        }

        rc = ngx_http_s3o_parse_length(r, &text, &length);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    fault = !s3o_policy_header_value_ok(&text)
            ? "has a control character"
            : ctx->mode == NGX_HTTP_S3O_JSON
              && !s3o_utf8_valid(text.data, text.len)
              ? "is not valid UTF-8, so JSON cannot have it"
              : NULL;

    /* the value may be a secret, so no message shows it */

    if (fault) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_INTERNAL_SERVER_ERROR,
                                   NGX_LOG_ERR,
                                   "the value of \"s3o_presign_header %V\" "
                                   "%s", &pair->name, fault);
    }

    header = &ctx->headers[ctx->nheaders++];

    header->name = name;
    header->value = text;
    header->order = NGX_HTTP_S3O_NOT_MET;

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_meet_header(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_table_elt_t *h, ngx_uint_t n)
{
    s3o_str_t      name, value;
    ngx_uint_t     i;
    s3o_header_t  *header;

    s3o_str_set(&name, h->lowcase_key, h->key.len);

    for (i = 0; i < n; i++) {
        header = &ctx->headers[i];

        if (!s3o_str_eq(&name, &header->name)) {
            continue;
        }

        if (ctx->mode != NGX_HTTP_S3O_REDIRECT) {
            return NGX_OK;
        }

        value = ngx_http_s3o_str(&h->value);

        if (!s3o_str_eq(&value, &header->value)) {
            return ngx_http_s3o_refuse_bound(r, header, "has another value");
        }

        if (header->order == NGX_HTTP_S3O_MET) {
            return ngx_http_s3o_refuse_bound(r, header, "is given twice");
        }

        header->order = NGX_HTTP_S3O_MET;

        return NGX_OK;
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_s3o_check_bound(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_uint_t n)
{
    ngx_uint_t  i;

    if (ctx->mode != NGX_HTTP_S3O_REDIRECT) {
        return NGX_OK;
    }

    for (i = 0; i < n; i++) {
        if (ctx->headers[i].order == NGX_HTTP_S3O_NOT_MET) {
            return ngx_http_s3o_refuse_bound(r, &ctx->headers[i],
                                             "is missing");
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_refuse_bound(ngx_http_request_t *r, s3o_header_t *header,
    const char *fault)
{
    ngx_str_t  name, value, shown;

    name = ngx_http_s3o_ngx_str(&header->name);
    value = ngx_http_s3o_ngx_str(&header->value);

    if (s3o_policy_header_is_public(&header->name)) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "the header \"%V\" %s: it must be \"%V\" "
                                   "here, once", &name, fault,
                                   ngx_http_s3o_shown(&shown, &value));
    }

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                               NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                               "the header \"%V\" %s: it must be what "
                               "\"s3o_presign_header\" says, once",
                               &name, fault);
}
