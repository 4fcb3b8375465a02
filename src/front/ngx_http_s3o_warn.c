
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Configurations that are valid, and nearly always a mistake: "nginx -t" warns
 * once, and says what would be right.
 */


#include "ngx_http_s3o_warn.h"
#include "ngx_http_s3o_identity.h"
#include "ngx_http_s3o_neighbours.h"
#include "ngx_http_s3o_warn_cache.h"
#include "ngx_http_s3o_warn_proxy.h"
#include "s3o_region.h"


static void ngx_http_s3o_warn_slash(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_warn_return(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_warn_argument(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *prev, ngx_http_s3o_loc_conf_t *conf);


void
ngx_http_s3o_warn_location(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (conf->mode == NGX_HTTP_S3O_OFF || conf->name.data == NULL) {
        return;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (!clcf->noname) {
        ngx_http_s3o_warn_slash(cf, conf);
    }

    ngx_http_s3o_warn_return(cf, clcf, conf);
    ngx_http_s3o_warn_proxy(cf, clcf, conf);

    if (conf->key) {
        ngx_http_s3o_warn_argument(cf, prev, conf);
        ngx_http_s3o_warn_identity(cf, prev, conf);
        ngx_http_s3o_warn_cache(cf, clcf, conf);
    }
}


/* "location /files" also matches "/filesystem", whose key would be "ystem" */

static void
ngx_http_s3o_warn_slash(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->key
        || conf->prefix.len == 0
        || conf->prefix.data[conf->prefix.len - 1] == '/')
    {
        return;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "location \"%V\" has no slash at its end, so that "
                       "keys begin with one, and \"%Vx\" asks for \"x\": add "
                       "a slash or \"s3o_presign_key\"",
                       &conf->name, &conf->name);
}


/* "return" comes before access control, and nothing is signed before that */

static void
ngx_http_s3o_warn_return(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_int_t  index;
    ngx_str_t  name = ngx_string("s3o_presign_url");

    if (clcf->named || clcf->internal) {
        /* another location may have checked access and signed */
        return;
    }

    index = ngx_http_get_variable_index(cf, &name);

    if (index == NGX_ERROR
        || !ngx_http_s3o_returns_variable(cf, clcf, index))
    {
        return;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"return\" in location \"%V\" has "
                       "\"$s3o_presign_url\", which is empty before access "
                       "is checked: use \"s3o_presign redirect\"",
                       &conf->name);
}


static void
ngx_http_s3o_warn_argument(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_str_t                  *name;
    ngx_uint_t                 *index;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    /* an inherited key was warned about before */

    if (conf->key == prev->key && prev->name.data) {
        return;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (index = conf->key->flushes;
         index && *index != (ngx_uint_t) -1;
         index++)
    {
        name = &v[*index].name;

        if (name->len <= sizeof("arg_") - 1
            || ngx_strncmp(name->data, "arg_", sizeof("arg_") - 1) != 0)
        {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"s3o_presign_key\" in location \"%V\" has "
                           "\"$%V\", which is as the client has encoded it: "
                           "\"$s3o_presign_%V\" is decoded",
                           &conf->name, name, name);
    }
}


/* Whoever names an endpoint has said where the region is. */

void
ngx_http_s3o_warn_region(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    s3o_str_t                  known;
    ngx_str_t                 *region;
    ngx_http_s3o_main_conf_t  *smcf;

    if (conf->target == NULL
        || conf->name.data == NULL
        || conf->endpoint.len)
    {
        return;
    }

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);

    region = &conf->target->region;
    known = ngx_http_s3o_str(region);

    if (s3o_region_known(&known)
        || (smcf->unknown_region.len == region->len
            && ngx_memcmp(smcf->unknown_region.data, region->data, region->len)
               == 0))
    {
        return;
    }

    smcf->unknown_region = *region;

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "region \"%V\" of the access point in location \"%V\" "
                       "is not known, and \"%V\" is assumed to be its host: "
                       "correct the region, or if it is a new one, name its "
                       "endpoint in \"s3o_presign_endpoint\"",
                       region, &conf->name, &conf->target->host);
}
