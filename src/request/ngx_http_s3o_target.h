
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
 * Resolves the constant access point of a location: sets conf->target.
 * Returns NGX_CONF_ERROR after saying what is wrong; on the level of a
 * server, whose locations may still set it right, conf->target stays NULL
 * instead.
 */

char *ngx_http_s3o_target_init(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf);


/*
 * Sets ctx->target.  An access point from a variable that is empty is 404:
 * the usual "map" without a match.  A malformed one is the administrator's
 * mistake: 500 and an error line.  NGX_OK, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_find_target(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * With SigV4A: sets ctx->region_set, and checks that it covers the region of
 * the access point.  NGX_OK, or 500 after a refusal.
 */

ngx_int_t ngx_http_s3o_check_target_region(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * 1 when the location may sign for a region, which with SigV4 it always may.
 */

ngx_uint_t ngx_http_s3o_region_covered(ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *region);


/* Frees the access points of a worker. */

void ngx_http_s3o_target_cleanup(ngx_http_s3o_main_conf_t *smcf);


#endif /* _NGX_HTTP_S3O_TARGET_H_INCLUDED_ */
