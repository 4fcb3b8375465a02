
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents: what a refusal looks like to an SDK, or to a script.
 *
 * nginx makes a page of HTML for each error that it answers itself, be it a
 * refusal of this module, "deny", "client_max_body_size", or a server that
 * cannot be reached.  Filters replace this page, so "error_page" goes first,
 * and no error is forgotten.
 */


#include "ngx_http_s3o_presign.h"

#include "s3o_error.h"


static ngx_int_t ngx_http_s3o_errors_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_errors_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_uint_t ngx_http_s3o_errors_is_page(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_errors_is_passed_on(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_errors_form(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static ngx_uint_t ngx_http_s3o_errors_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static ngx_int_t ngx_http_s3o_errors_replace(ngx_http_request_t *r,
    ngx_uint_t form);
static void ngx_http_s3o_errors_describe(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_error_t *error);
static ngx_buf_t *ngx_http_s3o_errors_write(ngx_http_request_t *r,
    const s3o_error_t *error, ngx_uint_t form);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


void
ngx_http_s3o_errors_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_s3o_errors_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_s3o_errors_body_filter;
}


char *
ngx_http_s3o_set_errors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t  *value;

    if (slcf->errors != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "s3") == 0) {
        slcf->errors = NGX_HTTP_S3O_ERRORS_S3;

    } else if (ngx_strcmp(value[1].data, "json") == 0) {
        slcf->errors = NGX_HTTP_S3O_ERRORS_JSON;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        slcf->errors = NGX_HTTP_S3O_ERRORS_OFF;

    } else {
        return ngx_http_s3o_invalid(cf, cmd, &value[1],
                                    "expected \"s3\", \"json\" or \"off\"");
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_s3o_errors_header_filter(ngx_http_request_t *r)
{
    ngx_uint_t                form;
    ngx_http_s3o_loc_conf_t  *conf;

    if (r->err_status < NGX_HTTP_BAD_REQUEST) {
        return ngx_http_next_header_filter(r);
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);

    if (conf->mode != NGX_HTTP_S3O_OFF && ngx_http_s3o_errors_is_page(r)) {
        form = ngx_http_s3o_errors_form(r, conf);

        if (form != NGX_HTTP_S3O_ERRORS_OFF
            && ngx_http_s3o_errors_replace(r, form) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_next_header_filter(r);
}


/*
 * 1 when what is about to be sent is nginx's own page.  r->err_status is set
 * for what "error_page" has led here, too.
 */

static ngx_uint_t
ngx_http_s3o_errors_is_page(ngx_http_request_t *r)
{
    ngx_http_headers_out_t  *out;

    out = &r->headers_out;

    if (r != r->main
        || out->status != r->err_status
        || out->location
        || out->last_modified_time != -1
        || out->content_type_lowcase
        || ngx_http_s3o_errors_is_passed_on(r))
    {
        return 0;
    }

    /* there are statuses without a page */

    return (out->content_type.len == sizeof("text/html") - 1
            && ngx_strncmp(out->content_type.data, "text/html",
                           sizeof("text/html") - 1)
               == 0)
           || out->content_length_n == 0;
}


/* 1 when it is the answer of another server, or of a cache */

static ngx_uint_t
ngx_http_s3o_errors_is_passed_on(ngx_http_request_t *r)
{
    if (!r->internal || r->upstream == NULL || r->filter_finalize) {
        return 0;
    }

#if (NGX_HTTP_CACHE)
    if (r->cached) {
        return 1;
    }
#endif

    /* the upstream module has taken it away when it ends with an error */

    return r->upstream->cleanup != NULL;
}


static ngx_uint_t
ngx_http_s3o_errors_form(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_uint_t  mode;

    mode = ngx_http_s3o_errors_mode(r, conf);

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
 * What nginx refuses before the mode was looked at has one all the same.  A
 * value that is no mode is NGX_HTTP_S3O_BY_VARIABLE.
 */

static ngx_uint_t
ngx_http_s3o_errors_mode(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
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


static ngx_int_t
ngx_http_s3o_errors_replace(ngx_http_request_t *r, ngx_uint_t form)
{
    ngx_buf_t           *page;
    s3o_error_t          error;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL) {

        /* refused before the phase of this module */

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

    ngx_http_s3o_errors_describe(r, ctx, &error);

    page = ngx_http_s3o_errors_write(r, &error, form);

    if (page == NULL) {
        return NGX_ERROR;
    }

    ctx->refusal->page = page;

    if (form == NGX_HTTP_S3O_ERRORS_S3) {
        ngx_str_set(&r->headers_out.content_type, "application/xml");

    } else {
        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_length_n = page->last - page->pos;

    return NGX_OK;
}


static void
ngx_http_s3o_errors_describe(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
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

    /* its arguments may be a signature of the client's */

    p = ngx_strlchr(r->unparsed_uri.data,
                    r->unparsed_uri.data + r->unparsed_uri.len, '?');

    s3o_str_set(&error->resource, r->unparsed_uri.data,
                p ? (size_t) (p - r->unparsed_uri.data)
                  : r->unparsed_uri.len);

    /* that of the log: a configuration that uses it makes it one value */

    id = ngx_http_get_variable(r, &name,
                               ngx_hash_key(name.data, name.len));

    s3o_str_set(&error->request_id, NULL, 0);

    if (id && !id->not_found) {
        s3o_str_set(&error->request_id, id->data, id->len);
    }
}


static ngx_buf_t *
ngx_http_s3o_errors_write(ngx_http_request_t *r, const s3o_error_t *error,
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


/* the page comes at once, and whole */

static ngx_int_t
ngx_http_s3o_errors_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t          out;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL
        || ctx->refusal == NULL
        || ctx->refusal->page == NULL
        || in == NULL)
    {
        return ngx_http_next_body_filter(r, in);
    }

    for ( /* void */ ; in; in = in->next) {
        in->buf->pos = in->buf->last;
    }

    out.buf = ctx->refusal->page;
    out.next = NULL;

    ctx->refusal->page = NULL;

    return ngx_http_next_body_filter(r, &out);
}
