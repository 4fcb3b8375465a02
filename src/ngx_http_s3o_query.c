
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The signed query: the client's arguments that policy lets in, and the
 * configured parameters.
 */


#include "ngx_http_s3o_presign.h"


#define NGX_HTTP_S3O_ARGS_MAX  128


static ngx_int_t ngx_http_s3o_arg(ngx_http_request_t *r, s3o_arg_t *arg,
    u_char **dst, u_char *start, u_char *end);
static ngx_int_t ngx_http_s3o_params(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_str_t *values, size_t *size);
static void ngx_http_s3o_replace_args(ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs, s3o_str_t *values);
static ngx_int_t ngx_http_s3o_list_prefix(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs,
    s3o_str_t *prefix);
static ngx_int_t ngx_http_s3o_query_fill(ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs, s3o_str_t *values, s3o_str_t *prefix);


static s3o_str_t    ngx_http_s3o_prefix_name = s3o_string("prefix");
static s3o_query_t  ngx_http_s3o_no_query;


/* splits and decodes the client's arguments; at least "sign" is unset */

ngx_int_t
ngx_http_s3o_args(ngx_http_request_t *r, s3o_arg_t **args, ngx_uint_t *nargs)
{
    u_char      *p, *end, *amp, *dst;
    ngx_int_t    rc;
    ngx_uint_t   n;
    s3o_arg_t   *arg;

    *args = NULL;
    *nargs = 0;

    end = r->args.data + r->args.len;
    n = 1;

    for (p = r->args.data; p < end; p++) {
        if (*p == '&') {
            n++;
        }
    }

    if (n > NGX_HTTP_S3O_ARGS_MAX) {
        return ngx_http_s3o_refuse(r, "args", NGX_HTTP_REQUEST_URI_TOO_LARGE,
                                   NGX_LOG_INFO, "too many arguments");
    }

    arg = ngx_palloc(r->pool, n * sizeof(s3o_arg_t) + r->args.len);
    if (arg == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *args = arg;
    dst = (u_char *) (arg + n);

    for (p = r->args.data; p < end; p = amp + 1) {
        amp = ngx_strlchr(p, end, '&');

        if (amp == NULL) {
            amp = end;
        }

        if (amp == p) {
            continue;
        }

        rc = ngx_http_s3o_arg(r, arg++, &dst, p, amp);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    *nargs = arg - *args;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_arg(ngx_http_request_t *r, s3o_arg_t *arg, u_char **dst,
    u_char *start, u_char *end)
{
    u_char  *eq, *value;

    eq = ngx_strlchr(start, end, '=');
    value = eq ? eq + 1 : end;

    if (eq == NULL) {
        eq = end;
    }

    arg->sign = 0;
    arg->name.data = *dst;

    if (s3o_decode(arg->name.data, &arg->name.len, start, eq - start, 1)
        != S3O_OK)
    {
        goto invalid;
    }

    *dst += arg->name.len;

    arg->value.data = *dst;

    if (s3o_decode(arg->value.data, &arg->value.len, value, end - value, 1)
        != S3O_OK)
    {
        goto invalid;
    }

    *dst += arg->value.len;

    return NGX_OK;

invalid:

    return ngx_http_s3o_refuse(r, "args", NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                               "an argument has an invalid escape");
}


/* sets ctx->query; the operation and the key are known */

ngx_int_t
ngx_http_s3o_query(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs)
{
    u_char       *p;
    size_t        size;
    ngx_int_t     rc;
    s3o_str_t    *values, prefix;
    ngx_uint_t    i, n, nparams;

    nparams = ctx->conf->params ? ctx->conf->params->nelts : 0;
    n = nargs + nparams + 1;

    if (n == 1 && ctx->operation == S3O_OP_OBJECT) {
        ctx->query = &ngx_http_s3o_no_query;
        return NGX_OK;
    }

    values = NULL;
    size = 0;

    if (nparams && ctx->operation == S3O_OP_OBJECT) {
        values = ngx_palloc(r->pool, nparams * sizeof(s3o_str_t));
        if (values == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (ngx_http_s3o_params(r, ctx, values, &size) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ngx_http_s3o_replace_args(ctx, args, nargs, values);
    }

    s3o_str_set(&prefix, NULL, 0);

    if (ctx->operation == S3O_OP_LIST_OBJECTS) {
        rc = ngx_http_s3o_list_prefix(r, ctx, args, nargs, &prefix);

        if (rc != NGX_OK) {
            return rc;
        }

        size += s3o_query_param_len(&ngx_http_s3o_prefix_name, &prefix);
    }

    for (i = 0; i < nargs; i++) {
        if (args[i].sign) {
            size += s3o_query_param_len(&args[i].name, &args[i].value);
        }
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

    return ngx_http_s3o_query_fill(ctx, args, nargs, values, &prefix);
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
        if (ngx_http_complex_value(r, &param[i].value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        name = ngx_http_s3o_str(&param[i].name);
        values[i] = ngx_http_s3o_str(&value);

        *size += s3o_query_param_len(&name, &values[i]);
    }

    return NGX_OK;
}


/* a configured parameter stands in for the client's of the same name */

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


/*
 * A listing is confined to what the key expression yields: the client's
 * prefix must begin with it, and it stands in for one that is not given.
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
        return ngx_http_s3o_refuse(r, "key", NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, s3o_policy_key_strerror(err));
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
            return ngx_http_s3o_refuse(r, "list", NGX_HTTP_BAD_REQUEST,
                                       NGX_LOG_INFO,
                                       "the prefix is not below what the "
                                       "location lists");
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
