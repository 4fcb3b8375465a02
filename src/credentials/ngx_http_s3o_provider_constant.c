
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credentials that do not change while a configuration lives: "static", from
 * its parameters, and "env", from the environment of the master process.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_provider_constant.h"
#include "s3o_core.h"
#include "s3o_time.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_set.h"


static char *ngx_http_s3o_static_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static char *ngx_http_s3o_env_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static void ngx_http_s3o_env_get(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *value, const char *name);
static char *ngx_http_s3o_constant_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_http_s3o_set_t *set,
    const ngx_str_t *expires);


static const char *const  ngx_http_s3o_static_params[] = {
    "access_key_id",
    "secret_access_key",
    "session_token",
    "expires",
    NULL
};

static const char *const  ngx_http_s3o_env_params[] = {
    NULL
};


const ngx_http_s3o_provider_t  ngx_http_s3o_provider_static = {
    ngx_string("static"),
    ngx_http_s3o_static_params,
    ngx_http_s3o_static_load,
    NULL,
    NULL,
    NULL
};

const ngx_http_s3o_provider_t  ngx_http_s3o_provider_env = {
    ngx_string("env"),
    ngx_http_s3o_env_params,
    ngx_http_s3o_env_load,
    NULL,
    NULL,
    NULL
};


static char *
ngx_http_s3o_static_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t           *value, expires;
    ngx_http_s3o_set_t   set;

    ngx_memzero(&set, sizeof(ngx_http_s3o_set_t));
    ngx_str_null(&expires);

    value = ngx_http_s3o_source_param(source, "access_key_id");
    if (value) {
        set.access_key_id = *value;
    }

    value = ngx_http_s3o_source_param(source, "secret_access_key");
    if (value) {
        set.secret_access_key = *value;
    }

    value = ngx_http_s3o_source_param(source, "session_token");
    if (value) {
        set.session_token = *value;
    }

    value = ngx_http_s3o_source_param(source, "expires");
    if (value) {
        expires = *value;
    }

    return ngx_http_s3o_constant_load(cf, source, &set, &expires);
}


static char *
ngx_http_s3o_env_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t           expires;
    ngx_http_s3o_set_t  set;

    ngx_memzero(&set, sizeof(ngx_http_s3o_set_t));

    ngx_http_s3o_env_get(cf, source, &set.access_key_id, "AWS_ACCESS_KEY_ID");
    ngx_http_s3o_env_get(cf, source, &set.secret_access_key,
                         "AWS_SECRET_ACCESS_KEY");
    ngx_http_s3o_env_get(cf, source, &set.session_token, "AWS_SESSION_TOKEN");

    if (set.session_token.len == 0) {
        ngx_http_s3o_env_get(cf, source, &set.session_token,
                             "AWS_SECURITY_TOKEN");
    }

    ngx_http_s3o_env_get(cf, source, &expires, "AWS_CREDENTIAL_EXPIRATION");

    if (set.access_key_id.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials env\" needs "
                           "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in "
                           "the environment of the master process");
        return NGX_CONF_ERROR;
    }

    return ngx_http_s3o_constant_load(cf, source, &set, &expires);
}


static void
ngx_http_s3o_env_get(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *value, const char *name)
{
    value->data = (u_char *) ngx_http_s3o_source_env(cf, source, NULL, name);
    value->len = value->data ? ngx_strlen(value->data) : 0;
}


static char *
ngx_http_s3o_constant_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_set_t *set, const ngx_str_t *expires)
{
    int64_t      t;
    const char  *err;

    if (expires->len) {
        if (s3o_time_parse_rfc3339(expires->data, expires->len, &t) != S3O_OK
            || t <= 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials %V\" has invalid "
                               "expiration \"%V\": expected a time such as "
                               "2030-01-31T12:00:00Z",
                               &source->provider->name, expires);
            return NGX_CONF_ERROR;
        }

        set->expires = t;
    }

    err = ngx_http_s3o_source_set(source, cf->pool, set);

    if (err) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\": %s",
                           &source->provider->name, err);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
