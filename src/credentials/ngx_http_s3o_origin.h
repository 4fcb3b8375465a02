
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Names of sources, and where the values of their parameters come from: the
 * directive, a profile, or the environment of the master process.
 */


#ifndef _NGX_HTTP_S3O_ORIGIN_H_INCLUDED_
#define _NGX_HTTP_S3O_ORIGIN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * The value of a parameter, or otherwise of the variable "env1" or "env2" of
 * the environment.  The latter is copied, as workers do not have the master's
 * environment.  "env2" may be NULL, and "param", too, when there is no such
 * parameter.  Returns NULL when none of them is set, or without memory.
 */

ngx_str_t *ngx_http_s3o_source_value(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, const char *param, const char *env1,
    const char *env2);


/*
 * The value of a variable of the environment, not copied, or NULL.  It is
 * noted as the origin of "param", which may be NULL.
 */

char *ngx_http_s3o_source_env(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    const char *param, const char *name);


/*
 * Removes "name=" from the *n arguments of a directive, and sets *name to its
 * value, or to an empty string when there is none.  Returns NGX_OK, or
 * NGX_ERROR after an error line.
 */

ngx_int_t ngx_http_s3o_name_take(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t *n, ngx_str_t *name);


/*
 * Sets the name of a source, unless "name" is empty.  Returns NGX_OK, or
 * NGX_ERROR after an error line when the source already has another name.
 */

ngx_int_t ngx_http_s3o_name_set(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *name);


/*
 * Called when all sources are known.  Returns NGX_OK, or NGX_ERROR after an
 * error line when two sources have the same name.
 */

ngx_int_t ngx_http_s3o_name_check(ngx_conf_t *cf, ngx_array_t *sources);


/*
 * For "nginx -t": writes a line for each source, which says whom it asks or
 * what it reads, and where each of its parameters comes from.  Values are
 * never shown.
 */

void ngx_http_s3o_origin_tell(ngx_array_t *sources);


#endif /* _NGX_HTTP_S3O_ORIGIN_H_INCLUDED_ */
