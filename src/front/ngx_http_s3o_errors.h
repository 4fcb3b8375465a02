
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What nginx's own errors look like.
 */


#ifndef _NGX_HTTP_S3O_ERRORS_H_INCLUDED_
#define _NGX_HTTP_S3O_ERRORS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Once, when the configuration is read: the filters that see answers. */

void ngx_http_s3o_errors_init(void);


/* Setter of "s3o_presign_errors". */

char *ngx_http_s3o_set_errors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_S3O_ERRORS_H_INCLUDED_ */
