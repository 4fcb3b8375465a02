
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Keys that depend on the identity of the client, and "s3o_presign_require".
 * With an empty identity "users/$remote_user/" becomes "users//", one folder
 * for everybody; an identity that nobody has checked opens the folder of
 * anybody.
 */


#include "ngx_http_s3o_identity.h"
#include "ngx_http_s3o_segment.h"
#include "ngx_http_s3o_conf_value.h"
#include "ngx_http_s3o_neighbours.h"


static void ngx_http_s3o_warn_variable(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_http_s3o_loc_conf_t *conf,
    ngx_uint_t index);
static ngx_uint_t ngx_http_s3o_begins(const ngx_str_t *name,
    const char *prefix);


char *
ngx_http_s3o_set_require(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t                 *value;
    ngx_uint_t                 i;
    ngx_http_complex_value_t  *cv, *element;

    if (slcf->require) {
        return "is duplicate";
    }

    value = cf->args->elts;

    slcf->require = ngx_array_create(cf->pool, cf->args->nelts,
                                     sizeof(ngx_http_complex_value_t));
    if (slcf->require == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_is_off(cf)) {
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_http_script_variables_count(&value[i]) == 0) {
            return ngx_http_s3o_invalid(cf, cmd, &value[i],
                                        "expected a value with variables, or "
                                        "\"off\" alone");
        }

        if (ngx_http_s3o_complex_value(cf, &value[i], &cv) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }

        element = ngx_array_push(slcf->require);
        if (element == NULL) {
            return NGX_CONF_ERROR;
        }

        *element = *cv;
    }

    return NGX_CONF_OK;
}


void
ngx_http_s3o_warn_identity(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_uint_t                *index;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /*
     * "if" and "limit_except" blocks are checked when they have their own key
     */

    if (clcf->noname && conf->key == prev->key) {
        return;
    }

    for (index = conf->key->flushes;
         index && *index != (ngx_uint_t) -1;
         index++)
    {
        ngx_http_s3o_warn_variable(cf, clcf, conf, *index);
    }
}


static void
ngx_http_s3o_warn_variable(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf, ngx_uint_t index)
{
    ngx_str_t                   name, inner;
    ngx_uint_t                  segment, required;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    v = cmcf->variables.elts;
    name = v[index].name;
    inner = name;
    required = conf->require && conf->require->nelts;

    segment = ngx_http_s3o_begins(&name, NGX_HTTP_S3O_SEGMENT_PREFIX);

    if (segment) {
        inner.data += sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1;
        inner.len -= sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1;
    }

    if (s3o_str_is(&inner, "remote_user")) {
        /* $remote_user is set before anyone has checked the password */

        if (clcf->satisfy == NGX_HTTP_SATISFY_ANY) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "\"s3o_presign_key\" in location \"%V\" has "
                               "\"$%V\", and \"satisfy any\" lets a request "
                               "through with a name whose password nobody "
                               "has checked", &conf->name, &name);
            return;
        }

        if (!required && !ngx_http_s3o_checks_password(cf, clcf)) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "\"s3o_presign_key\" in location \"%V\" has "
                               "\"$%V\", which without \"auth_basic\" is what "
                               "the client says, or empty: add \"auth_basic\", "
                               "or \"s3o_presign_require\" with a value that "
                               "only a checked name has",
                               &conf->name, &name);
        }

        return;
    }

    if (segment
        || required
        || !ngx_http_s3o_is_identity(cf, clcf, &name, index))
    {
        return;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"s3o_presign_key\" in location \"%V\" has \"$%V\", "
                       "which may be empty or have a \"/\": use "
                       "\"$" NGX_HTTP_S3O_SEGMENT_PREFIX "%V\", or add "
                       "\"s3o_presign_require $%V\"",
                       &conf->name, &name, &name, &name);
}


static ngx_uint_t
ngx_http_s3o_begins(const ngx_str_t *name, const char *prefix)
{
    size_t  len;

    len = ngx_strlen(prefix);

    return name->len >= len && ngx_strncmp(name->data, prefix, len) == 0;
}


ngx_uint_t
ngx_http_s3o_is_identity(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    const ngx_str_t *name, ngx_uint_t index)
{
    return ngx_http_s3o_begins(name, "ssl_client_")
           || ngx_http_s3o_begins(name, "jwt_")
           || ngx_http_s3o_begins(name, "auth_request_")
           || ngx_http_s3o_sets_after_request(cf, clcf, index);
}
