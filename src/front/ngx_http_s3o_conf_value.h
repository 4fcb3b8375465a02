
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Functions that setters of directives share: for values, and lists of names.
 */


#ifndef _NGX_HTTP_S3O_CONF_VALUE_H_INCLUDED_
#define _NGX_HTTP_S3O_CONF_VALUE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * The most names in one directive, or in all directives of a location
 * together: each name that a client sends is compared with all of them.
 */
#define NGX_HTTP_S3O_NAMES_MAX   128
#define NGX_HTTP_S3O_NAMES_SAID  "too many names: expected at most 128"


/*
 * Logs that the directive has an invalid value, and what is expected.
 * Returns NGX_CONF_ERROR.
 */

char *ngx_http_s3o_invalid(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *value, const char *expected);


/* 1 when "off" is the only parameter of the directive. */

ngx_uint_t ngx_http_s3o_is_off(ngx_conf_t *cf);


/*
 * Compiles a value that may have variables to *cv.  NGX_CONF_OK or
 * NGX_CONF_ERROR.
 */

char *ngx_http_s3o_complex_value(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **cv);


/*
 * Adds a name and a value to *pairs, an array of ngx_http_s3o_pair_t, which
 * is created if it is NULL, and sets *pair to the new element.  NGX_CONF_OK;
 * or NGX_CONF_ERROR after a message: the name was given before, in upper or
 * lower case, or there are too many names.
 */

char *ngx_http_s3o_add_pair(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_array_t **pairs, ngx_str_t *name, ngx_str_t *value,
    ngx_http_s3o_pair_t **pair);


/*
 * Adds a name to an array of s3o_str_t.  NGX_CONF_OK; or NGX_CONF_ERROR after
 * a message: the name was given before, or there are too many names.
 */

char *ngx_http_s3o_add_name(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_array_t *names, ngx_str_t *name);


#endif /* _NGX_HTTP_S3O_CONF_VALUE_H_INCLUDED_ */
