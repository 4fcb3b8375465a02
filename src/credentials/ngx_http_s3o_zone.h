
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The shared memory zone with the slots: those of the configuration in use, of
 * the configurations before it, and of those that were never used.
 */


#ifndef _NGX_HTTP_S3O_ZONE_H_INCLUDED_
#define _NGX_HTTP_S3O_ZONE_H_INCLUDED_


#include "ngx_http_s3o_store.h"


/*
 * Adds the zone when a source needs it, or when "status" is 1, for a status
 * page.  "tag" distinguishes the zone from those of other modules.  Returns
 * NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_store_add(ngx_conf_t *cf, ngx_http_s3o_store_t *store,
    ngx_array_t *sources, ngx_uint_t status, void *tag);


/* Notes that the configuration is in use, as the reload can no longer fail. */

void ngx_http_s3o_store_use(ngx_http_s3o_store_t *store);


/* Adds 1 to a counter, if there is a zone. */

void ngx_http_s3o_store_count(ngx_http_s3o_store_t *store,
    ngx_uint_t counter);


/*
 * In workers, once after a reload: wipes the sets of sources that the
 * configuration in use does not have any more.  Workers of the configuration
 * before keep their copies.
 */

void ngx_http_s3o_store_sweep(ngx_http_s3o_store_t *store);


/* Called when a configuration is freed, perhaps because a reload has failed. */

void ngx_http_s3o_store_discard(ngx_http_s3o_store_t *store);


/*
 * Takes the zone away from a configuration that lives a little longer than
 * the zone.
 */

void ngx_http_s3o_store_detach(ngx_http_s3o_store_t *store);


#endif /* _NGX_HTTP_S3O_ZONE_H_INCLUDED_ */
