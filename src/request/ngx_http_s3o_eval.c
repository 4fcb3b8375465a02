
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The values of directives with variables.  nginx uses an empty string for a
 * variable that could not be computed, and the request would be signed for
 * another key.  So this module lets the request fail.
 */


#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


/* how many of our variables have failed, in all requests of this process */

static ngx_uint_t  ngx_http_s3o_failures;

/* how many values of our directives are being computed, one within another */

static ngx_uint_t  ngx_http_s3o_evaluating;

/*
 * The variable, among those of the value being computed, whose own value must
 * not be used; "fault" says why, and is NULL when there is no such variable.
 */

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

    /* "map" hides the failure of a variable in it, so failures are counted */

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
 * Computes a value.  Reads each of its variables first, because
 * ngx_http_complex_value() does not tell that one has failed.  A variable
 * that is not cached is computed a second time for the value; the third
 * reading shows whether that has failed.
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


/* how many of the variables of a value are set; NGX_ERROR: one has failed */

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
 * When another module's directive reads the variable, such as "set", that
 * module would go on without the value.  An error of the connection makes
 * nginx send and sign nothing more; it takes no memory, of which there may be
 * none.
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
     * "set" may make a key with this value, and an empty value would name
     * another folder.  NGX_ERROR would not help, as nginx remembers a
     * variable that has failed as an empty one.
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
 * Refuses the request for the value in ngx_http_s3o_unfit, unless the request
 * was refused before or has its answer: the access log may read
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
