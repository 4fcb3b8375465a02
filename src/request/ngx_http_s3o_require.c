
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_require": values that must not be empty or "0" once the access
 * phase has passed.  "if" cannot check them, because it runs before that phase.
 */


#include "ngx_http_s3o_require.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


static ngx_uint_t ngx_http_s3o_require_is_met(const ngx_str_t *value);


ngx_int_t
ngx_http_s3o_require(ngx_http_request_t *r, ngx_array_t *require)
{
    ngx_str_t                  value, reason;
    ngx_uint_t                 i;
    ngx_http_complex_value_t  *cv;

    cv = require->elts;

    for (i = 0; i < require->nelts; i++) {

        if (ngx_http_s3o_eval(r, &cv[i], &value) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (ngx_http_s3o_require_is_met(&value)) {
            continue;
        }

        ngx_str_set(&reason, "a value that \"s3o_presign_require\" names is "
                             "empty or \"0\"");

        return ngx_http_s3o_refuse_apart(r, NGX_HTTP_S3O_RESULT_REQUIRE,
                                         NGX_HTTP_FORBIDDEN, NGX_LOG_INFO,
                                         &reason,
                                         "\"s3o_presign_require\": the value "
                                         "\"%V\" is %s", &cv[i].value,
                                         value.len ? "\"0\"" : "empty");
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_require_is_met(const ngx_str_t *value)
{
    return value->len > 1 || (value->len == 1 && value->data[0] != '0');
}
