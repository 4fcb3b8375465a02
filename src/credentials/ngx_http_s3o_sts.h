
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What AssumeRole and AssumeRoleWithWebIdentity have in common: the endpoint,
 * fields of the form, and the answer.
 */


#ifndef _NGX_HTTP_S3O_STS_H_INCLUDED_
#define _NGX_HTTP_S3O_STS_H_INCLUDED_


#include "ngx_http_s3o_peer.h"
#include "ngx_http_s3o_refresh.h"


typedef struct {
    ngx_http_s3o_peer_t      peer;
    ngx_str_t                region;
    ngx_str_t                role_arn;
    ngx_str_t                session_name;
    ngx_uint_t               duration;       /* in seconds */
} ngx_http_s3o_sts_t;


/*
 * Reads the parameters that both have.  Returns NGX_CONF_OK, or
 * NGX_CONF_ERROR after an error line.
 */

char *ngx_http_s3o_sts_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts);


/*
 * Makes the fields of a form that both have, in the pool.  Returns NGX_OK, or
 * NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_sts_form(ngx_pool_t *pool,
    ngx_http_s3o_source_t *source, ngx_http_s3o_sts_t *sts,
    const char *action, ngx_array_t *fields);


/* The handler of the fetch; f->data is the source. */

void ngx_http_s3o_sts_handler(ngx_http_s3o_fetch_t *f);


#endif /* _NGX_HTTP_S3O_STS_H_INCLUDED_ */
