
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: signs the request that "proxy_pass" has written and is about to
 * send.
 *
 * The proxy module makes that request from the client's headers, from
 * "proxy_set_header" directives, own and inherited, and for the cache, which
 * turns HEAD into GET.  So only its text shows what will be sent.  This text is
 * rewritten: the request line and Host become the signed ones, headers that
 * must not be sent are removed, and the signature is added.
 */


#include "ngx_http_s3o_proxy.h"
#include "s3o_policy_header.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_sign.h"
#include "ngx_http_s3o_hop.h"
#include "ngx_http_s3o_lines.h"
#include "ngx_http_s3o_message.h"
#include "ngx_http_s3o_payload.h"
#include "ngx_http_s3o_proxied.h"
#include "ngx_http_s3o_stream.h"


static ngx_http_s3o_ctx_t *ngx_http_s3o_clone_ctx(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static ngx_uint_t ngx_http_s3o_unsigned_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static ngx_int_t ngx_http_s3o_proxy_read(ngx_http_request_t *r);
static void ngx_http_s3o_proxy_body_handler(ngx_http_request_t *r);
static void ngx_http_s3o_proxy_hashed(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_proxy_pass(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
#if (NGX_HTTP_CACHE)
static ngx_int_t ngx_http_s3o_create_key(ngx_http_request_t *r);
#endif
static ngx_int_t ngx_http_s3o_create_request(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_check_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg, ngx_buf_t *b);
static ngx_int_t ngx_http_s3o_sign_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg, ngx_buf_t *b);
static ngx_int_t ngx_http_s3o_check_method(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);
static ngx_int_t ngx_http_s3o_added_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);


/*
 * This handler replaces the location's content handler when the configuration
 * is read, so that no request can avoid it.  Requests that a slice or a cache
 * update clones skip all phases, but not the content handler.
 */

ngx_int_t
ngx_http_s3o_proxy_handler(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t       *ctx;
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);

    ctx = r == r->main
          ? ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module)
          : ngx_http_s3o_clone_ctx(r, conf);

    if (ctx && ctx->authorized && ctx->mode == NGX_HTTP_S3O_PROXY) {

        ctx->proxied->reads_body = 1;

        if (ngx_http_s3o_payload_read_first(r, ctx)) {
            return ngx_http_s3o_proxy_read(r);
        }

        return ngx_http_s3o_proxy_pass(r, ctx);
    }

    if (ngx_http_s3o_unsigned_mode(r, conf)) {
        return conf->handler(r);
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "s3o_presign: not signed: not an authorized request");

    return NGX_HTTP_FORBIDDEN;
}


/*
 * The context for a clone of an authorized request, which asks for a part of
 * the same object, or updates the cache.  It is signed again, at its own
 * time.  NULL when the request is no such clone, or without memory.
 */

static ngx_http_s3o_ctx_t *
ngx_http_s3o_clone_ctx(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_s3o_ctx_t  *ctx, *main;

    main = ngx_http_get_module_ctx(r->main, ngx_http_s3o_presign_module);

    if (main == NULL
        || !main->authorized
        || main->mode != NGX_HTTP_S3O_PROXY
        || main->conf != conf
        || r->uri.len != r->main->uri.len
        || ngx_memcmp(r->uri.data, r->main->uri.data, r->uri.len) != 0)
    {
        return NULL;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_s3o_ctx_t));
    if (ctx == NULL || ngx_http_s3o_proxied_create(r, ctx) != NGX_OK) {
        return NULL;
    }

    ctx->conf = conf;
    ctx->target = main->target;
    ctx->mode = main->mode;
    ctx->operation = main->operation;
    ctx->method_bit = main->method_bit;
    ctx->method = main->method;
    ctx->key = main->key;
    ctx->path = main->path;
    ctx->query = main->query;
    ctx->expires = main->expires;
    ctx->payload = main->payload;
    ctx->region_set = main->region_set;
    ctx->proxied->trailer = main->proxied->trailer;
    ctx->authorized = 1;

    ngx_http_set_ctx(r, ctx, ngx_http_s3o_presign_module);

    return ctx;
}


/*
 * 1 when the location's own handler may have the request: a variable yields
 * "on" or "off", or an "if" block sets it.
 */

static ngx_uint_t
ngx_http_s3o_unsigned_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_uint_t  mode, status;

    if (conf->handler == NULL
        || ngx_http_s3o_find_mode(r, conf, &mode, &status) != NGX_OK)
    {
        return 0;
    }

    return mode == NGX_HTTP_S3O_OFF || mode == NGX_HTTP_S3O_ON;
}


