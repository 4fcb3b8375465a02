
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents: errors in the form that an SDK or a script understands.
 */


#ifndef _NGX_HTTP_S3O_ERRORS_H_INCLUDED_
#define _NGX_HTTP_S3O_ERRORS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_conf_slot.h"


/*
 * Adds the filters that replace error pages.  To be called once, when the
 * configuration is read.
 */

void ngx_http_s3o_errors_init(void);


/* The words of "s3o_presign_errors". */

extern ngx_http_s3o_words_t  ngx_http_s3o_errors_post;


#endif /* _NGX_HTTP_S3O_ERRORS_H_INCLUDED_ */
