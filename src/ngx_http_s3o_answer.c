
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: answers of the Outpost that must not reach the client.
 *
 * The body of a refused signature echoes the canonical request, and with it
 * the session token; that of a refused token echoes the token.  Bodies of
 * such statuses are held back until they are complete and known to hold
 * nothing of the kind.
 */


#include "ngx_http_s3o_presign.h"


#define NGX_HTTP_S3O_ANSWER_MAX  65536
#define NGX_HTTP_S3O_CODE_MAX    64


static ngx_int_t ngx_http_s3o_answer_header_filter(ngx_http_request_t *r);
static ngx_uint_t ngx_http_s3o_answer_is_refusal(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_answer_hold(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_answer_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_s3o_answer_collect(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_chain_t *in);
static ngx_int_t ngx_http_s3o_answer_copy(ngx_http_s3o_ctx_t *ctx,
    ngx_buf_t *b);
static ngx_int_t ngx_http_s3o_answer_decide(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_uint_t ngx_http_s3o_answer_tells(ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *code);
static ngx_int_t ngx_http_s3o_answer_pass(ngx_http_request_t *r,
    ngx_buf_t *held);
static ngx_int_t ngx_http_s3o_answer_withhold(ngx_http_request_t *r,
    ngx_int_t status, ngx_str_t *code);
static void ngx_http_s3o_answer_code(ngx_buf_t *b, ngx_str_t *code);
static ngx_uint_t ngx_http_s3o_answer_code_is_ours(ngx_str_t *code);
static ngx_uint_t ngx_http_s3o_answer_has(ngx_buf_t *b, const u_char *data,
    size_t len);


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
        || ctx->mode != NGX_HTTP_S3O_PROXY
        || ctx->withheld
        || !ngx_http_s3o_answer_is_refusal(r))
    {
        return ngx_http_next_header_filter(r);
    }

    if (r->header_only || r->method == NGX_HTTP_HEAD) {

        /* a body that nobody looks at is not for the cache, either */

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

        /* a part of an object: there is no page to send */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "s3o_presign: the Outpost answered %ui to a subrequest",
                      r->headers_out.status);
        return NGX_ERROR;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->aio != NGX_HTTP_AIO_OFF) {

        /* the body may come here when the cache has taken it already */

        r->upstream->cacheable = 0;
    }

    ctx->held = ngx_create_temp_buf(r->pool, NGX_HTTP_S3O_ANSWER_MAX);
    if (ctx->held == NULL) {
        return NGX_ERROR;
    }

    /* sent with the body, or not at all */

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_answer_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t            rc;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL || ctx->held == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    rc = ngx_http_s3o_answer_collect(r, ctx, in);

    if (rc == NGX_AGAIN) {
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_s3o_answer_decide(r, ctx);
}


/* NGX_OK when there is no more to wait for */

static ngx_int_t
ngx_http_s3o_answer_collect(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_chain_t *in)
{
    ngx_str_t             code;
    ngx_uint_t            last;
    ngx_http_upstream_t  *u;

    u = r->upstream;
    last = 0;

    for ( /* void */ ; in; in = in->next) {

        if (ngx_http_s3o_answer_copy(ctx, in->buf) != NGX_OK) {
            return NGX_ERROR;
        }

        last |= in->buf->last_buf;

        if (in->buf->flush && ngx_buf_special(in->buf) && u->cleanup == NULL) {

            /* the upstream module has ended the answer before its end */

            ctx->held_broken = 1;
            last = 1;
        }
    }

    if (u->cacheable
        && (ctx->held_too_long
            || r->headers_out.content_encoding
            || ngx_http_s3o_answer_tells(ctx, &code)))
    {
        /* the cache takes a body before its end is seen here */

        u->cacheable = 0;
    }

    return last ? NGX_OK : NGX_AGAIN;
}


/* what has passed through a cache is in a file */

static ngx_int_t
ngx_http_s3o_answer_copy(ngx_http_s3o_ctx_t *ctx, ngx_buf_t *b)
{
    size_t      size;
    ssize_t     n;
    ngx_buf_t  *held;

    held = ctx->held;
    size = held->end - held->last;

    if (ngx_buf_special(b)) {
        return NGX_OK;
    }

    if (ngx_buf_size(b) > (off_t) size) {
        ctx->held_too_long = 1;

    } else {
        size = (size_t) ngx_buf_size(b);
    }

    if (ngx_buf_in_memory(b)) {
        held->last = ngx_cpymem(held->last, b->pos, size);

    } else if (size) {
        n = ngx_read_file(b->file, held->last, size, b->file_pos);

        if (n != (ssize_t) size) {
            return NGX_ERROR;
        }

        held->last += n;
    }

    b->pos = b->last;
    b->file_pos = b->file_last;

    return NGX_OK;
}


/*
 * The signature is this server's, so is the fault when it is refused: for the
 * client the gateway is bad.  The status of an answer that is too long to look
 * at, or encoded, is kept.
 */

static ngx_int_t
ngx_http_s3o_answer_decide(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t   rc, status;
    ngx_str_t   code;
    ngx_buf_t  *held;

    held = ctx->held;

    if (ngx_http_s3o_answer_tells(ctx, &code) || ctx->held_broken) {
        status = NGX_HTTP_BAD_GATEWAY;

    } else if (ctx->held_too_long || r->headers_out.content_encoding) {
        status = r->headers_out.status;

    } else {
        ctx->held = NULL;

        return ngx_http_s3o_answer_pass(r, held);
    }

    ctx->held = NULL;
    ctx->withheld = 1;
    ctx->result = NGX_HTTP_S3O_RESULT_REFUSED;

    ngx_http_s3o_count_refusal(r, ctx->result);

    rc = ngx_http_s3o_answer_withhold(r, status, &code);

    ngx_explicit_memzero(held->start, held->last - held->start);

    return rc;
}


/* 1 when what is held tells about the signature, and perhaps the token */

static ngx_uint_t
ngx_http_s3o_answer_tells(ngx_http_s3o_ctx_t *ctx, ngx_str_t *code)
{
    ngx_http_s3o_answer_code(ctx->held, code);

    return ngx_http_s3o_answer_code_is_ours(code)
           || ngx_http_s3o_answer_has(ctx->held, ctx->security_token.data,
                                      ctx->security_token.len)
           || ngx_http_s3o_answer_has(ctx->held, ctx->authorization.data,
                                      ctx->authorization.len);
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
 * Called while the upstream module ends the request, so that what is returned
 * here becomes the request's own end: nothing was sent yet.
 */

static ngx_int_t
ngx_http_s3o_answer_withhold(ngx_http_request_t *r, ngx_int_t status,
    ngx_str_t *code)
{
    ngx_int_t  rc;

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "s3o_presign: the Outpost answered %ui \"%V\", its body is "
                  "withheld", r->headers_out.status, code);

    ngx_http_clean_header(r);

    rc = ngx_http_special_response_handler(r, status);

    /* for a cache this would say that the request is on its way */

    return (rc == NGX_DONE && r->cached) ? NGX_ERROR : rc;
}


/* the text between <Code> and </Code>; a code that is none is empty */

static void
ngx_http_s3o_answer_code(ngx_buf_t *b, ngx_str_t *code)
{
    u_char  *p, *last;

    ngx_str_null(code);

    p = ngx_strlcasestrn(b->pos, b->last, (u_char *) "<Code>",
                         sizeof("<Code>") - 2);
    if (p == NULL) {
        return;
    }

    p += sizeof("<Code>") - 1;
    last = ngx_min(b->last, p + NGX_HTTP_S3O_CODE_MAX);

    code->data = p;

    while (p < last
           && ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z')
               || (*p >= '0' && *p <= '9')))
    {
        p++;
    }

    if (p < last && *p == '<') {
        code->len = p - code->data;
    }
}


static ngx_uint_t
ngx_http_s3o_answer_code_is_ours(ngx_str_t *code)
{
    ngx_uint_t               i;

    static const ngx_str_t   codes[] = {
        ngx_string("SignatureDoesNotMatch"),
        ngx_string("ExpiredToken"),
        ngx_string("InvalidToken"),
        ngx_string("TokenRefreshRequired"),
        ngx_string("InvalidAccessKeyId"),
        ngx_string("AuthorizationHeaderMalformed"),
        ngx_string("RequestTimeTooSkewed"),
        ngx_string("InvalidSecurity"),
        ngx_null_string
    };

    for (i = 0; codes[i].len; i++) {
        if (code->len == codes[i].len
            && ngx_strncmp(code->data, codes[i].data, code->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_s3o_answer_has(ngx_buf_t *b, const u_char *data, size_t len)
{
    u_char  *p;

    if (len == 0) {
        return 0;
    }

    for (p = b->pos; (size_t) (b->last - p) >= len; p++) {
        if (*p == *data && ngx_memcmp(p, data, len) == 0) {
            return 1;
        }
    }

    return 0;
}
