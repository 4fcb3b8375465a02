
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Functions that setters of directives share: for values, and lists of names.
 */


#include "ngx_http_s3o_conf_value.h"


char *
ngx_http_s3o_invalid(ngx_conf_t *cf, ngx_command_t *cmd, ngx_str_t *value,
    const char *expected)
{
    size_t  len;

    /* a longer value would leave no room for the text after it */

    len = ngx_min(value->len, 256);

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" directive has invalid value \"%*s%s\": %s",
                       &cmd->name, len, value->data,
                       len < value->len ? "..." : "", expected);

    return NGX_CONF_ERROR;
}


ngx_uint_t
ngx_http_s3o_is_off(ngx_conf_t *cf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    return cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0;
}


char *
ngx_http_s3o_complex_value(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **cv)
{
    ngx_http_compile_complex_value_t  ccv;

    *cv = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*cv == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = *cv;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_add_pair(ngx_conf_t *cf, ngx_command_t *cmd, ngx_array_t **pairs,
    ngx_str_t *name, ngx_str_t *value, ngx_http_s3o_pair_t **pair)
{
    ngx_uint_t                 i;
    ngx_http_s3o_pair_t       *p;
    ngx_http_complex_value_t  *cv;

    if (*pairs == NULL) {
        *pairs = ngx_array_create(cf->pool, 4, sizeof(ngx_http_s3o_pair_t));
        if (*pairs == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if ((*pairs)->nelts == NGX_HTTP_S3O_NAMES_MAX) {
        return ngx_http_s3o_invalid(cf, cmd, name, NGX_HTTP_S3O_NAMES_SAID);
    }

    p = (*pairs)->elts;

    for (i = 0; i < (*pairs)->nelts; i++) {
        if (p[i].name.len == name->len
            && ngx_strncasecmp(p[i].name.data, name->data, name->len) == 0)
        {
            return ngx_http_s3o_invalid(cf, cmd, name,
                                        "the name is given twice");
        }
    }

    p = ngx_array_push(*pairs);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(p, sizeof(ngx_http_s3o_pair_t));

    p->name = *name;

    if (ngx_http_s3o_complex_value(cf, value, &cv) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    p->value = *cv;
    *pair = p;

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_add_name(ngx_conf_t *cf, ngx_command_t *cmd, ngx_array_t *names,
    ngx_str_t *name)
{
    s3o_str_t   *n;
    ngx_uint_t   i;

    if (names->nelts == NGX_HTTP_S3O_NAMES_MAX) {
        return ngx_http_s3o_invalid(cf, cmd, name, NGX_HTTP_S3O_NAMES_SAID);
    }

    n = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (n[i].len == name->len
            && ngx_memcmp(n[i].data, name->data, name->len) == 0)
        {
            return ngx_http_s3o_invalid(cf, cmd, name,
                                        "the name is given twice");
        }
    }

    n = ngx_array_push(names);
    if (n == NULL) {
        return NGX_CONF_ERROR;
    }

    *n = ngx_http_s3o_str(name);

    return NGX_CONF_OK;
}
