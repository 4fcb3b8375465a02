
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_origin.h"
#include "s3o_core.h"
#include "s3o_sort.h"
#include "s3o_text.h"
#include "ngx_http_s3o_fetch.h"
#include "ngx_http_s3o_params.h"


#define NGX_HTTP_S3O_NAME_MAX  64

#define NGX_HTTP_S3O_TELL_MAX  1800


typedef struct {
    const char              *param;          /* NULL: no parameter sets it */
    const char              *env;
} ngx_http_s3o_origin_t;


static ngx_int_t ngx_http_s3o_origin_note(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, const char *param, const char *env);
static ngx_uint_t ngx_http_s3o_name_is_valid(const ngx_str_t *name);
static s3o_int_t ngx_http_s3o_name_cmp(const void *a, const void *b);
static u_char *ngx_http_s3o_tell_whom(u_char *p, u_char *last,
    ngx_http_s3o_source_t *source);
static u_char *ngx_http_s3o_tell_params(u_char *p, u_char *last,
    ngx_http_s3o_source_t *source);


ngx_str_t *
ngx_http_s3o_source_value(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    const char *param, const char *env1, const char *env2)
{
    char       *env;
    ngx_str_t  *value;

    value = param ? ngx_http_s3o_source_param(source, param) : NULL;

    if (value) {
        return value;
    }

    env = ngx_http_s3o_source_env(cf, source, param, env1);

    if (env == NULL && env2) {
        env = ngx_http_s3o_source_env(cf, source, param, env2);
    }

    if (env == NULL) {
        return NULL;
    }

    value = ngx_palloc(cf->pool, sizeof(ngx_str_t));
    if (value == NULL) {
        return NULL;
    }

    value->len = ngx_strlen(env);
    value->data = ngx_pnalloc(cf->pool, value->len + 1);
    if (value->data == NULL) {
        return NULL;
    }

    ngx_cpystrn(value->data, (u_char *) env, value->len + 1);

    return value;
}


char *
ngx_http_s3o_source_env(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    const char *param, const char *name)
{
    char  *env;

    env = ngx_http_s3o_env(name);

    if (env && ngx_http_s3o_origin_note(cf, source, param, name) != NGX_OK) {
        return NULL;
    }

    return env;
}


static ngx_int_t
ngx_http_s3o_origin_note(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    const char *param, const char *env)
{
    ngx_http_s3o_origin_t  *origin;

    if (source->origins == NULL) {
        source->origins = ngx_array_create(cf->pool, 4,
                                           sizeof(ngx_http_s3o_origin_t));
        if (source->origins == NULL) {
            return NGX_ERROR;
        }
    }

    origin = ngx_array_push(source->origins);
    if (origin == NULL) {
        return NGX_ERROR;
    }

    origin->param = param;
    origin->env = env;

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_name_take(ngx_conf_t *cf, ngx_str_t *args, ngx_uint_t *n,
    ngx_str_t *name)
{
    ngx_uint_t  i, k;

    ngx_str_null(name);

    for (i = 0, k = 0; i < *n; i++) {

        if (args[i].len < sizeof("name=") - 1
            || ngx_strncmp(args[i].data, "name=", sizeof("name=") - 1) != 0)
        {
            args[k++] = args[i];
            continue;
        }

        if (name->data) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials\" directive has "
                               "duplicate parameter \"name\"");
            return NGX_ERROR;
        }

        name->data = args[i].data + sizeof("name=") - 1;
        name->len = args[i].len - (sizeof("name=") - 1);

        if (!ngx_http_s3o_name_is_valid(name)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials\" has an invalid "
                               "name: expected up to %d letters, digits or "
                               "_.-, the first one a letter",
                               NGX_HTTP_S3O_NAME_MAX);
            return NGX_ERROR;
        }
    }

    *n = k;

    return NGX_OK;
}


/*
 * The first byte must be a letter: sources without a name have a number in
 * the status.
 */

static ngx_uint_t
ngx_http_s3o_name_is_valid(const ngx_str_t *name)
{
    u_char  c;
    size_t  i;

    for (i = 0; i < name->len; i++) {
        c = name->data[i];

        if (!s3o_is_letter(c)
            && (i == 0 || (!s3o_is_digit(c) && !ngx_strchr("_.-", c))))
        {
            return 0;
        }
    }

    return i > 0 && i <= NGX_HTTP_S3O_NAME_MAX;
}


ngx_int_t
ngx_http_s3o_name_set(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *name)
{
    if (name->len == 0) {
        return NGX_OK;
    }

    if (source->name.len == 0) {
        source->name = *name;
        return NGX_OK;
    }

    if (source->name.len == name->len
        && ngx_memcmp(source->name.data, name->data, name->len) == 0)
    {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials %V\" with these parameters "
                       "is named \"%V\" in %V:%ui, and cannot be \"%V\" as "
                       "well", &source->provider->name, &source->name,
                       &source->conf_file, source->conf_line, name);

    return NGX_ERROR;
}


