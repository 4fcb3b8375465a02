
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_require": values that must not be empty or "0".
 */


#ifndef _NGX_HTTP_S3O_REQUIRE_H_INCLUDED_
#define _NGX_HTTP_S3O_REQUIRE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Checks the values of "require", an array of ngx_http_complex_value_t.
 * NGX_OK when none is empty or "0"; otherwise the request has been refused,
 * and its status is returned.
 */

ngx_int_t ngx_http_s3o_require(ngx_http_request_t *r, ngx_array_t *require);


#endif /* _NGX_HTTP_S3O_REQUIRE_H_INCLUDED_ */
