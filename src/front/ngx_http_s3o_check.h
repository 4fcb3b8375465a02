
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What a location must have and must not combine.
 */


#ifndef _NGX_HTTP_S3O_CHECK_H_INCLUDED_
#define _NGX_HTTP_S3O_CHECK_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* NGX_CONF_ERROR, after saying what is wrong with a merged location. */

char *ngx_http_s3o_check_location(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t
    *conf);


/*
 * Puts proxy mode in the place of "proxy_pass", whose handler becomes
 * conf->handler.  After the check.
 */

void ngx_http_s3o_wrap_handler(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_CHECK_H_INCLUDED_ */
