
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What is valid and nearly always a mistake beside "proxy_pass".
 */


#ifndef _NGX_HTTP_S3O_WARN_PROXY_H_INCLUDED_
#define _NGX_HTTP_S3O_WARN_PROXY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Writes the warnings for a merged location in proxy mode, when its handler
 * has been replaced and its target is known.  A block without its own
 * "proxy_pass" is not looked at.
 */

void ngx_http_s3o_warn_proxy(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_WARN_PROXY_H_INCLUDED_ */
