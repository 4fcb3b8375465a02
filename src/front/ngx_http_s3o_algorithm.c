
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The algorithm, and the region set of SigV4A: their directives, inheritance,
 * and what they must not be combined with.
 */


#include "ngx_http_s3o_algorithm.h"
#include "s3o_region_set.h"
#include "ngx_http_s3o_target.h"
#include "ngx_http_s3o_conf_value.h"


static void ngx_http_s3o_join(u_char *p, ngx_str_t *entries, ngx_uint_t n);
static char *ngx_http_s3o_check_entry(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *entries, ngx_uint_t i);


static ngx_conf_enum_t  ngx_http_s3o_algorithm_words[] = {
    { ngx_string("sigv4"), S3O_SIGV4 },
    { ngx_string("sigv4a"), S3O_SIGV4A },
    { ngx_null_string, 0 }
};

ngx_http_s3o_words_t  ngx_http_s3o_algorithm_post = {
    ngx_http_s3o_algorithm_words,
    "expected \"sigv4\" or \"sigv4a\""
};


char *
ngx_http_s3o_set_region_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    size_t       len;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (slcf->region_set.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    len = 0;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_http_s3o_check_entry(cf, cmd, value, i) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }

        len += value[i].len + 1;
    }

    slcf->region_set.data = ngx_pnalloc(cf->pool, len);
    if (slcf->region_set.data == NULL) {
        return NGX_CONF_ERROR;
    }

    slcf->region_set.len = len - 1;
    ngx_http_s3o_join(slcf->region_set.data, &value[1], cf->args->nelts - 1);

    return NGX_CONF_OK;
}


static void
ngx_http_s3o_join(u_char *p, ngx_str_t *entries, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {

        if (i > 0) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, entries[i].data, entries[i].len);
    }
}


static char *
ngx_http_s3o_check_entry(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *entries, ngx_uint_t i)
{
    s3o_str_t   entry;
    ngx_str_t  *value;
    ngx_uint_t  j;

    value = &entries[i];
    entry = ngx_http_s3o_str(value);

    if (!s3o_region_set_entry(&entry)) {
        return ngx_http_s3o_invalid(cf, cmd, value,
                                    "expected \"*\", a region of a known "
                                    "partition, or the beginning of regions "
                                    "and \"*\", such as \"us-west-*\"");
    }

    if (s3o_str_is(&entry, S3O_REGION_SET_ALL) && cf->args->nelts > 2) {
        return ngx_http_s3o_invalid(cf, cmd, value,
                                    "it stands for all regions, so it must "
                                    "be the only one");
    }

    if (i > NGX_HTTP_S3O_NAMES_MAX) {
        return ngx_http_s3o_invalid(cf, cmd, value, NGX_HTTP_S3O_NAMES_SAID);
    }

    for (j = 1; j < i; j++) {
        if (entries[j].len == value->len
            && ngx_memcmp(entries[j].data, value->data, value->len) == 0)
        {
            return ngx_http_s3o_invalid(cf, cmd, value,
                                        "the name is given twice");
        }
    }

    return NGX_CONF_OK;
}


/*
 * Inherits the algorithm and the region set.  A level that says "sigv4" does
 * not use an inherited region set, and that is not an error.
 */

void
ngx_http_s3o_merge_algorithm(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->region_set.data == NULL) {
        conf->region_set_unused = conf->algorithm == NGX_CONF_UNSET_UINT
                                  ? prev->region_set_unused
                                  : conf->algorithm == S3O_SIGV4;
    }

    ngx_conf_merge_uint_value(conf->algorithm, prev->algorithm, S3O_SIGV4);
    ngx_conf_merge_str_value(conf->region_set, prev->region_set, "");

    if (conf->algorithm == S3O_SIGV4A && conf->region_set.len == 0) {
        ngx_str_set(&conf->region_set, S3O_REGION_SET_ALL);
    }
}


char *
ngx_http_s3o_check_algorithm(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->algorithm == S3O_SIGV4) {

        if (conf->region_set.len && !conf->region_set_unused) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_region_set\" \"%V\" in location "
                               "\"%V\" needs \"s3o_presign_algorithm sigv4a\"",
                               &conf->region_set, &conf->name);
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    if (conf->window
        && conf->mode != NGX_HTTP_S3O_PROXY
        && !s3o_ecdsa_deterministic())
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"s3o_presign_window\" in location \"%V\" does "
                           "not give the same URL twice: before OpenSSL 3.2 "
                           "no two signatures of \"sigv4a\" are equal",
                           &conf->name);
    }

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_check_region_set(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->target == NULL
        || conf->name.data == NULL
        || ngx_http_s3o_region_covered(conf, &conf->target->region))
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_access_point\" \"%V\" in location "
                       "\"%V\": " NGX_HTTP_S3O_NOT_COVERED " \"%V\"",
                       &conf->access_point->value, &conf->name,
                       &conf->region_set);

    return NGX_CONF_ERROR;
}
