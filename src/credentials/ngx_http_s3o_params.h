
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What "s3o_presign_credentials" is given: parameters, and variables of the
 * environment.
 */


#ifndef _NGX_HTTP_S3O_PARAMS_H_INCLUDED_
#define _NGX_HTTP_S3O_PARAMS_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Takes the parameters of a source, "name=value" each, which stay where they
 * are.  NGX_OK, or NGX_ERROR after saying what is wrong.  Values are never
 * shown, they may be secrets.
 */

ngx_int_t ngx_http_s3o_source_params(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *args, ngx_uint_t n);


/* The value of a parameter, or NULL. */

ngx_str_t *ngx_http_s3o_source_param(ngx_http_s3o_source_t *source,
    const char *name);


/*
 * The value of "renew", after how many seconds a set is replaced though it
 * goes on to live; NGX_ERROR after saying what is wrong.
 */

time_t ngx_http_s3o_source_renew(ngx_conf_t *cf, const ngx_str_t *name,
    ngx_str_t *value);


/* 1 for a lower-case word, as all names are, and no secret. */

ngx_uint_t ngx_http_s3o_is_word(const ngx_str_t *s);


/* A variable of the environment; NULL where it is unset, or blank. */

char *ngx_http_s3o_env(const char *name);


#endif /* _NGX_HTTP_S3O_PARAMS_H_INCLUDED_ */
