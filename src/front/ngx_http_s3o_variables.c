
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The variables.  Those of a signature have a value only after the main request
 * has passed the access phase.  Each is computed once per request, so nginx
 * gets the same bytes when it asks for the length and for the value.
 */


#include "ngx_http_s3o_variables.h"
#include "s3o_encode.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_key.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_segment.h"
#include "ngx_http_s3o_signed_values.h"


static ngx_int_t ngx_http_s3o_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_http_s3o_ctx_t *ngx_http_s3o_variable_ctx(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_uint_t ngx_http_s3o_in_rewrite_phase(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_result_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_s3o_key_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_s3o_path_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_s3o_arg_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_http_s3o_set_value(ngx_http_variable_value_t *v,
    ngx_str_t *value);


/* variables that each request has, in each phase */

static ngx_http_variable_t  ngx_http_s3o_vars[] = {

    { ngx_string("s3o_presign_result"), NULL, ngx_http_s3o_result_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("s3o_presign_key"), NULL, ngx_http_s3o_key_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("s3o_presign_path"), NULL, ngx_http_s3o_path_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("s3o_presign_arg_"), NULL, ngx_http_s3o_arg_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("s3o_presign_segment_"), NULL, ngx_http_s3o_segment_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_s3o_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t   *var, *v;
    ngx_http_s3o_value_t  *value;

    for (value = ngx_http_s3o_values; value->name.len; value++) {
        var = ngx_http_add_variable(cf, &value->name,
                                    NGX_HTTP_VAR_NOCACHEABLE);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_s3o_variable;
        var->data = (uintptr_t) value;
    }

    for (v = ngx_http_s3o_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_s3o_value_t *var = (ngx_http_s3o_value_t *) data;

    ngx_int_t            rc;
    ngx_str_t            value;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_s3o_variable_ctx(r, &var->name);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_str_null(&value);

    rc = var->value(r, ctx, &value);

    if (rc == NGX_ERROR) {
        return ngx_http_s3o_variable_failed(r);
    }

    if (rc != NGX_OK || value.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_s3o_set_value(v, &value);

    return NGX_OK;
}


/*
 * The context of an authorized request, or NULL.  A location that signs never
 * gets the signature of another location: its "return" and "rewrite" run
 * before its "deny", "auth_basic" and "auth_request".
 */

static ngx_http_s3o_ctx_t *
ngx_http_s3o_variable_ctx(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_http_s3o_ctx_t       *ctx;
    ngx_http_s3o_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx) {
        return ctx->authorized ? ctx : NULL;
    }

    if (r != r->main) {
        return NULL;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);

    if (conf->mode == NGX_HTTP_S3O_OFF) {
        ctx = ngx_http_s3o_saved_ctx(r);

        return (ctx && ctx->authorized) ? ctx : NULL;
    }

    if (ngx_http_s3o_in_rewrite_phase(r)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "s3o_presign: \"$%V\" is empty before the access phase "
                      "has passed; instead of \"return\" or \"rewrite\" use "
                      "\"s3o_presign redirect\"", name);
    }

    return NULL;
}


/*
 * 1 in a rewrite phase.  After it a request without a signature was refused,
 * or its mode is "off", so nothing is wrong.
 */

static ngx_uint_t
ngx_http_s3o_in_rewrite_phase(ngx_http_request_t *r)
{
    ngx_http_phase_handler_t   *ph;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    ph = &cmcf->phase_engine.handlers[r->phase_handler];

    return !r->header_sent && ph->checker == ngx_http_core_rewrite_phase;
}


static ngx_int_t
ngx_http_s3o_result_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t            value;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_s3o_saved_ctx(r->main);

    if (ctx == NULL || ngx_http_s3o_results[ctx->result] == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    value.data = (u_char *) ngx_http_s3o_results[ctx->result];
    value.len = ngx_strlen(value.data);

    ngx_http_s3o_set_value(v, &value);

    return NGX_OK;
}


/*
 * $s3o_presign_key: the key of the current location.  A location that does
 * not sign, such as that of an error page, gets the key of the location where
 * the request came from.  A subrequest never gets the key of its main
 * request.
 */

static ngx_int_t
ngx_http_s3o_key_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                 value;
    ngx_http_s3o_ctx_t       *ctx;
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);
    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL && conf->mode == NGX_HTTP_S3O_OFF && r == r->main) {
        ctx = ngx_http_s3o_saved_ctx(r);
    }

    if (ctx && ctx->key.len) {
        ngx_http_s3o_set_value(v, &ctx->key);
        return NGX_OK;
    }

    if (conf->mode == NGX_HTTP_S3O_OFF) {
        v->not_found = 1;
        return NGX_OK;
    }

    if (ngx_http_s3o_find_key(r, conf, &value) != NGX_OK) {
        return ngx_http_s3o_variable_without(r, v);
    }

    ngx_http_s3o_set_value(v, &value);

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_path_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                 value;
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);

    ngx_http_s3o_location_path(r, conf, &value);
    ngx_http_s3o_set_value(v, &value);

    return NGX_OK;
}


/* $s3o_presign_arg_NAME: the first argument NAME, decoded */

static ngx_int_t
ngx_http_s3o_arg_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    u_char     *p;
    size_t      len;
    ngx_str_t   raw, value;

    len = name->len - (sizeof("s3o_presign_arg_") - 1);
    p = name->data + sizeof("s3o_presign_arg_") - 1;

    if (len == 0 || ngx_http_arg(r, p, len, &raw) != NGX_OK) {
        v->not_found = 1;
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, raw.len ? raw.len : 1);
    if (value.data == NULL) {
        return ngx_http_s3o_variable_failed(r);
    }

    if (s3o_decode(value.data, &value.len, raw.data, raw.len, 1) != S3O_OK) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_s3o_set_value(v, &value);

    return NGX_OK;
}


static void
ngx_http_s3o_set_value(ngx_http_variable_value_t *v, ngx_str_t *value)
{
    v->data = value->data;
    v->len = value->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
}
