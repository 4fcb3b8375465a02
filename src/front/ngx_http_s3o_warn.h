
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Configurations that are valid, and nearly always a mistake.
 */


#ifndef _NGX_HTTP_S3O_WARN_H_INCLUDED_
#define _NGX_HTTP_S3O_WARN_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Checks a merged location, and writes a warning for each mistake. */

void ngx_http_s3o_warn_location(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);


/*
 * Checks the region of the constant access point of a location: warns once of
 * one that is not known.
 */

void ngx_http_s3o_warn_region(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_WARN_H_INCLUDED_ */
