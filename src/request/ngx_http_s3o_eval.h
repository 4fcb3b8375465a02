
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Values of directives that have variables.
 */


#ifndef _NGX_HTTP_S3O_EVAL_H_INCLUDED_
#define _NGX_HTTP_S3O_EVAL_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * The value of a directive: NGX_OK, or NGX_ERROR after a line in the log, also
 * where nginx would take a variable of ours that failed for an empty one.
 */

ngx_int_t ngx_http_s3o_eval(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value);


/*
 * What the handler of a variable of ours returns when it fails.  The request
 * fails then, whoever has asked for the variable.
 */

ngx_int_t ngx_http_s3o_variable_failed(ngx_http_request_t *r);


/*
 * What the handler of a variable of ours returns when the value of the
 * variable "name" must not be used; "fault" says why.  The variable becomes a
 * byte that no key may have.  A directive of ours has no value then:
 * ngx_http_s3o_eval() has refused the request, whose status is 403.
 */

ngx_int_t ngx_http_s3o_variable_unfit(ngx_http_variable_value_t *v,
    const ngx_str_t *name, const char *fault);


/* The one or the other, for a variable that ngx_http_s3o_eval() has failed. */

ngx_int_t ngx_http_s3o_variable_without(ngx_http_request_t *r,
    ngx_http_variable_value_t *v);


#endif /* _NGX_HTTP_S3O_EVAL_H_INCLUDED_ */
