
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What setters of directives share: values, and lists of names.
 */


#ifndef _NGX_HTTP_S3O_CONF_VALUE_H_INCLUDED_
#define _NGX_HTTP_S3O_CONF_VALUE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Names in a directive, or in all of a location: each that a client sends is
 * compared with all of them
 */
#define NGX_HTTP_S3O_NAMES_MAX   128
#define NGX_HTTP_S3O_NAMES_SAID  "it is one too many: expected at most 128"


/*
 * Says what is wrong with a value, and what is expected.  Returns
 * NGX_CONF_ERROR.
 */

char *ngx_http_s3o_invalid(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *value, const char *expected);


/* 1 when "off" is the only parameter of the directive. */

ngx_uint_t ngx_http_s3o_is_off(ngx_conf_t *cf);


/* Compiles a value with variables.  NGX_CONF_OK or NGX_CONF_ERROR. */

char *ngx_http_s3o_complex_value(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **cv);


/*
 * Adds "name value" to an array of ngx_http_s3o_pair_t, which it creates, and
 * sets *pair to it.  NGX_CONF_ERROR after saying what is wrong: a name that
 * is there in any case, or one too many.
 */

char *ngx_http_s3o_add_pair(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_array_t **pairs, ngx_str_t *name, ngx_str_t *value,
    ngx_http_s3o_pair_t **pair);


/*
 * Adds a name to an array of s3o_str_t.  NGX_CONF_ERROR after saying what is
 * wrong: a name that is there, or one too many.
 */

char *ngx_http_s3o_add_name(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_array_t *names, ngx_str_t *name);


#endif /* _NGX_HTTP_S3O_CONF_VALUE_H_INCLUDED_ */
