
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The signed query: those arguments of the client that the policy allows, and
 * the parameters of "s3o_presign_param".
 */


#include "ngx_http_s3o_query.h"
#include "s3o_encode.h"
#include "s3o_policy_key.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


#define NGX_HTTP_S3O_ARGS_MAX  128


static ngx_uint_t ngx_http_s3o_count_args(u_char *p, u_char *end);
static void ngx_http_s3o_split_arg(s3o_arg_t *arg, u_char *start,
    u_char *end);
static ngx_int_t ngx_http_s3o_decode_arg(ngx_http_request_t *r,
    s3o_arg_t *arg, u_char **dst);
static ngx_int_t ngx_http_s3o_params(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_str_t *values, size_t *size);
static void ngx_http_s3o_replace_args(ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs, s3o_str_t *values);
static ngx_uint_t ngx_http_s3o_has_prefix(ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_list_prefix(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs,
    s3o_str_t *prefix);
static ngx_int_t ngx_http_s3o_query_fill(ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs, s3o_str_t *values, s3o_str_t *prefix);


static s3o_str_t    ngx_http_s3o_prefix_name = s3o_string("prefix");
static s3o_query_t  ngx_http_s3o_no_query;


ngx_int_t
ngx_http_s3o_parse_args(ngx_http_request_t *r, s3o_arg_t **args,
    ngx_uint_t *nargs)
{
    u_char      *p, *end, *amp, *dst;
    ngx_int_t    rc;
    ngx_uint_t   n, escaped;
    s3o_arg_t   *arg;

    p = r->args.data;
    end = p + r->args.len;

    n = ngx_http_s3o_count_args(p, end);

    if (n > NGX_HTTP_S3O_ARGS_MAX) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_REQUEST_URI_TOO_LARGE,
                                   NGX_LOG_INFO, "too many arguments: %ui, "
                                   "and at most %d are taken", n,
                                   NGX_HTTP_S3O_ARGS_MAX);
    }

    /*
     * most queries have nothing to decode, and their arguments are not copied
     */

    escaped = memchr(p, '%', end - p) != NULL
              || memchr(p, '+', end - p) != NULL;

    arg = ngx_palloc(r->pool, n * sizeof(s3o_arg_t)
                              + (escaped ? r->args.len : 0));
    if (arg == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *args = arg;
    dst = (u_char *) (arg + n);

    for ( /* void */ ; p < end; p = amp + 1) {
        amp = memchr(p, '&', end - p);

        if (amp == NULL) {
            amp = end;
        }

        if (amp == p) {
            continue;
        }

        ngx_http_s3o_split_arg(arg, p, amp);

        if (escaped) {
            rc = ngx_http_s3o_decode_arg(r, arg, &dst);

            if (rc != NGX_OK) {
                return rc;
            }
        }

        arg++;
    }

    *nargs = arg - *args;

    return NGX_OK;
}


/* how many arguments a query may have, empty ones included */

static ngx_uint_t
ngx_http_s3o_count_args(u_char *p, u_char *end)
{
    ngx_uint_t  n;

    for (n = 1; p < end; n++) {
        p = memchr(p, '&', end - p);

        if (p == NULL) {
            break;
        }

        p++;
    }

    return n;
}


static void
ngx_http_s3o_split_arg(s3o_arg_t *arg, u_char *start, u_char *end)
{
    u_char  *eq, *value;

    eq = memchr(start, '=', end - start);
    value = eq ? eq + 1 : end;

    if (eq == NULL) {
        eq = end;
    }

    arg->sign = 0;
    s3o_str_set(&arg->name, start, eq - start);
    s3o_str_set(&arg->value, value, end - value);
}


