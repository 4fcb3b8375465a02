
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The values of directives.  nginx takes a variable that could not be computed
 * for an empty one, and another key would be signed.  Here the request fails.
 */


#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


/* how many of our variables have failed in this process, of any request */

static ngx_uint_t  ngx_http_s3o_failures;

/* the values of our directives that are being computed */

static ngx_uint_t  ngx_http_s3o_evaluating;

/* the variable in them whose value must not be used; fault: NULL without */

static struct {
    ngx_str_t    name;
    const char  *fault;
} ngx_http_s3o_unfit;


static ngx_int_t ngx_http_s3o_eval_run(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_eval_count(ngx_http_request_t *r,
    ngx_uint_t *index);
static void ngx_http_s3o_eval_unfit(ngx_http_request_t *r);


ngx_int_t
ngx_http_s3o_eval(ngx_http_request_t *r, ngx_http_complex_value_t *cv,
    ngx_str_t *value)
{
    ngx_int_t   rc;
    ngx_uint_t  failures;

    if (cv->lengths == NULL) {
        *value = cv->value;
        return NGX_OK;
    }

    /* one that fails may be hidden in the middle of a "map" */

    failures = ngx_http_s3o_failures;

    if (ngx_http_s3o_evaluating++ == 0) {
        ngx_http_s3o_unfit.fault = NULL;
    }

    rc = ngx_http_s3o_eval_run(r, cv, value);
    ngx_http_s3o_evaluating--;

    if (ngx_http_s3o_unfit.fault) {
        ngx_http_s3o_eval_unfit(r);
        return NGX_ERROR;
    }

    if (rc == NGX_OK && failures == ngx_http_s3o_failures) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                  "s3o_presign: not signed: a variable could not be computed");

    return NGX_ERROR;
}


/*
 * Asks for each variable before, as then it can be told that one has failed;
 * what is not cached is computed once more for the value itself, and must not
 * be missing there.
 */

static ngx_int_t
ngx_http_s3o_eval_run(ngx_http_request_t *r, ngx_http_complex_value_t *cv,
    ngx_str_t *value)
{
    ngx_int_t  found;

    ngx_http_script_flush_complex_value(r, cv);

    found = ngx_http_s3o_eval_count(r, cv->flushes);

    if (found == NGX_ERROR || ngx_http_complex_value(r, cv, value) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_eval_count(r, cv->flushes) == found ? NGX_OK
                                                            : NGX_ERROR;
}


/* how many of the variables of a value there are; NGX_ERROR: one has failed */

static ngx_int_t
ngx_http_s3o_eval_count(ngx_http_request_t *r, ngx_uint_t *index)
{
    ngx_int_t                   n;
    ngx_http_variable_value_t  *v;

    n = 0;

    for ( /* void */ ; index && *index != (ngx_uint_t) -1; index++) {
        v = ngx_http_get_indexed_variable(r, *index);

        if (v == NULL) {
            return NGX_ERROR;
        }

        n += !v->not_found;
    }

    return n;
}


/*
 * Where another module's directive asks, such as "set", nothing more is sent
 * to the client, and nothing is signed; there might be no memory to note it
 * anywhere else.
 */

ngx_int_t
ngx_http_s3o_variable_failed(ngx_http_request_t *r)
{
    ngx_http_s3o_failures++;

    if (ngx_http_s3o_evaluating == 0 && !r->header_sent) {
        r->connection->error = 1;
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_http_s3o_variable_unfit(ngx_http_variable_value_t *v,
    const ngx_str_t *name, const char *fault)
{
    ngx_http_s3o_unfit.name = *name;
    ngx_http_s3o_unfit.fault = fault;

    /*
     * "set" may make a key of it, where no value at all would be another
     * folder; and nginx remembers variables that have failed as empty ones
     */

    v->data = (u_char *) "\x7f";
    v->len = 1;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_variable_without(ngx_http_request_t *r,
    ngx_http_variable_value_t *v)
{
    if (ngx_http_s3o_unfit.fault) {
        return ngx_http_s3o_variable_unfit(v, &ngx_http_s3o_unfit.name,
                                           ngx_http_s3o_unfit.fault);
    }

    return ngx_http_s3o_variable_failed(r);
}


/*
 * A request that has been refused is not refused again: a log asks for
 * $s3o_presign_key, too.
 */

static void
ngx_http_s3o_eval_unfit(ngx_http_request_t *r)
{
    ngx_str_t            reason;
    ngx_http_s3o_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_s3o_presign_module);

    if (ctx == NULL
        || r->header_sent
        || (ctx->result != NGX_HTTP_S3O_RESULT_NONE
            && ctx->result != NGX_HTTP_S3O_RESULT_SIGNED))
    {
        return;
    }

    ngx_str_set(&reason, "a value is not one segment of a path");

    (void) ngx_http_s3o_refuse_apart(r, NGX_HTTP_S3O_RESULT_REQUIRE,
                                     NGX_HTTP_FORBIDDEN, NGX_LOG_INFO,
                                     &reason,
                                     "\"$%V\" %s and cannot be one segment "
                                     "of a path", &ngx_http_s3o_unfit.name,
                                     ngx_http_s3o_unfit.fault);
}
