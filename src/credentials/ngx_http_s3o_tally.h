
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Counters by name, as of access points: as many as the configuration has, up
 * to a limit, and one for all others.
 */


#ifndef _NGX_HTTP_S3O_TALLY_H_INCLUDED_
#define _NGX_HTTP_S3O_TALLY_H_INCLUDED_


#include "ngx_http_s3o_store.h"


/*
 * When the configuration is read: a name that is counted.  "counted" and
 * "name" must stay where they are.  Its number is that of all others until
 * there is a zone, and where there is no place for it.
 */

void ngx_http_s3o_tally_add(ngx_http_s3o_store_t *store,
    ngx_http_s3o_counted_t *counted, const ngx_str_t *name);


/* When there is a zone, and under its mutex: finds or makes the counters. */

void ngx_http_s3o_tally_init(ngx_http_s3o_store_t *store);


/* One atomic add, or nothing where there is no zone. */

static ngx_inline void
ngx_http_s3o_tally_signed(ngx_http_s3o_store_t *store, ngx_uint_t number)
{
    if (store->shared) {
        (void) ngx_atomic_fetch_add(&store->shared->tallies[number].signed_n,
                                    1);
    }
}


static ngx_inline void
ngx_http_s3o_tally_refused(ngx_http_s3o_store_t *store, ngx_uint_t number)
{
    if (store->shared) {
        (void) ngx_atomic_fetch_add(&store->shared->tallies[number].refused_n,
                                    1);
    }
}


#endif /* _NGX_HTTP_S3O_TALLY_H_INCLUDED_ */
