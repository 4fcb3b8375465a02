
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The status page: the counters, and the state of the sources.
 */


#ifndef _NGX_HTTP_S3O_STATUS_H_INCLUDED_
#define _NGX_HTTP_S3O_STATUS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* The setter of "s3o_presign_status". */

char *ngx_http_s3o_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/*
 * Checks that nothing in the location prevents the status page from being
 * reached.  NGX_CONF_OK, or NGX_CONF_ERROR after a message.
 */

char *ngx_http_s3o_check_status(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_STATUS_H_INCLUDED_ */
