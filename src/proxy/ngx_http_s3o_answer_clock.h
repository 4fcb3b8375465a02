
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: the clock of this machine, compared with the date of answers.
 */


#ifndef _NGX_HTTP_S3O_ANSWER_CLOCK_H_INCLUDED_
#define _NGX_HTTP_S3O_ANSWER_CLOCK_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Compares the Date of an answer of the Outpost with the clock of this machine,
 * and warns when they are five minutes or more apart.  An answer from a cache,
 * or without a Date, is not compared.
 */

void ngx_http_s3o_answer_clock(ngx_http_request_t *r);


#endif /* _NGX_HTTP_S3O_ANSWER_CLOCK_H_INCLUDED_ */
