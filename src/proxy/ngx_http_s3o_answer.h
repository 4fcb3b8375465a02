
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: answers of the Outpost that must not reach the client.
 */


#ifndef _NGX_HTTP_S3O_ANSWER_H_INCLUDED_
#define _NGX_HTTP_S3O_ANSWER_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Adds the filters that check answers.  To be called once, when the
 * configuration is read.
 */

void ngx_http_s3o_answer_init(void);


/*
 * Sets "code" to S3's code of a withheld answer and returns 1, when the
 * client may see the code; otherwise returns 0.
 */

ngx_uint_t ngx_http_s3o_answer_kept_code(ngx_http_s3o_ctx_t *ctx,
    s3o_str_t *code);


#endif /* _NGX_HTTP_S3O_ANSWER_H_INCLUDED_ */
