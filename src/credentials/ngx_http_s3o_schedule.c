
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * When the next set of a source is fetched: arithmetic with times of its slot.
 * The lease, which lets only one worker fetch it, is the store's.
 */


#include "ngx_http_s3o_schedule.h"


/*
 * seconds between attempts: from MIN on doubled, up to MAX, or COLD without a
 * set
 */
#define NGX_HTTP_S3O_RETRY_MIN   1
#define NGX_HTTP_S3O_RETRY_MAX   60
#define NGX_HTTP_S3O_RETRY_COLD  5

/* seconds after a fetch that brought the same set again */
#define NGX_HTTP_S3O_RETRY_SAME  30

/* fetch once more, so many seconds before a set is too short for requests */
#define NGX_HTTP_S3O_BEFORE      5


static time_t ngx_http_s3o_schedule_delay(ngx_uint_t tries, time_t max);
static time_t ngx_http_s3o_schedule_retry_max(ngx_http_s3o_slot_t *slot);
static time_t ngx_http_s3o_schedule_before(ngx_http_s3o_source_t *source,
    time_t life);
static ngx_msec_t ngx_http_s3o_schedule_jitter(time_t sec);
static ngx_uint_t ngx_http_s3o_schedule_lives(ngx_http_s3o_slot_t *slot);


void
ngx_http_s3o_schedule_next(ngx_http_s3o_source_t *source)
{
    time_t                life, left, pause, early, expires;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    slot->retry = ngx_current_msec + 1000;
    slot->urgent = 0;

    expires = ngx_http_s3o_slot_expires(slot);

    if (expires == 0) {
        slot->due = ngx_current_msec + (ngx_msec_t) 3600 * 1000;
        return;
    }

    life = expires - ngx_time();

    if (life < 1) {
        slot->due = slot->retry;
        return;
    }

    left = ngx_min(NGX_HTTP_S3O_RENEW_LEFT, life / 2);
    left = ngx_max(left, ngx_http_s3o_schedule_before(source, life));

    if (source->renew) {
        left = ngx_max(left, life - source->renew);
    }

    /* checked by the wall clock, too, which may be set ahead */

    slot->urgent = left;

    /* at most a week: the set may have no real end */

    pause = ngx_min(life - left, 86400 * 7);
    early = ngx_min(pause, left);

    slot->due = ngx_current_msec + (ngx_msec_t) pause * 1000
                - (ngx_msec_t) ngx_random() % ((ngx_msec_t) early * 100 + 1);
}


/*
 * The life, in seconds, at which a set has to be replaced for requests: a
 * little more than they need.  0 when the set does not live that long.
 */

static time_t
ngx_http_s3o_schedule_before(ngx_http_s3o_source_t *source, time_t life)
{
    time_t  rest;

    rest = life - source->floor;

    if (source->floor == 0 || rest < 2) {
        return 0;
    }

    return source->floor + ngx_min(rest / 2, NGX_HTTP_S3O_BEFORE);
}


void
ngx_http_s3o_schedule_same(ngx_http_s3o_source_t *source)
{
    time_t                pause, before, expires;
    ngx_msec_t            due;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_http_s3o_schedule_next(source);

    pause = ngx_min(NGX_HTTP_S3O_RETRY_SAME,
                    ngx_http_s3o_schedule_retry_max(slot));

    slot->retry = ngx_current_msec + ngx_http_s3o_schedule_jitter(pause);

    if ((ngx_msec_int_t) (slot->due - slot->retry) < 0) {
        slot->due = slot->retry;
    }

    expires = ngx_http_s3o_slot_expires(slot);

    if (expires == 0) {
        return;
    }

    before = ngx_http_s3o_schedule_before(source, expires - ngx_time());

    if (before == 0) {
        return;
    }

    due = ngx_current_msec
          + (ngx_msec_t) ngx_max(expires - ngx_time() - before, 0) * 1000;

    if ((ngx_msec_int_t) (slot->due - due) > 0) {
        slot->due = due;
        slot->retry = ngx_current_msec;
    }
}


