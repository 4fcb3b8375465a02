
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
 * These schedule the next fetch, by the set that is in the slot now; the caller
 * holds the mutex.  After a new set: with 15 minutes of life left, or half of
 * the life if that is less, or after "renew", whichever comes first.  Up to a
 * tenth of that time is taken off at random, so that servers that were started
 * together do not ask together.
 */

void ngx_http_s3o_schedule_next(ngx_http_s3o_source_t *source);


/*
 * After a fetch that brought the same set: the same, but after a pause of about
 * half a minute, as the service may not have the next one yet.  The pause is
 * shorter for a set that ends soon, or is soon too short for requests.
 */

void ngx_http_s3o_schedule_same(ngx_http_s3o_source_t *source);


/*
 * After a fetch that failed: counts it in slot->tries.  The next is a second
 * later, and after each failure twice as long, up to a minute, or to half of
 * the life that the set has left; up to 5 seconds if that is more, or without a
 * set.  Each of these times is 75 to 125 percent of that, at random.
 */

void ngx_http_s3o_schedule_failed(ngx_http_s3o_source_t *source);


/*
 * The earliest next fetch for requests that need more life than the set has,
 * apart from the schedule: a second later, or more and more if the last such
 * fetches did not help.  To be called after each fetch that brought a set.
 */

void ngx_http_s3o_schedule_wanted(ngx_http_s3o_source_t *source);


/*
 * The time until the next fetch, in milliseconds; 0 while a fetch is running.
 * When the set has not expired, the caller needs one that lives longer, and
 * the next fetch is made earlier.
 *
 * Without the mutex, as it is called for each request that has to wait.  A
 * wrong result only makes a request look again.
 */

ngx_msec_t ngx_http_s3o_schedule_pause(ngx_http_s3o_source_t *source);


#endif /* _NGX_HTTP_S3O_SCHEDULE_H_INCLUDED_ */
