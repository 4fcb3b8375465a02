
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What directives a location needs and must not combine.  Checked when all
 * directives of the location are known.
 */


#include "ngx_http_s3o_check.h"
#include "s3o_policy_header.h"
#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_proxy.h"
#include "ngx_http_s3o_algorithm.h"
#include "ngx_http_s3o_conf.h"
#include "ngx_http_s3o_conf_operation.h"
#include "ngx_http_s3o_neighbours.h"
#include "ngx_http_s3o_status.h"


static char *ngx_http_s3o_check_required(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_check_time(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_check_floor(ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_check_methods(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_check_payload(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_check_max_size(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_check_copies(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_check_handler(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_check_body_size(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_set_allow(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);


#define ngx_http_s3o_check_error(cf, conf, text)                             \
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,                                 \
                       "\"s3o_presign %V\" in location \"%V\" " text,        \
                       (conf)->mode_value                                    \
                       ? &(conf)->mode_value->value                          \
                       : &ngx_http_s3o_mode_names[(conf)->mode],             \
                       &(conf)->name)


char *
ngx_http_s3o_check_location(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ngx_http_s3o_check_status(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->mode == NGX_HTTP_S3O_OFF) {
        return NGX_CONF_OK;
    }

    if (ngx_http_s3o_set_allow(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->name.data == NULL) {

        /* the level of a server: its locations may add what is missing */

        return NGX_CONF_OK;
    }

    if (ngx_http_s3o_check_required(cf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_time(cf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_methods(cf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_operations(cf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_algorithm(cf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_payload(cf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_max_size(cf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_copies(cf, clcf, conf) != NGX_CONF_OK
        || ngx_http_s3o_check_handler(cf, clcf, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_http_s3o_check_floor(conf);

    if (!clcf->noname) {
        ngx_http_s3o_check_body_size(cf, clcf, conf);
    }

    return NGX_CONF_OK;
}


void
ngx_http_s3o_wrap_handler(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {

        /* an "if" block has no handler, and nginx calls that of its location */

        conf->handler = prev->handler;
    }

    if (clcf->handler
        && (conf->mode == NGX_HTTP_S3O_PROXY
            || conf->mode == NGX_HTTP_S3O_BY_VARIABLE)
        && ngx_http_s3o_is_proxy_pass(cf, clcf->handler))
    {
        conf->handler = clcf->handler;
        clcf->handler = ngx_http_s3o_proxy_handler;
    }
}


static char *
ngx_http_s3o_check_required(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->access_point == NULL) {
        ngx_http_s3o_check_error(cf, conf,
                                 "needs \"s3o_presign_access_point\"");
        return NGX_CONF_ERROR;
    }

    if (conf->source == NULL) {
        ngx_http_s3o_check_error(cf, conf,
                                 "needs \"s3o_presign_credentials\"");
        return NGX_CONF_ERROR;
    }

    if (conf->exact && conf->key == NULL) {
        ngx_http_s3o_check_error(cf, conf,
                                 "needs \"s3o_presign_key\": in an exact "
                                 "location nothing follows the prefix");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_s3o_check_time(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->window == 0 || conf->expires_value) {
        return NGX_CONF_OK;
    }

    if (conf->window >= conf->expires) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_window\" of %Ts in location \"%V\" "
                           "must be less than \"s3o_presign_expires\" of %Ts",
                           conf->window, &conf->name, conf->expires);
        return NGX_CONF_ERROR;
    }

    if (conf->window + conf->expires > S3O_EXPIRES_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_window\" of %Ts and "
                           "\"s3o_presign_expires\" of %Ts in location \"%V\" "
                           "must be at most 7d together",
                           conf->window, conf->expires, &conf->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * Sets the life, in seconds, that a set of credentials must have left for
 * each location that uses the source.
 */

static void
ngx_http_s3o_check_floor(ngx_http_s3o_loc_conf_t *conf)
{
    time_t  floor;

    floor = NGX_HTTP_S3O_LIFE_FLOOR;

    if (conf->mode == NGX_HTTP_S3O_PROXY) {
        floor = 1;

    } else if (conf->expires_value == NULL) {
        floor = ngx_min(floor, conf->expires);
    }

    conf->source->floor = ngx_max(conf->source->floor, floor);
}


static char *
ngx_http_s3o_check_methods(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    s3o_str_t   name;
    ngx_uint_t  methods, writes;

    methods = ngx_http_s3o_all_methods(conf);
    writes = S3O_METHOD_PUT|S3O_METHOD_DELETE|S3O_METHOD_POST;

    if (conf->sign_method && conf->sign_method->lengths == NULL) {
        name = ngx_http_s3o_str(&conf->sign_method->value);

        if ((s3o_policy_method(&name) & methods) == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_sign_method\" \"%V\" in "
                               "location \"%V\" must be one of "
                               "\"s3o_presign_methods\", or of an operation "
                               "that is allowed",
                               &conf->sign_method->value, &conf->name);
            return NGX_CONF_ERROR;
        }
    }

    if (conf->sign_method && conf->mode == NGX_HTTP_S3O_PROXY) {
        ngx_http_s3o_check_error(cf, conf,
                                 "signs the method that is sent and cannot "
                                 "have \"s3o_presign_sign_method\"");
        return NGX_CONF_ERROR;
    }

    if (conf->mode == NGX_HTTP_S3O_REDIRECT
        && conf->redirect_status != NGX_HTTP_TEMPORARY_REDIRECT
        && conf->sign_method == NULL
        && (methods & writes))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign redirect %ui\" in location \"%V\" "
                           "makes clients go on with GET: PUT, DELETE, POST, "
                           "multipart and operations that write need 307",
                           conf->redirect_status, &conf->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * "s3o_presign_payload" has an effect in proxy mode only.  An inherited one
 * may be meant for other locations; one in the location itself is an error.
 */

static char *
ngx_http_s3o_check_payload(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (!conf->payload_set
        || conf->payload == NGX_HTTP_S3O_PAYLOAD_UNSIGNED
        || conf->mode == NGX_HTTP_S3O_PROXY
        || conf->mode == NGX_HTTP_S3O_BY_VARIABLE)
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_payload %V\" in location \"%V\" needs "
                       "\"s3o_presign proxy\": the payload of a URL, which "
                       "\"s3o_presign %V\" signs, is always \"unsigned\"",
                       &ngx_http_s3o_payload_post.words[conf->payload].name,
                       &conf->name, &ngx_http_s3o_mode_names[conf->mode]);

    return NGX_CONF_ERROR;
}


/*
 * "s3o_presign_max_size" limits the uploads that signed URLs allow.  In proxy
 * mode nginx itself limits uploads, so the directive has no effect, and a
 * limit without effect is an error, also when it is inherited.
 */

static char *
ngx_http_s3o_check_max_size(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->max_size == 0 || conf->mode != NGX_HTTP_S3O_PROXY) {
        return NGX_CONF_OK;
    }

    ngx_http_s3o_check_error(cf, conf,
                             "cannot have \"s3o_presign_max_size\": "
                             "\"client_max_body_size\" limits what is passed "
                             "on; set that, and \"s3o_presign_max_size 0\" "
                             "where it is inherited");

    return NGX_CONF_ERROR;
}


/*
 * Copies need a location of a prefix: only there can the module tell whether
 * a GET for the source would be allowed by the same location.
 */

static char *
ngx_http_s3o_check_copies(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf)
{
    s3o_str_t   source;

    static const s3o_str_t  name = s3o_string("x-amz-copy-source");

    if (!conf->copy_set) {
        return NGX_CONF_OK;
    }

    source = name;

    if (clcf->noname
        || clcf->exact_match
        || clcf->named
#if (NGX_PCRE)
        || clcf->regex
#endif
       )
    {
        ngx_http_s3o_check_error(cf, conf,
                                 "can have \"s3o_presign_copy\" only in a "
                                 "location of a prefix: only there it is known "
                                 "which sources a GET would find");
        return NGX_CONF_ERROR;
    }

    if (!(conf->methods & S3O_METHOD_GET)) {
        ngx_http_s3o_check_error(cf, conf,
                                 "needs GET in \"s3o_presign_methods\" for "
                                 "\"s3o_presign_copy\": a copy reads its "
                                 "source");
        return NGX_CONF_ERROR;
    }

    if (conf->signed_headers
        && s3o_policy_header_named(&source, S3O_HEADER_COPY,
                                   conf->signed_headers->elts,
                                   conf->signed_headers->nelts))
    {
        ngx_http_s3o_check_error(cf, conf,
                                 "cannot have both \"s3o_presign_copy\" and "
                                 "\"x-amz-copy-source\" in "
                                 "\"s3o_presign_signed_headers\", which would "
                                 "send it unchecked");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_s3o_check_handler(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->status_format) {
        ngx_http_s3o_check_error(cf, conf,
                                 "cannot be combined with "
                                 "\"s3o_presign_status\"");
        return NGX_CONF_ERROR;
    }

    switch (conf->mode) {

    case NGX_HTTP_S3O_REDIRECT:
    case NGX_HTTP_S3O_JSON:

        if (clcf->handler) {
            ngx_http_s3o_check_error(cf, conf,
                                     "sends the answer itself and cannot be "
                                     "combined with another content handler "
                                     "(proxy_pass, stub_status ...); use "
                                     "\"s3o_presign off\", \"on\", \"proxy\" "
                                     "or a variable here");
            return NGX_CONF_ERROR;
        }

        break;

    case NGX_HTTP_S3O_PROXY:

        if (clcf->handler == NULL && (!clcf->noname || clcf->lmt_excpt)) {
            ngx_http_s3o_check_error(cf, conf,
                                     "needs \"proxy_pass $s3o_presign_url\"; "
                                     "use \"s3o_presign off\" where nothing "
                                     "is to be signed");
            return NGX_CONF_ERROR;
        }

        if (clcf->handler && !ngx_http_s3o_is_proxy_pass(cf, clcf->handler)) {
            ngx_http_s3o_check_error(cf, conf,
                                     "signs what \"proxy_pass\" sends and "
                                     "cannot be combined with another content "
                                     "handler; use \"s3o_presign off\" where "
                                     "nothing is to be signed");
            return NGX_CONF_ERROR;
        }

        if ((conf->methods & S3O_METHOD_HEAD)
            && !(conf->methods & S3O_METHOD_GET)
            && ngx_http_s3o_proxy_converts_head(cf, clcf))
        {
            ngx_http_s3o_check_error(cf, conf,
                                     "allows HEAD but not GET, into which "
                                     "\"proxy_cache\" turns it: allow GET or "
                                     "set \"proxy_cache_convert_head off\"");
            return NGX_CONF_ERROR;
        }

        if ((conf->allowed & s3o_policy_bit(S3O_OP_HEAD_BUCKET))
            && !(conf->allowed & s3o_policy_bit(S3O_OP_LIST_OBJECTS_V1))
            && ngx_http_s3o_proxy_converts_head(cf, clcf))
        {
            ngx_http_s3o_check_error(cf, conf,
                                     "allows HeadBucket but not ListObjects, "
                                     "into which \"proxy_cache\" turns it: "
                                     "allow ListObjects or set "
                                     "\"proxy_cache_convert_head off\"");
            return NGX_CONF_ERROR;
        }

        break;
    }

    return NGX_CONF_OK;
}


static void
ngx_http_s3o_check_body_size(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->mode != NGX_HTTP_S3O_REDIRECT
        || !(conf->methods & (S3O_METHOD_PUT|S3O_METHOD_POST))
        || clcf->client_max_body_size == 0
        || clcf->client_max_body_size == NGX_CONF_UNSET)
    {
        return;
    }

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"client_max_body_size\" of %O bytes in location "
                       "\"%V\" refuses larger uploads before they are "
                       "redirected; 0 lets all through",
                       clcf->client_max_body_size, &conf->name);
}


static char *
ngx_http_s3o_set_allow(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    u_char                   *p;
    ngx_uint_t                i;
    static const ngx_str_t    names[] = {
        ngx_string("GET"),
        ngx_string("HEAD"),
        ngx_string("PUT"),
        ngx_string("DELETE"),
        ngx_string("POST")
    };

    p = ngx_pnalloc(cf->pool, sizeof("GET, HEAD, PUT, DELETE, POST") - 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->allow.data = p;

    for (i = 0; i < 5; i++) {

        /* the names are in the order of the S3O_METHOD_* bits */

        if (!(conf->methods & ((ngx_uint_t) 1 << i))) {
            continue;
        }

        if (p != conf->allow.data) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = ngx_cpymem(p, names[i].data, names[i].len);
    }

    conf->allow.len = p - conf->allow.data;

    return NGX_CONF_OK;
}
