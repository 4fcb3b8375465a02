
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_store.h"


/* room for some 200 sources, those of old configurations included */
#define NGX_HTTP_S3O_ZONE_SIZE   (4 * 1024 * 1024)

/* seconds between attempts, doubled from the first to the last */
#define NGX_HTTP_S3O_RETRY_MIN   1
#define NGX_HTTP_S3O_RETRY_MAX   60
#define NGX_HTTP_S3O_RETRY_COLD  5

/* after a fetch that brought the set that was there already */
#define NGX_HTTP_S3O_RETRY_SAME  30


static ngx_int_t ngx_http_s3o_store_init(ngx_shm_zone_t *zone, void *data);
static ngx_http_s3o_slot_t *ngx_http_s3o_store_slot(
    ngx_http_s3o_source_t *source);
static ngx_http_s3o_slot_t *ngx_http_s3o_store_new_slot(
    ngx_http_s3o_store_t *store);
static ngx_uint_t ngx_http_s3o_store_end_lease(
    ngx_http_s3o_source_t *source);
static time_t ngx_http_s3o_store_retry_max(ngx_http_s3o_slot_t *slot);
static void ngx_http_s3o_store_write(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set);
static ngx_uint_t ngx_http_s3o_store_is_same(ngx_http_s3o_slot_t *slot,
    const ngx_http_s3o_set_t *set);
static void ngx_http_s3o_store_schedule(ngx_http_s3o_source_t *source);
static ngx_msec_t ngx_http_s3o_store_jitter(time_t sec);
static void ngx_http_s3o_store_forget(ngx_http_s3o_source_t *source);


ngx_int_t
ngx_http_s3o_store_add(ngx_conf_t *cf, ngx_http_s3o_store_t *store,
    ngx_array_t *sources, ngx_uint_t status)
{
    ngx_uint_t               i;
    ngx_shm_zone_t          *zone;
    ngx_http_s3o_source_t  **source;

    static ngx_str_t         name = ngx_string("s3o_presign");

    source = sources->elts;

    for (i = 0; i < sources->nelts; i++) {
        if (source[i]->provider->fetch) {
            break;
        }
    }

    store->sources = sources;

    if (i == sources->nelts && !status) {
        return NGX_OK;
    }

    zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_S3O_ZONE_SIZE,
                                 &ngx_http_s3o_presign_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->init = ngx_http_s3o_store_init;
    zone->data = store;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_store_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_uint_t               i;
    ngx_slab_pool_t         *shpool;
    ngx_http_s3o_store_t    *store;
    ngx_http_s3o_source_t  **source;
    ngx_http_s3o_shared_t   *shared;

    store = zone->data;
    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data == NULL && !zone->shm.exists) {
        shared = ngx_slab_calloc(shpool, sizeof(ngx_http_s3o_shared_t));
        if (shared == NULL) {
            return NGX_ERROR;
        }

        ngx_queue_init(&shared->slots);
        shpool->data = shared;

        /* a full zone is said once, where a slot is asked for */

        shpool->log_nomem = 0;
    }

    shared = shpool->data;

    store->shpool = shpool;
    store->shared = shared;

    source = store->sources->elts;

    ngx_shmtx_lock(&shpool->mutex);

    shared->config++;

    for (i = 0; i < store->sources->nelts; i++) {

        if (source[i]->provider->fetch == NULL) {
            continue;
        }

        source[i]->store = store;
        source[i]->slot = ngx_http_s3o_store_slot(source[i]);

        if (source[i]->slot == NULL) {
            ngx_shmtx_unlock(&shpool->mutex);

            ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                          "too many \"s3o_presign_credentials\" for the "
                          "shared memory zone \"%V\"", &zone->shm.name);
            return NGX_ERROR;
        }
    }

    ngx_shmtx_unlock(&shpool->mutex);

    return NGX_OK;
}


/*
 * The slot of a source, with the set that is there already.  What the master
 * has just read of a file is newer.
 */

