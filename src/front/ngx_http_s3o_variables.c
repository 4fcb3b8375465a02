
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
#include "ngx_http_s3o_sign.h"


typedef ngx_int_t (*ngx_http_s3o_value_pt)(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);


static ngx_int_t ngx_http_s3o_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_http_s3o_ctx_t *ngx_http_s3o_variable_ctx(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_uint_t ngx_http_s3o_in_rewrite_phase(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_sign_both(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_int_t ngx_http_s3o_url_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_uri_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_host_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_method_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_expires_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_expires_at_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_date_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_time_value(ngx_http_request_t *r,
    ngx_str_t *value, time_t t, s3o_int_t (*write)(u_char *dst, int64_t t),
    size_t len);
static ngx_int_t ngx_http_s3o_authorization_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_sha256_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_region_set_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_token_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_url_param(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_access_key_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value);
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


typedef struct {
    ngx_str_t               name;
    ngx_http_s3o_value_pt   value;
} ngx_http_s3o_value_t;


/* variables that only an authorized request has */

static ngx_http_s3o_value_t  ngx_http_s3o_values[] = {

    { ngx_string("s3o_presign_url"), ngx_http_s3o_url_value },

    { ngx_string("s3o_presign_uri"), ngx_http_s3o_uri_value },

    { ngx_string("s3o_presign_host"), ngx_http_s3o_host_value },

    { ngx_string("s3o_presign_method"), ngx_http_s3o_method_value },

    { ngx_string("s3o_presign_expires"), ngx_http_s3o_expires_value },

    { ngx_string("s3o_presign_expires_at"), ngx_http_s3o_expires_at_value },

    { ngx_string("s3o_presign_date"), ngx_http_s3o_date_value },

    { ngx_string("s3o_presign_authorization"),
      ngx_http_s3o_authorization_value },

    { ngx_string("s3o_presign_content_sha256"), ngx_http_s3o_sha256_value },

    { ngx_string("s3o_presign_region_set"), ngx_http_s3o_region_set_value },

    { ngx_string("s3o_presign_security_token"), ngx_http_s3o_token_value },

    { ngx_string("s3o_presign_access_key_id"),
      ngx_http_s3o_access_key_value },

    { ngx_null_string, NULL }
};


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


/*
 * Signs a request.  In mode "on" signs in both forms at once, so that both
 * are made with the same credentials.  NGX_OK; NGX_DECLINED when there is no
 * signature yet; NGX_ERROR.
 */

static ngx_int_t
ngx_http_s3o_sign_both(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_uint_t            i;
    ngx_http_s3o_form_t   form;

    if (ctx->mode == NGX_HTTP_S3O_PROXY) {

        /* signed when the request to the upstream is written */

        return ctx->signed_header ? NGX_OK : NGX_DECLINED;
    }

    if (ngx_http_s3o_sign_query(r, ctx, 0, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->mode != NGX_HTTP_S3O_ON || ctx->signed_header) {
        return NGX_OK;
    }

    form.headers = ngx_palloc(r->pool,
                              (ctx->nheaders + NGX_HTTP_S3O_AUTH_HEADERS)
                              * sizeof(s3o_header_t));
    if (form.headers == NULL) {
        return NGX_ERROR;
    }

    form.method = ctx->method;
    form.nheaders = 0;
    form.room = 0;

    for (i = 0; i < ctx->nheaders; i++) {
        if (!s3o_str_is(&ctx->headers[i].name, "host")) {
            form.headers[form.nheaders++] = ctx->headers[i];
        }
    }

    if (ngx_http_s3o_sign_header(r, ctx, &form) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_end_signature(r, ctx, &form,
                                      ngx_http_s3o_put_signature(ctx, &form,
                                                                 form.text));
}


static ngx_int_t
ngx_http_s3o_url_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ctx->mode == NGX_HTTP_S3O_PROXY ? ngx_http_s3o_bare_url(r, ctx)
                                         : ngx_http_s3o_sign_both(r, ctx);

    *value = ctx->url;

    return rc;
}


static ngx_int_t
ngx_http_s3o_uri_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ngx_http_s3o_url_value(r, ctx, value);

    if (rc == NGX_OK && value->len) {
        value->data += ctx->target->origin.len;
        value->len -= ctx->target->origin.len;
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_host_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->target->host;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_method_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->method;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_expires_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    u_char  *p;

    if (ngx_http_s3o_sign_both(r, ctx) != NGX_OK || !ctx->signed_query) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;
    value->len = ngx_sprintf(p, "%T", ctx->expires_in) - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_expires_at_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    if (ngx_http_s3o_sign_both(r, ctx) != NGX_OK || !ctx->signed_query) {
        return NGX_DECLINED;
    }

    return ngx_http_s3o_time_value(r, value, ctx->expires_at,
                                   s3o_time_rfc3339, S3O_RFC3339_LEN);
}


static ngx_int_t
ngx_http_s3o_date_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ngx_http_s3o_sign_both(r, ctx);

    if (rc != NGX_OK || ctx->signed_header) {
        *value = ctx->date;
        return rc;
    }

    return ngx_http_s3o_time_value(r, value, ctx->signed_at,
                                   s3o_time_amz_date, S3O_AMZ_DATE_LEN);
}


/* Sets "value" to the text of a time, "len" bytes, which write() writes. */

static ngx_int_t
ngx_http_s3o_time_value(ngx_http_request_t *r, ngx_str_t *value, time_t t,
    s3o_int_t (*write)(u_char *dst, int64_t t), size_t len)
{
    value->data = ngx_pnalloc(r->pool, len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = len;

    return write(value->data, t) == S3O_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_authorization_value(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *value)
{
    ngx_int_t  rc;

    rc = ngx_http_s3o_sign_both(r, ctx);

    *value = ctx->authorization;

    return rc;
}


static ngx_int_t
ngx_http_s3o_sha256_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->payload;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_region_set_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    *value = ctx->region_set;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_token_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_int_t  rc;

    static ngx_str_t  name = ngx_string("&X-Amz-Security-Token=");

    rc = ngx_http_s3o_sign_both(r, ctx);

    if (rc != NGX_OK || ctx->signed_header) {
        *value = ctx->security_token;
        return rc;
    }

    return ngx_http_s3o_url_param(r, ctx, &name, value);
}


/*
 * Sets "value" to the decoded value of the argument "name" of the URL; no
 * copy is kept in the context.
 */

static ngx_int_t
ngx_http_s3o_url_param(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *name, ngx_str_t *value)
{
    u_char  *p, *end, *amp;

    end = ctx->url.data + ctx->url.len;

    p = ngx_strlcasestrn(ctx->url.data, end, name->data, name->len - 1);
    if (p == NULL) {
        return NGX_OK;
    }

    p += name->len;
    amp = ngx_strlchr(p, end, '&');

    if (amp) {
        end = amp;
    }

    value->data = ngx_pnalloc(r->pool, end - p);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    return s3o_decode(value->data, &value->len, p, end - p, 0) == S3O_OK
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_s3o_access_key_value(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *value)
{
    u_char     *slash;
    ngx_int_t   rc;

    static ngx_str_t  name = ngx_string("&X-Amz-Credential=");

    rc = ngx_http_s3o_sign_both(r, ctx);

    if (rc != NGX_OK || ctx->signed_header) {
        *value = ctx->access_key_id;
        return rc;
    }

    /* the access key id is the part before the scope */

    rc = ngx_http_s3o_url_param(r, ctx, &name, value);

    slash = ngx_strlchr(value->data, value->data + value->len, '/');

    value->len = slash ? (size_t) (slash - value->data) : 0;

    return rc;
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