/*
 * Reads a body whose hash the signature contains, or whose length is not
 * known yet, before anything is sent, also with "proxy_request_buffering
 * off".  "proxy_pass" then finds the body read, and sends its length instead
 * of chunks.
 */

static ngx_int_t
ngx_http_s3o_proxy_read(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_http_read_client_request_body(r, ngx_http_s3o_proxy_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_s3o_proxy_body_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    /* this function is called again when the body is decoded */

    rc = ngx_http_s3o_payload_decode(r, ctx, ngx_http_s3o_proxy_body_handler);

    if (rc == NGX_DECLINED) {
        rc = ngx_http_s3o_payload_catch_up(r, ctx, ngx_http_s3o_proxy_hashed);
    }

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_s3o_proxy_hashed(r);
}


static void
ngx_http_s3o_proxy_hashed(ngx_http_request_t *r)
{
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    ngx_http_finalize_request(r, ngx_http_s3o_proxy_pass(r, ctx));
}


static ngx_int_t
ngx_http_s3o_proxy_pass(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t             rc;
    ngx_http_upstream_t  *u;

    /*
     * The handler of proxy_pass sets u->create_request and, when no body has
     * to be read, calls it at once.  While r->aio is set,
     * ngx_http_upstream_init() returns without doing anything, so
     * create_request can be replaced in between.
     */

    r->read_event_handler = ngx_http_block_reading;
    r->aio = 1;

    rc = ctx->conf->handler(r);

    r->aio = 0;

    if (rc != NGX_DONE) {
        return rc;
    }

    u = r->upstream;

    if (u == NULL || u->create_request == NULL || u->request_bufs) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "s3o_presign: the content handler is not proxy_pass");
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return NGX_DONE;
    }

    ctx->proxied->hooks.create_request = u->create_request;
    u->create_request = ngx_http_s3o_create_request;

#if (NGX_HTTP_CACHE)
    ctx->proxied->hooks.create_key = u->create_key;
    u->create_key = ngx_http_s3o_create_key;
#endif

    if (r->read_event_handler != ngx_http_block_reading) {

        /*
         * the body is being read; ngx_http_upstream_init() is called after it
         */

        return NGX_DONE;
    }

    ngx_http_upstream_init(r);

    return NGX_DONE;
}


#if (NGX_HTTP_CACHE)

/*
 * Makes the key of the cache.  Without "proxy_cache_key" nginx makes the key
 * from the client's URI, which may not identify the object: "s3o_presign_key"
 * may contain the user.  So the URL of the object is the key then.
 */

static ngx_int_t
ngx_http_s3o_create_key(ngx_http_request_t *r)
{
    ngx_str_t           *key;
    ngx_array_t         *keys;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx->proxied->hooks.create_key(r) != NGX_OK) {
        return NGX_ERROR;
    }

    keys = &r->cache->keys;

    if (keys->nelts == 1) {

        /* one key is the value of "proxy_cache_key"; nginx itself makes two */

        return NGX_OK;
    }

    if (ngx_http_s3o_bare_url(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    keys->nelts = 1;

    key = keys->elts;
    *key = ctx->url;

    return NGX_OK;
}

#endif


static ngx_int_t
ngx_http_s3o_create_request(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_buf_t               *b;
    ngx_array_t             *hidden;
    ngx_http_s3o_ctx_t      *ctx;
    ngx_http_s3o_mark_t      mark;
    ngx_http_s3o_message_t   msg;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ngx_http_s3o_payload_prepare(r, ctx) != NGX_OK) {
        ctx->authorized = 0;
        return NGX_ERROR;
    }

    rc = ngx_http_s3o_hide_headers(r, ctx, &hidden);

    if (rc == NGX_OK) {
        ngx_http_s3o_mark_headers(r, &mark);
        rc = ctx->proxied->hooks.create_request(r);
        ngx_http_s3o_unmark_headers(r, &mark);
    }

    ngx_http_s3o_show_headers(hidden);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    b = r->upstream->request_bufs->buf;

    if (ngx_http_s3o_check_message(r, ctx, &msg, b) != NGX_OK
        || ngx_http_s3o_sign_message(r, ctx, &msg, b) != NGX_OK)
    {
        ctx->authorized = 0;
        return NGX_ERROR;
    }

    if (ctx->proxied->stream) {
        ngx_http_s3o_stream_start(r, ctx);
    }

    return NGX_OK;
}


