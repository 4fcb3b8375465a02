
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The operation that a request asks for: finds it, checks that the location
 * allows it, and refuses it with a reason when the location does not.
 */


#include "ngx_http_s3o_operation.h"
#include "ngx_http_s3o_key.h"
#include "ngx_http_s3o_push_header.h"
#include "ngx_http_s3o_refuse.h"


static s3o_place_e ngx_http_s3o_place(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
static ngx_uint_t ngx_http_s3o_empty_capture(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
static ngx_int_t ngx_http_s3o_refuse_verdict(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_policy_error_e err, s3o_verdict_t *verdict);
static ngx_int_t ngx_http_s3o_refuse_form(ngx_http_request_t *r,
    s3o_verdict_t *verdict, ngx_str_t *arg);
static const char *ngx_http_s3o_expected(const ngx_str_t *arg);
static const char *ngx_http_s3o_method_of(s3o_operation_e op);
static ngx_int_t ngx_http_s3o_refuse_operation(ngx_http_request_t *r,
    ngx_int_t status, s3o_verdict_t *verdict);


ngx_int_t
ngx_http_s3o_find_operation(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs)
{
    s3o_place_e               place;
    s3o_verdict_t             verdict;
    s3o_policy_error_e        err;
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ctx->conf;

    place = ngx_http_s3o_place(r, ctx);

    err = s3o_policy_operation(&conf->policy, ctx->method_bit, place, args,
                               nargs, &verdict);
    if (err != S3O_POLICY_OK) {
        return ngx_http_s3o_refuse_verdict(r, ctx, err, &verdict);
    }

    ctx->operation = verdict.op;

    if (ctx->parts && verdict.op != S3O_OP_UPLOAD_PART) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "a range in \"partNumber\" is for PUT with "
                                   "\"uploadId\"");
    }

    /* the keys to delete are in the body, where no prefix can confine them */

    if (verdict.op == S3O_OP_DELETE_OBJECTS && ctx->key.len) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO,
                                   "DeleteObjects is for the whole bucket, "
                                   "but the keys of this request must begin "
                                   "with a prefix");
    }

    return NGX_OK;
}


/*
 * Tells whether the request is for the bucket or for an object.  The bucket
 * is meant when nothing follows the location's prefix.  In a regex location
 * the bucket is meant when the key or the last capture is empty.  In an exact
 * location nothing can follow the prefix, so a key that does not end in "/"
 * may name an object, too.
 */

static s3o_place_e
ngx_http_s3o_place(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_str_t                 path;
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ctx->conf;

    if (conf->is_regex) {

        if (!(conf->allowed & S3O_OPS_BUCKET)) {
            return S3O_PLACE_EITHER;
        }

        if (ctx->key.len == 0) {
            return S3O_PLACE_BUCKET;
        }

        if (conf->ncaptures == 0) {
            return S3O_PLACE_EITHER;
        }

        return ngx_http_s3o_empty_capture(r, conf) ? S3O_PLACE_BUCKET
                                                   : S3O_PLACE_KEY;
    }

    path = ctx->key;

    if (conf->key) {
        ngx_http_s3o_location_path(r, conf, &path);
    }

    if (path.len) {
        return S3O_PLACE_KEY;
    }

    if (conf->exact
        && ctx->key.len
        && ctx->key.data[ctx->key.len - 1] != '/')
    {
        return S3O_PLACE_EITHER;
    }

    return S3O_PLACE_BUCKET;
}


/*
 * Returns 1 when the last capture of the location's regex is empty.  Runs the
 * regex again, because r->captures may belong to another regex by now, such
 * as that of a "map" or an "if".
 */

static ngx_uint_t
ngx_http_s3o_empty_capture(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf)
{
#if (NGX_PCRE)

    int         *captures;
    ngx_int_t    rc;
    ngx_uint_t   n, last;

    last = conf->ncaptures;
    n = (last + 1) * 3;

    captures = ngx_palloc(r->pool, n * sizeof(int));
    if (captures == NULL) {
        return 0;
    }

    rc = ngx_regex_exec(conf->regex, &r->uri, captures, n);

    if (rc < 0) {

        /* the URI was rewritten to one that the regex does not match */

        return 0;
    }

    return (ngx_uint_t) rc <= last
           || captures[2 * last] == captures[2 * last + 1];

#else

    return 0;

#endif
}


