
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Counters by name, such as those of access points: for each name in the
 * configuration, up to a limit, and one pair for all other names.
 */


#ifndef _NGX_HTTP_S3O_TALLY_H_INCLUDED_
#define _NGX_HTTP_S3O_TALLY_H_INCLUDED_


#include "ngx_http_s3o_store.h"


/*
 * When the configuration is read: adds a name that is counted.  "counted" and
 * "name" must live as long as the configuration.  counted->number is 0, the
 * counters of all other names, until there is a zone, and stays 0 when there
 * is no place for the name.
 */

void ngx_http_s3o_tally_add(ngx_http_s3o_store_t *store,
    ngx_http_s3o_counted_t *counted, const ngx_str_t *name);


/*
 * When there is a zone: finds or makes the counters.  The caller holds the
 * mutex.
 */

void ngx_http_s3o_tally_init(ngx_http_s3o_store_t *store);


/*
 * When the configuration is used: keeps its counters from being given to other
 * names.  The caller holds the mutex.
 */

void ngx_http_s3o_tally_use(ngx_http_s3o_store_t *store);


/*
 * Sets own[N] to 1 when the configuration has the name that counter N is for,
 * and to 0 when only others have it: older ones, or those whose reload failed.
 * own[0] is always 1.
 */

void ngx_http_s3o_tally_own(ngx_http_s3o_store_t *store,
    u_char own[NGX_HTTP_S3O_TALLIES]);


/*
 * Returns the counters of a name.  A worker that still ends requests of an old
 * configuration may have had them given away: it gets those of all other names.
 */

static ngx_inline ngx_http_s3o_tally_t *
ngx_http_s3o_tally_of(ngx_http_s3o_store_t *store,
    const ngx_http_s3o_counted_t *counted)
{
    ngx_http_s3o_tally_t  *tally;

    tally = &store->shared->tallies[counted->number];

    return tally->named == counted->named ? tally : store->shared->tallies;
}


/*
 * Adds 1 to a counter, if there is a zone.  For a refusal "counted" is NULL
 * when the name is not known.
 */

static ngx_inline void
ngx_http_s3o_tally_signed(ngx_http_s3o_store_t *store,
    const ngx_http_s3o_counted_t *counted)
{
    if (store->shared) {
        (void) ngx_atomic_fetch_add(
                   &ngx_http_s3o_tally_of(store, counted)->signed_n, 1);
    }
}


static ngx_inline void
ngx_http_s3o_tally_refused(ngx_http_s3o_store_t *store,
    const ngx_http_s3o_counted_t *counted)
{
    ngx_http_s3o_tally_t  *tally;

    if (store->shared) {
        tally = counted ? ngx_http_s3o_tally_of(store, counted)
                        : store->shared->tallies;

        (void) ngx_atomic_fetch_add(&tally->refused_n, 1);
    }
}


#endif /* _NGX_HTTP_S3O_TALLY_H_INCLUDED_ */
