
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


/* in seconds; a set is renewed when it has this much life left, or earlier */
#define NGX_HTTP_S3O_RENEW_LEFT  900


/* a set; access_key_len is 0 when there is none */

typedef struct {
    time_t                   fetched;
    time_t                   expires;
    size_t                   access_key_len;
    size_t                   secret_len;
    size_t                   token_len;
    u_char                   text[NGX_HTTP_S3O_ACCESS_KEY_MAX
                                  + NGX_HTTP_S3O_SECRET_MAX
                                  + NGX_HTTP_S3O_TOKEN_MAX];
} ngx_http_s3o_half_t;


struct ngx_http_s3o_slot_s {
    ngx_queue_t              queue;
    u_char                   id[20];
    ngx_uint_t               config;       /* newest that has the source */
    ngx_uint_t               used;         /* newest of these in use */

    /*
     * The generation of the set, 0: none.  Its last bit selects the half in
     * which the set is: a writer changes this word last, so that the slot
     * always has the old set or the new one, even if the writer is killed.
     */

    ngx_atomic_t             generation;

    /* the rest is protected by the mutex */

    ngx_pid_t                lease;        /* 0: none */
    ngx_msec_t               lease_until;
    ngx_msec_t               due;
    ngx_msec_t               retry;        /* no attempt before */
    ngx_uint_t               tries;        /* failures in a row */

    /* for requests that found a set with less life than they need */

    ngx_atomic_t             wanted;       /* 1: there was such a request */
    ngx_msec_t               again;        /* no fetch for them before */
    ngx_uint_t               vain;         /* fetches in a row that did not
                                              help */

    time_t                   urgent;       /* fetch with this life left, in
                                              seconds */
    ngx_uint_t               fetches;
    ngx_uint_t               failures;
    ngx_http_s3o_stamp_t     stamp;
    ngx_http_s3o_limit_t     refused;      /* log lines about requests */
    ngx_http_s3o_skew_t      skew;         /* clock of the service */

    size_t                   error_len;
    u_char                   error[128];

    ngx_http_s3o_half_t      half[2];
};


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
 * The time at which the set of a slot expires; 0: never, or there is no set.
 * Without the mutex the value may be that of the set before.
 */

static ngx_inline time_t
ngx_http_s3o_slot_expires(const ngx_http_s3o_slot_t *slot)
{
    return slot->half[slot->generation & 1].expires;
}


/* 1 when the slot has a set */

static ngx_inline ngx_uint_t
ngx_http_s3o_slot_has(const ngx_http_s3o_slot_t *slot)
{
    ngx_atomic_uint_t  generation;

    generation = slot->generation;

    return generation && slot->half[generation & 1].access_key_len;
}


/*
 * 1 when the slot has this stamp of a file.  With "keep" 1 the stamp is
 * stored in the slot.  0 also when the slot belongs to another source by now;
 * nothing is stored then.
 */

ngx_uint_t ngx_http_s3o_store_stamp(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_stamp_t *stamp, ngx_uint_t keep);


/*
 * The time until the next fetch, in milliseconds; 0 while a fetch is running.
 * When the set has not expired, the caller needs one that lives longer, and
 * the next fetch is made earlier.
 */

ngx_msec_t ngx_http_s3o_store_pause(ngx_http_s3o_source_t *source);


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
