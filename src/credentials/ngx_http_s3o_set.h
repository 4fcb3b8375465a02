
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Checks and keeps sets of credentials.
 */


#ifndef _NGX_HTTP_S3O_SET_H_INCLUDED_
#define _NGX_HTTP_S3O_SET_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Checks a set, copies it to "pool" and makes it the next set of the source.
 * Returns NULL, or a constant sentence that says what is wrong.
 */

const char *ngx_http_s3o_source_set(ngx_http_s3o_source_t *source,
    ngx_pool_t *pool, const ngx_http_s3o_set_t *set);


/* NULL when a set is right, or a constant sentence that says what is wrong. */

const char *ngx_http_s3o_set_check(const ngx_http_s3o_set_t *set);


#endif /* _NGX_HTTP_S3O_SET_H_INCLUDED_ */
