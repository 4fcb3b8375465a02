
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "default": chooses the source that the SDKs would use in the environment of
 * the master process.  It is chosen when the configuration is read, and named
 * in a log line.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_provider_default.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_profile.h"
#include "ngx_http_s3o_tunnel.h"


static ngx_int_t ngx_http_s3o_default_check(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t n);
static ngx_int_t ngx_http_s3o_default_choose(ngx_conf_t *cf,
    ngx_array_t *args);
static ngx_uint_t ngx_http_s3o_default_pair(ngx_conf_t *cf, const char *one,
    const char *other);
static ngx_int_t ngx_http_s3o_default_file(ngx_conf_t *cf, ngx_array_t *args);
static ngx_int_t ngx_http_s3o_default_name(ngx_conf_t *cf, ngx_str_t *name,
    const char *variable, const char *usual);


ngx_int_t
ngx_http_s3o_default_args(ngx_conf_t *cf, ngx_str_t *args, ngx_uint_t n,
    ngx_array_t *found, ngx_uint_t *profiled)
{
    ngx_str_t  *arg;

    if (n && ngx_http_s3o_default_check(cf, args, n) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_s3o_default_choose(cf, found) != NGX_OK) {
        return NGX_ERROR;
    }

    arg = found->elts;
    *profiled = found->nelts > 1
                && ngx_strncmp(arg[1].data, "proxy=", sizeof("proxy=") - 1)
                   != 0;

    /* "renew=" is for sources that ask a service */

    if (n
        && ngx_strcmp(arg[0].data, "env") != 0
        && ngx_strcmp(arg[0].data, "file") != 0)
    {
        arg = ngx_array_push(found);
        if (arg == NULL) {
            return NGX_ERROR;
        }

        *arg = args[0];
    }

    return NGX_OK;
}


/* "renew=" is checked even if the source that is found cannot take it */

static ngx_int_t
ngx_http_s3o_default_check(ngx_conf_t *cf, ngx_str_t *args, ngx_uint_t n)
{
    ngx_str_t         renew;

    static ngx_str_t  name = ngx_string("default");

    if (n > 1
        || args[0].len < sizeof("renew=") - 1
        || ngx_strncmp(args[0].data, "renew=", sizeof("renew=") - 1) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials default\" directive has "
                           "unknown parameter: expected \"renew=\" or no "
                           "parameters");
        return NGX_ERROR;
    }

    renew.data = args[0].data + sizeof("renew=") - 1;
    renew.len = args[0].len - (sizeof("renew=") - 1);

    return ngx_http_s3o_source_renew(cf, &name, &renew) == NGX_ERROR
           ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_s3o_default_choose(ngx_conf_t *cf, ngx_array_t *args)
{
    ngx_int_t    rc;
    ngx_str_t   *arg;
    const char  *name;

    if (ngx_http_s3o_default_pair(cf, "AWS_ACCESS_KEY_ID",
                                  "AWS_SECRET_ACCESS_KEY"))
    {
        rc = NGX_DECLINED;

    } else if (ngx_http_s3o_default_pair(cf, "AWS_WEB_IDENTITY_TOKEN_FILE",
                                         "AWS_ROLE_ARN"))
    {
        rc = NGX_DONE;

    } else {
        rc = ngx_http_s3o_default_file(cf, args);

        if (rc != NGX_DECLINED) {
            return rc;
        }

        rc = NGX_AGAIN;
    }

    arg = ngx_array_push(args);
    if (arg == NULL) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        ngx_str_set(arg, "env");

    } else if (rc == NGX_DONE) {
        ngx_str_set(arg, "web_identity");

        if (ngx_http_s3o_tunnel_env(&name)) {
            arg = ngx_array_push(args);
            if (arg == NULL) {
                return NGX_ERROR;
            }

            ngx_str_set(arg, "proxy=environment");
        }

    } else if (ngx_http_s3o_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
               || ngx_http_s3o_env("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
    {
        ngx_str_set(arg, "container");

    } else {
        ngx_str_set(arg, "imds");
    }

    return NGX_OK;
}


/*
 * 1 when both variables of a pair are set.  Warns when only one is set, which
 * may be why another source is used than was meant.
 */

static ngx_uint_t
ngx_http_s3o_default_pair(ngx_conf_t *cf, const char *one, const char *other)
{
    char  *a, *b;

    a = ngx_http_s3o_env(one);
    b = ngx_http_s3o_env(other);

    if (a && b) {
        return 1;
    }

    if (a || (b && ngx_strcmp(one, "AWS_ACCESS_KEY_ID") == 0)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"s3o_presign_credentials default\": %s in the "
                           "environment is ignored without %s",
                           a ? one : other, a ? other : one);
    }

    return 0;
}


/*
 * Looks for the profile in the files.  Returns NGX_DECLINED when no file has
 * it, or it has no credentials; but a profile that a variable names must
 * exist.
 */

static ngx_int_t
ngx_http_s3o_default_file(ngx_conf_t *cf, ngx_array_t *args)
{
    char       *name;
    ngx_int_t   rc;
    ngx_str_t   path, config, profile;

    if (ngx_http_s3o_default_name(cf, &path, "AWS_SHARED_CREDENTIALS_FILE",
                                  "/.aws/credentials")
        != NGX_OK
        || ngx_http_s3o_default_name(cf, &config, "AWS_CONFIG_FILE",
                                     "/.aws/config")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    name = ngx_http_s3o_env("AWS_PROFILE");

    if (name == NULL) {
        name = ngx_http_s3o_env("AWS_DEFAULT_PROFILE");
    }

    profile.data = (u_char *) (name ? name : "default");
    profile.len = ngx_strlen(profile.data);

    rc = ngx_http_s3o_profile_args(cf, args, &path, &config, &profile);

    if (rc == NGX_DONE) {
        return NGX_DECLINED;
    }

    if (rc != NGX_DECLINED || name == NULL) {
        return rc;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials default\": AWS_PROFILE or "
                       "AWS_DEFAULT_PROFILE asks for the profile \"%V\", but "
                       "neither \"%V\" nor \"%V\" has it",
                       &profile, &path, &config);
    return NGX_ERROR;
}


/*
 * Sets *name to the file that a variable names, or to the one in HOME; it is
 * empty when there is neither.
 */

static ngx_int_t
ngx_http_s3o_default_name(ngx_conf_t *cf, ngx_str_t *name,
    const char *variable, const char *usual)
{
    char  *value, *home;

    value = ngx_http_s3o_env(variable);
    home = ngx_http_s3o_env("HOME");

    ngx_str_null(name);

    if (value && value[0] == '~' && (value[1] == '/' || value[1] == '\0')) {

        if (home == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials default\": there is "
                               "no HOME in the environment for the \"~\" of "
                               "%s", variable);
            return NGX_ERROR;
        }

        usual = value + 1;
        value = NULL;
    }

    if (value == NULL && home == NULL) {
        return NGX_OK;
    }

    if (value) {
        home = value;
        usual = "";
    }

    name->len = ngx_strlen(home) + ngx_strlen(usual);
    name->data = ngx_pnalloc(cf->pool, name->len + 1);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(name->data, "%s%s%Z", home, usual);

    return ngx_conf_full_name(cf->cycle, name, 1);
}
