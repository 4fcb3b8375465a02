
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A clock that is off: services say in "Date" what time it is.
 */


#ifndef _NGX_HTTP_S3O_SKEW_H_INCLUDED_
#define _NGX_HTTP_S3O_SKEW_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* what has been said of it; zeros in the beginning, perhaps in a zone */

typedef struct {
    ngx_atomic_t             lasts;             /* 1: said, and still so */
    ngx_atomic_t             at;                /* when, in seconds */
} ngx_http_s3o_skew_t;


/*
 * Warns once while the clock is five minutes or more off by the value of a
 * "Date", by how much and by whose; a value that is no time says nothing.
 */

void ngx_http_s3o_skew_check(ngx_http_s3o_skew_t *skew, ngx_log_t *log,
    u_char *date, size_t len, const char *who);


#endif /* _NGX_HTTP_S3O_SKEW_H_INCLUDED_ */
