
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The client's headers: which ones make the module refuse a request, and which
 * ones a query-string signature covers.  In proxy mode the headers to be sent
 * and signed are chosen later, when the request to the Outpost is built.
 */


#include "ngx_http_s3o_headers.h"
#include "s3o_sigv4.h"
#include "s3o_policy_header.h"
#include "s3o_target.h"
#include "ngx_http_s3o_bound.h"
#include "ngx_http_s3o_copy.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_length.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_signed_headers.h"


typedef struct {
    ngx_table_elt_t         *source;     /* "x-amz-copy-source" */
    ngx_table_elt_t         *copy;       /* the last header of a copy */
} ngx_http_s3o_copies_t;


static ngx_int_t ngx_http_s3o_check_rest(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_copies_t *copies,
    ngx_uint_t nbound);
static ngx_int_t ngx_http_s3o_check_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h,
    ngx_http_s3o_copies_t *copies);
static ngx_int_t ngx_http_s3o_note_copy(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h,
    ngx_http_s3o_copies_t *copies);
static ngx_int_t ngx_http_s3o_check_copy(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_copies_t *copies);
static s3o_header_place_e ngx_http_s3o_place(ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_check_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_table_elt_t *h, s3o_header_class_e type,
    s3o_header_act_e act);
static ngx_uint_t ngx_http_s3o_is_replaced(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, const s3o_str_t *name);
static ngx_int_t ngx_http_s3o_refuse_header(ngx_http_request_t *r,
    ngx_table_elt_t *h, s3o_header_class_e type);


