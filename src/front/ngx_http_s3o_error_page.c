
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents: makes the page that replaces nginx's own.
 */


#include "ngx_http_s3o_error_page.h"
#include "s3o_error.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_push_header.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_answer.h"


static ngx_uint_t ngx_http_s3o_error_form(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static ngx_uint_t ngx_http_s3o_error_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_error_describe(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_error_t *error);
static ngx_buf_t *ngx_http_s3o_error_write(ngx_http_request_t *r,
    const s3o_error_t *error, ngx_uint_t form);


ngx_int_t
ngx_http_s3o_error_page(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_str_t            id;
    ngx_buf_t           *page;
    ngx_uint_t           form;
    s3o_error_t          error;
    ngx_http_s3o_ctx_t  *ctx;

    form = ngx_http_s3o_error_form(r, conf);

    if (form == NGX_HTTP_S3O_ERRORS_OFF) {
        return NGX_OK;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL) {

        /* nginx has refused the request before the phase of this module */

        ctx = ngx_http_s3o_create_ctx(r);

        if (ctx == NULL) {
            return NGX_ERROR;
        }
    }

    if (ctx->refusal == NULL) {
        ctx->refusal = ngx_pcalloc(r->pool, sizeof(ngx_http_s3o_refusal_t));

        if (ctx->refusal == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_http_s3o_error_describe(r, ctx, &error);

    page = ngx_http_s3o_error_write(r, &error, form);

    if (page == NULL) {
        return NGX_ERROR;
    }

    ctx->refusal->page = page;

    if (form == NGX_HTTP_S3O_ERRORS_S3) {
        ngx_str_set(&r->headers_out.content_type, "application/xml");

        /* some SDKs show the id of this header, not that of the page */

        id = ngx_http_s3o_ngx_str(&error.request_id);

        if (id.len
            && ngx_http_s3o_add_header(r, "x-amz-request-id", &id, NULL)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

    } else {
        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_length_n = page->last - page->pos;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_error_form(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_uint_t  mode;

    mode = ngx_http_s3o_error_mode(r, conf);

    if (mode == NGX_HTTP_S3O_OFF) {
        return NGX_HTTP_S3O_ERRORS_OFF;
    }

    if (conf->errors != NGX_HTTP_S3O_ERRORS_BY_MODE) {
        return conf->errors;
    }

    switch (mode) {

    case NGX_HTTP_S3O_PROXY:
        return NGX_HTTP_S3O_ERRORS_S3;

    case NGX_HTTP_S3O_JSON:
        return NGX_HTTP_S3O_ERRORS_JSON;

    default:
        return NGX_HTTP_S3O_ERRORS_OFF;
    }
}


/*
 * The mode of a request, also of one that nginx has refused before the module
 * looked at the mode.  NGX_HTTP_S3O_BY_VARIABLE for a value that is no mode.
 */

static ngx_uint_t
ngx_http_s3o_error_mode(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_str_t            word;
    ngx_uint_t           mode, status;
    ngx_http_s3o_ctx_t  *ctx;

    if (conf->mode != NGX_HTTP_S3O_BY_VARIABLE) {
        return conf->mode;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx && ctx->conf == conf) {
        return ctx->mode;
    }

    if (ngx_http_s3o_eval(r, conf->mode_value, &word) != NGX_OK
        || ngx_http_s3o_mode_word(&word, &mode, &status) != NGX_OK)
    {
        return NGX_HTTP_S3O_BY_VARIABLE;
    }

    return mode;
}


static void
ngx_http_s3o_error_describe(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_error_t *error)
{
    u_char                     *p;
    ngx_http_variable_value_t  *id;

    static ngx_str_t            name = ngx_string("request_id");

    s3o_error_set(error, r->err_status,
                  ctx->refusal->reason.len
                  ? ngx_http_s3o_results[ctx->result] : NULL);

    if (ctx->refusal->reason.len) {
        error->message = ngx_http_s3o_str(&ctx->refusal->reason);
    }

    (void) ngx_http_s3o_answer_kept_code(ctx, &error->code);

    /* without the arguments, which may contain a signature of the client */

    p = ngx_strlchr(r->unparsed_uri.data,
                    r->unparsed_uri.data + r->unparsed_uri.len, '?');

    s3o_str_set(&error->resource, r->unparsed_uri.data,
                p ? (size_t) (p - r->unparsed_uri.data)
                  : r->unparsed_uri.len);

    /* $request_id, so that a log with this variable has the same id */

    id = ngx_http_get_variable(r, &name,
                               ngx_hash_key(name.data, name.len));

    s3o_str_set(&error->request_id, NULL, 0);

    if (id && !id->not_found) {
        s3o_str_set(&error->request_id, id->data, id->len);
    }
}


static ngx_buf_t *
ngx_http_s3o_error_write(ngx_http_request_t *r, const s3o_error_t *error,
    ngx_uint_t form)
{
    size_t      size;
    ngx_buf_t  *page;
    s3o_buf_t   b;

    size = s3o_error_len(error);

    page = ngx_create_temp_buf(r->pool, size);
    if (page == NULL) {
        return NULL;
    }

    s3o_buf_init(&b, page->pos, size);

    if (form == NGX_HTTP_S3O_ERRORS_S3) {
        s3o_error_xml(&b, error);

    } else {
        s3o_error_json(&b, error);
    }

    if (b.overflow) {
        return NULL;
    }

    page->last = b.pos;
    page->last_buf = 1;
    page->last_in_chain = 1;

    return page;
}