void
ngx_http_s3o_schedule_wanted(ngx_http_s3o_source_t *source)
{
    time_t                delay, expires;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    expires = ngx_http_s3o_slot_expires(slot);

    if (expires == 0 || expires - ngx_time() >= source->floor) {
        slot->vain = 0;

    } else if (slot->wanted) {
        slot->vain++;
    }

    slot->wanted = 0;

    delay = ngx_http_s3o_schedule_delay(slot->vain, NGX_HTTP_S3O_RETRY_COLD);

    slot->again = ngx_current_msec
                  + (slot->vain > 1 ? ngx_http_s3o_schedule_jitter(delay)
                                    : (ngx_msec_t) delay * 1000);
}


void
ngx_http_s3o_schedule_failed(ngx_http_s3o_source_t *source)
{
    time_t                delay;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    slot->tries++;

    delay = ngx_http_s3o_schedule_delay(slot->tries,
                                        ngx_http_s3o_schedule_retry_max(slot));

    slot->retry = ngx_current_msec + ngx_http_s3o_schedule_jitter(delay);
    slot->due = slot->retry;

    delay = ngx_min(delay, NGX_HTTP_S3O_RETRY_COLD);

    slot->again = ngx_current_msec + ngx_http_s3o_schedule_jitter(delay);
    slot->wanted = 0;
}


/* the delay before the next attempt, in seconds: 1, 2, 4 and so on to "max" */

static time_t
ngx_http_s3o_schedule_delay(ngx_uint_t tries, time_t max)
{
    time_t      delay;
    ngx_uint_t  i;

    delay = NGX_HTTP_S3O_RETRY_MIN;

    for (i = 1; i < tries && delay < max; i++) {
        delay *= 2;
    }

    return ngx_min(delay, max);
}


/*
 * the longest delay in seconds, short enough that the set does not expire in
 * it
 */

static time_t
ngx_http_s3o_schedule_retry_max(ngx_http_s3o_slot_t *slot)
{
    time_t  left, expires;

    if (!ngx_http_s3o_slot_has(slot)) {
        return NGX_HTTP_S3O_RETRY_COLD;
    }

    expires = ngx_http_s3o_slot_expires(slot);

    if (expires == 0) {
        return NGX_HTTP_S3O_RETRY_MAX;
    }

    left = expires - ngx_time();
    left = ngx_max(left / 2, NGX_HTTP_S3O_RETRY_COLD);

    return ngx_min(left, NGX_HTTP_S3O_RETRY_MAX);
}


/* a random time of 75 to 125 percent, in milliseconds */

static ngx_msec_t
ngx_http_s3o_schedule_jitter(time_t sec)
{
    ngx_msec_t  ms;

    ms = (ngx_msec_t) sec * 1000;

    return ms * 3 / 4 + (ngx_msec_t) ngx_random() % (ms / 2);
}


ngx_msec_t
ngx_http_s3o_schedule_pause(ngx_http_s3o_source_t *source)
{
    ngx_msec_t            now;
    ngx_msec_int_t        pause;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    now = ngx_current_msec;

    if (slot->lease && (ngx_msec_int_t) (now - slot->lease_until) < 0) {
        return 0;
    }

    if (ngx_http_s3o_schedule_lives(slot)) {
        slot->wanted = 1;
        pause = (ngx_msec_int_t) (slot->again - now);

    } else {
        pause = (ngx_msec_int_t) (slot->retry - now);
    }

    return ngx_max(pause, 0);
}


/* 1 when there is a set that has not expired */

static ngx_uint_t
ngx_http_s3o_schedule_lives(ngx_http_s3o_slot_t *slot)
{
    return ngx_http_s3o_slot_has(slot)
           && ngx_http_s3o_slot_expires(slot) > ngx_time();
}
