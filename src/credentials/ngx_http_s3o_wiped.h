
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Memory for libraries that parse texts with secrets.  It is wiped when it is
 * freed, as such libraries leave parts of the text in it.
 */


#ifndef _NGX_HTTP_S3O_WIPED_H_INCLUDED_
#define _NGX_HTTP_S3O_WIPED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* set to 1 when an allocation fails; the caller sets it to 0 before */

extern ngx_uint_t  ngx_http_s3o_wiped_failed;


/*
 * Like malloc(), realloc() and free().  NULL after an error line when out of
 * memory.
 */

void *ngx_http_s3o_wiped_malloc(size_t size);
void *ngx_http_s3o_wiped_realloc(void *p, size_t size);
void ngx_http_s3o_wiped_free(void *p);


#endif /* _NGX_HTTP_S3O_WIPED_H_INCLUDED_ */
