
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What narrows a session of STS down, and what it is marked with: policies
 * and tags.
 */


#ifndef _NGX_HTTP_S3O_SESSION_H_INCLUDED_
#define _NGX_HTTP_S3O_SESSION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * Checks "policy", "policy_arn", "tag" and "transitive_tag" of a source, by
 * the limits of STS.
 */

char *ngx_http_s3o_session_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source);


/* Appends their fields, each an ngx_keyval_t, to those of a form. */

ngx_int_t ngx_http_s3o_session_fields(ngx_pool_t *pool,
    ngx_http_s3o_source_t *source, ngx_array_t *fields);


#endif /* _NGX_HTTP_S3O_SESSION_H_INCLUDED_ */
