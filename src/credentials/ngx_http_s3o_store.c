
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "ngx_http_s3o_store.h"


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


static ngx_uint_t ngx_http_s3o_store_end_lease(
    ngx_http_s3o_source_t *source);
static void ngx_http_s3o_store_same(ngx_http_s3o_source_t *source);
static void ngx_http_s3o_store_wanted(ngx_http_s3o_source_t *source);
static time_t ngx_http_s3o_store_delay(ngx_uint_t tries, time_t max);
static time_t ngx_http_s3o_store_retry_max(ngx_http_s3o_slot_t *slot);
static ngx_uint_t ngx_http_s3o_store_lives(ngx_http_s3o_slot_t *slot);
static void ngx_http_s3o_store_write(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set);
static ngx_uint_t ngx_http_s3o_store_is_same(ngx_http_s3o_slot_t *slot,
    const ngx_http_s3o_set_t *set);
static void ngx_http_s3o_store_schedule(ngx_http_s3o_source_t *source);
static time_t ngx_http_s3o_store_before(ngx_http_s3o_source_t *source,
    time_t life);
static ngx_msec_t ngx_http_s3o_store_jitter(time_t sec);
static void ngx_http_s3o_store_forget(ngx_http_s3o_source_t *source);


void
ngx_http_s3o_store_take(ngx_http_s3o_source_t *source)
{
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    if (!ngx_http_s3o_store_is_same(slot, &source->set)) {
        ngx_http_s3o_store_write(source, &source->set);
    }

    slot->stamp = source->stamp;

    ngx_http_s3o_store_schedule(source);
    ngx_http_s3o_store_forget(source);
}