static ngx_int_t
ngx_http_s3o_refuse_verdict(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_policy_error_e err, s3o_verdict_t *verdict)
{
    ngx_str_t  arg, shown;

    if (verdict->arg) {
        arg = ngx_http_s3o_ngx_str(verdict->arg);

    } else {
        ngx_str_null(&arg);
    }

    switch (err) {

    case S3O_POLICY_METHOD:

        if (ngx_http_s3o_add_header(r, "Allow", &ctx->conf->allow, NULL)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (verdict->wanted > S3O_OP_OBJECT) {
            return ngx_http_s3o_refuse_operation(r, NGX_HTTP_NOT_ALLOWED,
                                                 verdict);
        }

        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_METHOD,
                                   NGX_HTTP_NOT_ALLOWED,
                                   NGX_LOG_INFO, "the method is not allowed: "
                                   "see \"s3o_presign_methods\"");

    case S3O_POLICY_AUTH_ARG:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "the query has the "
                                   "authentication argument \"%V\"",
                                   ngx_http_s3o_shown(&shown, &arg));

    case S3O_POLICY_ABSENT:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_NOT_IMPLEMENTED,
                                   NGX_LOG_INFO, "the argument \"%V\" asks "
                                   "for what S3 on Outposts does not have",
                                   &arg);

    case S3O_POLICY_ARG:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "the argument \"%V\" is not "
                                   "allowed: see \"s3o_presign_args %V\"",
                                   &arg, &arg);

    case S3O_POLICY_OPERATION:
        return ngx_http_s3o_refuse_operation(r, NGX_HTTP_BAD_REQUEST, verdict);

    default: /* S3O_POLICY_FORM */
        return ngx_http_s3o_refuse_form(r, verdict, &arg);
    }
}


/* says which argument is wrong, and what would be right */

static ngx_int_t
ngx_http_s3o_refuse_form(ngx_http_request_t *r, s3o_verdict_t *verdict,
    ngx_str_t *arg)
{
    ngx_str_t  name;

    name = ngx_http_s3o_ngx_str(s3o_policy_operation_name(verdict->near));

    switch (verdict->fault) {

    case S3O_FAULT_VALUE:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "the value of the argument \"%V\" is wrong: "
                                   "expected %s", arg,
                                   ngx_http_s3o_expected(arg));

    case S3O_FAULT_TWICE:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "the argument \"%V\" is there twice",
                                   arg);

    case S3O_FAULT_LACK:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "the argument \"%V\" is of %V, which "
                                   "needs \"%s\", too",
                                   arg, &name, verdict->lack);

    case S3O_FAULT_METHOD:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "the argument \"%V\" is of %V, which has "
                                   "the method %s", arg, &name,
                                   ngx_http_s3o_method_of(verdict->near));

    case S3O_FAULT_PLACE:
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "the argument \"%V\" is of %V, which is "
                                   "of the bucket, and the path names an "
                                   "object", arg, &name);

    default: /* S3O_FAULT_MIX */
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ARGS,
                                   NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                   "the argument \"%V\" does not go with "
                                   "this method and the other arguments",
                                   arg);
    }
}


static const char *
ngx_http_s3o_expected(const ngx_str_t *arg)
{
    if (s3o_str_is(arg, "partNumber")) {
        return "a number from 1 to 10000";
    }

    if (s3o_str_is(arg, "uploadId")) {
        return "the id of an upload";
    }

    return s3o_str_is(arg, "list-type") ? "\"2\"" : "none";
}


static const char *
ngx_http_s3o_method_of(s3o_operation_e op)
{
    switch (s3o_policy_operation_method(op)) {

    case S3O_METHOD_GET:
        return "GET";

    case S3O_METHOD_HEAD:
        return "HEAD";

    case S3O_METHOD_PUT:
        return "PUT";

    case S3O_METHOD_DELETE:
        return "DELETE";

    default: /* S3O_METHOD_POST */
        return "POST";
    }
}


/* the reason names the operation, and the directive that would allow it */

static ngx_int_t
ngx_http_s3o_refuse_operation(ngx_http_request_t *r, ngx_int_t status,
    s3o_verdict_t *verdict)
{
    ngx_str_t               arg, name;
    s3o_uint_t              bit;
    const char             *directive;
    ngx_http_s3o_result_e   result;

    name = ngx_http_s3o_ngx_str(s3o_policy_operation_name(verdict->wanted));
    bit = s3o_policy_bit(verdict->wanted);
    result = status == NGX_HTTP_NOT_ALLOWED ? NGX_HTTP_S3O_RESULT_METHOD
                                            : NGX_HTTP_S3O_RESULT_ARGS;

    if (verdict->arg == NULL) {

        /* a list, which needs none */

        return ngx_http_s3o_refuse(r, result, status, NGX_LOG_INFO,
                                   "a path without a key asks for %V, which "
                                   "is not allowed: see \"s3o_presign_list "
                                   "on\"", &name);
    }

    arg = ngx_http_s3o_ngx_str(verdict->arg);

    directive = bit & S3O_OPS_MULTIPART ? "s3o_presign_multipart"
                : bit & S3O_OPS_LIST ? "s3o_presign_list" : NULL;

    if (directive) {
        return ngx_http_s3o_refuse(r, result, status, NGX_LOG_INFO,
                                   "the argument \"%V\" asks for %V, which is "
                                   "not allowed: see \"%s on\"",
                                   &arg, &name, directive);
    }

    return ngx_http_s3o_refuse(r, result, status, NGX_LOG_INFO,
                               "the argument \"%V\" asks for %V, which is "
                               "not allowed: see \"s3o_presign_operations "
                               "%V\"", &arg, &name, &name);
}