ngx_int_t
ngx_http_s3o_check_headers(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_uint_t             i, nbound;
    ngx_list_part_t       *part;
    ngx_table_elt_t       *h;
    ngx_http_s3o_copies_t  copies;

    ngx_str_set(&ctx->payload, S3O_UNSIGNED_PAYLOAD);
    ngx_memzero(&copies, sizeof(ngx_http_s3o_copies_t));
    nbound = 0;

    if (ctx->conf->headers && ctx->mode != NGX_HTTP_S3O_PROXY) {
        rc = ngx_http_s3o_bind_headers(r, ctx);

        if (rc != NGX_OK) {
            return rc;
        }

        nbound = ctx->nheaders;
    }

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

        rc = nbound ? ngx_http_s3o_meet_header(r, ctx, &h[i], nbound)
                    : NGX_DECLINED;

        if (rc == NGX_DECLINED) {
            rc = ngx_http_s3o_check_header(r, ctx, &h[i], &copies);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (copies.copy || nbound || ctx->conf->max_size) {
        rc = ngx_http_s3o_check_rest(r, ctx, &copies, nbound);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ctx->nheaders ? ngx_http_s3o_signed_epilogue(r, ctx) : NGX_OK;
}


/* what can be said only when all headers were seen, and few requests need */

static ngx_int_t
ngx_http_s3o_check_rest(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_copies_t *copies, ngx_uint_t nbound)
{
    ngx_int_t  rc;

    rc = copies->copy ? ngx_http_s3o_check_copy(r, ctx, copies) : NGX_OK;

    if (rc == NGX_OK && nbound) {
        rc = ngx_http_s3o_check_bound(r, ctx, nbound);
    }

    if (rc == NGX_OK
        && ctx->conf->max_size
        && ctx->mode != NGX_HTTP_S3O_PROXY)
    {
        rc = ngx_http_s3o_check_signed_length(r, ctx);
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_check_header(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_table_elt_t *h, ngx_http_s3o_copies_t *copies)
{
    s3o_str_t            name;
    ngx_uint_t           named;
    ngx_array_t         *names;
    s3o_header_act_e     act;
    s3o_header_class_e   type;

    names = ctx->conf->signed_headers;

    /*
     * without "s3o_presign_signed_headers" only "content-md5" and "x-amz-*"
     * matter
     */

    if (names == NULL
        && h->lowcase_key[0] != 'x' && h->lowcase_key[0] != 'c')
    {
        return NGX_OK;
    }

    s3o_str_set(&name, h->lowcase_key, h->key.len);

    type = s3o_policy_header(&name);
    named = names && s3o_policy_header_named(&name, type, names->elts,
                                             names->nelts);

    if (type == S3O_HEADER_COPY
        && !named
        && ctx->conf->copy && ctx->conf->copy->nelts)
    {
        return ngx_http_s3o_note_copy(r, ctx, h, copies);
    }

    act = s3o_policy_header_act(type, named, ngx_http_s3o_place(ctx));

    switch (act) {

    case S3O_ACT_SIGN:
        return ngx_http_s3o_sign_header_of(r, ctx, h);

    case S3O_ACT_REFUSE:
    case S3O_ACT_LACK:
        return ngx_http_s3o_check_value(r, ctx, h, type, act);

    default: /* S3O_ACT_PASS, S3O_ACT_REMOVE */
        return NGX_OK;
    }
}


/*
 * A header of a copy, which "s3o_presign_copy" allows.  Keeps it in
 * copies->copy, and the one that makes the request a copy,
 * "x-amz-copy-source", in copies->source, too.  Signs the others.
 */

static ngx_int_t
ngx_http_s3o_note_copy(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_table_elt_t *h, ngx_http_s3o_copies_t *copies)
{
    s3o_str_t  name, value, host, account;

    if (ctx->mode == NGX_HTTP_S3O_PROXY) {
        s3o_str_set(&name, h->lowcase_key, h->key.len);

        if (ngx_http_s3o_is_replaced(r, ctx->conf, &name)) {
            return NGX_OK;
        }
    }

    copies->copy = h;

    s3o_str_set(&name, h->lowcase_key, h->key.len);

    if (s3o_str_is(&name, "x-amz-copy-source")) {

        if (copies->source) {
            return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                       NGX_HTTP_BAD_REQUEST,
                                       NGX_LOG_INFO, "\"x-amz-copy-source\" "
                                       "is given twice");
        }

        copies->source = h;

        return NGX_OK;
    }

    value = ngx_http_s3o_str(&h->value);
    host = ngx_http_s3o_str(&ctx->target->host);

    s3o_target_account(&host, &account);

    if (s3o_policy_header_value(&name, &value, &account)
        == S3O_VALUE_OTHER_OWNER)
    {
        return ngx_http_s3o_check_value(r, ctx, h, S3O_HEADER_COPY,
                                        S3O_ACT_LACK);
    }

    return ngx_http_s3o_sign_header_of(r, ctx, h);
}


/*
 * Checks the source of a copy, and signs the value that is sent in place of
 * the client's.  After a redirect the client sends its own value, so there
 * both values must be the same.
 */

static ngx_int_t
ngx_http_s3o_check_copy(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_copies_t *copies)
{
    ngx_int_t         rc;
    ngx_str_t         shown;
    ngx_table_elt_t  *source, h;

    source = copies->source;

    if (source == NULL) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO,
                                   "\"%V\" belongs to a copy, but there is no "
                                   "\"x-amz-copy-source\"",
                                   ngx_http_s3o_shown(&shown,
                                                      &copies->copy->key));
    }

    rc = ngx_http_s3o_check_copy_source(r, ctx, &source->value);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ctx->mode == NGX_HTTP_S3O_REDIRECT
        && (ctx->copied->source.len != source->value.len
            || ngx_memcmp(ctx->copied->source.data, source->value.data,
                          source->value.len) != 0))
    {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_NOT_IMPLEMENTED,
                                   NGX_LOG_INFO, "\"x-amz-copy-source\" is "
                                   "not what the Outpost expects, and a "
                                   "redirect cannot change it");
    }

    h = *source;
    h.value = ctx->copied->source;

    return ngx_http_s3o_sign_header_of(r, ctx, &h);
}


