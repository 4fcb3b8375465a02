
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "default": which source the SDKs would take in the environment of the
 * master process.  It is chosen when the configuration is read, and said.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


static ngx_int_t ngx_http_s3o_default_check(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t n);
static ngx_int_t ngx_http_s3o_default_choose(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_uint_t *n);
static ngx_uint_t ngx_http_s3o_default_env(const char *name);
static ngx_int_t ngx_http_s3o_default_file(ngx_conf_t *cf, ngx_str_t *arg);
static ngx_int_t ngx_http_s3o_default_arg(ngx_conf_t *cf, ngx_str_t *arg,
    const char *name, const char *value, const char *more);


ngx_http_s3o_source_t *
ngx_http_s3o_default_add(ngx_conf_t *cf, ngx_array_t *sources,
    ngx_str_t *args, ngx_uint_t n)
{
    ngx_str_t               arg[3];
    ngx_uint_t              k;
    ngx_http_s3o_source_t  *source;

    if (n && ngx_http_s3o_default_check(cf, args, n) != NGX_OK) {
        return NULL;
    }

    if (ngx_http_s3o_default_choose(cf, arg, &k) != NGX_OK) {
        return NULL;
    }

    /* what is not fetched needs no renewal */

    if (n
        && ngx_strcmp(arg[0].data, "env") != 0
        && ngx_strcmp(arg[0].data, "file") != 0)
    {
        arg[k++] = args[0];
    }

    source = ngx_http_s3o_source_add(cf, sources, arg, k);

    if (source) {
        ngx_conf_log_error(NGX_LOG_NOTICE, cf, 0,
                           "\"s3o_presign_credentials default\" takes \"%V\"",
                           &arg[0]);
    }

    return source;
}


/* also where what is found would not take it */

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
ngx_http_s3o_default_choose(ngx_conf_t *cf, ngx_str_t *arg, ngx_uint_t *n)
{
    ngx_int_t  rc;

    *n = 1;

    if (ngx_http_s3o_default_env("AWS_ACCESS_KEY_ID")
        && ngx_http_s3o_default_env("AWS_SECRET_ACCESS_KEY"))
    {
        ngx_str_set(&arg[0], "env");
        return NGX_OK;
    }

    if (ngx_http_s3o_default_env("AWS_WEB_IDENTITY_TOKEN_FILE")
        && ngx_http_s3o_default_env("AWS_ROLE_ARN"))
    {
        ngx_str_set(&arg[0], "web_identity");
        return NGX_OK;
    }

    rc = ngx_http_s3o_default_file(cf, &arg[1]);

    if (rc == NGX_OK) {
        ngx_str_set(&arg[0], "file");
        *n = 2;

        if (!ngx_http_s3o_default_env("AWS_PROFILE")) {
            return NGX_OK;
        }

        *n = 3;

        return ngx_http_s3o_default_arg(cf, &arg[2], "profile=",
                                        getenv("AWS_PROFILE"), "");
    }

    if (ngx_http_s3o_default_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        || ngx_http_s3o_default_env("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
    {
        ngx_str_set(&arg[0], "container");

    } else {
        ngx_str_set(&arg[0], "imds");
    }

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_default_env(const char *name)
{
    char  *value;

    value = getenv(name);

    return value && value[0];
}


/*
 * NGX_OK with "path=" of the credentials file, NGX_DECLINED without one.  A
 * file without the profile "default" is as none, but a profile that is asked
 * for by its name has to be there.
 */

static ngx_int_t
ngx_http_s3o_default_file(ngx_conf_t *cf, ngx_str_t *arg)
{
    ngx_int_t        rc;
    ngx_str_t        name;
    ngx_file_info_t  fi;

    if (ngx_http_s3o_default_env("AWS_SHARED_CREDENTIALS_FILE")) {
        rc = ngx_http_s3o_default_arg(cf, arg, "path=",
                                      getenv("AWS_SHARED_CREDENTIALS_FILE"),
                                      "");

    } else if (ngx_http_s3o_default_env("HOME")) {
        rc = ngx_http_s3o_default_arg(cf, arg, "path=", getenv("HOME"),
                                      "/.aws/credentials");

    } else {
        return NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    name.data = arg->data + sizeof("path=") - 1;
    name.len = arg->len - (sizeof("path=") - 1);

    if (ngx_conf_full_name(cf->cycle, &name, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_file_info(name.data, &fi) == NGX_FILE_ERROR) {
        return NGX_DECLINED;
    }

    if (ngx_http_s3o_default_env("AWS_PROFILE")) {
        return NGX_OK;
    }

    return (ngx_is_file(&fi) && ngx_file_size(&fi) == 0)
           || !ngx_http_s3o_file_has_default(&name) ? NGX_DECLINED : NGX_OK;
}


/* zero-terminated */

static ngx_int_t
ngx_http_s3o_default_arg(ngx_conf_t *cf, ngx_str_t *arg, const char *name,
    const char *value, const char *more)
{
    arg->len = ngx_strlen(name) + ngx_strlen(value) + ngx_strlen(more);

    arg->data = ngx_pnalloc(cf->pool, arg->len + 1);
    if (arg->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(arg->data, "%s%s%s%Z", name, value, more);

    return NGX_OK;
}
