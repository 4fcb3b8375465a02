
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The directives.  What can be checked of one value alone is checked here, so
 * the message of "nginx -t" has the file and the line.  Most directives share a
 * setter, and this file only has the functions that tell what is wrong with a
 * value.
 */


#include "ngx_http_s3o_conf.h"
#include "s3o_policy_header.h"
#include "s3o_policy_key.h"
#include "s3o_target.h"
#include "s3o_target_error.h"
#include "s3o_text.h"
#include "ngx_http_s3o_source.h"
#include "ngx_http_s3o_lifetime.h"
#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_conf_value.h"


#define NGX_HTTP_S3O_DISCARD_TIME_MAX  3600000


static const char *ngx_http_s3o_access_point_fault(const s3o_str_t *value);
static const char *ngx_http_s3o_region_fault(const s3o_str_t *value);
static const char *ngx_http_s3o_endpoint_fault(const s3o_str_t *value);
static const char *ngx_http_s3o_target_fault(s3o_target_error_e err);
static const char *ngx_http_s3o_key_fault(const s3o_str_t *value);
static const char *ngx_http_s3o_method_fault(const s3o_str_t *name);
static const char *ngx_http_s3o_sign_method_fault(const s3o_str_t *value);
static const char *ngx_http_s3o_arg_fault(const s3o_str_t *name);
static const char *ngx_http_s3o_signed_header_fault(const s3o_str_t *name);
static const char *ngx_http_s3o_bucket_fault(const s3o_str_t *name);


ngx_http_s3o_checked_t  ngx_http_s3o_access_point_post = {
    ngx_http_s3o_access_point_fault
};

ngx_http_s3o_checked_t  ngx_http_s3o_region_post = {
    ngx_http_s3o_region_fault
};

ngx_http_s3o_checked_t  ngx_http_s3o_endpoint_post = {
    ngx_http_s3o_endpoint_fault
};

ngx_http_s3o_checked_t  ngx_http_s3o_key_post = {
    ngx_http_s3o_key_fault
};

ngx_http_s3o_bits_t  ngx_http_s3o_methods_post = {
    s3o_policy_method,
    ngx_http_s3o_method_fault,
    "the method is named twice",
    0
};

ngx_http_s3o_checked_t  ngx_http_s3o_sign_method_post = {
    ngx_http_s3o_sign_method_fault
};

ngx_http_s3o_names_t  ngx_http_s3o_args_post = {
    ngx_http_s3o_arg_fault, 0, 0
};

ngx_http_s3o_names_t  ngx_http_s3o_signed_headers_post = {
    ngx_http_s3o_signed_header_fault, 1, 0
};

ngx_http_s3o_names_t  ngx_http_s3o_copy_post = {
    ngx_http_s3o_bucket_fault, 0, 1
};


/* indexed by NGX_HTTP_S3O_PAYLOAD_* */

static ngx_conf_enum_t  ngx_http_s3o_payload_words[] = {
    { ngx_string("unsigned"), NGX_HTTP_S3O_PAYLOAD_UNSIGNED },
    { ngx_string("signed"), NGX_HTTP_S3O_PAYLOAD_SIGNED },
    { ngx_string("streaming"), NGX_HTTP_S3O_PAYLOAD_STREAMING },
    { ngx_null_string, 0 }
};

ngx_http_s3o_words_t  ngx_http_s3o_payload_post = {
    ngx_http_s3o_payload_words,
    "expected \"unsigned\", \"signed\" or \"streaming\""
};


