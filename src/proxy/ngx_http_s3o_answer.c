
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: answers of the Outpost that must not reach the client.
 *
 * When the Outpost refuses a signature, its answer repeats the canonical
 * request, which contains the session token.  When it refuses a token, its
 * answer repeats the token.  So the bodies of answers with such a status are
 * held back until they are complete, and are sent only when they contain
 * neither.
 */


#include "ngx_http_s3o_answer.h"
#include "s3o_error.h"
#include "ngx_http_s3o_zone.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_answer_clock.h"
#include "ngx_http_s3o_held.h"


static ngx_int_t ngx_http_s3o_answer_header_filter(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_answer_is_refusal(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_answer_hold(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_answer_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_s3o_answer_collect(ngx_http_request_t *r,
    ngx_http_s3o_held_t *held, ngx_chain_t *in);
static ngx_int_t ngx_http_s3o_answer_decide(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_answer_pass(ngx_http_request_t *r,
    ngx_buf_t *held);
static ngx_int_t ngx_http_s3o_answer_withhold(ngx_http_request_t *r,
    ngx_int_t status, ngx_str_t *code);
static void ngx_http_s3o_answer_explain(ngx_http_request_t *r);
static void ngx_http_s3o_answer_count(ngx_http_request_t *r,
    const ngx_str_t *code);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


void
ngx_http_s3o_answer_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_s3o_answer_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_s3o_answer_body_filter;
}


static ngx_int_t
ngx_http_s3o_answer_header_filter(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL
        || ctx->proxied == NULL
        || ctx->proxied->withheld)
    {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_s3o_answer_clock(r);

    if (!ngx_http_s3o_answer_is_refusal(r)) {
        return ngx_http_next_header_filter(r);
    }

    if (r->header_only || r->method == NGX_HTTP_HEAD) {

        /* the body is not seen here, so it must not enter the cache either */

        r->upstream->cacheable = 0;

        return ngx_http_next_header_filter(r);
    }

    return ngx_http_s3o_answer_hold(r, ctx);
}


static ngx_uint_t
ngx_http_s3o_answer_is_refusal(ngx_http_request_t *r)
{
    ngx_uint_t  status;

    status = r->headers_out.status;

    if (r->upstream == NULL || r->upstream->headers_in.status_n != status) {
        return 0;
    }

    return status == NGX_HTTP_BAD_REQUEST
           || status == NGX_HTTP_UNAUTHORIZED
           || status == NGX_HTTP_FORBIDDEN;
}


static ngx_int_t
ngx_http_s3o_answer_hold(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (r != r->main) {

        /*
         * a subrequest is for a part of an object, and cannot have an error
         * page
         */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "s3o_presign: the Outpost answered %ui to a subrequest",
                      r->headers_out.status);
        return NGX_ERROR;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->aio != NGX_HTTP_AIO_OFF) {

        /*
         * with "aio" the cache may have stored the body before it is seen
         * here
         */

        r->upstream->cacheable = 0;
    }

    /* the header is sent together with the body, or not at all */

    return ngx_http_s3o_held_create(r, ctx);
}


static ngx_int_t
ngx_http_s3o_answer_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t             rc;
    ngx_http_s3o_ctx_t   *ctx;
    ngx_http_s3o_held_t  *held;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL || ctx->proxied == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    held = ctx->proxied->held;

    if (held == NULL || held->buf == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    rc = ngx_http_s3o_answer_collect(r, held, in);

    if (rc == NGX_AGAIN) {
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_s3o_answer_decide(r, ctx);
}


/*
 * Adds buffers to the held body.  NGX_OK when the body is complete, NGX_AGAIN
 * when more is to come, NGX_ERROR.
 */

static ngx_int_t
ngx_http_s3o_answer_collect(ngx_http_request_t *r, ngx_http_s3o_held_t *held,
    ngx_chain_t *in)
{
    ngx_str_t             code;
    ngx_uint_t            last;
    ngx_http_upstream_t  *u;

    u = r->upstream;
    last = 0;

    for ( /* void */ ; in; in = in->next) {

        if (ngx_http_s3o_held_add(held, in->buf) != NGX_OK) {
            return NGX_ERROR;
        }

        last |= in->buf->last_buf;

        if (in->buf->flush && ngx_buf_special(in->buf) && u->cleanup == NULL) {

            /* the upstream module has ended an incomplete answer */

            held->broken = 1;
            last = 1;
        }
    }

    ngx_http_s3o_held_parse(held, last);

    if (u->cacheable
        && (held->too_long
            || held->no_xml
            || r->headers_out.content_encoding
            || ngx_http_s3o_held_leaks(held, &code)))
    {
        /* the cache would store the body before its end is seen here */

        u->cacheable = 0;
    }

    return last ? NGX_OK : NGX_AGAIN;
}


/*
 * Decides about a complete body.  This server has made the signature, so a
 * refused signature is this server's fault, and the client gets 502.  A body
 * that is too long to be checked, or encoded, is withheld, too, but keeps its
 * status.
 */

static ngx_int_t
ngx_http_s3o_answer_decide(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t             rc, status;
    ngx_str_t             code;
    ngx_buf_t            *buf;
    ngx_uint_t            tells;
    ngx_http_s3o_held_t  *held;

    held = ctx->proxied->held;
    buf = held->buf;

    tells = ngx_http_s3o_held_leaks(held, &code);

    held->buf = NULL;

    if (tells || held->broken) {
        status = NGX_HTTP_BAD_GATEWAY;

    } else if (held->too_long || r->headers_out.content_encoding) {
        status = r->headers_out.status;

    } else {
        return ngx_http_s3o_answer_pass(r, buf);
    }

    ctx->proxied->withheld = 1;
    ctx->result = NGX_HTTP_S3O_RESULT_REFUSED;

    ngx_http_s3o_count_refusal(r, ctx->result);
    ngx_http_s3o_answer_count(r, &code);

    if (code.len) {
        ngx_memmove(held->kept, code.data, code.len);
        held->code_len = code.len;
    }

    rc = ngx_http_s3o_answer_withhold(r, status, &code);

    ngx_explicit_memzero(buf->start, buf->last - buf->start);

    return rc;
}


ngx_uint_t
ngx_http_s3o_answer_kept_code(ngx_http_s3o_ctx_t *ctx, s3o_str_t *code)
{
    s3o_str_t             kept;
    ngx_http_s3o_held_t  *held;

    if (ctx->proxied == NULL || !ctx->proxied->withheld) {
        return 0;
    }

    held = ctx->proxied->held;
    s3o_str_set(&kept, held->kept, held->code_len);

    if (!s3o_error_code_is_harmless(&kept)) {
        return 0;
    }

    *code = kept;

    return 1;
}


static ngx_int_t
ngx_http_s3o_answer_pass(ngx_http_request_t *r, ngx_buf_t *held)
{
    ngx_int_t    rc;
    ngx_chain_t  out;

    rc = ngx_http_next_header_filter(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    held->last_buf = 1;
    held->last_in_chain = 1;

    if (held->last == held->pos) {
        held->temporary = 0;
    }

    out.buf = held;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}


/*
 * Sends an error page in place of the held answer.  This runs while the
 * upstream module ends the request and nothing was sent yet, so the value
 * returned here ends the request.
 */

static ngx_int_t
ngx_http_s3o_answer_withhold(ngx_http_request_t *r, ngx_int_t status,
    ngx_str_t *code)
{
    ngx_int_t  rc;

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "s3o_presign: the Outpost answered %ui \"%V\", its body is "
                  "withheld", r->headers_out.status, code);

    if (s3o_str_is(code, "SignatureDoesNotMatch")) {
        ngx_http_s3o_answer_explain(r);
    }

    ngx_http_clean_header(r);

    rc = ngx_http_special_response_handler(r, status);

    /* from a cache NGX_DONE would mean that the request still goes on */

    return (rc == NGX_DONE && r->cached) ? NGX_ERROR : rc;
}


/*
 * Logs what was signed, for comparison with the Outpost's answer.  Values of
 * headers may be secret, so their names only.
 */

static void
ngx_http_s3o_answer_explain(ngx_http_request_t *r)
{
    u_char              *p, *last, *names;
    s3o_buf_t            b;
    ngx_str_t            method;
    ngx_http_s3o_ctx_t  *ctx;

    if (r->connection->log->log_level < NGX_LOG_INFO
        || r->upstream->request_bufs == NULL)
    {
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    method.data = r->upstream->request_bufs->buf->start;
    p = ngx_strlchr(method.data, r->upstream->request_bufs->buf->last, ' ');
    method.len = p ? (size_t) (p - method.data) : 0;

    last = ctx->authorization.data + ctx->authorization.len;
    names = ngx_strlcasestrn(ctx->authorization.data, last,
                             (u_char *) "SignedHeaders=",
                             sizeof("SignedHeaders=") - 2);
    p = names ? ngx_strlchr(names, last, ',') : NULL;

    b.start = ngx_pnalloc(r->pool, s3o_query_len(ctx->query) + 1);

    if (p == NULL || b.start == NULL) {
        return;
    }

    s3o_buf_init(&b, b.start, s3o_query_len(ctx->query) + 1);
    s3o_query_write(&b, ctx->query, 0, ctx->query->nparams);

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "s3o_presign: signed: method \"%V\", host \"%V\", "
                  "x-amz-date \"%V\", x-amz-content-sha256 \"%V\", %*s, "
                  "path \"%V\", query \"%*s\"",
                  &method, &ctx->target->host, &ctx->date, &ctx->payload,
                  (size_t) (p - names), names, &ctx->path,
                  (size_t) (b.pos - b.start), b.start);
}


static void
ngx_http_s3o_answer_count(ngx_http_request_t *r, const ngx_str_t *code)
{
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    ngx_http_s3o_store_count(&smcf->store,
                             NGX_HTTP_S3O_COUNT_OUTPOST
                             + ngx_http_s3o_find_code(code));
}
