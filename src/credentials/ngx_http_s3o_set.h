
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Sets of credentials: checked, and kept.
 */


#ifndef _NGX_HTTP_S3O_SET_H_INCLUDED_
#define _NGX_HTTP_S3O_SET_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Checks a set and makes it the source's next one, copying it to "pool".
 * Returns NULL, or what is wrong with it.
 */

const char *ngx_http_s3o_source_set(ngx_http_s3o_source_t *source,
    ngx_pool_t *pool, const ngx_http_s3o_set_t *set);


/* What is wrong with a set, or NULL. */

const char *ngx_http_s3o_set_check(const ngx_http_s3o_set_t *set);


#endif /* _NGX_HTTP_S3O_SET_H_INCLUDED_ */
