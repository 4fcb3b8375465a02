
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Names of sources, and where what they take comes from: a parameter of the
 * directive, a profile, or the environment of the master process.
 */


#ifndef _NGX_HTTP_S3O_ORIGIN_H_INCLUDED_
#define _NGX_HTTP_S3O_ORIGIN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * The value of a parameter, or of a variable of the environment, which is
 * copied as workers do not have it; NULL: of neither.  "env2" may be NULL, and
 * so may "param", for what is never a parameter.
 */

ngx_str_t *ngx_http_s3o_source_value(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, const char *param, const char *env1,
    const char *env2);


/* The same of a variable alone, which is not copied. */

char *ngx_http_s3o_source_env(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    const char *param, const char *name);


/*
 * Takes "name=" out of the arguments of a directive: the name is empty where
 * there is none.  NGX_ERROR after saying what is wrong with it.
 */

ngx_int_t ngx_http_s3o_name_take(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t *n, ngx_str_t *name);


/* Names a source; an error where it has another name already. */

ngx_int_t ngx_http_s3o_name_set(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *name);


/* When all sources are known: an error where two have the same name. */

ngx_int_t ngx_http_s3o_name_check(ngx_conf_t *cf, ngx_array_t *sources);


/*
 * For "nginx -t": one line for each source, which says whom it asks or what it
 * reads, and where each of its parameters comes from; never a value.
 */

void ngx_http_s3o_origin_tell(ngx_array_t *sources);


#endif /* _NGX_HTTP_S3O_ORIGIN_H_INCLUDED_ */
