
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The zone that slots are in: of a configuration in use, of those that it has
 * taken the place of, and of none.
 */


#ifndef _NGX_HTTP_S3O_ZONE_H_INCLUDED_
#define _NGX_HTTP_S3O_ZONE_H_INCLUDED_


#include "ngx_http_s3o_store.h"


/*
 * Adds the zone, where a source needs it, or with "status" 1 a status page.
 * "tag" tells our zones from those of other modules.  NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_store_add(ngx_conf_t *cf, ngx_http_s3o_store_t *store,
    ngx_array_t *sources, ngx_uint_t status, void *tag);


/* The configuration is in use: until now the reload could have failed. */

void ngx_http_s3o_store_use(ngx_http_s3o_store_t *store);


/* One atomic add, or nothing where there is no zone. */

void ngx_http_s3o_store_count(ngx_http_s3o_store_t *store,
    ngx_uint_t counter);


/*
 * In workers, now and then: wipes the sets of sources that the configuration
 * in use does not name any more.  Workers of the one before keep their copies.
 */

void ngx_http_s3o_store_sweep(ngx_http_s3o_store_t *store);


/* The configuration is discarded: it may have failed before it was used. */

void ngx_http_s3o_store_discard(ngx_http_s3o_store_t *store);


/* The zone goes, and what is left of its configuration stays for a while. */

void ngx_http_s3o_store_detach(ngx_http_s3o_store_t *store);


#endif /* _NGX_HTTP_S3O_ZONE_H_INCLUDED_ */
