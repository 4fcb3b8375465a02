
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The status page: counters and the state of the sources.
 */


#ifndef _NGX_HTTP_S3O_STATUS_H_INCLUDED_
#define _NGX_HTTP_S3O_STATUS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Setter of "s3o_presign_status". */

char *ngx_http_s3o_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* NGX_CONF_ERROR, after saying so, where the page would not be reached. */

char *ngx_http_s3o_check_status(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_STATUS_H_INCLUDED_ */
