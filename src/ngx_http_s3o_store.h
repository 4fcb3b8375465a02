
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


/* a set is renewed with this much life left at the latest, in seconds */
#define NGX_HTTP_S3O_RENEW_LEFT  900


struct ngx_http_s3o_slot_s {
    ngx_queue_t              queue;
    u_char                   id[20];
    ngx_uint_t               config;       /* the newest that named it */
    ngx_uint_t               used;         /* the newest of these in use */

    ngx_atomic_t             generation;   /* of the set, 0: none */

    /* below: under the mutex */

    ngx_pid_t                lease;        /* 0: free */
    ngx_msec_t               lease_until;
    ngx_msec_t               due;
    ngx_msec_t               retry;        /* no attempt before it */
    ngx_uint_t               tries;        /* failed in a row */

    time_t                   fetched;
    time_t                   expires;
    time_t                   urgent;       /* due with this life left */
    ngx_uint_t               fetches;
    ngx_uint_t               failures;
    ngx_http_s3o_stamp_t     stamp;
    ngx_http_s3o_limit_t     refused;      /* lines about requests */

    size_t                   error_len;
    u_char                   error[128];

    size_t                   access_key_len;
    size_t                   secret_len;
    size_t                   token_len;
    u_char                   text[NGX_HTTP_S3O_ACCESS_KEY_MAX
                                  + NGX_HTTP_S3O_SECRET_MAX
                                  + NGX_HTTP_S3O_TOKEN_MAX];
};


/* what is counted over all workers, and since the zone was made */

typedef enum {
    NGX_HTTP_S3O_COUNT_ON = 0,
    NGX_HTTP_S3O_COUNT_REDIRECT,
    NGX_HTTP_S3O_COUNT_JSON,
    NGX_HTTP_S3O_COUNT_PROXY,
    NGX_HTTP_S3O_COUNT_WAITED,
    NGX_HTTP_S3O_COUNT_REFUSED,    /* by reason, from here on */
    NGX_HTTP_S3O_COUNT_MAX = NGX_HTTP_S3O_COUNT_REFUSED + 13
} ngx_http_s3o_count_e;


typedef struct {
    ngx_queue_t              slots;
    ngx_uint_t               config;       /* grows with each reload */
    ngx_uint_t               used;         /* that of the one in use */
    ngx_uint_t               generation;   /* of the newest set */
    ngx_atomic_t             counters[NGX_HTTP_S3O_COUNT_MAX];
} ngx_http_s3o_shared_t;


/* a configuration's way to the zone; without one both are NULL */

struct ngx_http_s3o_store_s {
    ngx_array_t             *sources;
    ngx_slab_pool_t         *shpool;
    ngx_http_s3o_shared_t   *shared;
};


/* Adds the zone, where a source or a status page needs it. */

ngx_int_t ngx_http_s3o_store_add(ngx_conf_t *cf, ngx_http_s3o_store_t *store,
    ngx_array_t *sources, ngx_uint_t status);


/* The configuration is in use: until now the reload could have failed. */

void ngx_http_s3o_store_use(ngx_http_s3o_store_t *store);


/* One atomic add, or nothing where there is no zone. */

void ngx_http_s3o_store_count(ngx_http_s3o_store_t *store,
    ngx_uint_t counter);


/* A copy of what a source's slot says of itself, without the set. */

void ngx_http_s3o_store_state(ngx_http_s3o_source_t *source,
    ngx_http_s3o_slot_t *state);


/* The zone goes, and what is left of its configuration stays for a while. */

void ngx_http_s3o_store_detach(ngx_http_s3o_store_t *store);


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


/* How many milliseconds off the next fetch is; 0 while one is under way. */

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
