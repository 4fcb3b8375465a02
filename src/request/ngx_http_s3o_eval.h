
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Values of directives that have variables.
 */


#ifndef _NGX_HTTP_S3O_EVAL_H_INCLUDED_
#define _NGX_HTTP_S3O_EVAL_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Computes the value of a directive for a request.  NGX_OK; or NGX_ERROR
 * after a line in the log when a variable could not be computed, also where
 * nginx itself would go on with an empty value.
 */

ngx_int_t ngx_http_s3o_eval(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value);


/*
 * For the handler of one of our variables, when the variable cannot be
 * computed: the handler returns what this function returns, NGX_ERROR.  Makes
 * the request fail, also when another module reads the variable.
 */

ngx_int_t ngx_http_s3o_variable_failed(ngx_http_request_t *r);


/*
 * For the handler of one of our variables, when the value of the variable
 * "name" must not be used; "fault" says why, such as "is empty".  Sets "v" to
 * the byte 0x7f, which no key may contain, and returns NGX_OK.
 * ngx_http_s3o_eval() then refuses the request and returns NGX_ERROR, and the
 * phase handler answers 403.  "fault" and the bytes of "name" must stay
 * valid.
 */

ngx_int_t ngx_http_s3o_variable_unfit(ngx_http_variable_value_t *v,
    const ngx_str_t *name, const char *fault);


/*
 * For the handler of a variable that has called ngx_http_s3o_eval() and got
 * NGX_ERROR: returns what ngx_http_s3o_variable_unfit() or
 * ngx_http_s3o_variable_failed() returns, depending on why the value could
 * not be used.
 */

ngx_int_t ngx_http_s3o_variable_without(ngx_http_request_t *r,
    ngx_http_variable_value_t *v);


#endif /* _NGX_HTTP_S3O_EVAL_H_INCLUDED_ */
