
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Access points, constant or from a variable.
 */


#ifndef _NGX_HTTP_S3O_TARGET_H_INCLUDED_
#define _NGX_HTTP_S3O_TARGET_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


#define NGX_HTTP_S3O_NOT_COVERED                                             \
    "its region is not in \"s3o_presign_region_set\""


/*
 * Resolves the constant access point of a location, and sets conf->target.
 * NGX_CONF_OK; or NGX_CONF_ERROR after a message that says what is wrong.  On
 * the level of a server, whose locations may still change the settings, there
 * is no error: conf->target stays NULL.
 */

char *ngx_http_s3o_target_init(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf);


/*
 * Sets ctx->target, for a constant access point and for one from a variable.
 * An empty value is refused with 404, as it is what a "map" without a match
 * yields.  A malformed value is a mistake of the configuration: 500 and an
 * error in the log.  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_find_target(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * With SigV4A sets ctx->region_set, and checks that it covers the region of
 * the access point.  NGX_OK, or 500 after a refusal.  With SigV4 does
 * nothing.
 */

ngx_int_t ngx_http_s3o_check_target_region(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * 1 when the location may sign for a region: with SigV4 always, with SigV4A
 * when the region set covers the region.
 */

ngx_uint_t ngx_http_s3o_region_covered(ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *region);


/* Frees the access points that this worker has resolved from variables. */

void ngx_http_s3o_target_cleanup(ngx_http_s3o_main_conf_t *smcf);


#endif /* _NGX_HTTP_S3O_TARGET_H_INCLUDED_ */
