
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Keys that hang on who asks, and what a request must have.
 */


#ifndef _NGX_HTTP_S3O_IDENTITY_H_INCLUDED_
#define _NGX_HTTP_S3O_IDENTITY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* "s3o_presign_require value ...;" */

char *ngx_http_s3o_set_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * Of a merged location that signs and has a key: warns where the key has a
 * variable of identity that may be empty, or that nobody may have checked.
 */

void ngx_http_s3o_warn_identity(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *prev, ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_IDENTITY_H_INCLUDED_ */
