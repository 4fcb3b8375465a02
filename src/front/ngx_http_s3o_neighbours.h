
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What other modules have configured in a location.
 */


#ifndef _NGX_HTTP_S3O_NEIGHBOURS_H_INCLUDED_
#define _NGX_HTTP_S3O_NEIGHBOURS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* 1 when "handler" is the content handler of "proxy_pass". */

ngx_uint_t ngx_http_s3o_is_proxy_pass(ngx_conf_t *cf, ngx_http_handler_pt
    handler);


/*
 * 1 when the proxy module turns HEAD into GET in this location, for its
 * cache.
 */

ngx_uint_t ngx_http_s3o_proxy_converts_head(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/*
 * Returns the first instruction for the value of "proxy_pass", which copies a
 * text or a variable.  NULL if the value has no variables.  To be called after
 * ngx_http_s3o_is_proxy_pass().
 */

ngx_http_script_code_pt *ngx_http_s3o_proxy_pass_code(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/*
 * Returns the value of "proxy_cache_key", without a text where there is none;
 * NULL if the location has no cache, or if that is not known.  To be called
 * after ngx_http_s3o_is_proxy_pass().
 */

ngx_http_complex_value_t *ngx_http_s3o_proxy_cache_key(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* 1 when the proxy module verifies certificates, or cannot use TLS. */

ngx_uint_t ngx_http_s3o_proxy_verifies(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* 1 when the location begins with "return", so that it never has content. */

ngx_uint_t ngx_http_s3o_returns(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* 1 when it does, and the text has the variable with this index. */

ngx_uint_t ngx_http_s3o_returns_variable(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_int_t variable);


/* 1 when "auth_basic" checks the password of each request. */

ngx_uint_t ngx_http_s3o_checks_password(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* 1 when "auth_request_set" sets the variable with this index. */

ngx_uint_t ngx_http_s3o_sets_after_request(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_uint_t index);


#endif /* _NGX_HTTP_S3O_NEIGHBOURS_H_INCLUDED_ */