static s3o_header_place_e
ngx_http_s3o_place(ngx_http_s3o_ctx_t *ctx)
{
    switch (ctx->mode) {

    case NGX_HTTP_S3O_PROXY:
        return S3O_PLACE_PROXY;

    case NGX_HTTP_S3O_REDIRECT:
        return S3O_PLACE_REDIRECT;

    default: /* NGX_HTTP_S3O_JSON, NGX_HTTP_S3O_ON */
        return S3O_PLACE_LIST;
    }
}


/*
 * Decides on a header by its value.  A value that asks for what happens
 * anyway is allowed.  In proxy mode such a header is not sent to the Outpost.
 * After a redirect the client repeats the header, so it is signed, because
 * the Outpost refuses an "x-amz-*" header that is not signed.
 */

static ngx_int_t
ngx_http_s3o_check_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_table_elt_t *h, s3o_header_class_e type, s3o_header_act_e act)
{
    ngx_str_t  shown;
    s3o_str_t  name, value, host, account;

    s3o_str_set(&name, h->lowcase_key, h->key.len);
    value = ngx_http_s3o_str(&h->value);
    host = ngx_http_s3o_str(&ctx->target->host);

    s3o_target_account(&host, &account);

    if (ctx->mode == NGX_HTTP_S3O_PROXY
        && ngx_http_s3o_is_replaced(r, ctx->conf, &name))
    {
        return NGX_OK;
    }

    switch (s3o_policy_header_value(&name, &value, &account)) {

    case S3O_VALUE_USUAL:
        return ngx_http_s3o_sign_header_of(r, ctx, h);

    case S3O_VALUE_OTHER_OWNER:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_FORBIDDEN,
                                   NGX_LOG_INFO,
                                   "\"%V\" is not the account of the access "
                                   "point",
                                   ngx_http_s3o_shown(&shown, &h->key));

    default: /* S3O_VALUE_MATTERS */
        break;
    }

    if (act == S3O_ACT_LACK && type != S3O_HEADER_COPY) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_NOT_IMPLEMENTED,
                                   NGX_LOG_INFO,
                                   "\"%V\" asks for what S3 on Outposts does "
                                   "not have, and is not in "
                                   "\"s3o_presign_signed_headers\"",
                                   ngx_http_s3o_shown(&shown, &h->key));
    }

    return ngx_http_s3o_refuse_header(r, h, type);
}


/* 1 when "s3o_presign_header" has a value to send in place of the header */

static ngx_uint_t
ngx_http_s3o_is_replaced(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    const s3o_str_t *name)
{
    s3o_str_t             other;
    ngx_str_t             value;
    ngx_uint_t            i;
    ngx_http_s3o_pair_t  *pair;

    if (conf->headers == NULL) {
        return 0;
    }

    pair = conf->headers->elts;

    for (i = 0; i < conf->headers->nelts; i++) {
        other = ngx_http_s3o_str(&pair[i].lowcase_name);

        if (s3o_str_eq(name, &other)) {
            return ngx_http_s3o_eval(r, &pair[i].value, &value) == NGX_OK
                   && value.len;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_s3o_refuse_header(ngx_http_request_t *r, ngx_table_elt_t *h,
    s3o_header_class_e type)
{
    ngx_int_t    status;
    ngx_str_t    shown;
    const char  *reason;

    status = NGX_HTTP_BAD_REQUEST;

    switch (type) {

    case S3O_HEADER_OWN:
        reason = "belongs to a request that the client has signed, which "
                 "cannot be redirected; use \"s3o_presign proxy\"";
        break;

    case S3O_HEADER_FRAME:
        reason = "announces an aws-chunked body, which cannot be redirected; "
                 "use \"s3o_presign proxy\"";
        break;

    case S3O_HEADER_COPY:
        status = NGX_HTTP_NOT_IMPLEMENTED;
        reason = "belongs to a copy, which neither \"s3o_presign_copy\" nor "
                 "\"s3o_presign_signed_headers\" allows";
        break;

    default:
        reason = "is not in \"s3o_presign_signed_headers\"";
        break;
    }

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS, status,
                               NGX_LOG_INFO,
                               "\"%V\" %s",
                               ngx_http_s3o_shown(&shown, &h->key), reason);
}
