
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: answers that must not reach the client.
 */


#ifndef _NGX_HTTP_S3O_ANSWER_H_INCLUDED_
#define _NGX_HTTP_S3O_ANSWER_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * S3's codes for what this server has signed, or signed with, in the order of
 * their counters; the last is empty and stands for all others
 */

#define NGX_HTTP_S3O_ANSWER_CODES  9

extern const ngx_str_t  ngx_http_s3o_answer_codes[];


/* Once, when the configuration is read: the filters that see answers. */

void ngx_http_s3o_answer_init(void);


/* 1, and S3's code of a withheld answer, when it may be shown. */

ngx_uint_t ngx_http_s3o_answer_kept_code(ngx_http_s3o_ctx_t *ctx,
    s3o_str_t *code);


#endif /* _NGX_HTTP_S3O_ANSWER_H_INCLUDED_ */
