
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signers: keyed states and texts, for each source, algorithm, region and
 * window.
 */


#ifndef _NGX_HTTP_S3O_SIGNER_H_INCLUDED_
#define _NGX_HTTP_S3O_SIGNER_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Before any other: there are no signers yet. */

void ngx_http_s3o_signers_init(ngx_http_s3o_main_conf_t *smcf);


/*
 * The signer of a constant access point; one that exists already is shared.
 * "region" is the access point's, in the place of which SigV4A takes the
 * location's set of them.  NULL without memory.
 */

ngx_http_s3o_signer_t *ngx_http_s3o_signer_add(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);


/*
 * The same for an access point from a variable.  A worker keeps those that it
 * has used last.  NULL without memory.
 */

ngx_http_s3o_signer_t *ngx_http_s3o_signer_find(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);


/*
 * Makes a signer ready for a set and a time.  What it returns is good until
 * the next call for the same signer.  NULL after an error line.
 */

s3o_signer_t *ngx_http_s3o_signer_prepare(ngx_http_request_t *r,
    ngx_http_s3o_signer_t *signer, const ngx_http_s3o_set_t *set, time_t t);


/* Frees all signers; their keys are wiped. */

void ngx_http_s3o_signer_cleanup(ngx_http_s3o_main_conf_t *smcf);


#endif /* _NGX_HTTP_S3O_SIGNER_H_INCLUDED_ */
