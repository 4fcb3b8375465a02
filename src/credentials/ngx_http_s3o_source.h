
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Sources of credentials: one for each distinct "s3o_presign_credentials".
 */


#ifndef _NGX_HTTP_S3O_SOURCE_H_INCLUDED_
#define _NGX_HTTP_S3O_SOURCE_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Finds or makes the source that the n arguments of a directive name.  Equal
 * arguments name the same source.  Returns NULL after an error line.
 */

ngx_http_s3o_source_t *ngx_http_s3o_source_add(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_str_t *args, ngx_uint_t n);


/* Wipes all secrets of a source. */

void ngx_http_s3o_source_wipe(ngx_http_s3o_source_t *source);


#endif /* _NGX_HTTP_S3O_SOURCE_H_INCLUDED_ */
