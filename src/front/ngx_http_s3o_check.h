
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What directives a location needs and must not combine.
 */


#ifndef _NGX_HTTP_S3O_CHECK_H_INCLUDED_
#define _NGX_HTTP_S3O_CHECK_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Checks a merged location.  NGX_CONF_OK, or NGX_CONF_ERROR after a message. */

char *ngx_http_s3o_check_location(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t
    *conf);


/*
 * In locations with proxy mode, replaces the content handler of "proxy_pass"
 * with ours, and keeps it in conf->handler.  To be called after the check.
 */

void ngx_http_s3o_wrap_handler(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_CHECK_H_INCLUDED_ */
