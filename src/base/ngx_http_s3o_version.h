
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The version of the module, here and nowhere else in the sources.
 */


#ifndef _NGX_HTTP_S3O_VERSION_H_INCLUDED_
#define _NGX_HTTP_S3O_VERSION_H_INCLUDED_


#define S3O_PRESIGN_VERSION  "0.2.0"

/* stands in the binary as a string, and is the first line in the error log */

#define NGX_HTTP_S3O_SIGNBOARD                                               \
    "ngx_http_s3o_presign_module/" S3O_PRESIGN_VERSION


#endif /* _NGX_HTTP_S3O_VERSION_H_INCLUDED_ */
