
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Refusals: says why a request is not signed, in the log and for the answer.
 */


#include "ngx_http_s3o_refuse.h"
#include "s3o_text.h"
#include "ngx_http_s3o_tally.h"
#include "ngx_http_s3o_zone.h"
#include "ngx_http_s3o_body.h"


static void ngx_http_s3o_set_reason(ngx_str_t *reason, u_char *text,
    u_char *last);
static void ngx_http_s3o_note_refusal(ngx_http_request_t *r,
    ngx_http_s3o_result_e result, ngx_str_t *reason);


/* in the order of ngx_http_s3o_result_e */

const char *const  ngx_http_s3o_results[] = {
    NULL,
    "signed",
    "method",
    "args",
    "key",
    "list",
    "headers",
    "length",
    "payload",
    "access_point",
    "expires",
    "require",
    "credentials",
    "config",
    "refused"
};


ngx_int_t
ngx_http_s3o_refuse(ngx_http_request_t *r, ngx_http_s3o_result_e result,
    ngx_int_t status, ngx_uint_t level, const char *fmt, ...)
{
    u_char    *p, text[NGX_HTTP_S3O_REASON_MAX];
    va_list    args;
    ngx_str_t  reason;

    va_start(args, fmt);
    p = ngx_vslprintf(text, text + sizeof(text), fmt, args);
    va_end(args);

    ngx_http_s3o_set_reason(&reason, text, p);
    ngx_http_s3o_note_refusal(r, result, &reason);

    ngx_log_error(level, r->connection->log, 0,
                  "s3o_presign: not signed: %V", &reason);

    return status;
}


ngx_int_t
ngx_http_s3o_refuse_apart(ngx_http_request_t *r, ngx_http_s3o_result_e result,
    ngx_int_t status, ngx_uint_t level, ngx_str_t *reason, const char *fmt,
    ...)
{
    u_char    *p, text[NGX_HTTP_S3O_REASON_MAX];
    va_list    args;
    ngx_str_t  said;

    ngx_http_s3o_note_refusal(r, result, reason);

    va_start(args, fmt);
    p = ngx_vslprintf(text, text + sizeof(text), fmt, args);
    va_end(args);

    ngx_http_s3o_set_reason(&said, text, p);

    ngx_log_error(level, r->connection->log, 0,
                  "s3o_presign: not signed: %V", &said);

    return status;
}


/* the value may be a secret of the configuration, so only the log shows it */

ngx_int_t
ngx_http_s3o_refuse_value(ngx_http_request_t *r, ngx_http_s3o_result_e result,
    const char *directive, const ngx_str_t *value, const char *why)
{
    u_char    *p, text[NGX_HTTP_S3O_REASON_MAX];
    ngx_str_t  reason, shown;

    p = ngx_slprintf(text, text + sizeof(text),
                     "a value of \"%s\" cannot be used: %s", directive, why);

    ngx_http_s3o_set_reason(&reason, text, p);

    return ngx_http_s3o_refuse_apart(r, result,
                                     NGX_HTTP_INTERNAL_SERVER_ERROR,
                                     NGX_LOG_ERR, &reason,
                                     "\"%s\" yields \"%V\": %s", directive,
                                     ngx_http_s3o_shown(&shown, value), why);
}


ngx_str_t *
ngx_http_s3o_shown(ngx_str_t *shown, const ngx_str_t *value)
{
    shown->data = value->data;
    shown->len = ngx_min(value->len, NGX_HTTP_S3O_SHOWN_MAX);

    return shown;
}


/* the text may have bytes of the client, which must not begin new log lines */

static void
ngx_http_s3o_set_reason(ngx_str_t *reason, u_char *text, u_char *last)
{
    u_char  *p;

    for (p = text; p < last; p++) {
        if (s3o_is_control(*p)) {
            *p = '?';
        }
    }

    reason->len = last - text;
    reason->data = text;
}


/*
 * Without memory the request is refused as well, but its answer gives no
 * reason.
 */

static void
ngx_http_s3o_note_refusal(ngx_http_request_t *r, ngx_http_s3o_result_e result,
    ngx_str_t *reason)
{
    ngx_http_s3o_ctx_t      *ctx;
    ngx_http_s3o_refusal_t  *refusal;

    ngx_http_s3o_close_kept_body(r);
    ngx_http_s3o_count_refusal(r, result);

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL) {
        return;
    }

    ctx->result = result;
    ctx->authorized = 0;

    refusal = ngx_palloc(r->pool,
                         sizeof(ngx_http_s3o_refusal_t) + reason->len);

    if (refusal) {
        refusal->reason.len = reason->len;
        refusal->reason.data = (u_char *) refusal
                               + sizeof(ngx_http_s3o_refusal_t);
        refusal->page = NULL;

        ngx_memcpy(refusal->reason.data, reason->data, reason->len);
    }

    ctx->refusal = refusal;
}


void
ngx_http_s3o_count_refusal(ngx_http_request_t *r, ngx_http_s3o_result_e result)
{
    ngx_http_s3o_ctx_t        *ctx;
    ngx_http_s3o_target_t     *target;
    ngx_http_s3o_loc_conf_t   *conf;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);
    conf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);
    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    /* many requests are refused before their access point is known */

    target = ctx && ctx->target ? ctx->target : conf->target;

    ngx_http_s3o_store_count(&smcf->store,
                             ngx_http_s3o_refusal_counter(result));
    ngx_http_s3o_tally_refused(&smcf->store,
                               target ? &target->counted : NULL);
}