static ngx_int_t
ngx_http_s3o_decode_arg(ngx_http_request_t *r, s3o_arg_t *arg, u_char **dst)
{
    ngx_str_t    name, shown;
    ngx_uint_t   i;
    s3o_str_t   *text;

    name = ngx_http_s3o_ngx_str(&arg->name);

    for (i = 0; i < 2; i++) {
        text = i ? &arg->value : &arg->name;

        if (s3o_decode(*dst, &text->len, text->data, text->len, 1) != S3O_OK) {
            return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                       NGX_HTTP_BAD_REQUEST,
                                       NGX_LOG_INFO,
                                       "the argument \"%V\" has an invalid "
                                       "escape in its %s",
                                       ngx_http_s3o_shown(&shown, &name),
                                       i ? "value" : "name");
        }

        text->data = *dst;
        *dst += text->len;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_build_query(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs)
{
    u_char       *p;
    size_t        size;
    ngx_int_t     rc;
    s3o_str_t    *values, prefix;
    ngx_uint_t    i, n, nparams;

    nparams = ctx->conf->params ? ctx->conf->params->nelts : 0;

    values = NULL;
    size = 0;
    n = 0;

    if (nparams
        && (ctx->operation == S3O_OP_OBJECT
            || (s3o_policy_bit(ctx->operation) & S3O_OPS_TAGGING)))
    {
        values = ngx_palloc(r->pool, nparams * sizeof(s3o_str_t));
        if (values == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (ngx_http_s3o_params(r, ctx, values, &size) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ngx_http_s3o_replace_args(ctx, args, nargs, values);
        n = nparams;
    }

    s3o_str_set(&prefix, NULL, 0);

    if (ngx_http_s3o_has_prefix(ctx)) {
        rc = ngx_http_s3o_list_prefix(r, ctx, args, nargs, &prefix);

        if (rc != NGX_OK) {
            return rc;
        }

        size += s3o_query_param_len(&ngx_http_s3o_prefix_name, &prefix);
        n++;
    }

    for (i = 0; i < nargs; i++) {
        if (args[i].sign) {
            size += s3o_query_param_len(&args[i].name, &args[i].value);
            n++;
        }
    }

    if (n == 0) {
        ctx->query = &ngx_http_s3o_no_query;
        return NGX_OK;
    }

    p = ngx_palloc(r->pool, sizeof(s3o_query_t) + n * sizeof(s3o_param_t)
                            + size);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->query = (s3o_query_t *) p;
    p += sizeof(s3o_query_t);

    s3o_query_init(ctx->query, (s3o_param_t *) p, n,
                   p + n * sizeof(s3o_param_t), size);

    rc = ngx_http_s3o_query_fill(ctx, args, nargs, values, &prefix);

    if (rc == NGX_OK) {
        s3o_query_sort(ctx->query);
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_params(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_str_t *values, size_t *size)
{
    s3o_str_t             name;
    ngx_str_t             value;
    ngx_uint_t            i;
    ngx_http_s3o_pair_t  *param;

    param = ctx->conf->params->elts;

    for (i = 0; i < ctx->conf->params->nelts; i++) {
        if (ngx_http_s3o_eval(r, &param[i].value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        name = ngx_http_s3o_str(&param[i].name);
        values[i] = ngx_http_s3o_str(&value);

        /* of the parameters, requests for tags have only "versionId" */

        if (ctx->operation != S3O_OP_OBJECT
            && !s3o_str_is(&name, "versionId"))
        {
            values[i].len = 0;
        }

        *size += s3o_query_param_len(&name, &values[i]);
    }

    return NGX_OK;
}


/* a configured parameter replaces the client's argument of the same name */

static void
ngx_http_s3o_replace_args(ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args,
    ngx_uint_t nargs, s3o_str_t *values)
{
    s3o_str_t             name;
    ngx_uint_t            i, k;
    ngx_http_s3o_pair_t  *param;

    param = ctx->conf->params->elts;

    for (i = 0; i < ctx->conf->params->nelts; i++) {

        if (values[i].len == 0) {
            continue;
        }

        name = ngx_http_s3o_str(&param[i].name);

        for (k = 0; k < nargs; k++) {
            if (s3o_str_eq(&args[k].name, &name)) {
                args[k].sign = 0;
            }
        }
    }
}


static ngx_uint_t
ngx_http_s3o_has_prefix(ngx_http_s3o_ctx_t *ctx)
{
    switch (ctx->operation) {

    case S3O_OP_LIST_OBJECTS_V2:
    case S3O_OP_LIST_OBJECTS_V1:
    case S3O_OP_LIST_VERSIONS:
    case S3O_OP_LIST_UPLOADS:
        return 1;

    case S3O_OP_HEAD_BUCKET:

        /*
         * "proxy_cache" may turn HeadBucket into a GET, which lists the
         * bucket
         */

        return ctx->mode == NGX_HTTP_S3O_PROXY;

    default:
        return 0;
    }
}


/*
 * A listing is confined to the keys that begin with ctx->key.  Sets "prefix"
 * to the client's prefix, which must begin with that key, or to the key when
 * the client gives no prefix.
 */

static ngx_int_t
ngx_http_s3o_list_prefix(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs, s3o_str_t *prefix)
{
    ngx_uint_t       i;
    s3o_uint_t       plain;
    s3o_key_error_e  err;

    *prefix = ngx_http_s3o_str(&ctx->key);
    err = s3o_policy_key(prefix, &plain);

    if (err != S3O_KEY_OK && err != S3O_KEY_EMPTY) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "%s",
                                   s3o_policy_key_strerror(err));
    }

    for (i = 0; i < nargs; i++) {

        if (!args[i].sign || !s3o_str_is(&args[i].name, "prefix")) {
            continue;
        }

        args[i].sign = 0;

        if (args[i].value.len == 0) {
            continue;
        }

        if (args[i].value.len < prefix->len
            || ngx_memcmp(args[i].value.data, prefix->data, prefix->len) != 0)
        {
            return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LIST,
                                       NGX_HTTP_BAD_REQUEST,
                                       NGX_LOG_INFO,
                                       "the argument \"prefix\" is outside of "
                                       "what the location lists");
        }

        *prefix = args[i].value;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_query_fill(ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args,
    ngx_uint_t nargs, s3o_str_t *values, s3o_str_t *prefix)
{
    s3o_str_t             name;
    ngx_uint_t            i;
    ngx_http_s3o_pair_t  *param;

    for (i = 0; i < nargs; i++) {
        if (args[i].sign
            && s3o_query_add(ctx->query, &args[i].name, &args[i].value)
               != S3O_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (prefix->len
        && s3o_query_add(ctx->query, &ngx_http_s3o_prefix_name, prefix)
           != S3O_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (values == NULL) {
        return NGX_OK;
    }

    param = ctx->conf->params->elts;

    for (i = 0; i < ctx->conf->params->nelts; i++) {
        name = ngx_http_s3o_str(&param[i].name);

        if (values[i].len
            && s3o_query_add(ctx->query, &name, &values[i]) != S3O_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return NGX_OK;
}
