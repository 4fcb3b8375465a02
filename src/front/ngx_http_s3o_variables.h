
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The variables of the module.
 */


#ifndef _NGX_HTTP_S3O_VARIABLES_H_INCLUDED_
#define _NGX_HTTP_S3O_VARIABLES_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Adds the variables.  To be called before the configuration is read.  NGX_OK
 * or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_add_variables(ngx_conf_t *cf);


#endif /* _NGX_HTTP_S3O_VARIABLES_H_INCLUDED_ */
