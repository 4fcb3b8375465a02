
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * When the next set of a source is fetched.
 */


#ifndef _NGX_HTTP_S3O_SCHEDULE_H_INCLUDED_
#define _NGX_HTTP_S3O_SCHEDULE_H_INCLUDED_


#include "ngx_http_s3o_slot.h"


/* in seconds; a set is renewed when it has this much life left, or earlier */
#define NGX_HTTP_S3O_RENEW_LEFT  900


/*
 * Schedules the next fetch, see schedule.c.
 */

void ngx_http_s3o_store_schedule(ngx_http_s3o_source_t *source);
void ngx_http_s3o_store_same(ngx_http_s3o_source_t *source);
void ngx_http_s3o_store_failed(ngx_http_s3o_source_t *source);
void ngx_http_s3o_store_wanted(ngx_http_s3o_source_t *source);


/*
 * The time until the next fetch, in milliseconds; 0 while a fetch is running.
 * When the set has not expired, the caller needs one that lives longer, and
 * the next fetch is made earlier.
 */

ngx_msec_t ngx_http_s3o_store_pause(ngx_http_s3o_source_t *source);


#endif /* _NGX_HTTP_S3O_SCHEDULE_H_INCLUDED_ */
