
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "ngx_http_s3o_store.h"
#include "ngx_http_s3o_schedule.h"


static ngx_uint_t ngx_http_s3o_store_end_lease(
    ngx_http_s3o_source_t *source);
static void ngx_http_s3o_store_write(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set);
static ngx_uint_t ngx_http_s3o_store_is_same(ngx_http_s3o_slot_t *slot,
    const ngx_http_s3o_set_t *set);
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

    ngx_http_s3o_schedule_next(source);
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
        ngx_http_s3o_schedule_same(source);

    } else {
        ngx_http_s3o_store_write(source, set);
        ngx_http_s3o_schedule_next(source);
    }

    ngx_http_s3o_schedule_wanted(source);

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


void
ngx_http_s3o_store_fail(ngx_http_s3o_source_t *source, const char *error)
{
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_shmtx_lock(&source->store->shpool->mutex);

    if (!ngx_http_s3o_store_end_lease(source)) {
        ngx_shmtx_unlock(&source->store->shpool->mutex);
        return;
    }

    slot->failures++;

    ngx_http_s3o_schedule_failed(source);

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