char *
ngx_http_s3o_set_mode(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t  *value;

    if (slcf->mode != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1])) {
        slcf->mode = NGX_HTTP_S3O_BY_VARIABLE;

        if (ngx_http_s3o_complex_value(cf, &value[1], &slcf->mode_value)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }

    } else if (ngx_http_s3o_mode_word(&value[1], &slcf->mode,
                                      &slcf->redirect_status)
               != NGX_OK)
    {
        return ngx_http_s3o_invalid(cf, cmd, &value[1],
                                    "expected \"off\", \"on\", \"redirect\", "
                                    "\"json\", \"proxy\" or a value with "
                                    "variables that yields one of them");
    }

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (slcf->mode != NGX_HTTP_S3O_REDIRECT) {
        return ngx_http_s3o_invalid(cf, cmd, &value[2],
                                    "only \"redirect\" takes a second "
                                    "parameter, a status of 302, 303 or 307");
    }

    slcf->redirect_status = ngx_atoi(value[2].data, value[2].len);

    switch (slcf->redirect_status) {

    case NGX_HTTP_MOVED_TEMPORARILY:
    case NGX_HTTP_SEE_OTHER:
    case NGX_HTTP_TEMPORARY_REDIRECT:
        return NGX_CONF_OK;

    case NGX_HTTP_MOVED_PERMANENTLY:
    case NGX_HTTP_PERMANENT_REDIRECT:
        return ngx_http_s3o_invalid(cf, cmd, &value[2],
                                    "clients keep a permanent redirect longer "
                                    "than the URL lives, expected 302, 303 "
                                    "or 307");

    default:
        return ngx_http_s3o_invalid(cf, cmd, &value[2],
                                    "expected a status of 302, 303 or 307");
    }
}


