
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The shared memory zone of the store: gives slots to sources, and wipes slots
 * that no configuration uses any more.
 */


#include "ngx_http_s3o_zone.h"
#include "ngx_http_s3o_tally.h"


/* in bytes; has room for about 200 sources, old configurations included */
#define NGX_HTTP_S3O_ZONE_SIZE    (8 * 1024 * 1024)

/* in milliseconds; by then workers of the configuration before have copies */
#define NGX_HTTP_S3O_SWEEP_AFTER  1500


static ngx_int_t ngx_http_s3o_store_init(ngx_shm_zone_t *zone, void *data);
static ngx_http_s3o_slot_t *ngx_http_s3o_store_slot(
    ngx_http_s3o_source_t *source);
static ngx_http_s3o_slot_t *ngx_http_s3o_store_new_slot(
    ngx_http_s3o_store_t *store);
static void ngx_http_s3o_store_wipe(ngx_http_s3o_slot_t *slot);


ngx_int_t
ngx_http_s3o_store_add(ngx_conf_t *cf, ngx_http_s3o_store_t *store,
    ngx_array_t *sources, ngx_uint_t status, void *tag)
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

    zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_S3O_ZONE_SIZE, tag);
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

        /* a full zone is logged once, by the caller below */

        shpool->log_nomem = 0;
    }

    shared = shpool->data;

    store->shpool = shpool;
    store->shared = shared;
    store->inherited = data != NULL;

    source = store->sources->elts;

    ngx_shmtx_lock(&shpool->mutex);

    store->config = ++shared->config;

    ngx_http_s3o_tally_init(store);

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
 * Finds or makes the slot of a source.  The set in it stays, unless the
 * master has just read a file, whose set is newer.
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

    if (slot->generation && !ngx_http_s3o_slot_has(slot)) {

        /* the set was wiped while no configuration had the source */

        slot->due = ngx_current_msec;
        slot->retry = ngx_current_msec;
        slot->tries = 0;
    }

    if (source->set.generation) {
        ngx_http_s3o_store_take(source);
    }

    return slot;
}


/*
 * Makes a slot.  When the zone is full, one is taken over that neither this
 * configuration nor the one in use has, however many configurations have
 * failed between them.  Workers that still read the slot notice that its id
 * has changed.
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

    store->in_use = 1;
    store->shared->used = store->config;
    store->shared->used_since = ngx_current_msec;
    store->shared->sweep = 1;

    ngx_http_s3o_tally_use(store);

    for (i = 0; i < store->sources->nelts; i++) {
        if (source[i]->slot) {
            source[i]->slot->used = store->shared->used;
        }
    }

    ngx_shmtx_unlock(&store->shpool->mutex);
}


/* Holds the mutex while it looks at all slots, once after each reload. */

void
ngx_http_s3o_store_sweep(ngx_http_s3o_store_t *store)
{
    ngx_queue_t            *q;
    ngx_http_s3o_slot_t    *slot;
    ngx_http_s3o_shared_t  *shared;

    shared = store->shared;

    if (shared == NULL
        || !shared->sweep
        || !store->in_use
        || store->config != shared->used
        || (ngx_msec_int_t) (ngx_current_msec - shared->used_since)
           < NGX_HTTP_S3O_SWEEP_AFTER)
    {
        return;
    }

    ngx_shmtx_lock(&store->shpool->mutex);

    shared->sweep = 0;

    for (q = ngx_queue_head(&shared->slots);
         q != ngx_queue_sentinel(&shared->slots);
         q = ngx_queue_next(q))
    {
        slot = ngx_queue_data(q, ngx_http_s3o_slot_t, queue);

        /* a configuration that is being read may have the source */

        if (slot->used != shared->used && slot->config <= shared->used) {
            ngx_http_s3o_store_wipe(slot);
        }
    }

    ngx_shmtx_unlock(&store->shpool->mutex);
}


/*
 * Wipes slots of a configuration that was never used: a reload that failed
 * may have read files before.  The zone is only touched when an older
 * configuration made it, as a new zone is freed with its configuration.
 */

void
ngx_http_s3o_store_discard(ngx_http_s3o_store_t *store)
{
    ngx_queue_t            *q;
    ngx_http_s3o_slot_t    *slot;
    ngx_http_s3o_shared_t  *shared;

    shared = store->shared;

    if (shared == NULL || !store->inherited || store->in_use) {
        return;
    }

    ngx_shmtx_lock(&store->shpool->mutex);

    for (q = ngx_queue_head(&shared->slots);
         q != ngx_queue_sentinel(&shared->slots);
         q = ngx_queue_next(q))
    {
        slot = ngx_queue_data(q, ngx_http_s3o_slot_t, queue);

        if (slot->config == store->config && slot->used != shared->used) {
            ngx_http_s3o_store_wipe(slot);
        }
    }

    ngx_shmtx_unlock(&store->shpool->mutex);

    store->shared = NULL;
}


/*
 * Wipes the sets of a slot.  The generation stays, so that workers that have
 * a copy do not look, and those that look find that there is no text.
 */

static void
ngx_http_s3o_store_wipe(ngx_http_s3o_slot_t *slot)
{
    ngx_explicit_memzero((u_char *) slot->half, sizeof(slot->half));
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
