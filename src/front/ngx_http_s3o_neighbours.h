
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What other modules have in a location.
 */


#ifndef _NGX_HTTP_S3O_NEIGHBOURS_H_INCLUDED_
#define _NGX_HTTP_S3O_NEIGHBOURS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* 1 for the handler of "proxy_pass". */

ngx_uint_t ngx_http_s3o_is_proxy_pass(ngx_conf_t *cf, ngx_http_handler_pt
    handler);


/* 1 where the proxy module makes GET of HEAD, for a cache. */

ngx_uint_t ngx_http_s3o_proxy_converts_head(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* 1 where "return" comes before any content. */

ngx_uint_t ngx_http_s3o_returns(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* 1 where "auth_basic" lets nobody through without a password. */

ngx_uint_t ngx_http_s3o_checks_password(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* 1 for a variable that "auth_request_set" sets. */

ngx_uint_t ngx_http_s3o_sets_after_request(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_uint_t index);


#endif /* _NGX_HTTP_S3O_NEIGHBOURS_H_INCLUDED_ */
