
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The key of a cache that lacks what the key of the object depends on: two
 * clients with the same URI and different objects share an entry.  Variables
 * that a "map" or "set" makes are not looked into.
 */


#include "ngx_http_s3o_warn_cache.h"
#include "s3o_core.h"
#include "ngx_http_s3o_identity.h"
#include "ngx_http_s3o_neighbours.h"
#include "ngx_http_s3o_proxy.h"
#include "ngx_http_s3o_segment.h"


static ngx_uint_t ngx_http_s3o_depends(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_uint_t index);
static ngx_uint_t ngx_http_s3o_cache_has(ngx_conf_t *cf,
    ngx_http_complex_value_t *key, ngx_uint_t index);
static ngx_uint_t ngx_http_s3o_covers(const ngx_str_t *has,
    const ngx_str_t *name);
static ngx_uint_t ngx_http_s3o_strip(ngx_str_t *name, const char *prefix);


void
ngx_http_s3o_warn_cache(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_uint_t                 *index;
    ngx_http_variable_t        *v;
    ngx_http_complex_value_t   *key;
    ngx_http_core_main_conf_t  *cmcf;

    if (clcf->noname || clcf->handler != ngx_http_s3o_proxy_handler) {
        return;
    }

    key = ngx_http_s3o_proxy_cache_key(cf, clcf);

    /* without the directive the key is the URL of the object */

    if (key == NULL || key->value.data == NULL) {
        return;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (index = conf->key->flushes;
         index && *index != (ngx_uint_t) -1;
         index++)
    {
        if (!ngx_http_s3o_depends(cf, clcf, *index)
            || ngx_http_s3o_cache_has(cf, key, *index))
        {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"proxy_cache_key\" in location \"%V\" lacks "
                           "\"$%V\", which \"s3o_presign_key\" has, so that "
                           "the cache gives one client the object of another: "
                           "add \"$s3o_presign_key\" to it",
                           &conf->name, &v[*index].name);
        return;
    }
}


/* 1 for what may differ between two requests with the same path */

static ngx_uint_t
ngx_http_s3o_depends(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_uint_t index)
{
    ngx_str_t                   name;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    v = cmcf->variables.elts;
    name = v[index].name;

    return s3o_str_is(&name, "remote_user")
           || ngx_http_s3o_is_identity(cf, clcf, &name, index)
           || ngx_http_s3o_strip(&name, NGX_HTTP_S3O_SEGMENT_PREFIX)
           || ngx_http_s3o_strip(&name, "s3o_presign_arg_")
           || ngx_http_s3o_strip(&name, "arg_")
           || ngx_http_s3o_strip(&name, "http_")
           || ngx_http_s3o_strip(&name, "cookie_");
}


static ngx_uint_t
ngx_http_s3o_cache_has(ngx_conf_t *cf, ngx_http_complex_value_t *key,
    ngx_uint_t index)
{
    ngx_uint_t                 *has;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (has = key->flushes; has && *has != (ngx_uint_t) -1; has++) {
        if (ngx_http_s3o_covers(&v[*has].name, &v[index].name)) {
            return 1;
        }
    }

    return 0;
}


/* 1 when a key with the variable "has" differs whenever "name" does */

static ngx_uint_t
ngx_http_s3o_covers(const ngx_str_t *has, const ngx_str_t *name)
{
    ngx_str_t  inner;

    if (s3o_str_is(has, "s3o_presign_key")
        || s3o_str_is(has, "s3o_presign_uri")
        || s3o_str_is(has, "s3o_presign_url"))
    {
        return 1;
    }

    inner = *name;

    (void) ngx_http_s3o_strip(&inner, NGX_HTTP_S3O_SEGMENT_PREFIX);

    if (inner.len == has->len
        && ngx_strncmp(inner.data, has->data, inner.len) == 0)
    {
        return 1;
    }

    return (s3o_str_is(has, "request_uri")
            || s3o_str_is(has, "args")
            || s3o_str_is(has, "query_string"))
           && (ngx_http_s3o_strip(&inner, "s3o_presign_arg_")
               || ngx_http_s3o_strip(&inner, "arg_"));
}


/* takes the prefix off the name, if the name begins with it */

static ngx_uint_t
ngx_http_s3o_strip(ngx_str_t *name, const char *prefix)
{
    size_t  len;

    len = ngx_strlen(prefix);

    if (name->len < len || ngx_strncmp(name->data, prefix, len) != 0) {
        return 0;
    }

    name->data += len;
    name->len -= len;

    return 1;
}
