
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A slot of shared memory: the set of one source, and when the next one is
 * fetched.
 */


#ifndef _NGX_HTTP_S3O_SLOT_H_INCLUDED_
#define _NGX_HTTP_S3O_SLOT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"
#include "ngx_http_s3o_skew.h"


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


#endif /* _NGX_HTTP_S3O_SLOT_H_INCLUDED_ */
