
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The mode of a request: the words of "s3o_presign", and its value with
 * variables.
 */


#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_ctx.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


static ngx_int_t ngx_http_s3o_refuse_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, const ngx_str_t *word);


/* in the order of NGX_HTTP_S3O_OFF to NGX_HTTP_S3O_PROXY */

const ngx_str_t  ngx_http_s3o_mode_names[] = {
    ngx_string("off"),
    ngx_string("on"),
    ngx_string("redirect"),
    ngx_string("json"),
    ngx_string("proxy")
};


ngx_int_t
ngx_http_s3o_mode_word(const ngx_str_t *word, ngx_uint_t *mode,
    ngx_uint_t *status)
{
    ngx_uint_t        i;
    const ngx_str_t  *name;

    for (i = NGX_HTTP_S3O_OFF; i <= NGX_HTTP_S3O_PROXY; i++) {
        name = &ngx_http_s3o_mode_names[i];

        if (word->len == name->len
            && ngx_strncmp(word->data, name->data, name->len) == 0)
        {
            *mode = i;
            *status = NGX_HTTP_TEMPORARY_REDIRECT;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_http_s3o_find_mode(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_uint_t *mode, ngx_uint_t *status)
{
    ngx_str_t  word;

    if (conf->mode != NGX_HTTP_S3O_BY_VARIABLE) {
        *mode = conf->mode;
        *status = conf->redirect_status;
        return NGX_OK;
    }

    if (ngx_http_s3o_eval(r, conf->mode_value, &word) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_s3o_mode_word(&word, mode, status) != NGX_OK) {
        return ngx_http_s3o_refuse_mode(r, conf, &word);
    }

    return NGX_OK;
}


/* the context, which keeps the reason, is made where the mode is known */

static ngx_int_t
ngx_http_s3o_refuse_mode(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    const ngx_str_t *word)
{
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_s3o_fresh_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->conf = conf;

    return ngx_http_s3o_refuse_value(r, NGX_HTTP_S3O_RESULT_CONFIG,
                                     "s3o_presign", word,
                                     "expected \"off\", \"on\", \"redirect\", "
                                     "\"json\" or \"proxy\"");
}
