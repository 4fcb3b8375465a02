
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Counters by name.  They stay over reloads.  Counters of names that neither
 * this configuration nor the one in use has are given to other names, however
 * many configurations have failed between them.
 */


#include "ngx_http_s3o_tally.h"


static ngx_uint_t ngx_http_s3o_tally_find(ngx_http_s3o_shared_t *shared,
    const ngx_str_t *name);
static ngx_uint_t ngx_http_s3o_tally_is(const ngx_http_s3o_tally_t *tally,
    const ngx_str_t *name);


void
ngx_http_s3o_tally_add(ngx_http_s3o_store_t *store,
    ngx_http_s3o_counted_t *counted, const ngx_str_t *name)
{
    counted->name = name;
    counted->number = 0;
    counted->named = 0;
    counted->next = NULL;

    if (store->counted) {
        store->counted_last->next = counted;

    } else {
        store->counted = counted;
    }

    store->counted_last = counted;
}


void
ngx_http_s3o_tally_init(ngx_http_s3o_store_t *store)
{
    ngx_http_s3o_counted_t  *counted;

    for (counted = store->counted; counted; counted = counted->next) {
        counted->number = ngx_http_s3o_tally_find(store->shared,
                                                  counted->name);
        counted->named = store->shared->tallies[counted->number].named;
    }
}


void
ngx_http_s3o_tally_use(ngx_http_s3o_store_t *store)
{
    ngx_http_s3o_counted_t  *counted;

    for (counted = store->counted; counted; counted = counted->next) {
        store->shared->tallies[counted->number].used = store->config;
    }
}


/*
 * The names are compared, as a configuration that came later may have given
 * the counters away.
 */

void
ngx_http_s3o_tally_own(ngx_http_s3o_store_t *store,
    u_char own[NGX_HTTP_S3O_TALLIES])
{
    ngx_http_s3o_counted_t  *counted;

    ngx_memzero(own, NGX_HTTP_S3O_TALLIES);

    own[0] = 1;

    for (counted = store->counted; counted; counted = counted->next) {

        if (counted->number
            && ngx_http_s3o_tally_is(&store->shared->tallies[counted->number],
                                     counted->name))
        {
            own[counted->number] = 1;
        }
    }
}


static ngx_uint_t
ngx_http_s3o_tally_find(ngx_http_s3o_shared_t *shared, const ngx_str_t *name)
{
    ngx_uint_t             i, unused;
    ngx_http_s3o_tally_t  *tally;

    if (name->len > NGX_HTTP_S3O_TALLY_NAME) {
        return 0;
    }

    tally = shared->tallies;
    unused = 0;

    for (i = 1; i < NGX_HTTP_S3O_TALLIES; i++) {

        if (ngx_http_s3o_tally_is(&tally[i], name)) {
            tally[i].config = shared->config;
            return i;
        }

        if (unused == 0
            && (tally[i].len == 0
                || (tally[i].config != shared->config
                    && tally[i].used != shared->used)))
        {
            unused = i;
        }
    }

    if (unused == 0) {
        return 0;
    }

    tally = &tally[unused];

    tally->signed_n = 0;
    tally->refused_n = 0;
    tally->config = shared->config;
    tally->used = 0;
    tally->named = shared->config;
    tally->len = name->len;
    ngx_memcpy(tally->name, name->data, name->len);

    return unused;
}


static ngx_uint_t
ngx_http_s3o_tally_is(const ngx_http_s3o_tally_t *tally,
    const ngx_str_t *name)
{
    return tally->len == name->len
           && ngx_memcmp(tally->name, name->data, name->len) == 0;
}
