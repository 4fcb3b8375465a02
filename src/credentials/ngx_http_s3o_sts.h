
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the two STS operations have in common: endpoint, form fields, and the
 * answer.
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


/* Reads the parameters that both operations know. */

char *ngx_http_s3o_sts_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts);


/* Begins a form in the pool, with the fields that both operations have. */

ngx_int_t ngx_http_s3o_sts_form(ngx_pool_t *pool,
    ngx_http_s3o_source_t *source, ngx_http_s3o_sts_t *sts,
    const char *action, ngx_array_t *fields);


/* The handler of a fetch whose data is the source. */

void ngx_http_s3o_sts_handler(ngx_http_s3o_fetch_t *f);


#endif /* _NGX_HTTP_S3O_STS_H_INCLUDED_ */
