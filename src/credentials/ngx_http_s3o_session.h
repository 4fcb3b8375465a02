
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Policies, which narrow a session of STS down, and its tags.
 */


#ifndef _NGX_HTTP_S3O_SESSION_H_INCLUDED_
#define _NGX_HTTP_S3O_SESSION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * Checks "policy", "policy_arn", "tag" and "transitive_tag" of a source
 * against the limits of STS.  Returns NGX_CONF_OK, or NGX_CONF_ERROR after an
 * error line.
 */

char *ngx_http_s3o_session_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source);


/*
 * Appends their fields, of ngx_keyval_t, to those of a form.  Returns NGX_OK,
 * or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_session_fields(ngx_pool_t *pool,
    ngx_http_s3o_source_t *source, ngx_array_t *fields);


#endif /* _NGX_HTTP_S3O_SESSION_H_INCLUDED_ */