static ngx_http_s3o_slot_t *
ngx_http_s3o_store_slot(ngx_http_s3o_source_t *source)
{
    ngx_queue_t            *q;
    ngx_http_s3o_slot_t    *slot;
    ngx_http_s3o_shared_t  *shared;

    shared = source->store->shared;

    for (q = ngx_queue_head(&shared->slots);
         q != ngx_queue_sentinel(&shared->slots);
         q = ngx_queue_next(q))
    {
        slot = ngx_queue_data(q, ngx_http_s3o_slot_t, queue);

        if (ngx_memcmp(slot->id, source->id, sizeof(slot->id)) == 0) {
            goto found;
        }
    }

    slot = ngx_http_s3o_store_new_slot(source->store);
    if (slot == NULL) {
        return NULL;
    }

    ngx_memcpy(slot->id, source->id, sizeof(slot->id));

    slot->due = ngx_current_msec;
    slot->retry = ngx_current_msec;

    ngx_queue_insert_head(&shared->slots, &slot->queue);

found:

    slot->config = shared->config;
    source->slot = slot;

    if (source->set.generation) {

        if (!ngx_http_s3o_store_is_same(slot, &source->set)) {
            ngx_http_s3o_store_write(source, &source->set);
        }

        slot->stamp = source->stamp;

        ngx_http_s3o_store_schedule(source);
        ngx_http_s3o_store_forget(source);
    }

    return slot;
}


/*
 * Where the zone is full a slot is taken over that neither this configuration
 * nor the one in use names, however many have failed between them; its
 * readers compare the id.
 */

static ngx_http_s3o_slot_t *
ngx_http_s3o_store_new_slot(ngx_http_s3o_store_t *store)
{
    ngx_queue_t            *q;
    ngx_http_s3o_slot_t    *slot;
    ngx_http_s3o_shared_t  *shared;

    slot = ngx_slab_calloc_locked(store->shpool,
                                  sizeof(ngx_http_s3o_slot_t));
    if (slot) {
        return slot;
    }

    shared = store->shared;

    for (q = ngx_queue_last(&shared->slots);
         q != ngx_queue_sentinel(&shared->slots);
         q = ngx_queue_prev(q))
    {
        slot = ngx_queue_data(q, ngx_http_s3o_slot_t, queue);

        if (slot->config != shared->config && slot->used != shared->used) {
            ngx_queue_remove(q);
            ngx_explicit_memzero((u_char *) slot, sizeof(ngx_http_s3o_slot_t));
            return slot;
        }
    }

    return NULL;
}


void
ngx_http_s3o_store_use(ngx_http_s3o_store_t *store)
{
    ngx_uint_t               i;
    ngx_http_s3o_source_t  **source;

    if (store->shared == NULL) {
        return;
    }

    source = store->sources->elts;

    ngx_shmtx_lock(&store->shpool->mutex);

    store->shared->used = store->shared->config;

    for (i = 0; i < store->sources->nelts; i++) {
        if (source[i]->slot) {
            source[i]->slot->used = store->shared->used;
        }
    }

    ngx_shmtx_unlock(&store->shpool->mutex);
}


