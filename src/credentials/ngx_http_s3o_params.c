
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Parameters of "s3o_presign_credentials", and variables of the environment.
 */


#include "ngx_http_s3o_params.h"
#include "s3o_text.h"


#define NGX_HTTP_S3O_WORD_MAX   32

/* three roles in a row, each with 50 tags, have about 200 parameters */
#define NGX_HTTP_S3O_PARAMS_MAX  256

/* the smallest "renew", in seconds: services are not asked more often */
#define NGX_HTTP_S3O_RENEW_MIN  60


static ngx_int_t ngx_http_s3o_source_add_param(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *arg);
static void ngx_http_s3o_source_unknown(ngx_conf_t *cf,
    const ngx_http_s3o_provider_t *provider, ngx_str_t *name);
static ngx_uint_t ngx_http_s3o_source_knows(ngx_http_s3o_source_t *source,
    ngx_str_t *name, ngx_uint_t *repeats);
static ngx_str_t *ngx_http_s3o_source_find_param(
    ngx_http_s3o_source_t *source, u_char *name, size_t len);


ngx_int_t
ngx_http_s3o_source_params(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *args, ngx_uint_t n)
{
    ngx_uint_t  i;

    /* a limit, as each parameter is compared with all before it */

    if (n > NGX_HTTP_S3O_PARAMS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" directive has %ui "
                           "parameters: expected at most %d",
                           &source->provider->name, n,
                           NGX_HTTP_S3O_PARAMS_MAX);
        return NGX_ERROR;
    }

    if (ngx_array_init(&source->params, cf->pool, n ? n : 1,
                       sizeof(ngx_keyval_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_s3o_source_add_param(cf, source, &args[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * "name=value" stays in one piece at key.data; the arguments of an inner
 * source are made of it.  Values are never shown, as they may be secrets.
 * Neither is what stands in place of a name, unless it is a word.
 */

static ngx_int_t
ngx_http_s3o_source_add_param(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *arg)
{
    u_char        *eq;
    ngx_str_t      name;
    ngx_uint_t     repeats;
    ngx_keyval_t  *kv;

    eq = ngx_strlchr(arg->data, arg->data + arg->len, '=');

    name.data = arg->data;
    name.len = eq ? (size_t) (eq - arg->data) : 0;

    if (eq == NULL || !ngx_http_s3o_source_knows(source, &name, &repeats)) {
        ngx_http_s3o_source_unknown(cf, source->provider, &name);
        return NGX_ERROR;
    }

    if (!repeats
        && ngx_http_s3o_source_find_param(source, name.data, name.len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" directive has "
                           "duplicate parameter \"%V\"",
                           &source->provider->name, &name);
        return NGX_ERROR;
    }

    kv = ngx_array_push(&source->params);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key = name;
    kv->value.data = eq + 1;
    kv->value.len = arg->data + arg->len - kv->value.data;

    if (kv->value.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" directive has "
                           "empty parameter \"%V\"",
                           &source->provider->name, &name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_s3o_source_unknown(ngx_conf_t *cf,
    const ngx_http_s3o_provider_t *provider, ngx_str_t *name)
{
    u_char      *p, *last, end;
    size_t       len;
    ngx_uint_t   i, bare;
    u_char       expected[512];

    /* without a "=" there was no name */

    bare = name->len == 0;

    if (!ngx_http_s3o_is_word(name)) {
        ngx_str_set(name, "...");
    }

    p = expected;
    last = expected + sizeof(expected);

    for (i = 0; provider->params[i]; i++) {
        len = ngx_strlen(provider->params[i]);
        end = provider->params[i][len - 1];

        p = ngx_slprintf(p, last, "%s\"%*s%s=\"", i ? ", " : "",
                         end == '*' ? len - 1 : len, provider->params[i],
                         end == '.' ? "NAME" : "");
    }

    if (i == 0) {
        p = ngx_slprintf(p, last, "no parameters");

    } else if (bare) {
        p = ngx_slprintf(p, last, ", each with its value behind the \"=\"");
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials %V\" directive has unknown "
                       "parameter \"%V\": expected %*s",
                       &provider->name, name, (size_t) (p - expected),
                       expected);
}


ngx_uint_t
ngx_http_s3o_is_word(const ngx_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if ((s->data[i] < 'a' || s->data[i] > 'z') && s->data[i] != '_') {
            return 0;
        }
    }

    return s->len > 0 && s->len <= NGX_HTTP_S3O_WORD_MAX;
}


/*
 * A name that ends with "." in the provider's list stands for all names that
 * begin with it.  A name with "*" at its end may be given several times.
 */

static ngx_uint_t
ngx_http_s3o_source_knows(ngx_http_s3o_source_t *source, ngx_str_t *name,
    ngx_uint_t *repeats)
{
    size_t              len;
    const char *const  *param;

    for (param = source->provider->params; *param; param++) {
        len = ngx_strlen(*param);

        *repeats = (*param)[len - 1] == '*';
        len -= *repeats;

        if (name->len >= len
            && ngx_strncmp(*param, name->data, len) == 0
            && (name->len == len) != ((*param)[len - 1] == '.'))
        {
            return 1;
        }
    }

    return 0;
}


ngx_str_t *
ngx_http_s3o_source_param(ngx_http_s3o_source_t *source, const char *name)
{
    return ngx_http_s3o_source_find_param(source, (u_char *) name,
                                          ngx_strlen(name));
}


static ngx_str_t *
ngx_http_s3o_source_find_param(ngx_http_s3o_source_t *source, u_char *name,
    size_t len)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = source->params.elts;

    for (i = 0; i < source->params.nelts; i++) {
        if (kv[i].key.len == len
            && ngx_strncmp(kv[i].key.data, name, len) == 0)
        {
            return &kv[i].value;
        }
    }

    return NULL;
}


time_t
ngx_http_s3o_source_renew(ngx_conf_t *cf, const ngx_str_t *name,
    ngx_str_t *value)
{
    time_t  renew;

    renew = ngx_parse_time(value, 1);

    if (renew < NGX_HTTP_S3O_RENEW_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has invalid renew "
                           "\"%V\": expected a time of at least 1m",
                           name, value);
        return NGX_ERROR;
    }

    return renew;
}


char *
ngx_http_s3o_env(const char *name)
{
    char  *value, *p;

    value = getenv(name);

    for (p = value; p && *p; p++) {
        if (!s3o_is_space(*p)) {
            return value;
        }
    }

    return NULL;
}
