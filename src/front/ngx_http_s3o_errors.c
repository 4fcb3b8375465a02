
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents: errors in the form that an SDK or a script understands.
 *
 * nginx makes an HTML page for each error that nginx itself answers: a refusal
 * of this module, "deny", "client_max_body_size", or a server that cannot be
 * reached.  Filters replace this page with XML or JSON.  So "error_page" still
 * takes precedence, and no error is left out.
 */


#include "ngx_http_s3o_errors.h"
#include "ngx_http_s3o_error_page.h"


static ngx_int_t ngx_http_s3o_errors_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_errors_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_uint_t ngx_http_s3o_errors_is_page(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_errors_is_passed_on(ngx_http_request_t *r);


static ngx_conf_enum_t  ngx_http_s3o_errors_words[] = {
    { ngx_string("s3"), NGX_HTTP_S3O_ERRORS_S3 },
    { ngx_string("json"), NGX_HTTP_S3O_ERRORS_JSON },
    { ngx_string("off"), NGX_HTTP_S3O_ERRORS_OFF },
    { ngx_null_string, 0 }
};

ngx_http_s3o_words_t  ngx_http_s3o_errors_post = {
    ngx_http_s3o_errors_words,
    "expected \"s3\", \"json\" or \"off\""
};


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


static ngx_int_t
ngx_http_s3o_errors_header_filter(ngx_http_request_t *r)
{
    ngx_http_s3o_loc_conf_t  *conf;

    if (r->err_status < NGX_HTTP_BAD_REQUEST) {
        return ngx_http_next_header_filter(r);
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);

    if (conf->mode != NGX_HTTP_S3O_OFF
        && ngx_http_s3o_errors_is_page(r)
        && ngx_http_s3o_error_page(r, conf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


/*
 * 1 when the answer is nginx's own error page.  r->err_status alone does not
 * tell that, because it is also set for answers to which "error_page" has
 * led.
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

    /* nginx has no page for some statuses */

    return s3o_str_is(&out->content_type, "text/html")
           || out->content_length_n == 0;
}


/* 1 when the answer comes from another server, or from a cache */

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

    /* the upstream module has cleared "cleanup" when it ends with an error */

    return r->upstream->cleanup != NULL;
}


/* nginx's page comes in one call: it is replaced as a whole */

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
