
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The range of part numbers that a request asks for.
 */


#include "ngx_http_s3o_parts.h"
#include "ngx_http_s3o_refuse.h"


static ngx_int_t ngx_http_s3o_parts_range(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *arg);


ngx_int_t
ngx_http_s3o_find_parts(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs)
{
    ngx_int_t   rc;
    ngx_uint_t  i;

    for (i = 0; i < nargs; i++) {

        if (!s3o_str_is(&args[i].name, "partNumber")) {
            continue;
        }

        rc = ngx_http_s3o_parts_range(r, ctx, &args[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_parts_range(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *arg)
{
    ngx_str_t              value, shown;
    s3o_uint_t             first, last;
    ngx_http_s3o_parts_t  *parts;

    switch (s3o_policy_part_range(&arg->value, &first, &last)) {

    case S3O_PARTS_ONE:
        return NGX_OK;

    case S3O_PARTS_OK:
        break;

    case S3O_PARTS_MANY:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "\"partNumber\" asks for %ui parts: an "
                                   "answer has %d at most",
                                   (ngx_uint_t) (last - first + 1),
                                   S3O_PARTS_MAX);

    default: /* S3O_PARTS_FORM */
        value = ngx_http_s3o_ngx_str(&arg->value);

        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "\"partNumber\" is \"%V\": expected a "
                                   "number from 1 to 10000, or the first and "
                                   "the last of many, such as \"1-100\"",
                                   ngx_http_s3o_shown(&shown, &value));
    }

    parts = ngx_palloc(r->pool, sizeof(ngx_http_s3o_parts_t));
    if (parts == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    parts->first = first;
    parts->last = last;
    parts->sending = NULL;

    ctx->parts = parts;

    arg->value.len = (u_char *) ngx_strlchr(arg->value.data,
                                            arg->value.data + arg->value.len,
                                            '-')
                     - arg->value.data;

    return NGX_OK;
}
