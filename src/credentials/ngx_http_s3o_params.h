
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Parameters of "s3o_presign_credentials", and variables of the environment.
 */


#ifndef _NGX_HTTP_S3O_PARAMS_H_INCLUDED_
#define _NGX_HTTP_S3O_PARAMS_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Sets source->params to n parameters, "name=value" each; they are not
 * copied. Returns NGX_OK, or NGX_ERROR after an error line.  Values are never
 * shown, as they may be secrets.
 */

ngx_int_t ngx_http_s3o_source_params(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *args, ngx_uint_t n);


/* The value of a parameter of the directive, or NULL. */

ngx_str_t *ngx_http_s3o_source_param(ngx_http_s3o_source_t *source,
    const char *name);


/*
 * The value of "renew" in seconds: after this time a set is replaced, even if
 * it lives longer.  Returns NGX_ERROR after an error line.
 */

time_t ngx_http_s3o_source_renew(ngx_conf_t *cf, const ngx_str_t *name,
    ngx_str_t *value);


/*
 * 1 for a lower-case word of at most 32 letters and "_".  All names of
 * parameters and providers are such words, and secrets are not, so it may be
 * shown.
 */

ngx_uint_t ngx_http_s3o_is_word(const ngx_str_t *s);


/*
 * The value of a variable of the environment; NULL when it is unset or blank.
 */

char *ngx_http_s3o_env(const char *name);


#endif /* _NGX_HTTP_S3O_PARAMS_H_INCLUDED_ */
