
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Decides which source is fetched when, and by which worker.
 */


#ifndef _NGX_HTTP_S3O_REFRESH_H_INCLUDED_
#define _NGX_HTTP_S3O_REFRESH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * In each worker: starts the timer that looks at the sources; and stops it
 * and all fetches.
 */

ngx_int_t ngx_http_s3o_refresh_init(ngx_cycle_t *cycle,
    ngx_http_s3o_store_t *store);
void ngx_http_s3o_refresh_exit(ngx_http_s3o_store_t *store);


/* Looks at the sources now, as a request has found one without a set. */

void ngx_http_s3o_refresh_nudge(void);


/*
 * The time until the next fetch, in milliseconds; 0 while a fetch is running.
 */

ngx_msec_t ngx_http_s3o_refresh_pause(ngx_http_s3o_source_t *source);


/*
 * Ends what provider->fetch() began: with a set; or with "error", a sentence
 * for the log and the status page, and an errno or 0.
 */

void ngx_http_s3o_refresh_done(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set, ngx_log_t *log, ngx_err_t err,
    const char *error);


#endif /* _NGX_HTTP_S3O_REFRESH_H_INCLUDED_ */
