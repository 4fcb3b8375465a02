
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Sets of credentials in shared memory: a slot for each source whose sets
 * change.  Slots stay over reloads.  Workers copy a set when its generation has
 * grown.  One worker at a time holds the lease, which allows it to fetch the
 * next set.
 */


#ifndef _NGX_HTTP_S3O_STORE_H_INCLUDED_
#define _NGX_HTTP_S3O_STORE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"
#include "ngx_http_s3o_skew.h"
#include "ngx_http_s3o_slot.h"


/* what the status page shows of a slot; no secrets */

typedef struct {
    ngx_uint_t               have;
    time_t                   fetched;
    time_t                   expires;
    ngx_uint_t               fetches;
    ngx_uint_t               failures;
    size_t                   error_len;
    u_char                   error[128];
} ngx_http_s3o_state_t;


/* counters of all workers, since the zone was made */

typedef enum {
    NGX_HTTP_S3O_COUNT_ON = 0,
    NGX_HTTP_S3O_COUNT_REDIRECT,
    NGX_HTTP_S3O_COUNT_JSON,
    NGX_HTTP_S3O_COUNT_PROXY,
    NGX_HTTP_S3O_COUNT_WAITED,
    NGX_HTTP_S3O_COUNT_REFUSED,    /* from here on by reason */
    NGX_HTTP_S3O_COUNT_OUTPOST = NGX_HTTP_S3O_COUNT_REFUSED + 14,
                                   /* refused by the Outpost, by its code */
    NGX_HTTP_S3O_COUNT_MAX = NGX_HTTP_S3O_COUNT_OUTPOST + 9
} ngx_http_s3o_count_e;


/* counters by name; number 0 counts all names that have no place */

#define NGX_HTTP_S3O_TALLIES     65
#define NGX_HTTP_S3O_TALLY_NAME  200

typedef struct ngx_http_s3o_counted_s  ngx_http_s3o_counted_t;

struct ngx_http_s3o_counted_s {
    const ngx_str_t         *name;
    ngx_uint_t               number;       /* index of its counters */
    ngx_uint_t               named;        /* those of the same name have it */
    ngx_http_s3o_counted_t  *next;
};


typedef struct {
    ngx_atomic_t             signed_n;
    ngx_atomic_t             refused_n;
    ngx_uint_t               config;       /* newest that has the name */
    ngx_uint_t               used;         /* newest of these in use */
    ngx_uint_t               named;        /* first that has the name */
    size_t                   len;          /* 0: unused */
    u_char                   name[NGX_HTTP_S3O_TALLY_NAME];
} ngx_http_s3o_tally_t;


typedef struct {
    ngx_queue_t              slots;
    ngx_uint_t               config;       /* number of the newest */
    ngx_uint_t               used;         /* number of the one in use */
    ngx_uint_t               generation;   /* of the newest set of all */
    ngx_msec_t               used_since;
    ngx_atomic_t             sweep;        /* 1: wipe slots that nobody uses */
    ngx_http_s3o_skew_t      skew;         /* clock of the Outpost */
    ngx_atomic_t             counters[NGX_HTTP_S3O_COUNT_MAX];
    ngx_http_s3o_tally_t     tallies[NGX_HTTP_S3O_TALLIES];
} ngx_http_s3o_shared_t;


/* the zone of a configuration; "shpool" and "shared" are NULL without one */

struct ngx_http_s3o_store_s {
    ngx_array_t             *sources;
    ngx_http_s3o_counted_t  *counted;      /* a list */
    ngx_http_s3o_counted_t  *counted_last;
    ngx_slab_pool_t         *shpool;
    ngx_http_s3o_shared_t   *shared;
    ngx_uint_t               config;       /* number of the configuration */
    ngx_uint_t               inherited;    /* an older one made the zone */
    ngx_uint_t               in_use;
};


/* Copies the state of a source's slot to *state. */

void ngx_http_s3o_store_state(ngx_http_s3o_source_t *source,
    ngx_http_s3o_state_t *state);


/*
 * Makes the set that the master has just read the set of the slot.  The
 * caller holds the mutex.
 */

void ngx_http_s3o_store_take(ngx_http_s3o_source_t *source);


/* Brings this worker's copy of a source's set up to date. */

void ngx_http_s3o_store_read(ngx_http_s3o_source_t *source);


/*
 * The current set of a source, or NULL when there is none.  The caller checks
 * that it has not expired.  Valid until the next event.
 */

static ngx_inline const ngx_http_s3o_set_t *
ngx_http_s3o_snapshot(ngx_http_s3o_source_t *source)
{
    if (source->slot && source->slot->generation != source->set.generation) {
        ngx_http_s3o_store_read(source);
    }

    return source->set.generation ? &source->set : NULL;
}


/*
 * 1 when the slot has this stamp of a file.  With "keep" 1 the stamp is
 * stored in the slot.  0 also when the slot belongs to another source by now;
 * nothing is stored then.
 */

ngx_uint_t ngx_http_s3o_store_stamp(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_stamp_t *stamp, ngx_uint_t keep);


/*
 * Returns 1 when a fetch is due and the caller has got the lease for it.
 * "changed" is 1 when a fetch is due in any case.  A lease ends after "ms"
 * milliseconds, or when its worker ends.
 */

ngx_uint_t ngx_http_s3o_store_lease(ngx_http_s3o_source_t *source,
    ngx_uint_t changed, ngx_msec_t ms);


/*
 * Ends a lease: with a set, which keeps its generation if it is the same as
 * before; with a sentence that says what went wrong; or without a result.
 */

void ngx_http_s3o_store_publish(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set);
void ngx_http_s3o_store_fail(ngx_http_s3o_source_t *source,
    const char *error);
void ngx_http_s3o_store_release(ngx_http_s3o_source_t *source);


#endif /* _NGX_HTTP_S3O_STORE_H_INCLUDED_ */
