
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How long a presigned URL is valid.
 */


#include "ngx_http_s3o_lifetime.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


ngx_int_t
ngx_http_s3o_parse_expires(ngx_str_t *value, time_t *expires)
{
    *expires = ngx_parse_time(value, 1);

    if (*expires < 1 || *expires > S3O_EXPIRES_MAX) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_eval_expires(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_str_t                 value;
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ctx->conf;

    if (ngx_http_s3o_eval(r, conf->expires_value, &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_s3o_parse_expires(&value, &ctx->expires) != NGX_OK) {
        return ngx_http_s3o_refuse_value(r, NGX_HTTP_S3O_RESULT_EXPIRES,
                                         "s3o_presign_expires",
                                         &value,
                                         "expected a time from 1s to 7d");
    }

    if (conf->window
        && (conf->window >= ctx->expires
            || conf->window + ctx->expires > S3O_EXPIRES_MAX))
    {
        return ngx_http_s3o_refuse_value(r, NGX_HTTP_S3O_RESULT_EXPIRES,
                                         "s3o_presign_expires",
                                         &value,
                                         "expected more than "
                                         "\"s3o_presign_window\", and both "
                                         "together at most 7d");
    }

    return NGX_OK;
}


time_t
ngx_http_s3o_url_life(ngx_http_s3o_ctx_t *ctx, const ngx_http_s3o_set_t *set,
    time_t t)
{
    time_t  life;

    life = ctx->expires + ctx->conf->window;

    if (set->expires && life > set->expires - t) {
        life = set->expires - t;
    }

    return ngx_min(life, S3O_EXPIRES_MAX);
}
