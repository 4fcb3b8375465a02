
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: the held body of an answer that refuses a request.  Says whether
 * it may tell a secret, and S3's code in it.
 */


#include "ngx_http_s3o_held.h"
#include "s3o_text.h"
#include "ngx_http_s3o_leak.h"


/*
 * The parser gets at least so many bytes at a time, because expat begins an
 * unfinished tag again with each piece.
 */
#define NGX_HTTP_S3O_PARSE_STEP  1024


static ngx_int_t ngx_http_s3o_held_parser(ngx_http_request_t *r,
    ngx_http_s3o_held_t *held);
static void ngx_http_s3o_held_cleanup(void *data);
static void ngx_http_s3o_held_code(ngx_http_s3o_held_t *held,
    ngx_str_t *code);
static ngx_uint_t ngx_http_s3o_held_names(ngx_http_s3o_held_t *held,
    ngx_str_t *code);


/* codes with which the Outpost refuses our signature or our credentials */

const ngx_str_t  ngx_http_s3o_answer_codes[NGX_HTTP_S3O_ANSWER_CODES] = {
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


ngx_int_t
ngx_http_s3o_held_create(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_http_s3o_held_t  *held;

    held = ngx_pcalloc(r->pool, sizeof(ngx_http_s3o_held_t));
    if (held == NULL) {
        return NGX_ERROR;
    }

    ctx->proxied->held = held;

    held->buf = ngx_create_temp_buf(r->pool, NGX_HTTP_S3O_HELD_MAX);
    if (held->buf == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_s3o_held_parser(r, held) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_leak_set(r, ctx, &held->leak);
}


static ngx_int_t
ngx_http_s3o_held_parser(ngx_http_request_t *r, ngx_http_s3o_held_t *held)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    held->code[0].name = "Code";

    held->xml = ngx_http_s3o_xml_create(held->code, held->kept,
                                        NGX_HTTP_S3O_HELD_CODE_MAX);
    if (held->xml == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_s3o_held_cleanup;
    cln->data = held;

    held->parsed = held->buf->pos;
    held->searched = held->buf->pos;

    return NGX_OK;
}


static void
ngx_http_s3o_held_cleanup(void *data)
{
    ngx_http_s3o_held_t  *held = data;

    if (held->xml) {
        ngx_http_s3o_xml_free(held->xml);
        held->xml = NULL;
    }
}


/* Appends a buffer to the held body; with a cache its bytes are in a file. */

ngx_int_t
ngx_http_s3o_held_add(ngx_http_s3o_held_t *held, ngx_buf_t *b)
{
    size_t      size;
    u_char     *start;
    ssize_t     n;
    ngx_buf_t  *buf;

    buf = held->buf;
    size = buf->end - buf->last;

    if (ngx_buf_special(b)) {
        return NGX_OK;
    }

    if (ngx_buf_size(b) > (off_t) size) {
        held->too_long = 1;

    } else {
        size = (size_t) ngx_buf_size(b);
    }

    start = buf->last;

    if (ngx_buf_in_memory(b)) {
        buf->last = ngx_cpymem(buf->last, b->pos, size);

    } else if (size) {
        n = ngx_read_file(b->file, buf->last, size, b->file_pos);

        if (n != (ssize_t) size) {
            return NGX_ERROR;
        }

        buf->last += n;
    }

    held->tells = s3o_leak_look(&held->leak, start, buf->last - start) ? 1 : 0;

    b->pos = b->last;
    b->file_pos = b->file_last;

    return NGX_OK;
}


void
ngx_http_s3o_held_parse(ngx_http_s3o_held_t *held, ngx_uint_t last)
{
    size_t      len;
    ngx_buf_t  *b;

    b = held->buf;
    len = b->last - held->parsed;

    if (held->xml == NULL
        || (!last && len < NGX_HTTP_S3O_PARSE_STEP
            && held->parsed - b->pos >= NGX_HTTP_S3O_PARSE_STEP))
    {
        return;
    }

    if (ngx_http_s3o_xml_parse(held->xml, held->parsed, len, last)) {
        held->no_xml = 1;
    }

    held->parsed = b->last;

    if (last || held->no_xml) {
        ngx_http_s3o_held_cleanup(held);
    }
}


ngx_uint_t
ngx_http_s3o_held_leaks(ngx_http_s3o_held_t *held, ngx_str_t *code)
{
    ngx_http_s3o_held_code(held, code);

    return held->tells
           || ngx_http_s3o_find_code(code) < NGX_HTTP_S3O_ANSWER_CODES - 1
           || (held->no_xml && ngx_http_s3o_held_names(held, code));
}


/*
 * Sets "code" to the text of the first <Code>, or to an empty string when the
 * text is not made of letters and digits.
 */

static void
ngx_http_s3o_held_code(ngx_http_s3o_held_t *held, ngx_str_t *code)
{
    size_t  i;

    *code = held->code[0].text;

    for (i = 0; i < code->len; i++) {

        if (!s3o_is_alnum(code->data[i])) {
            ngx_str_null(code);
            return;
        }
    }
}


ngx_uint_t
ngx_http_s3o_find_code(const ngx_str_t *code)
{
    ngx_uint_t        i;
    const ngx_str_t  *codes;

    codes = ngx_http_s3o_answer_codes;

    for (i = 0; codes[i].len; i++) {
        if (code->len == codes[i].len
            && ngx_strncmp(code->data, codes[i].data, code->len) == 0)
        {
            break;
        }
    }

    return i;
}


/*
 * Searches a body that is not XML for one of the codes as a word.  The body
 * may be searched after each piece that comes, so only the new bytes are
 * searched, and as many before them as may be the beginning of a code.
 */

static ngx_uint_t
ngx_http_s3o_held_names(ngx_http_s3o_held_t *held, ngx_str_t *code)
{
    u_char           *last;
    const ngx_str_t  *word;

    last = held->buf->last;

    for (word = ngx_http_s3o_answer_codes; word->len; word++) {
        if (held->word == NULL
            && ngx_strlcasestrn(held->searched, last, word->data,
                                word->len - 1))
        {
            held->word = word;
        }
    }

    held->searched = last - ngx_min(last - held->searched,
                                    NGX_HTTP_S3O_HELD_CODE_MAX - 1);

    if (held->word) {
        *code = *held->word;
        return 1;
    }

    return 0;
}
