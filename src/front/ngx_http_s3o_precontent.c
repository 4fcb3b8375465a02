
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The PRECONTENT phase: the request has passed all access checks, and its
 * policy, key, target and credentials decide whether it is signed.
 */


#include "ngx_http_s3o_precontent.h"
#include "ngx_http_s3o_body.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_deliver.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_headers.h"
#include "ngx_http_s3o_key.h"
#include "ngx_http_s3o_lifetime.h"
#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_operation.h"
#include "ngx_http_s3o_parts.h"
#include "ngx_http_s3o_query.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_require.h"
#include "ngx_http_s3o_target.h"
#include "ngx_http_s3o_wait.h"
#include "ngx_http_s3o_proxied.h"
#include "ngx_http_s3o_proxy.h"
#include "ngx_http_s3o_unframe.h"
#include "ngx_http_s3o_upload.h"


static ngx_http_s3o_ctx_t *ngx_http_s3o_begin(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_uint_t mode, ngx_uint_t status);
static ngx_int_t ngx_http_s3o_decide(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_prepare(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_prepare_signature(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs);
static ngx_int_t ngx_http_s3o_method(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_deliver(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


ngx_int_t
ngx_http_s3o_precontent_handler(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_uint_t                mode, status;
    ngx_http_s3o_ctx_t       *ctx;
    ngx_http_s3o_loc_conf_t  *conf;

    if (r->internal && r->request_body && r == r->main) {
        rc = ngx_http_s3o_unframe_body(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);

    if (conf->mode == NGX_HTTP_S3O_OFF) {
        return NGX_DECLINED;
    }

    /* a variable has failed before, see ngx_http_s3o_variable_failed() */

    if (r->connection->error) {
        return NGX_ERROR;
    }

    mode = conf->mode;
    status = conf->redirect_status;

    if (mode == NGX_HTTP_S3O_BY_VARIABLE) {
        rc = ngx_http_s3o_find_mode(r, conf, &mode, &status);

        if (rc != NGX_OK) {
            return rc;
        }

        if (mode == NGX_HTTP_S3O_OFF) {
            return NGX_DECLINED;
        }
    }

    if (r != r->main) {

        /* subrequests skip the access phase, so they are never signed */

        if (mode == NGX_HTTP_S3O_ON) {
            return NGX_DECLINED;
        }

        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "s3o_presign: not signed: a subrequest");
        return NGX_HTTP_FORBIDDEN;
    }

    ctx = ngx_http_s3o_begin(r, conf, mode, status);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_s3o_decide(r, ctx);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return ngx_http_s3o_refuse_early(r, rc);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->authorized = 1;
    ctx->result = NGX_HTTP_S3O_RESULT_SIGNED;

    return ngx_http_s3o_deliver(r, ctx);
}


static ngx_http_s3o_ctx_t *
ngx_http_s3o_begin(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_uint_t mode, ngx_uint_t status)
{
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_s3o_fresh_ctx(r);
    if (ctx == NULL) {
        return NULL;
    }

    ctx->conf = conf;
    ctx->status = status;

    if (mode == NGX_HTTP_S3O_PROXY
        && ngx_http_s3o_proxied_create(r, ctx) != NGX_OK)
    {
        return NULL;
    }

    ctx->mode = mode;

    return ctx;
}


static ngx_int_t
ngx_http_s3o_decide(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ctx->conf->require ? ngx_http_s3o_require(r, ctx->conf->require)
                            : NGX_OK;

    if (rc == NGX_OK) {
        rc = ngx_http_s3o_prepare(r, ctx);
    }

    /*
     * the steps return 500 for a value that must not be used: the client gets
     * 403
     */

    if (rc == NGX_HTTP_INTERNAL_SERVER_ERROR
        && ctx->result == NGX_HTTP_S3O_RESULT_REQUIRE)
    {
        return NGX_HTTP_FORBIDDEN;
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_prepare(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t    rc;
    s3o_arg_t   *args;
    ngx_uint_t   nargs;

    rc = ngx_http_s3o_method(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    /* first of all, because logs of refusals use $s3o_presign_key, too */

    if (ngx_http_s3o_find_key(r, ctx->conf, &ctx->key) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    args = NULL;
    nargs = 0;

    if (r->args.len) {
        rc = ngx_http_s3o_parse_args(r, &args, &nargs);

        if (rc == NGX_OK && ctx->mode == NGX_HTTP_S3O_JSON) {
            rc = ngx_http_s3o_find_parts(r, ctx, args, nargs);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    rc = ngx_http_s3o_find_operation(r, ctx, args, nargs);

    if (rc != NGX_OK) {
        return rc;
    }

    /* nginx has changed no other URIs */

    if (r->complex_uri || r->quoted_uri) {
        rc = ngx_http_s3o_key_as_named(r, ctx->conf);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    rc = ngx_http_s3o_check_key(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_s3o_prepare_signature(r, ctx, args, nargs);
}


/*
 * The operation and the key are known: finds the target and everything else
 * that is signed.
 */

static ngx_int_t
ngx_http_s3o_prepare_signature(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs)
{
    ngx_int_t  rc;

    rc = ngx_http_s3o_find_target(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ctx->conf->algorithm == S3O_SIGV4A) {
        rc = ngx_http_s3o_check_target_region(r, ctx);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    rc = ctx->mode == NGX_HTTP_S3O_PROXY
         ? ngx_http_s3o_check_proxied(r, ctx)
         : ngx_http_s3o_check_headers(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_s3o_build_query(r, ctx, args, nargs);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->expires = ctx->conf->expires;

    if (ctx->conf->expires_value) {
        rc = ngx_http_s3o_eval_expires(r, ctx);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_http_s3o_check_credentials(r, ctx);
}


static ngx_int_t
ngx_http_s3o_method(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    s3o_str_t  name;
    ngx_str_t  value;

    ctx->method = r->method_name;

    if (ctx->conf->sign_method && ctx->mode != NGX_HTTP_S3O_PROXY) {

        if (ngx_http_s3o_eval(r, ctx->conf->sign_method, &value)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (value.len) {
            ctx->method = value;
        }
    }

    name = ngx_http_s3o_str(&ctx->method);
    ctx->method_bit = s3o_policy_method(&name);

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_deliver(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    switch (ctx->mode) {

    case NGX_HTTP_S3O_REDIRECT:
        r->content_handler = ngx_http_s3o_redirect_handler;
        break;

    case NGX_HTTP_S3O_JSON:
        r->content_handler = ngx_http_s3o_json_handler;
        break;

    case NGX_HTTP_S3O_PROXY:

        if (r->content_handler != ngx_http_s3o_proxy_handler) {
            return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_CONFIG,
                                       NGX_HTTP_INTERNAL_SERVER_ERROR,
                                       NGX_LOG_ERR,
                                       "\"s3o_presign proxy\" without "
                                       "\"proxy_pass\" in the location");
        }

        break;

    default: /* NGX_HTTP_S3O_ON */
        break;
    }

    return NGX_DECLINED;
}