/* Checks that the text is exactly one request, and the one that was checked. */

static ngx_int_t
ngx_http_s3o_check_message(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg, ngx_buf_t *b)
{
    const char             *reason;
    ngx_http_s3o_result_e   result;

    switch (ngx_http_s3o_parse_message(r, ctx, b, msg)) {

    case NGX_OK:

        if (ngx_http_s3o_is_framed(r, ctx, msg)) {
            return NGX_OK;
        }

        result = NGX_HTTP_S3O_RESULT_HEADERS;
        reason = "a value of \"proxy_set_header\" changes where the request "
                 "ends, or another location has sent a part of the body";
        break;

    case NGX_ABORT:
        result = NGX_HTTP_S3O_RESULT_CONFIG;
        reason = "not an HTTP/1.x request, expected proxy_pass with "
                 "\"proxy_http_version\" 1.0 or 1.1";
        break;

    case NGX_DECLINED:
        result = NGX_HTTP_S3O_RESULT_HEADERS;
        reason = "a line of the request is not a header: a value of "
                 "\"proxy_set_header\" has a line break, or a name is "
                 "malformed";
        break;

    default: /* NGX_ERROR */
        return NGX_ERROR;
    }

    (void) ngx_http_s3o_refuse(r, result, 0, NGX_LOG_ERR, "%s", reason);

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_sign_message(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg, ngx_buf_t *b)
{
    ngx_http_s3o_form_t  form;

    if (ngx_http_s3o_check_method(r, ctx, msg) != NGX_OK
        || ngx_http_s3o_added_headers(r, ctx, msg) != NGX_OK
        || ngx_http_s3o_payload_message(r, ctx, msg) != NGX_OK
        || ngx_http_s3o_filter_lines(r, ctx, msg) != NGX_OK)
    {
        return NGX_ERROR;
    }

    form.method = msg->method;
    form.headers = msg->headers;
    form.nheaders = msg->nheaders;
    form.room = ngx_http_s3o_message_len(ctx, msg);

    if (ngx_http_s3o_sign_header(r, ctx, &form) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_write_message(r, ctx, msg, &form, b);
}


static ngx_int_t
ngx_http_s3o_check_method(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg)
{
    s3o_str_t   name;
    s3o_uint_t  bit, allowed;

    name = ngx_http_s3o_str(&msg->method);
    bit = s3o_policy_method(&name);

    if (bit == ctx->method_bit) {
        return NGX_OK;
    }

    allowed = ctx->operation == S3O_OP_OBJECT
              ? ctx->conf->methods & S3O_METHOD_GET
              : ctx->operation == S3O_OP_HEAD_BUCKET
                && (ctx->conf->allowed
                    & s3o_policy_bit(S3O_OP_LIST_OBJECTS_V1));

    if (bit == S3O_METHOD_GET
        && ctx->method_bit == S3O_METHOD_HEAD
        && allowed)
    {
        return NGX_OK;
    }

    (void) ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_METHOD, 0, NGX_LOG_ERR,
                               "the method sent is not the one asked for; "
                               "\"proxy_method\" cannot be used here, and "
                               "\"proxy_cache_convert_head\" needs GET in "
                               "\"s3o_presign_methods\", and ListObjects "
                               "where HeadBucket is allowed");
    return NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_added_headers(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg)
{
    s3o_str_t             name, text;
    ngx_str_t             value;
    ngx_uint_t            n;
    ngx_http_s3o_pair_t  *pair;
    ngx_http_s3o_line_t  *line;

    if (ctx->conf->headers == NULL) {
        return NGX_OK;
    }

    pair = ctx->conf->headers->elts;

    for (n = 0; n < ctx->conf->headers->nelts; n++) {

        if (ngx_http_s3o_eval(r, &pair[n].value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        name = ngx_http_s3o_str(&pair[n].lowcase_name);

        /* the length was checked, and proxy_pass has written the header */

        if (value.len == 0 || s3o_str_is(&name, "content-length")) {
            continue;
        }

        text = ngx_http_s3o_str(&value);

        if (!s3o_policy_header_value_ok(&text)) {
            (void) ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                       0, NGX_LOG_ERR,
                                       "a value of \"s3o_presign_header\" "
                                       "has a control character");
            return NGX_ERROR;
        }

        line = &msg->added[msg->nadded++];

        line->line = pair[n].name;
        line->name = name;
        line->value = text;
    }

    return NGX_OK;
}
