
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What nginx's own errors look like.
 */


#ifndef _NGX_HTTP_S3O_ERRORS_H_INCLUDED_
#define _NGX_HTTP_S3O_ERRORS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_conf_slot.h"


/* Once, when the configuration is read: the filters that see answers. */

void ngx_http_s3o_errors_init(void);


/* The words of "s3o_presign_errors". */

extern ngx_http_s3o_words_t  ngx_http_s3o_errors_post;


#endif /* _NGX_HTTP_S3O_ERRORS_H_INCLUDED_ */