void
ngx_http_s3o_store_read(ngx_http_s3o_source_t *source)
{
    u_char               *p;
    size_t                len;
    ngx_http_s3o_set_t   *set;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    set = &source->set;

    if (slot == NULL || slot->generation == set->generation) {
        return;
    }

    ngx_shmtx_lock(&source->store->shpool->mutex);

    ngx_http_s3o_store_forget(source);

    if (slot->generation == 0
        || ngx_memcmp(slot->id, source->id, sizeof(slot->id)) != 0)
    {
        ngx_shmtx_unlock(&source->store->shpool->mutex);
        return;
    }

    len = slot->access_key_len + slot->secret_len + slot->token_len;

    p = ngx_alloc(len, ngx_cycle->log);

    if (p) {
        ngx_memcpy(p, slot->text, len);

        source->mem = p;
        source->mem_len = len;

        set->access_key_id.data = p;
        set->access_key_id.len = slot->access_key_len;
        p += slot->access_key_len;

        set->secret_access_key.data = p;
        set->secret_access_key.len = slot->secret_len;
        p += slot->secret_len;

        set->session_token.data = p;
        set->session_token.len = slot->token_len;

        set->expires = slot->expires;
        set->generation = slot->generation;
    }

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


/*
 * Without the mutex: it is asked for each request that has to wait, and a
 * look at the wrong moment only makes one of them look again.
 */

ngx_msec_t
ngx_http_s3o_store_pause(ngx_http_s3o_source_t *source)
{
    ngx_msec_t            now;
    ngx_msec_int_t        pause, due;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    now = ngx_current_msec;

    if (slot->lease && (ngx_msec_int_t) (now - slot->lease_until) < 0) {
        return 0;
    }

    pause = (ngx_msec_int_t) (slot->retry - now);
    due = (ngx_msec_int_t) (slot->due - now);

    /* a set that lives may be too short for a URL, and not yet due */

    if (slot->expires && slot->expires - ngx_time() > slot->urgent) {
        pause = ngx_max(pause, due);
    }

    return ngx_max(pause, 0);
}


ngx_uint_t
ngx_http_s3o_store_lease(ngx_http_s3o_source_t *source, ngx_uint_t changed,
    ngx_msec_t ms)
{
    ngx_msec_t            now;
    ngx_uint_t            due;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;
    now = ngx_current_msec;

    /* without the mutex: most of the time there is nothing to do */

    if (!changed
        && (ngx_msec_int_t) (now - slot->due) < 0
        && (slot->expires == 0
            || slot->expires - ngx_time() > slot->urgent))
    {
        return 0;
    }

    ngx_shmtx_lock(&source->store->shpool->mutex);

    due = changed || (ngx_msec_int_t) (now - slot->retry) >= 0;

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
    time_t                pause;
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
        ngx_http_s3o_store_schedule(source);

        pause = ngx_min(NGX_HTTP_S3O_RETRY_SAME,
                        ngx_http_s3o_store_retry_max(slot));

        slot->retry = ngx_current_msec + ngx_http_s3o_store_jitter(pause);

        if ((ngx_msec_int_t) (slot->due - slot->retry) < 0) {
            slot->due = slot->retry;
        }

    } else {
        ngx_http_s3o_store_write(source, set);
        ngx_http_s3o_store_schedule(source);
    }

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


void
ngx_http_s3o_store_fail(ngx_http_s3o_source_t *source, const char *error)
{
    time_t                delay, max;
    ngx_uint_t            i;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_shmtx_lock(&source->store->shpool->mutex);

    if (!ngx_http_s3o_store_end_lease(source)) {
        ngx_shmtx_unlock(&source->store->shpool->mutex);
        return;
    }

    slot->failures++;
    slot->tries++;

    max = ngx_http_s3o_store_retry_max(slot);
    delay = NGX_HTTP_S3O_RETRY_MIN;

    for (i = 1; i < slot->tries && delay < max; i++) {
        delay *= 2;
    }

    slot->retry = ngx_current_msec
                  + ngx_http_s3o_store_jitter(ngx_min(delay, max));
    slot->due = slot->retry;

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
 * A fetch may end after its lease, which is then another worker's; and after
 * several reloads, when the slot is another source's: 0.
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


/* the longest pause: a set must not end in the middle of it */

static time_t
ngx_http_s3o_store_retry_max(ngx_http_s3o_slot_t *slot)
{
    time_t  left;

    if (slot->generation == 0) {
        return NGX_HTTP_S3O_RETRY_COLD;
    }

    if (slot->expires == 0) {
        return NGX_HTTP_S3O_RETRY_MAX;
    }

    left = slot->expires - ngx_time();
    left = ngx_max(left / 2, NGX_HTTP_S3O_RETRY_COLD);

    return ngx_min(left, NGX_HTTP_S3O_RETRY_MAX);
}


void
ngx_http_s3o_store_detach(ngx_http_s3o_store_t *store)
{
    ngx_uint_t               i;
    ngx_http_s3o_source_t  **source;

    if (store->shared == NULL) {
        return;
    }

    source = store->sources->elts;

    for (i = 0; i < store->sources->nelts; i++) {
        source[i]->slot = NULL;
    }

    store->shared = NULL;
}


void
ngx_http_s3o_store_count(ngx_http_s3o_store_t *store, ngx_uint_t counter)
{
    if (store->shared) {
        (void) ngx_atomic_fetch_add(&store->shared->counters[counter], 1);
    }
}


void
ngx_http_s3o_store_state(ngx_http_s3o_source_t *source,
    ngx_http_s3o_slot_t *state)
{
    ngx_shmtx_lock(&source->store->shpool->mutex);

    ngx_memcpy(state, source->slot,
               offsetof(ngx_http_s3o_slot_t, access_key_len));

    ngx_shmtx_unlock(&source->store->shpool->mutex);
}


static void
ngx_http_s3o_store_write(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set)
{
    u_char               *p;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    ngx_explicit_memzero(slot->text, sizeof(slot->text));

    p = ngx_cpymem(slot->text, set->access_key_id.data,
                   set->access_key_id.len);
    p = ngx_cpymem(p, set->secret_access_key.data,
                   set->secret_access_key.len);

    if (set->session_token.len) {
        ngx_memcpy(p, set->session_token.data, set->session_token.len);
    }

    slot->access_key_len = set->access_key_id.len;
    slot->secret_len = set->secret_access_key.len;
    slot->token_len = set->session_token.len;

    slot->expires = set->expires;
    slot->fetched = ngx_time();

    /* unlike a slot's own count it never comes back to an earlier one */

    ngx_memory_barrier();
    slot->generation = ++source->store->shared->generation;
}


static ngx_uint_t
ngx_http_s3o_store_is_same(ngx_http_s3o_slot_t *slot,
    const ngx_http_s3o_set_t *set)
{
    u_char  *p;

    if (slot->generation == 0
        || slot->expires != set->expires
        || slot->access_key_len != set->access_key_id.len
        || slot->secret_len != set->secret_access_key.len
        || slot->token_len != set->session_token.len)
    {
        return 0;
    }

    p = slot->text;

    if (ngx_memcmp(p, set->access_key_id.data, slot->access_key_len) != 0) {
        return 0;
    }

    p += slot->access_key_len;

    if (ngx_memcmp(p, set->secret_access_key.data, slot->secret_len) != 0) {
        return 0;
    }

    p += slot->secret_len;

    return slot->token_len == 0
           || ngx_memcmp(p, set->session_token.data, slot->token_len) == 0;
}


/*
 * The next fetch: with 15 minutes of life left, half of the life for shorter
 * ones, or after "renew", whichever comes first; and up to a tenth of that
 * time earlier, so that servers that started together do not come back
 * together.
 */

static void
ngx_http_s3o_store_schedule(ngx_http_s3o_source_t *source)
{
    time_t                life, left, pause, early;
    ngx_http_s3o_slot_t  *slot;

    slot = source->slot;

    slot->retry = ngx_current_msec + 1000;
    slot->urgent = 0;

    if (slot->expires == 0) {
        slot->due = ngx_current_msec + (ngx_msec_t) 3600 * 1000;
        return;
    }

    life = slot->expires - ngx_time();

    if (life < 1) {
        slot->due = slot->retry;
        return;
    }

    left = ngx_min(NGX_HTTP_S3O_RENEW_LEFT, life / 2);

    if (source->renew) {
        left = ngx_max(left, life - source->renew);
    }

    /* by the wall clock as well: it may be set ahead */

    slot->urgent = left;

    /* a clock that is set far ahead, or a set for ever */

    pause = ngx_min(life - left, 86400 * 7);
    early = ngx_min(pause, left);

    slot->due = ngx_current_msec + (ngx_msec_t) pause * 1000
                - (ngx_msec_t) ngx_random() % ((ngx_msec_t) early * 100 + 1);
}


/* three to five quarters of it */

static ngx_msec_t
ngx_http_s3o_store_jitter(time_t sec)
{
    ngx_msec_t  ms;

    ms = (ngx_msec_t) sec * 1000;

    return ms * 3 / 4 + (ngx_msec_t) ngx_random() % (ms / 2);
}


/* the worker's copy */

static void
ngx_http_s3o_store_forget(ngx_http_s3o_source_t *source)
{
    if (source->mem) {
        ngx_explicit_memzero(source->mem, source->mem_len);
        ngx_free(source->mem);
        source->mem = NULL;

    } else if (source->set.generation) {

        /* what the master read when it read the configuration */

        ngx_explicit_memzero(source->set.secret_access_key.data,
                             source->set.secret_access_key.len);
        ngx_explicit_memzero(source->set.session_token.data,
                             source->set.session_token.len);
    }

    ngx_memzero(&source->set, sizeof(ngx_http_s3o_set_t));
}
