
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What is valid and nearly always a mistake beside "proxy_pass".
 */


#include "ngx_http_s3o_warn_proxy.h"
#include "ngx_http_s3o_neighbours.h"


static ngx_uint_t ngx_http_s3o_passes_to_url(ngx_conf_t *cf,
    ngx_http_script_code_pt *code);
static ngx_uint_t ngx_http_s3o_passes_to_https(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf, ngx_http_script_code_pt *code);


void
ngx_http_s3o_warn_proxy(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_script_code_pt  *code;

    if ((conf->mode != NGX_HTTP_S3O_PROXY
         && conf->mode != NGX_HTTP_S3O_BY_VARIABLE)
        || clcf->handler == NULL
        || !ngx_http_s3o_is_proxy_pass(cf, clcf->handler))
    {
        return;
    }

    code = ngx_http_s3o_proxy_pass_code(cf, clcf);

    if (code == NULL) {
        return;
    }

    if (ngx_http_s3o_passes_to_https(cf, conf, code)
        && !ngx_http_s3o_proxy_verifies(cf, clcf))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"proxy_pass\" in location \"%V\" sends signed "
                           "requests to whoever answers, as "
                           "\"proxy_ssl_verify\" is off: set it to \"on\", "
                           "and \"proxy_ssl_trusted_certificate\"",
                           &conf->name);
    }
}


/* 1 when the value begins with $s3o_presign_url */

static ngx_uint_t
ngx_http_s3o_passes_to_url(ngx_conf_t *cf, ngx_http_script_code_pt *code)
{
    ngx_http_variable_t         *v;
    ngx_http_core_main_conf_t   *cmcf;
    ngx_http_script_var_code_t  *var;

    if (*code != ngx_http_script_copy_var_code) {
        return 0;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    v = cmcf->variables.elts;
    var = (ngx_http_script_var_code_t *) code;

    return s3o_str_is(&v[var->index].name, "s3o_presign_url");
}


static ngx_uint_t
ngx_http_s3o_passes_to_https(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf,
    ngx_http_script_code_pt *code)
{
    ngx_http_script_copy_code_t  *copy;

    if (ngx_http_s3o_passes_to_url(cf, code)) {
        return conf->endpoint.len < sizeof("http://") - 1
               || ngx_strncasecmp(conf->endpoint.data, (u_char *) "http://",
                                  sizeof("http://") - 1)
                  != 0;
    }

    if (*code != ngx_http_script_copy_code) {
        return 0;
    }

    copy = (ngx_http_script_copy_code_t *) code;

    return copy->len >= sizeof("https://") - 1
           && ngx_strncasecmp((u_char *) &copy[1], (u_char *) "https://",
                              sizeof("https://") - 1)
              == 0;
}
