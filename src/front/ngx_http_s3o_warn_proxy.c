
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What is valid and nearly always a mistake beside "proxy_pass".
 */


#include "ngx_http_s3o_warn_proxy.h"
#include "ngx_http_s3o_neighbours.h"
#include "ngx_http_s3o_proxy.h"


static void ngx_http_s3o_warn_resolver(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf, ngx_http_script_code_pt *code);
static ngx_uint_t ngx_http_s3o_passes_to(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf, ngx_http_script_code_pt *code,
    ngx_url_t *u);
static ngx_uint_t ngx_http_s3o_parse_origin(ngx_conf_t *cf,
    ngx_str_t *origin, ngx_url_t *u);
static ngx_uint_t ngx_http_s3o_lacks_scheme(ngx_http_script_code_pt *code);
static ngx_uint_t ngx_http_s3o_skip(ngx_str_t *url, const char *scheme);
static ngx_uint_t ngx_http_s3o_is_upstream(ngx_conf_t *cf, ngx_url_t *u);
static ngx_uint_t ngx_http_s3o_copies_text(ngx_http_script_code_pt *code,
    ngx_str_t *text);
static ngx_uint_t ngx_http_s3o_copies(ngx_conf_t *cf,
    ngx_http_script_code_pt *code, const char *name);
static ngx_uint_t ngx_http_s3o_passes_to_https(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf, ngx_http_script_code_pt *code);


void
ngx_http_s3o_warn_proxy(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_script_code_pt  *code;

    if (clcf->handler != ngx_http_s3o_proxy_handler) {
        return;
    }

    code = ngx_http_s3o_proxy_pass_code(cf, clcf);

    if (code == NULL) {
        return;
    }

    if (ngx_http_s3o_lacks_scheme(code)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"proxy_pass\" in location \"%V\" does not begin "
                           "with \"http://\" or \"https://\", so that nginx "
                           "answers 500", &conf->name);
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

    if (clcf->resolver && clcf->resolver->connections.nelts == 0) {
        ngx_http_s3o_warn_resolver(cf, conf, code);
    }
}


/*
 * A value with variables is looked up for each request: among the upstreams,
 * and then by the resolver.  Without one the answer is 502.
 */

static void
ngx_http_s3o_warn_resolver(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf,
    ngx_http_script_code_pt *code)
{
    ngx_url_t  u;

    if (!ngx_http_s3o_passes_to(cf, conf, code, &u)
        || u.naddrs
        || ngx_http_s3o_is_upstream(cf, &u))
    {
        return;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"proxy_pass\" in location \"%V\" needs a "
                       "\"resolver\" to find \"%V\", as no \"upstream\" has "
                       "this name and port", &conf->name, &u.host);
}


/* finds out the host and the port when they are the same for all requests */

static ngx_uint_t
ngx_http_s3o_passes_to(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf,
    ngx_http_script_code_pt *code, ngx_url_t *u)
{
    size_t     size;
    ngx_str_t  origin;

    if (ngx_http_s3o_copies(cf, code, "s3o_presign_url")) {

        if (conf->target == NULL) {
            return 0;
        }

        origin = conf->target->origin;

    } else if (ngx_http_s3o_copies_text(code, &origin)) {

        size = ngx_align(sizeof(ngx_http_script_copy_code_t) + origin.len,
                         sizeof(uintptr_t));

        /* what follows must not be a part of the name */

        code = (ngx_http_script_code_pt *) ((u_char *) code + size);

        if (!ngx_http_s3o_copies(cf, code, "s3o_presign_uri")) {
            return 0;
        }

    } else {
        return 0;
    }

    return ngx_http_s3o_parse_origin(cf, &origin, u);
}


static ngx_uint_t
ngx_http_s3o_parse_origin(ngx_conf_t *cf, ngx_str_t *origin, ngx_url_t *u)
{
    ngx_memzero(u, sizeof(ngx_url_t));

    u->url = *origin;
    u->uri_part = 1;
    u->no_resolve = 1;

    if (ngx_http_s3o_skip(&u->url, "https://")) {
        u->default_port = 443;

    } else if (ngx_http_s3o_skip(&u->url, "http://")) {
        u->default_port = 80;

    } else {
        return 0;
    }

    return ngx_parse_url(cf->pool, u) == NGX_OK;
}


/* a text that is only the beginning of a scheme may become one */

static ngx_uint_t
ngx_http_s3o_lacks_scheme(ngx_http_script_code_pt *code)
{
    ngx_str_t  text;

    if (!ngx_http_s3o_copies_text(code, &text)) {
        return 0;
    }

    return ngx_strncasecmp(text.data, (u_char *) "https://",
                           ngx_min(text.len, sizeof("https://") - 1))
           != 0
           && ngx_strncasecmp(text.data, (u_char *) "http://",
                              ngx_min(text.len, sizeof("http://") - 1))
              != 0;
}


static ngx_uint_t
ngx_http_s3o_skip(ngx_str_t *url, const char *scheme)
{
    size_t  len;

    len = ngx_strlen(scheme);

    if (url->len < len
        || ngx_strncasecmp(url->data, (u_char *) scheme, len) != 0)
    {
        return 0;
    }

    url->data += len;
    url->len -= len;

    return 1;
}


/* as nginx looks for an upstream */

static ngx_uint_t
ngx_http_s3o_is_upstream(ngx_conf_t *cf, ngx_url_t *u)
{
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t   **uscf;
    ngx_http_upstream_main_conf_t   *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    uscf = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {

        if (uscf[i]->host.len == u->host.len
            && ((uscf[i]->port == 0 && u->no_port)
                || uscf[i]->port == u->port)
            && ngx_strncasecmp(uscf[i]->host.data, u->host.data, u->host.len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* 1 when the instruction copies a text */

static ngx_uint_t
ngx_http_s3o_copies_text(ngx_http_script_code_pt *code, ngx_str_t *text)
{
    ngx_http_script_copy_code_t  *copy;

    if (*code != ngx_http_script_copy_code) {
        return 0;
    }

    copy = (ngx_http_script_copy_code_t *) code;

    text->data = (u_char *) &copy[1];
    text->len = copy->len;

    return 1;
}


/* 1 when the instruction copies the variable */

static ngx_uint_t
ngx_http_s3o_copies(ngx_conf_t *cf, ngx_http_script_code_pt *code,
    const char *name)
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

    return v[var->index].name.len == ngx_strlen(name)
           && ngx_strncmp(v[var->index].name.data, name, ngx_strlen(name))
              == 0;
}


static ngx_uint_t
ngx_http_s3o_passes_to_https(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf,
    ngx_http_script_code_pt *code)
{
    ngx_str_t  start;

    if (ngx_http_s3o_copies(cf, code, "s3o_presign_url")) {
        start = conf->endpoint;

        return !ngx_http_s3o_skip(&start, "http://");
    }

    return ngx_http_s3o_copies_text(code, &start)
           && ngx_http_s3o_skip(&start, "https://");
}
