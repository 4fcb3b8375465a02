
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Keys that depend on the identity of the client, and "s3o_presign_require".
 */


#ifndef _NGX_HTTP_S3O_IDENTITY_H_INCLUDED_
#define _NGX_HTTP_S3O_IDENTITY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* The setter of "s3o_presign_require". */

char *ngx_http_s3o_set_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * Warns when the key of a merged location has a variable with the identity of
 * the client that may be empty, or that nobody may have checked.  For
 * locations that sign and have "s3o_presign_key".
 */

void ngx_http_s3o_warn_identity(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *prev, ngx_http_s3o_loc_conf_t *conf);


/*
 * 1 for a variable with an identity: by its name, or because
 * "auth_request_set" sets it.
 */

ngx_uint_t ngx_http_s3o_is_identity(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, const ngx_str_t *name, ngx_uint_t index);


#endif /* _NGX_HTTP_S3O_IDENTITY_H_INCLUDED_ */
