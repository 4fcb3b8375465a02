
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A cache that gives one client what belongs to another.
 */


#ifndef _NGX_HTTP_S3O_WARN_CACHE_H_INCLUDED_
#define _NGX_HTTP_S3O_WARN_CACHE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Warns if the location has "proxy_cache" and a key of objects that depends on
 * who asks or what is asked for by name, and "proxy_cache_key" does not.  The
 * location has a key.
 */

void ngx_http_s3o_warn_cache(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_WARN_CACHE_H_INCLUDED_ */
