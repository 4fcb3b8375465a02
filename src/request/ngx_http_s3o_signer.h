
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signers: the keys and texts for each source of credentials, algorithm, region
 * and window.
 */


#ifndef _NGX_HTTP_S3O_SIGNER_H_INCLUDED_
#define _NGX_HTTP_S3O_SIGNER_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Initialises the empty tree and queues of signers.  To be called first. */

void ngx_http_s3o_signers_init(ngx_http_s3o_main_conf_t *smcf);


/*
 * The signer of a constant access point, made when the configuration is read.
 * Locations with the same source, algorithm, region and window (in seconds)
 * share a signer.  "region" is the region of the access point; with SigV4A
 * the region set of the location takes its place.  NULL without memory.
 */

ngx_http_s3o_signer_t *ngx_http_s3o_signer_add(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);


/*
 * The signer for an access point from a variable, found or made.  A worker
 * keeps the last used ones, so the signer is valid until the next call.  NULL
 * without memory.
 */

ngx_http_s3o_signer_t *ngx_http_s3o_signer_find(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);


/*
 * Prepares a signer for a set of credentials and a time of signing, "t".  The
 * result is valid until the next call for the same signer.  NULL after a line
 * in the log.
 */

s3o_signer_t *ngx_http_s3o_signer_prepare(ngx_http_request_t *r,
    ngx_http_s3o_signer_t *signer, const ngx_http_s3o_set_t *set, time_t t);


/*
 * A signer of this request alone, for the access point of "ctx": it stays
 * ready for this set and this time until the request ends, which wipes it.
 * NULL without memory, or after an error line.
 */

s3o_signer_t *ngx_http_s3o_signer_own(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, const ngx_http_s3o_set_t *set, time_t t);


/* Frees all signers of this process, and wipes their keys. */

void ngx_http_s3o_signer_cleanup(ngx_http_s3o_main_conf_t *smcf);


#endif /* _NGX_HTTP_S3O_SIGNER_H_INCLUDED_ */
