
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credential sets in shared memory: one slot for each source that changes,
 * kept over reloads.  Workers read a set when its generation has grown, and
 * one of them at a time holds the lease to fetch the next.
 */


#ifndef _NGX_HTTP_S3O_STORE_H_INCLUDED_
#define _NGX_HTTP_S3O_STORE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"
#include "ngx_http_s3o_skew.h"


/* a set is renewed with this much life left at the latest, in seconds */
#define NGX_HTTP_S3O_RENEW_LEFT  900


/* a set; without text, where its length is 0, there is none */

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
    ngx_uint_t               config;       /* the newest that named it */
    ngx_uint_t               used;         /* the newest of these in use */

    /*
     * Of the set, 0: none.  Its last bit tells which half the set is in: one
     * word leads from the old set to the new one, whenever a writer is killed.
     */

    ngx_atomic_t             generation;

    /* below: under the mutex */

    ngx_pid_t                lease;        /* 0: free */
    ngx_msec_t               lease_until;
    ngx_msec_t               due;
    ngx_msec_t               retry;        /* no attempt before it */
    ngx_uint_t               tries;        /* failed in a row */

    /* of requests that met a set with less life than they need */

    ngx_atomic_t             wanted;       /* 1: there was one */
    ngx_msec_t               again;        /* no fetch for them before it */
    ngx_uint_t               vain;         /* fetched for them in a row */

    time_t                   urgent;       /* due with this life left */
    ngx_uint_t               fetches;
    ngx_uint_t               failures;
    ngx_http_s3o_stamp_t     stamp;
    ngx_http_s3o_limit_t     refused;      /* lines about requests */
    ngx_http_s3o_skew_t      skew;         /* of the service */

    size_t                   error_len;
    u_char                   error[128];

    ngx_http_s3o_half_t      half[2];
};


/* what a source's slot says of itself, without the set */

typedef struct {
    ngx_uint_t               have;
    time_t                   fetched;
    time_t                   expires;
    ngx_uint_t               fetches;
    ngx_uint_t               failures;
    size_t                   error_len;
    u_char                   error[128];
} ngx_http_s3o_state_t;


/* what is counted over all workers, and since the zone was made */

typedef enum {
    NGX_HTTP_S3O_COUNT_ON = 0,
    NGX_HTTP_S3O_COUNT_REDIRECT,
    NGX_HTTP_S3O_COUNT_JSON,
    NGX_HTTP_S3O_COUNT_PROXY,
    NGX_HTTP_S3O_COUNT_WAITED,
    NGX_HTTP_S3O_COUNT_REFUSED,    /* by reason, from here on */
    NGX_HTTP_S3O_COUNT_OUTPOST = NGX_HTTP_S3O_COUNT_REFUSED + 14,
                                   /* by the Outpost, by its code */
    NGX_HTTP_S3O_COUNT_MAX = NGX_HTTP_S3O_COUNT_OUTPOST + 9
} ngx_http_s3o_count_e;


/* counters by name; the first are those of all names without a place */

#define NGX_HTTP_S3O_TALLIES     65
#define NGX_HTTP_S3O_TALLY_NAME  200

typedef struct ngx_http_s3o_counted_s  ngx_http_s3o_counted_t;

struct ngx_http_s3o_counted_s {
    const ngx_str_t         *name;
    ngx_uint_t               number;       /* of its counters */
    ngx_http_s3o_counted_t  *next;
};


typedef struct {
    ngx_atomic_t             signed_n;
    ngx_atomic_t             refused_n;
    ngx_uint_t               config;       /* the newest that named it */
    size_t                   len;          /* 0: free */
    u_char                   name[NGX_HTTP_S3O_TALLY_NAME];
} ngx_http_s3o_tally_t;


typedef struct {
    ngx_queue_t              slots;
    ngx_uint_t               config;       /* grows with each reload */
    ngx_uint_t               used;         /* that of the one in use */
    ngx_uint_t               generation;   /* of the newest set */
    ngx_msec_t               used_since;
    ngx_atomic_t             sweep;        /* 1: slots are to be wiped */
    ngx_http_s3o_skew_t      skew;         /* of the Outpost */
    ngx_atomic_t             counters[NGX_HTTP_S3O_COUNT_MAX];
    ngx_http_s3o_tally_t     tallies[NGX_HTTP_S3O_TALLIES];
} ngx_http_s3o_shared_t;


/* a configuration's way to the zone; without one both are NULL */

struct ngx_http_s3o_store_s {
    ngx_array_t             *sources;
    ngx_http_s3o_counted_t  *counted;      /* a list */
    ngx_http_s3o_counted_t  *counted_last;
    ngx_slab_pool_t         *shpool;
    ngx_http_s3o_shared_t   *shared;
    ngx_uint_t               config;       /* its number */
    ngx_uint_t               inherited;    /* the zone is an older one's */
    ngx_uint_t               in_use;
};


/* A copy of what a source's slot says of itself. */

void ngx_http_s3o_store_state(ngx_http_s3o_source_t *source,
    ngx_http_s3o_state_t *state);


/*
 * Under the mutex: the set that the master has just read becomes that of the
 * slot.
 */

void ngx_http_s3o_store_take(ngx_http_s3o_source_t *source);


/* Brings a source's copy up to date. */

void ngx_http_s3o_store_read(ngx_http_s3o_source_t *source);


/*
 * The set that signs now, or NULL where the source has none; whether it is
 * still alive is the caller's question.  Valid until the next event.
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
 * When the set of a slot ends, 0: never, or there is none.  Without the mutex
 * it may be the answer of a moment ago.
 */

static ngx_inline time_t
ngx_http_s3o_slot_expires(const ngx_http_s3o_slot_t *slot)
{
    return slot->half[slot->generation & 1].expires;
}


/* 1 where the slot has a set */

static ngx_inline ngx_uint_t
ngx_http_s3o_slot_has(const ngx_http_s3o_slot_t *slot)
{
    ngx_atomic_uint_t  generation;

    generation = slot->generation;

    return generation && slot->half[generation & 1].access_key_len;
}


/*
 * The stamp of the file that a slot's set was read from: 1 when it is this
 * one.  "keep" makes it this one.  0 as well where the slot is another
 * source's meanwhile, which is left alone.
 */

ngx_uint_t ngx_http_s3o_store_stamp(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_stamp_t *stamp, ngx_uint_t keep);


/*
 * How many milliseconds off the next fetch is; 0 while one is under way.  Of a
 * set that lives it is asked because its life is too short: that makes the
 * next fetch an early one.
 */

ngx_msec_t ngx_http_s3o_store_pause(ngx_http_s3o_source_t *source);


/*
 * 1 when the caller is now the one to fetch.  A lease ends by itself after
 * "ms" milliseconds, and with its worker.
 */

ngx_uint_t ngx_http_s3o_store_lease(ngx_http_s3o_source_t *source,
    ngx_uint_t changed, ngx_msec_t ms);


/*
 * Ends a lease with a new set, or with the one that is there already, which
 * keeps its generation; or with what went wrong.
 */

void ngx_http_s3o_store_publish(ngx_http_s3o_source_t *source,
    const ngx_http_s3o_set_t *set);
void ngx_http_s3o_store_fail(ngx_http_s3o_source_t *source,
    const char *error);
void ngx_http_s3o_store_release(ngx_http_s3o_source_t *source);


#endif /* _NGX_HTTP_S3O_STORE_H_INCLUDED_ */
