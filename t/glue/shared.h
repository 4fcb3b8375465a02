
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A zone for the programs of t/glue: memory that processes share, with a mutex
 * that detects writes without it.
 */


#ifndef _SHARED_H_INCLUDED_
#define _SHARED_H_INCLUDED_


#include "glue.h"

#include <sys/mman.h>

#include "ngx_http_s3o_zone.h"
#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_store.h"


#define SHARED_SIZE  (1024 * 1024)


static u_char           *shared_mem;
static size_t            shared_used = 65536;
static ngx_shm_zone_t    shared_zone;

/* called when the mutex is locked and unlocked */

static void            (*shared_locked)(void);
static void            (*shared_unlocked)(void);

ngx_module_t             ngx_http_s3o_presign_module;


ngx_shm_zone_t *
ngx_shared_memory_add(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag)
{
    return &shared_zone;
}


void *
ngx_slab_calloc_locked(ngx_slab_pool_t *pool, size_t size)
{
    u_char  *p;

    p = shared_mem + shared_used;
    shared_used += ngx_align(size, 64);

    return shared_used <= SHARED_SIZE ? p : NULL;
}


void *
ngx_slab_calloc(ngx_slab_pool_t *pool, size_t size)
{
    return ngx_slab_calloc_locked(pool, size);
}


void
ngx_shmtx_lock(ngx_shmtx_t *mtx)
{
    if (shared_locked) {
        shared_locked();
    }
}


void
ngx_shmtx_unlock(ngx_shmtx_t *mtx)
{
    if (shared_unlocked) {
        shared_unlocked();
    }
}


void *
ngx_alloc(size_t size, ngx_log_t *log)
{
    return malloc(size);
}


/* a zone with the slots of these sources, in use */

static inline void
shared_init(ngx_http_s3o_store_t *store, ngx_array_t *sources)
{
    shared_mem = mmap(NULL, SHARED_SIZE, PROT_READ|PROT_WRITE,
                      MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    shared_zone.shm.addr = shared_mem;
    shared_zone.shm.log = &glue_log;

    if (shared_mem == MAP_FAILED
        || ngx_http_s3o_store_add(NULL, store, sources, 0, NULL) != NGX_OK
        || shared_zone.init(&shared_zone, NULL) != NGX_OK)
    {
        printf("Bail out! no zone\n");
        exit(1);
    }

    ngx_http_s3o_store_use(store);
}


#endif /* _SHARED_H_INCLUDED_ */
