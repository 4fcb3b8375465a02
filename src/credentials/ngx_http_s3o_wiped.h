
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Memory for libraries that parse what may hold secrets: they leave pieces of
 * it in what they free, so here it is wiped.
 */


#ifndef _NGX_HTTP_S3O_WIPED_H_INCLUDED_
#define _NGX_HTTP_S3O_WIPED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* 1 when an allocation has failed since the caller has set it to 0 */

extern ngx_uint_t  ngx_http_s3o_wiped_failed;


/* as those of C, and NULL after an error line when out of memory */

void *ngx_http_s3o_wiped_malloc(size_t size);
void *ngx_http_s3o_wiped_realloc(void *p, size_t size);
void ngx_http_s3o_wiped_free(void *p);


#endif /* _NGX_HTTP_S3O_WIPED_H_INCLUDED_ */
