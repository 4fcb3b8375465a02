
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Warns of files that the workers cannot read.
 */


#ifndef _NGX_HTTP_S3O_READABLE_H_INCLUDED_
#define _NGX_HTTP_S3O_READABLE_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


/*
 * Warns of files of sources that the user of the workers cannot read, as far
 * as modes of files and directories tell.  To be called when the whole
 * configuration is known, as "user" may stand anywhere in it.
 */

void ngx_http_s3o_check_readable(ngx_cycle_t *cycle, ngx_array_t *sources);


#endif /* _NGX_HTTP_S3O_READABLE_H_INCLUDED_ */