ngx_int_t
ngx_http_s3o_name_check(ngx_conf_t *cf, ngx_array_t *sources)
{
    ngx_str_t                a, b;
    ngx_uint_t               i, n;
    ngx_http_s3o_source_t  **source, **named;

    source = sources->elts;
    n = 0;

    named = ngx_palloc(cf->temp_pool, (sources->nelts + 1) * sizeof(void *));
    if (named == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < sources->nelts; i++) {
        if (source[i]->name.len) {
            named[n++] = source[i];
        }
    }

    s3o_sort(named, n, sizeof(void *), ngx_http_s3o_name_cmp);

    for (i = 1; i < n; i++) {
        a = named[i - 1]->name;
        b = named[i]->name;

        if (a.len != b.len || ngx_memcmp(a.data, b.data, a.len) != 0) {
            continue;
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "two different \"s3o_presign_credentials\" have the "
                      "name \"%V\", in %V:%ui and in %V:%ui", &a,
                      &named[i - 1]->conf_file, named[i - 1]->conf_line,
                      &named[i]->conf_file, named[i]->conf_line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static s3o_int_t
ngx_http_s3o_name_cmp(const void *a, const void *b)
{
    ngx_int_t                     rc;
    const ngx_http_s3o_source_t  *one, *two;

    one = *(ngx_http_s3o_source_t *const *) a;
    two = *(ngx_http_s3o_source_t *const *) b;

    rc = ngx_memn2cmp(one->name.data, two->name.data, one->name.len,
                      two->name.len);

    return rc ? rc : (s3o_int_t) one->conf_line - (s3o_int_t) two->conf_line;
}


void
ngx_http_s3o_origin_tell(ngx_array_t *sources)
{
    u_char                  *p, *last;
    ngx_uint_t               i;
    ngx_http_s3o_source_t  **source;
    u_char                   text[NGX_HTTP_S3O_TELL_MAX];

    source = sources->elts;

    for (i = 0; i < sources->nelts; i++) {
        p = text;
        last = text + sizeof(text);

        if (source[i]->name.len) {
            p = ngx_slprintf(p, last, " named \"%V\"", &source[i]->name);
        }

        p = ngx_http_s3o_tell_whom(p, last, source[i]);
        p = ngx_http_s3o_tell_params(p, last, source[i]);

        ngx_log_stderr(0, "[notice] \"s3o_presign_credentials %V\"%*s in "
                       "%V:%ui", &source[i]->provider->name,
                       (size_t) (p - text), text, &source[i]->conf_file,
                       source[i]->conf_line);
    }
}


static u_char *
ngx_http_s3o_tell_whom(u_char *p, u_char *last, ngx_http_s3o_source_t *source)
{
    const char  *separator;

    separator = ":";

    if (source->peer) {
        p = ngx_slprintf(p, last, ": asks %V", &source->peer->authority);
        separator = ",";
    }

    if (source->inner) {
        p = ngx_slprintf(p, last, "%s with the credentials of \"%V\"",
                         separator, source->inner->name.len
                                    ? &source->inner->name
                                    : &source->inner->provider->name);
        separator = ",";
    }

    if (source->file) {
        p = ngx_slprintf(p, last, "%s reads \"%V\"", separator, source->file);
    }

    return p;
}


static u_char *
ngx_http_s3o_tell_params(u_char *p, u_char *last,
    ngx_http_s3o_source_t *source)
{
    size_t                  skip;
    ngx_uint_t              i;
    ngx_keyval_t           *kv;
    const char             *separator;
    ngx_http_s3o_origin_t  *origin;

    static const char       inner[] = "source.";

    kv = source->params.elts;
    separator = source->peer || source->file ? ";" : ":";
    skip = sizeof(inner) - 1;

    for (i = 0; i < source->params.nelts; i++) {

        /* parameters of the inner source are told in its own line */

        if (kv[i].key.len > skip
            && ngx_strncmp(kv[i].key.data, inner, skip) == 0)
        {
            continue;
        }

        p = ngx_slprintf(p, last, "%s \"%V\" from the %s", separator,
                         &kv[i].key,
                         source->profiled ? "profile" : "directive");
        separator = ",";
    }

    if (source->origins == NULL) {
        return p;
    }

    origin = source->origins->elts;

    for (i = 0; i < source->origins->nelts; i++) {

        if (origin[i].param) {
            p = ngx_slprintf(p, last, "%s \"%s\" from %s", separator,
                             origin[i].param, origin[i].env);

        } else {
            p = ngx_slprintf(p, last, "%s %s", separator, origin[i].env);
        }

        separator = ",";
    }

    return p;
}
