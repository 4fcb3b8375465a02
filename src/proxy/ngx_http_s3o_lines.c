
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: which header lines of the request that "proxy_pass" has written
 * are sent, and which of them are signed.
 */


#include "ngx_http_s3o_lines.h"
#include "s3o_text.h"
#include "s3o_policy_header.h"
#include "s3o_target.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_hop.h"
#include "ngx_http_s3o_proxied.h"


static void ngx_http_s3o_note_signed(ngx_http_s3o_message_t *msg,
    ngx_http_s3o_line_t *line);
static s3o_header_act_e ngx_http_s3o_line_act(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg, ngx_http_s3o_line_t *line,
    ngx_uint_t client);
static s3o_header_act_e ngx_http_s3o_copy_line(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_line_t *line, s3o_header_act_e act);
static s3o_header_act_e ngx_http_s3o_set_line_act(s3o_header_class_e type,
    ngx_http_s3o_line_t *line, s3o_header_act_e act);
static ngx_int_t ngx_http_s3o_check_line(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_line_t *line, ngx_uint_t client);


ngx_int_t
ngx_http_s3o_filter_lines(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg)
{
    ngx_str_t            *last;
    ngx_uint_t            i, n, client;
    s3o_header_act_e      act;
    ngx_http_s3o_line_t  *line;

    for (i = 0; i < msg->nadded; i++) {
        ngx_http_s3o_note_signed(msg, &msg->added[i]);
    }

    n = 0;
    last = NULL;
    client = 0;

    for (i = 0; i < msg->nlines; i++) {
        line = &msg->lines[i];

        if (!client && ngx_http_s3o_is_mark(&line->name)) {
            client = 1;
            continue;
        }

        act = ngx_http_s3o_line_act(ctx, msg, line, client);

        if (client && ctx->copied) {
            act = ngx_http_s3o_copy_line(ctx, line, act);
        }

        if (act == S3O_ACT_SIGN) {
            ngx_http_s3o_note_signed(msg, line);

        } else if (act != S3O_ACT_PASS) {

            if (act != S3O_ACT_REMOVE
                && ngx_http_s3o_check_line(r, ctx, line, client)
                   != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

        if (last && last->data + last->len == line->line.data) {
            last->len += line->line.len;
            continue;
        }

        last = &msg->lines[n++].line;
        *last = line->line;
    }

    msg->nlines = n;

    return NGX_OK;
}


static void
ngx_http_s3o_note_signed(ngx_http_s3o_message_t *msg,
    ngx_http_s3o_line_t *line)
{
    s3o_header_t  *header;

    header = &msg->headers[msg->nheaders++];

    header->name = line->name;
    header->value = line->value;
}


/*
 * Returns what to do with a line.  "client" is 1 for a header of the client,
 * 0 for one of "proxy_set_header".
 */

static s3o_header_act_e
ngx_http_s3o_line_act(ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg,
    ngx_http_s3o_line_t *line, ngx_uint_t client)
{
    ngx_uint_t           i, named;
    ngx_array_t         *names;
    s3o_header_act_e     act;
    s3o_header_class_e   type;

    if (ctx->proxied->decoder && ngx_http_s3o_frames_upload(&line->name)) {
        return S3O_ACT_REMOVE;
    }

    if (ctx->proxied->stream && s3o_str_is(&line->name, "transfer-encoding")) {
        return S3O_ACT_REMOVE;
    }

    for (i = 0; i < msg->nadded; i++) {
        if (s3o_str_eq(&msg->added[i].name, &line->name)) {
            return S3O_ACT_REMOVE;
        }
    }

    if (ctx->proxied->trailer && ngx_http_s3o_frames_upload(&line->name)) {
        return S3O_ACT_SIGN;
    }

    type = s3o_policy_header(&line->name);
    names = ctx->conf->signed_headers;

    named = names && s3o_policy_header_named(&line->name, type, names->elts,
                                             names->nelts);

    act = s3o_policy_header_act(type, named, S3O_PLACE_PROXY);

    return client ? act : ngx_http_s3o_set_line_act(type, line, act);
}


/*
 * The same for the headers of a copy.  The source was checked, and its line
 * is replaced by the one to be sent.
 */

static s3o_header_act_e
ngx_http_s3o_copy_line(ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_line_t *line,
    s3o_header_act_e act)
{
    if (act != S3O_ACT_LACK
        || s3o_policy_header(&line->name) != S3O_HEADER_COPY)
    {
        return act;
    }

    if (s3o_str_is(&line->name, "x-amz-copy-source")) {
        line->line = ctx->copied->line;
        line->value = ngx_http_s3o_str(&ctx->copied->source);
        return S3O_ACT_SIGN;
    }

    if (s3o_str_is(&line->name, "x-amz-source-expected-bucket-owner")) {
        return S3O_ACT_REMOVE;
    }

    return S3O_ACT_SIGN;
}


/*
 * Corrects the decision for a line of "proxy_set_header": headers that are
 * removed when a client sends them may be set by the configuration.
 */

static s3o_header_act_e
ngx_http_s3o_set_line_act(s3o_header_class_e type, ngx_http_s3o_line_t *line,
    s3o_header_act_e act)
{
    switch (type) {

    case S3O_HEADER_COOKIE:
    case S3O_HEADER_WAY:
    case S3O_HEADER_AGENT:

        if (act == S3O_ACT_REMOVE) {

            /* S3 accepts "x-amz-*" headers only when they are signed */

            return line->name.len > sizeof("x-amz-") - 1
                   && ngx_strncmp(line->name.data, "x-amz-",
                                  sizeof("x-amz-") - 1)
                      == 0
                   ? S3O_ACT_SIGN : S3O_ACT_PASS;
        }

        break;

    default:
        break;
    }

    return act;
}


/*
 * Checks a line that is not sent.  Lines of the client that matter were
 * refused earlier, so only those are left that ask for what happens anyway.
 * A line of "proxy_set_header" may be inherited from a level that was written
 * for another server, so a header with an effect must be named.
 */

static ngx_int_t
ngx_http_s3o_check_line(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_line_t *line, ngx_uint_t client)
{
    ngx_str_t  name, shown;
    s3o_str_t  value, host, account;

    value = line->value;
    s3o_trim(&value);

    host = ngx_http_s3o_str(&ctx->target->host);
    s3o_target_account(&host, &account);

    if (s3o_policy_header_value(&line->name, &value, &account)
        == S3O_VALUE_USUAL)
    {
        return NGX_OK;
    }

    name = ngx_http_s3o_ngx_str(&line->name);

    (void) ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS, 0, NGX_LOG_ERR,
                               client ? "\"%V\" is not in "
                                        "\"s3o_presign_signed_headers\""
                                      : "\"%V\" of \"proxy_set_header\" is "
                                        "not in "
                                        "\"s3o_presign_signed_headers\"; use "
                                        "\"s3o_presign_header\", or name it",
                               ngx_http_s3o_shown(&shown, &name));
    return NGX_ERROR;
}


ngx_uint_t
ngx_http_s3o_frames_upload(const s3o_str_t *name)
{
    return s3o_str_is(name, "x-amz-decoded-content-length")
           || s3o_str_is(name, "x-amz-trailer")
           || s3o_str_is(name, "x-amz-sdk-checksum-algorithm")
           || s3o_str_is(name, "content-encoding");
}
