
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The values of directives.  nginx takes a variable that could not be computed
 * for an empty one, and another key would be signed.  Here the request fails.
 */


#include "ngx_http_s3o_eval.h"


/* how many of our variables have failed in this process, of any request */

static ngx_uint_t  ngx_http_s3o_failures;

/* the values of our directives that are being computed */

static ngx_uint_t  ngx_http_s3o_evaluating;


static ngx_int_t ngx_http_s3o_eval_run(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value);
static ngx_int_t ngx_http_s3o_eval_count(ngx_http_request_t *r,
    ngx_uint_t *index);


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

    ngx_http_s3o_evaluating++;
    rc = ngx_http_s3o_eval_run(r, cv, value);
    ngx_http_s3o_evaluating--;

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