char *
ngx_http_s3o_set_expires(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t  *value;

    if (slcf->expires != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1])) {
        slcf->expires = 0;

        return ngx_http_s3o_complex_value(cf, &value[1],
                                          &slcf->expires_value);
    }

    if (ngx_http_s3o_parse_expires(&value[1], &slcf->expires) != NGX_OK) {
        return ngx_http_s3o_invalid(cf, cmd, &value[1],
                                    "expected a time from 1s to 7d");
    }

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_set_window(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t  *value;

    if (slcf->window != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        slcf->window = 0;
        return NGX_CONF_OK;
    }

    if (ngx_http_s3o_parse_expires(&value[1], &slcf->window) != NGX_OK) {
        return ngx_http_s3o_invalid(cf, cmd, &value[1],
                                    "expected \"off\" or a time from 1s to "
                                    "less than s3o_presign_expires");
    }

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_set_param(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    s3o_str_t             name;
    ngx_str_t            *value;
    ngx_http_s3o_pair_t  *pair;

    value = cf->args->elts;
    name = ngx_http_s3o_str(&value[1]);

    if (!s3o_policy_arg_configurable(&name)) {
        return ngx_http_s3o_invalid(cf, cmd, &value[1],
                                    "the parameter authenticates, is a "
                                    "header, or selects another operation");
    }

    return ngx_http_s3o_add_pair(cf, cmd, &slcf->params, &value[1], &value[2],
                                 &pair);
}


char *
ngx_http_s3o_set_header(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    s3o_str_t             name, text;
    ngx_str_t            *value, lowcase;
    ngx_http_s3o_pair_t  *pair;

    value = cf->args->elts;

    lowcase.len = value[1].len;
    lowcase.data = ngx_pnalloc(cf->pool, lowcase.len);
    if (lowcase.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_strlow(lowcase.data, value[1].data, value[1].len);
    name = ngx_http_s3o_str(&lowcase);

    if (!s3o_policy_header_configurable(&name)
        || name.data[name.len - 1] == '*')
    {
        return ngx_http_s3o_invalid(cf, cmd, &value[1],
                                    "expected the name of a header that nginx "
                                    "and the signature do not set themselves");
    }

    if (ngx_http_s3o_add_pair(cf, cmd, &slcf->headers, &value[1], &value[2],
                              &pair)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    text = ngx_http_s3o_str(&value[2]);

    if (pair->value.lengths == NULL && !s3o_policy_header_value_ok(&text)) {
        return ngx_http_s3o_invalid(cf, cmd, &value[2],
                                    "a header cannot have control characters");
    }

    if (pair->value.lengths == NULL
        && s3o_str_is(&name, "content-length")
        && ngx_atoof(value[2].data, value[2].len) < 0)
    {
        return ngx_http_s3o_invalid(cf, cmd, &value[2],
                                    "a length is a number of bytes");
    }

    pair->lowcase_name = lowcase;

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_set_discard(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (slcf->discard_size != NGX_CONF_UNSET
        || slcf->discard_time != NGX_CONF_UNSET_MSEC)
    {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        s.data = value[i].data + sizeof("size=") - 1;
        s.len = value[i].len - (sizeof("size=") - 1);

        if (ngx_strncmp(value[i].data, "size=", 5) == 0
            && slcf->discard_size == NGX_CONF_UNSET)
        {
            slcf->discard_size = ngx_parse_offset(&s);

            if (slcf->discard_size >= 0) {
                continue;
            }

        } else if (ngx_strncmp(value[i].data, "time=", 5) == 0
                   && slcf->discard_time == NGX_CONF_UNSET_MSEC)
        {
            slcf->discard_time = ngx_parse_time(&s, 0);

            if (slcf->discard_time <= NGX_HTTP_S3O_DISCARD_TIME_MAX) {
                continue;
            }
        }

        return ngx_http_s3o_invalid(cf, cmd, &value[i],
                                    "expected \"size=\" and \"time=\", once "
                                    "each, the time up to 1h");
    }

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_set_credentials(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t                 *value;
    ngx_http_s3o_main_conf_t  *smcf;

    if (slcf->source) {
        return "is duplicate";
    }

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);

    value = cf->args->elts;

    slcf->source = ngx_http_s3o_source_add(cf, &smcf->sources, &value[1],
                                           cf->args->nelts - 1);
    if (slcf->source == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* what depends on other directives is checked later, when all are known */

static const char *
ngx_http_s3o_access_point_fault(const s3o_str_t *value)
{
    s3o_target_t         target;
    s3o_target_conf_t    tcf;
    s3o_target_error_e   err;

    ngx_memzero(&tcf, sizeof(s3o_target_conf_t));
    tcf.access_point = *value;

    err = s3o_target_resolve(&target, &tcf);

    if (err == S3O_TARGET_ALIAS_NO_REGION || err == S3O_TARGET_ALIAS_BETA) {
        return NULL;
    }

    return ngx_http_s3o_target_fault(err);
}


static const char *
ngx_http_s3o_region_fault(const s3o_str_t *value)
{
    return ngx_http_s3o_target_fault(s3o_target_check_region(value));
}


static const char *
ngx_http_s3o_endpoint_fault(const s3o_str_t *value)
{
    return ngx_http_s3o_target_fault(s3o_target_check_endpoint(value));
}


static const char *
ngx_http_s3o_target_fault(s3o_target_error_e err)
{
    return err == S3O_TARGET_OK ? NULL : s3o_target_strerror(err);
}


static const char *
ngx_http_s3o_key_fault(const s3o_str_t *value)
{
    s3o_uint_t       plain;
    s3o_key_error_e  err;

    err = s3o_policy_key(value, &plain);

    return err == S3O_KEY_OK ? NULL : s3o_policy_key_strerror(err);
}


static const char *
ngx_http_s3o_method_fault(const s3o_str_t *name)
{
    return "expected GET, HEAD, PUT, DELETE or POST";
}


static const char *
ngx_http_s3o_sign_method_fault(const s3o_str_t *value)
{
    return s3o_policy_method(value)
           ? NULL
           : "expected GET, HEAD, PUT, DELETE, POST or a value with variables";
}


static const char *
ngx_http_s3o_arg_fault(const s3o_str_t *name)
{
    return s3o_policy_arg_configurable(name)
           ? NULL
           : "the argument authenticates, is a header, or selects another "
             "operation (see s3o_presign_multipart and s3o_presign_list)";
}


static const char *
ngx_http_s3o_signed_header_fault(const s3o_str_t *name)
{
    s3o_str_t  base;

    if (s3o_policy_header_configurable(name)) {
        return NULL;
    }

    base = *name;

    if (base.len && base.data[base.len - 1] == '*') {
        base.len--;

        if (base.len && base.data[base.len - 1] == '-') {
            base.len--;
        }

        if (s3o_policy_header_configurable(&base)) {
            return "headers that open other objects, or that hold secrets, "
                   "are named one by one, without \"*\"";
        }
    }

    return "expected a header that reaches the Outpost as the client sent "
           "it, or the beginning of names and \"*\"";
}


static const char *
ngx_http_s3o_bucket_fault(const s3o_str_t *name)
{
    size_t  n;
    u_char  c;

    for (n = 0; n < name->len; n++) {
        c = name->data[n];

        if (!s3o_is_alnum(c) && c != '.' && c != '-' && c != '_') {
            break;
        }
    }

    if (n == name->len && n > 0 && n <= 255) {
        return NULL;
    }

    return "expected the name of a bucket, as clients write it, or \"off\" "
           "alone";
}