void
ngx_http_s3o_store_read(ngx_http_s3o_source_t *source)
{
    u_char               *p;
    size_t                len;
    ngx_http_s3o_set_t   *set;
    ngx_http_s3o_half_t  *half;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    set = &source->set;

    if (slot == NULL || slot->generation == set->generation) {
        return;
    }

    ngx_shmtx_lock(&source->store->shpool->mutex);

    if (slot->generation == 0
        || ngx_memcmp(slot->id, source->id, sizeof(slot->id)) != 0)
    {
        ngx_http_s3o_store_forget(source);
        ngx_shmtx_unlock(&source->store->shpool->mutex);
        return;
    }

    half = &slot->half[slot->generation & 1];

    if (half->access_key_len == 0) {

        /* the slot was wiped: the copy, if there is one, can still be used */

        ngx_shmtx_unlock(&source->store->shpool->mutex);
        return;
    }

    ngx_http_s3o_store_forget(source);

    len = half->access_key_len + half->secret_len + half->token_len;

    p = ngx_alloc(len, ngx_cycle->log);

    if (p) {
        ngx_memcpy(p, half->text, len);

        source->mem = p;
        source->mem_len = len;

        set->access_key_id.data = p;
        set->access_key_id.len = half->access_key_len;
        p += half->access_key_len;

        set->secret_access_key.data = p;
        set->secret_access_key.len = half->secret_len;
        p += half->secret_len;

        set->session_token.data = p;
        set->session_token.len = half->token_len;

        set->expires = half->expires;
        set->generation = slot->generation;
    }

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


/*
 * Without the mutex, as it is called for each request that has to wait.  A
 * wrong result only makes a request look again.
 */

ngx_msec_t
ngx_http_s3o_store_pause(ngx_http_s3o_source_t *source)
{
    ngx_msec_t            now;
    ngx_msec_int_t        pause;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    now = ngx_current_msec;

    if (slot->lease && (ngx_msec_int_t) (now - slot->lease_until) < 0) {
        return 0;
    }

    if (ngx_http_s3o_store_lives(slot)) {
        slot->wanted = 1;
        pause = (ngx_msec_int_t) (slot->again - now);

    } else {
        pause = (ngx_msec_int_t) (slot->retry - now);
    }

    return ngx_max(pause, 0);
}


ngx_uint_t
ngx_http_s3o_store_lease(ngx_http_s3o_source_t *source, ngx_uint_t changed,
    ngx_msec_t ms)
{
    time_t                expires;
    ngx_msec_t            now;
    ngx_uint_t            due;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    now = ngx_current_msec;

    /* without the mutex, as most of the time there is nothing to do */

    expires = ngx_http_s3o_slot_expires(slot);

    if (slot->wanted && (ngx_msec_int_t) (now - slot->again) >= 0) {
        changed = 1;
    }

    if (!changed
        && (ngx_msec_int_t) (now - slot->due) < 0
        && (expires == 0 || expires - ngx_time() > slot->urgent))
    {
        return 0;
    }

    ngx_shmtx_lock(&source->store->shpool->mutex);

    due = (changed || (ngx_msec_int_t) (now - slot->retry) >= 0)
          && ngx_memcmp(slot->id, source->id, sizeof(slot->id)) == 0;

    if (slot->lease
        && (ngx_msec_int_t) (now - slot->lease_until) < 0
        && (kill(slot->lease, 0) == 0 || ngx_errno != ESRCH))
    {
        due = 0;
    }

    if (due) {
        slot->lease = ngx_pid;
        slot->lease_until = now + ms;
        slot->fetches++;
    }

    ngx_shmtx_unlock(&source->store->shpool->mutex);

    return due;
}


void
ngx_http_s3o_store_publish(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set)
{
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_shmtx_lock(&source->store->shpool->mutex);

    if (!ngx_http_s3o_store_end_lease(source)) {
        ngx_shmtx_unlock(&source->store->shpool->mutex);
        return;
    }

    slot->tries = 0;
    slot->error_len = 0;

    if (ngx_http_s3o_store_is_same(slot, set)) {
        ngx_http_s3o_store_same(source);

    } else {
        ngx_http_s3o_store_write(source, set);
        ngx_http_s3o_store_schedule(source);
    }

    ngx_http_s3o_store_wanted(source);

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


/*
 * The schedule after a fetch that brought the same set: the service may not
 * have the next one yet.
 */

static void
ngx_http_s3o_store_same(ngx_http_s3o_source_t *source)
{
    time_t                pause, before, expires;
    ngx_msec_t            due;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_http_s3o_store_schedule(source);

    pause = ngx_min(NGX_HTTP_S3O_RETRY_SAME,
                    ngx_http_s3o_store_retry_max(slot));

    slot->retry = ngx_current_msec + ngx_http_s3o_store_jitter(pause);

    if ((ngx_msec_int_t) (slot->due - slot->retry) < 0) {
        slot->due = slot->retry;
    }

    expires = ngx_http_s3o_slot_expires(slot);

    if (expires == 0) {
        return;
    }

    before = ngx_http_s3o_store_before(source, expires - ngx_time());

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


/*
 * The earliest next fetch for requests that need more life than the set has,
 * apart from the schedule: a second later, or more and more if the last such
 * fetches did not help.
 */

static void
ngx_http_s3o_store_wanted(ngx_http_s3o_source_t *source)
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

    delay = ngx_http_s3o_store_delay(slot->vain, NGX_HTTP_S3O_RETRY_COLD);

    slot->again = ngx_current_msec
                  + (slot->vain > 1 ? ngx_http_s3o_store_jitter(delay)
                                    : (ngx_msec_t) delay * 1000);
}


/* the delay before the next attempt, in seconds: 1, 2, 4 and so on to "max" */

static time_t
ngx_http_s3o_store_delay(ngx_uint_t tries, time_t max)
{
    time_t      delay;
    ngx_uint_t  i;

    delay = NGX_HTTP_S3O_RETRY_MIN;

    for (i = 1; i < tries && delay < max; i++) {
        delay *= 2;
    }

    return ngx_min(delay, max);
}


void
ngx_http_s3o_store_fail(ngx_http_s3o_source_t *source, const char *error)
{
    time_t                delay;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_shmtx_lock(&source->store->shpool->mutex);

    if (!ngx_http_s3o_store_end_lease(source)) {
        ngx_shmtx_unlock(&source->store->shpool->mutex);
        return;
    }

    slot->failures++;
    slot->tries++;

    delay = ngx_http_s3o_store_delay(slot->tries,
                                     ngx_http_s3o_store_retry_max(slot));

    slot->retry = ngx_current_msec + ngx_http_s3o_store_jitter(delay);
    slot->due = slot->retry;

    delay = ngx_min(delay, NGX_HTTP_S3O_RETRY_COLD);

    slot->again = ngx_current_msec + ngx_http_s3o_store_jitter(delay);
    slot->wanted = 0;

    slot->error_len = ngx_min(ngx_strlen(error), sizeof(slot->error));
    ngx_memcpy(slot->error, error, slot->error_len);

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


void
ngx_http_s3o_store_release(ngx_http_s3o_source_t *source)
{
    ngx_shmtx_lock(&source->store->shpool->mutex);

    (void) ngx_http_s3o_store_end_lease(source);

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


/*
 * Ends the lease, if this worker has it: a fetch may end after its lease has
 * run out, and another worker may have it then.  Returns 0 when the slot
 * belongs to another source by now, which happens after several reloads.
 */

static ngx_uint_t
ngx_http_s3o_store_end_lease(ngx_http_s3o_source_t *source)
{
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    if (ngx_memcmp(slot->id, source->id, sizeof(slot->id)) != 0) {
        return 0;
    }

    if (slot->lease == ngx_pid) {
        slot->lease = 0;
    }

    return 1;
}


/*
 * the longest delay in seconds, short enough that the set does not expire in
 * it
 */

static time_t
ngx_http_s3o_store_retry_max(ngx_http_s3o_slot_t *slot)
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


/* 1 when there is a set that has not expired */

static ngx_uint_t
ngx_http_s3o_store_lives(ngx_http_s3o_slot_t *slot)
{
    return ngx_http_s3o_slot_has(slot)
           && ngx_http_s3o_slot_expires(slot) > ngx_time();
}


void
ngx_http_s3o_store_state(ngx_http_s3o_source_t *source,
    ngx_http_s3o_state_t *state)
{
    ngx_http_s3o_half_t  *half;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_shmtx_lock(&source->store->shpool->mutex);

    half = &slot->half[slot->generation & 1];

    state->have = ngx_http_s3o_slot_has(slot);
    state->fetched = half->fetched;
    state->expires = half->expires;
    state->fetches = slot->fetches;
    state->failures = slot->failures;
    state->error_len = slot->error_len;
    ngx_memcpy(state->error, slot->error, sizeof(state->error));

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


ngx_uint_t
ngx_http_s3o_store_stamp(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_stamp_t *stamp, ngx_uint_t keep)
{
    ngx_uint_t            same;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    same = 0;

    ngx_shmtx_lock(&source->store->shpool->mutex);

    if (ngx_memcmp(slot->id, source->id, sizeof(slot->id)) == 0) {
        same = ngx_memcmp(stamp, &slot->stamp, sizeof(ngx_http_s3o_stamp_t))
               == 0;

        if (keep) {
            slot->stamp = *stamp;
        }
    }

    ngx_shmtx_unlock(&source->store->shpool->mutex);

    return same;
}


/*
 * Writes a set to the half that is not in use, and then changes the one word
 * that makes it the set of the slot.  If the worker is killed in between, the
 * slot has the old set or the new one.
 */

static void
ngx_http_s3o_store_write(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set)
{
    u_char                 *p;
    ngx_uint_t              generation;
    ngx_http_s3o_half_t    *half, *old;
    ngx_http_s3o_slot_t    *slot;
    ngx_http_s3o_shared_t  *shared;

    slot = source->slot;
    shared = source->store->shared;

    /*
     * A number of the whole zone, so that a slot that gets another source
     * never has a number again that it had before.  Its last bit must select
     * the other half.
     */

    generation = shared->generation + 1;

    if ((generation & 1) == (slot->generation & 1)) {
        generation++;
    }

    shared->generation = generation;

    old = &slot->half[slot->generation & 1];
    half = &slot->half[generation & 1];

    ngx_explicit_memzero((u_char *) half, sizeof(ngx_http_s3o_half_t));

    p = ngx_cpymem(half->text, set->access_key_id.data,
                   set->access_key_id.len);
    p = ngx_cpymem(p, set->secret_access_key.data,
                   set->secret_access_key.len);

    if (set->session_token.len) {
        ngx_memcpy(p, set->session_token.data, set->session_token.len);
    }

    half->access_key_len = set->access_key_id.len;
    half->secret_len = set->secret_access_key.len;
    half->token_len = set->session_token.len;

    half->expires = set->expires;
    half->fetched = ngx_time();

    ngx_memory_barrier();
    slot->generation = generation;
    ngx_memory_barrier();

    ngx_explicit_memzero((u_char *) old, sizeof(ngx_http_s3o_half_t));
}


static ngx_uint_t
ngx_http_s3o_store_is_same(ngx_http_s3o_slot_t *slot,
    const ngx_http_s3o_set_t *set)
{
    u_char               *p;
    ngx_http_s3o_half_t  *half;

    half = &slot->half[slot->generation & 1];

    if (!ngx_http_s3o_slot_has(slot)
        || half->expires != set->expires
        || half->access_key_len != set->access_key_id.len
        || half->secret_len != set->secret_access_key.len
        || half->token_len != set->session_token.len)
    {
        return 0;
    }

    p = half->text;

    if (ngx_memcmp(p, set->access_key_id.data, half->access_key_len) != 0) {
        return 0;
    }

    p += half->access_key_len;

    if (ngx_memcmp(p, set->secret_access_key.data, half->secret_len) != 0) {
        return 0;
    }

    p += half->secret_len;

    return half->token_len == 0
           || ngx_memcmp(p, set->session_token.data, half->token_len) == 0;
}


/*
 * Schedules the next fetch: with 15 minutes of life left, or half of the life
 * if that is less, or after "renew", whichever comes first.  Up to a tenth of
 * that time is taken off at random, so that servers that were started
 * together do not ask together.
 */

static void
ngx_http_s3o_store_schedule(ngx_http_s3o_source_t *source)
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
    left = ngx_max(left, ngx_http_s3o_store_before(source, life));

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
ngx_http_s3o_store_before(ngx_http_s3o_source_t *source, time_t life)
{
    time_t  rest;

    rest = life - source->floor;

    if (source->floor == 0 || rest < 2) {
        return 0;
    }

    return source->floor + ngx_min(rest / 2, NGX_HTTP_S3O_BEFORE);
}


/* a random time of 75 to 125 percent, in milliseconds */

static ngx_msec_t
ngx_http_s3o_store_jitter(time_t sec)
{
    ngx_msec_t  ms;

    ms = (ngx_msec_t) sec * 1000;

    return ms * 3 / 4 + (ngx_msec_t) ngx_random() % (ms / 2);
}


/* wipes this worker's copy */

static void
ngx_http_s3o_store_forget(ngx_http_s3o_source_t *source)
{
    if (source->mem) {
        ngx_explicit_memzero(source->mem, source->mem_len);
        ngx_free(source->mem);
        source->mem = NULL;

    } else if (source->set.generation) {

        /* the set that the master has read with the configuration */

        ngx_explicit_memzero(source->set.secret_access_key.data,
                             source->set.secret_access_key.len);
        ngx_explicit_memzero(source->set.session_token.data,
                             source->set.session_token.len);
    }

    ngx_memzero(&source->set, sizeof(ngx_http_s3o_set_t));
}
