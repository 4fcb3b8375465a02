
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Setters of directives that several directives share.
 */


#include "ngx_http_s3o_conf_slot.h"
#include "ngx_http_s3o_conf_value.h"


/* the field of the configuration that a directive sets */

#define ngx_http_s3o_field(conf, cmd, type)                                  \
    ((type *) ((char *) (conf) + (cmd)->offset))


static char *ngx_http_s3o_check_text(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *value);


char *
ngx_http_s3o_find_word(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_s3o_words_t *words, ngx_str_t *value, ngx_uint_t *found)
{
    ngx_conf_enum_t  *e;

    for (e = words->words; e->name.len; e++) {
        if (e->name.len == value->len
            && ngx_memcmp(e->name.data, value->data, value->len) == 0)
        {
            *found = e->value;
            return NGX_CONF_OK;
        }
    }

    return ngx_http_s3o_invalid(cf, cmd, value, words->expected);
}


char *
ngx_http_s3o_set_word_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t   *value;
    ngx_uint_t  *field;

    field = ngx_http_s3o_field(conf, cmd, ngx_uint_t);

    if (*field != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    return ngx_http_s3o_find_word(cf, cmd, cmd->post, &value[1], field);
}


char *
ngx_http_s3o_set_str_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value, *field;

    field = ngx_http_s3o_field(conf, cmd, ngx_str_t);

    if (field->data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    *field = value[1];

    return ngx_http_s3o_check_text(cf, cmd, &value[1]);
}


char *
ngx_http_s3o_set_value_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                 *value;
    ngx_http_complex_value_t **field;

    field = ngx_http_s3o_field(conf, cmd, ngx_http_complex_value_t *);

    if (*field) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_s3o_complex_value(cf, &value[1], field) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return (*field)->lengths ? NGX_CONF_OK
                             : ngx_http_s3o_check_text(cf, cmd, &value[1]);
}


/* cmd->post says what is wrong with a text without variables */

static char *
ngx_http_s3o_check_text(ngx_conf_t *cf, ngx_command_t *cmd, ngx_str_t *value)
{
    s3o_str_t                s;
    const char              *fault;
    ngx_http_s3o_checked_t  *post;

    post = cmd->post;

    s = ngx_http_s3o_str(value);
    fault = post->fault(&s);

    return fault ? ngx_http_s3o_invalid(cf, cmd, value, fault) : NGX_CONF_OK;
}


char *
ngx_http_s3o_set_names_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    s3o_str_t              name;
    ngx_str_t             *value;
    ngx_uint_t             i;
    const char            *fault;
    ngx_array_t          **field;
    ngx_http_s3o_names_t  *post;

    field = ngx_http_s3o_field(conf, cmd, ngx_array_t *);

    if (*field) {
        return "is duplicate";
    }

    *field = ngx_array_create(cf->pool, 4, sizeof(s3o_str_t));
    if (*field == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    post = cmd->post;

    if (post->off && ngx_http_s3o_is_off(cf)) {
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (post->lowcase) {
            ngx_strlow(value[i].data, value[i].data, value[i].len);
        }

        name = ngx_http_s3o_str(&value[i]);
        fault = post->fault(&name);

        if (fault) {
            return ngx_http_s3o_invalid(cf, cmd, &value[i], fault);
        }

        if (ngx_http_s3o_add_name(cf, cmd, *field, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_set_bits_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    s3o_str_t             name;
    ngx_str_t            *value;
    s3o_uint_t            bit;
    ngx_uint_t            i, *field;
    ngx_http_s3o_bits_t  *post;

    field = ngx_http_s3o_field(conf, cmd, ngx_uint_t);

    if (*field) {
        return "is duplicate";
    }

    value = cf->args->elts;
    post = cmd->post;

    if (post->off && ngx_http_s3o_is_off(cf)) {
        *field = post->off;
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        name = ngx_http_s3o_str(&value[i]);
        bit = post->bit(&name);

        if (bit == 0) {
            return ngx_http_s3o_invalid(cf, cmd, &value[i],
                                        post->fault(&name));
        }

        if (*field & bit) {
            return ngx_http_s3o_invalid(cf, cmd, &value[i], post->twice);
        }

        *field |= bit;
    }

    return NGX_CONF_OK;
}
