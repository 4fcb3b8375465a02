
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The object key: taken from the path of the request or from "s3o_presign_key"
 * as decoded bytes, checked, and encoded once into the path that is signed and
 * sent.
 */


#include "ngx_http_s3o_key.h"
#include "s3o_encode.h"
#include "s3o_policy_key.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


static ngx_int_t ngx_http_s3o_refuse_key(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_key_error_e err);
static size_t ngx_http_s3o_key_decoded_len(const u_char *p,
    const u_char *end);


void
ngx_http_s3o_location_path(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *path)
{
    size_t  len;

    if (conf->exact) {
        ngx_str_null(path);
        return;
    }

    len = conf->prefix.len;

    if (r->uri.len < len
        || ngx_memcmp(r->uri.data, conf->prefix.data, len) != 0)
    {
        len = (r->uri.len && r->uri.data[0] == '/') ? 1 : 0;
    }

    path->data = r->uri.data + len;
    path->len = r->uri.len - len;
}


ngx_int_t
ngx_http_s3o_find_key(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *key)
{
    if (conf->key) {
        return ngx_http_s3o_eval(r, conf->key, key);
    }

    ngx_http_s3o_location_path(r, conf, key);

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_check_key(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    s3o_buf_t        b;
    s3o_str_t        key;
    s3o_uint_t       plain;
    s3o_key_error_e  err;
    u_char           path[1 + 3 * S3O_KEY_MAX];

    if (ctx->operation >= S3O_OP_LIST_OBJECTS_V2) {
        ngx_str_set(&ctx->path, "/");
        return NGX_OK;
    }

    key = ngx_http_s3o_str(&ctx->key);
    err = s3o_policy_key(&key, &plain);

    if (err != S3O_KEY_OK) {
        return ngx_http_s3o_refuse_key(r, ctx, err);
    }

    /* most keys need no encoding, and are sent as they are in the URI */

    if (plain
        && key.data > r->uri.data
        && key.data + key.len == r->uri.data + r->uri.len
        && key.data[-1] == '/')
    {
        ctx->path.data = key.data - 1;
        ctx->path.len = 1 + key.len;
        return NGX_OK;
    }

    s3o_buf_init(&b, path, sizeof(path));
    s3o_buf_putc(&b, '/');
    s3o_encode(&b, key.data, key.len, S3O_ENCODE_PATH);

    ctx->path.len = b.pos - b.start;
    ctx->path.data = ngx_pnalloc(r->pool, ctx->path.len);
    if (ctx->path.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(ctx->path.data, path, ctx->path.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_refuse_key(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_key_error_e err)
{
    ngx_int_t  status;

    status = err == S3O_KEY_TOO_LONG ? NGX_HTTP_REQUEST_URI_TOO_LARGE
                                     : NGX_HTTP_BAD_REQUEST;

    if (err != S3O_KEY_EMPTY) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY, status,
                                   NGX_LOG_INFO, "%s",
                                   s3o_policy_key_strerror(err));
    }

    if (ctx->method_bit & (S3O_METHOD_GET|S3O_METHOD_HEAD)) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY, status,
                                   NGX_LOG_INFO, "the object key is empty: to "
                                   "list the bucket see \"s3o_presign_list\"");
    }

    if (ctx->operation == S3O_OP_OBJECT
        && ctx->conf->key == NULL
        && (ctx->method_bit & (S3O_METHOD_PUT|S3O_METHOD_DELETE)))
    {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY,
                                   NGX_HTTP_NOT_IMPLEMENTED,
                                   NGX_LOG_INFO, "the object key is empty, "
                                   "and the object API of S3 on Outposts "
                                   "does not create or delete buckets");
    }

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY, status,
                               NGX_LOG_INFO, "%s",
                               s3o_policy_key_strerror(err));
}


/*
 * Before nginx looks for a location, it resolves "." and "..", merges slashes
 * and cuts off a fragment from "#" on.  Then the key would not be the one
 * that the client, perhaps an SDK, has named.
 *
 * After a rewrite or an internal redirect the URI is not the client's any
 * more, so nothing is checked.  In an exact location the path is not the key.
 */

ngx_int_t
ngx_http_s3o_key_as_named(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf)
{
    u_char  *p, *end, *path_end;

    if (!r->valid_unparsed_uri) {
        return NGX_OK;
    }

    p = r->unparsed_uri.data;
    end = p + r->unparsed_uri.len;

    if (memchr(p, '#', end - p)) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "the URI has \"#\", and nginx "
                                   "drops what follows: a key has \"%%23\"");
    }

    path_end = memchr(p, '?', end - p);

    /* resolving and merging make the path shorter, and nothing else does */

    if (conf->exact
        || ngx_http_s3o_key_decoded_len(p, path_end ? path_end : end)
           == r->uri.len)
    {
        return NGX_OK;
    }

    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY,
                               NGX_HTTP_BAD_REQUEST,
                               NGX_LOG_INFO, "nginx has removed \"//\" (see "
                               "\"merge_slashes\") or a segment \".\" or "
                               "\"..\" from the path, and the key would be "
                               "another one");
}


/*
 * The length of a path when it is decoded, in bytes.  nginx has checked that
 * two hex digits follow each "%".
 */

static size_t
ngx_http_s3o_key_decoded_len(const u_char *p, const u_char *end)
{
    size_t  len;

    len = end - p;

    while (p < end) {
        p = memchr(p, '%', end - p);

        if (p == NULL) {
            break;
        }

        p++;
        len -= 2;
    }

    return len;
}
