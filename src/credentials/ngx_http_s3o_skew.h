
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Notices a wrong clock, by the header "Date" in answers of services.
 */


#ifndef _NGX_HTTP_S3O_SKEW_H_INCLUDED_
#define _NGX_HTTP_S3O_SKEW_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* what was warned of; zeroed at first, may be in a shared memory zone */

typedef struct {
    ngx_atomic_t             lasts;             /* 1: warned, and still wrong */
    ngx_atomic_t             at;                /* of the last warning */
} ngx_http_s3o_skew_t;


/*
 * Warns when the clock is five minutes or more off the value of a "Date", and
 * again only after it was right and an hour has passed.  The line says by how
 * much, and that the time is that of "who".  A value that is no time is
 * ignored.
 */

void ngx_http_s3o_skew_check(ngx_http_s3o_skew_t *skew, ngx_log_t *log,
    u_char *date, size_t len, const char *who);


#endif /* _NGX_HTTP_S3O_SKEW_H_INCLUDED_ */
