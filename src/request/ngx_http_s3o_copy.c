
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The source of a copy.  The Outpost reads the source as a GET would read it,
 * so the source must be an object that a GET in the same location could read.
 */


#include "ngx_http_s3o_copy.h"
#include "s3o_copy.h"
#include "s3o_policy_key.h"
#include "ngx_http_s3o_key.h"
#include "ngx_http_s3o_refuse.h"


static ngx_int_t ngx_http_s3o_copy_allowed(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_copy_t *copy);
static ngx_int_t ngx_http_s3o_copy_key(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_copy_t *copy);
static ngx_int_t ngx_http_s3o_copy_uri(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_copy_t *copy, ngx_str_t *uri);
static ngx_int_t ngx_http_s3o_copy_as_get(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_str_t *uri, ngx_str_t *key);
static ngx_http_core_loc_conf_t *ngx_http_s3o_copy_location(
    ngx_http_request_t *r, ngx_str_t *uri);
static ngx_uint_t ngx_http_s3o_find_location(ngx_http_core_loc_conf_t *outer,
    ngx_str_t *uri, ngx_http_core_loc_conf_t **found);
static ngx_uint_t ngx_http_s3o_find_static(ngx_http_core_loc_conf_t *outer,
    ngx_str_t uri, ngx_http_core_loc_conf_t **found);
static ngx_int_t ngx_http_s3o_copy_write(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_copy_t *copy, s3o_str_t *access_point);
static ngx_int_t ngx_http_s3o_copy_refuse(ngx_http_request_t *r,
    const char *reason);


ngx_int_t
ngx_http_s3o_check_copy_source(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *source)
{
    u_char             *buf;
    ngx_int_t           rc;
    ngx_str_t           access_point;
    s3o_str_t           value;
    s3o_copy_t          copy;
    s3o_copy_conf_t     conf;
    s3o_copy_error_e    err;

    if (ngx_http_complex_value(r, ctx->conf->access_point, &access_point)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    buf = ngx_pnalloc(r->pool, source->len + 1);
    if (buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    conf.access_point = ngx_http_s3o_str(&access_point);
    conf.names = ctx->conf->copy->elts;
    conf.nnames = ctx->conf->copy->nelts;

    value = ngx_http_s3o_str(source);
    err = s3o_copy_parse(&copy, &value, &conf, buf);

    if (err == S3O_COPY_BUCKET) {
        return ngx_http_s3o_copy_refuse(r, s3o_copy_strerror(err));
    }

    if (err != S3O_COPY_OK) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "\"x-amz-copy-source\" %s",
                                   s3o_copy_strerror(err));
    }

    rc = ngx_http_s3o_copy_allowed(r, ctx, &copy);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_s3o_copy_key(r, ctx, &copy);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_s3o_copy_write(r, ctx, &copy, &conf.access_point);
}


/*
 * Checks that the request is a copy, that the location allows GET, and that a
 * GET there could ask for the version of the source.
 */

static ngx_int_t
ngx_http_s3o_copy_allowed(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_copy_t *copy)
{
    s3o_str_t             *arg;
    ngx_uint_t             i;
    ngx_http_s3o_pair_t   *param;

    if (ctx->method_bit != S3O_METHOD_PUT
        || (ctx->operation != S3O_OP_OBJECT
            && ctx->operation != S3O_OP_UPLOAD_PART))
    {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "\"x-amz-copy-source\" is "
                                   "only for PUT of an object or of a part");
    }

    if (!(ctx->conf->methods & S3O_METHOD_GET)) {
        return ngx_http_s3o_copy_refuse(r, "names an object to read, but GET "
                                        "is not in \"s3o_presign_methods\"");
    }

    /* every GET reads the version of "s3o_presign_param", a copy would not */

    if (ctx->conf->params) {
        param = ctx->conf->params->elts;

        for (i = 0; i < ctx->conf->params->nelts; i++) {
            if (ngx_strcmp(param[i].name.data, "versionId") == 0) {
                return ngx_http_s3o_copy_refuse(r, "would not get the "
                                                "\"versionId\" of "
                                                "\"s3o_presign_param\"");
            }
        }
    }

    if (copy->version.len == 0) {
        return NGX_OK;
    }

    if (ctx->conf->args) {
        arg = ctx->conf->args->elts;

        for (i = 0; i < ctx->conf->args->nelts; i++) {
            if (s3o_str_is(&arg[i], "versionId")) {
                return NGX_OK;
            }
        }
    }

    return ngx_http_s3o_copy_refuse(r, "has a \"versionId\", which is not in "
                                    "\"s3o_presign_args\"");
}


/*
 * Sets copy->key to the key that a GET for the source would be signed with.
 *
 * With "s3o_presign_key" that key is the value of its expression for the path
 * of the source.  The expression is evaluated for that path, and must put the
 * same text before the path of the source as before the path of this request.
 * In that evaluation all variables start empty, so values that only earlier
 * phases have set are missing, and a copy that depends on such a value is
 * refused.
 */

static ngx_int_t
ngx_http_s3o_copy_key(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_copy_t *copy)
{
    ngx_int_t        rc;
    ngx_str_t        uri, path, key;
    s3o_str_t        get;
    s3o_uint_t       plain;
    s3o_key_error_e  err;

    rc = ngx_http_s3o_copy_uri(r, ctx, copy, &uri);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ctx->conf->key) {
        rc = ngx_http_s3o_copy_as_get(r, ctx, &uri, &key);

        if (rc != NGX_OK) {
            return rc;
        }

        ngx_http_s3o_location_path(r, ctx->conf, &path);

        if (ctx->key.len < path.len
            || key.len != ctx->key.len - path.len + copy->key.len
            || ngx_memcmp(ctx->key.data + ctx->key.len - path.len, path.data,
                          path.len) != 0
            || ngx_memcmp(key.data, ctx->key.data, ctx->key.len - path.len)
               != 0
            || ngx_memcmp(key.data + ctx->key.len - path.len, copy->key.data,
                          copy->key.len) != 0)
        {
            return ngx_http_s3o_copy_refuse(r, "cannot be checked: "
                                            "\"s3o_presign_key\" does not put "
                                            "the same text before the path of "
                                            "the source and of the copy");
        }

        copy->key = ngx_http_s3o_str(&key);
    }

    get = copy->key;
    err = s3o_policy_key(&get, &plain);

    if (err != S3O_KEY_OK) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "\"x-amz-copy-source\": %s",
                                   s3o_policy_key_strerror(err));
    }

    return NGX_OK;
}


/*
 * Sets "uri" to the path of a GET for the source: the location's prefix and
 * the key of the source.  The copy is refused unless nginx would route that
 * GET to this same location, without a rewrite.
 */

static ngx_int_t
ngx_http_s3o_copy_uri(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_copy_t *copy, ngx_str_t *uri)
{
    u_char                     *p;
    size_t                      i;
    s3o_str_t                   key;
    s3o_uint_t                  plain;
    s3o_key_error_e             err;
    ngx_http_core_srv_conf_t   *cscf;
    ngx_http_core_loc_conf_t   *clcf;

    key = copy->key;
    err = s3o_policy_key(&key, &plain);

    if (err != S3O_KEY_OK) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_KEY,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "\"x-amz-copy-source\": %s",
                                   s3o_policy_key_strerror(err));
    }

    uri->len = ctx->conf->prefix.len + key.len;
    uri->data = ngx_pnalloc(r->pool, uri->len);
    if (uri->data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_cpymem(uri->data, ctx->conf->prefix.data, ctx->conf->prefix.len);
    ngx_memcpy(p, key.data, key.len);

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    for (i = 1; cscf->merge_slashes && i < uri->len; i++) {
        if (uri->data[i] == '/' && uri->data[i - 1] == '/') {
            return ngx_http_s3o_copy_refuse(r, "has \"//\" in its key, which "
                                            "no GET can have with "
                                            "\"merge_slashes\"");
        }
    }

    clcf = ngx_http_s3o_copy_location(r, uri);

    if (clcf == NULL
        || (clcf->loc_conf != r->loc_conf
            && clcf->limit_except_loc_conf != r->loc_conf)
        || (clcf->limit_except & NGX_HTTP_GET)
        || r->internal
        || r->uri_changes != NGX_HTTP_MAX_URI_CHANGES + 1)
    {
        return ngx_http_s3o_copy_refuse(r, "is not an object that a GET would "
                                        "read in this location");
    }

    return NGX_OK;
}


/*
 * Sets "key" to the value of "s3o_presign_key" for a GET of "uri": evaluates
 * it for a copy of the request that has this method and this path, and no
 * variables yet.
 */

static ngx_int_t
ngx_http_s3o_copy_as_get(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *uri, ngx_str_t *key)
{
    void                       **modules;
    ngx_http_request_t          *get;
    ngx_http_core_main_conf_t   *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    get = ngx_palloc(r->pool, sizeof(ngx_http_request_t));
    modules = ngx_palloc(r->pool, ngx_http_max_module * sizeof(void *));

    if (get == NULL || modules == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *get = *r;
    ngx_memcpy(modules, r->ctx, ngx_http_max_module * sizeof(void *));

    get->ctx = modules;
    get->method = NGX_HTTP_GET;
    ngx_str_set(&get->method_name, "GET");
    get->uri = *uri;
    get->unparsed_uri = *uri;

#if (NGX_PCRE)
    get->captures = NULL;
    get->ncaptures = 0;
    ngx_str_null(&get->exten);
#endif

    get->variables = ngx_pcalloc(r->pool, cmcf->variables.nelts
                                          * sizeof(ngx_http_variable_value_t));
    if (get->variables == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_complex_value(get, ctx->conf->key, key) == NGX_OK
           ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_http_core_loc_conf_t *
ngx_http_s3o_copy_location(ngx_http_request_t *r, ngx_str_t *uri)
{
    ngx_http_core_loc_conf_t  *found;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    found = NULL;

    (void) ngx_http_s3o_find_location(
               cscf->ctx->loc_conf[ngx_http_core_module.ctx_index], uri,
               &found);

    return found;
}


/*
 * Sets *found to the location that nginx would choose for a URI below
 * "outer", as ngx_http_core_find_location() does: the longest prefix, then
 * within that prefix or beside it the first regular expression that matches.
 * Returns 1 when the locations outside of "outer" cannot change the choice
 * any more.
 */

static ngx_uint_t
ngx_http_s3o_find_location(ngx_http_core_loc_conf_t *outer, ngx_str_t *uri,
    ngx_http_core_loc_conf_t **found)
{
    ngx_uint_t                  final;
    ngx_http_core_loc_conf_t   *here;
#if (NGX_PCRE)
    ngx_uint_t                  noregex;
    ngx_http_core_loc_conf_t  **regex;

    noregex = 0;
#endif

    here = NULL;
    final = ngx_http_s3o_find_static(outer, *uri, &here);

    if (final || here) {
        *found = here;
    }

    if (final) {
        return 1;
    }

    if (here) {
#if (NGX_PCRE)
        noregex = here->noregex;
#endif
        if (ngx_http_s3o_find_location(here, uri, found)) {
            return 1;
        }
    }

#if (NGX_PCRE)

    if (noregex || outer->regex_locations == NULL) {
        return 0;
    }

    for (regex = outer->regex_locations; *regex; regex++) {

        if (ngx_regex_exec((*regex)->regex->regex, uri, NULL, 0)
            == NGX_REGEX_NO_MATCHED)
        {
            continue;
        }

        *found = *regex;
        (void) ngx_http_s3o_find_location(*regex, uri, found);

        return 1;
    }

#endif

    return 0;
}


/*
 * Sets *found to the location with the longest prefix of "uri" among those of
 * "outer".  In nginx's tree the name of a node continues the names above it.
 * Returns 1 when the choice is final: for an exact match, and for a URI that
 * nginx redirects to the same URI with a "/" at its end; then *found is NULL.
 */

static ngx_uint_t
ngx_http_s3o_find_static(ngx_http_core_loc_conf_t *outer, ngx_str_t uri,
    ngx_http_core_loc_conf_t **found)
{
    size_t                          n;
    ngx_int_t                       rc;
    ngx_uint_t                      redirect;
    ngx_http_location_tree_node_t  *node;

    redirect = 0;
    node = outer->static_locations;

    while (node) {
        n = ngx_min(uri.len, (size_t) node->len);
        rc = ngx_filename_cmp(uri.data, node->name, n);

        if (rc == 0 && uri.len == node->len && node->exact) {
            *found = node->exact;
            return 1;
        }

        if (rc == 0 && uri.len >= node->len && node->inclusive) {
            *found = node->inclusive;
            redirect = 0;

            if (uri.len == node->len) {
                break;
            }

            uri.data += n;
            uri.len -= n;
            node = node->tree;
            continue;
        }

        if (rc == 0 && uri.len < node->len) {
            redirect |= uri.len + 1 == node->len && node->auto_redirect;
            rc = -1;
        }

        node = rc < 0 ? node->left : node->right;
    }

    if (redirect) {
        *found = NULL;
    }

    return redirect;
}


static ngx_int_t
ngx_http_s3o_copy_write(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_copy_t *copy, s3o_str_t *access_point)
{
    size_t                  size;
    s3o_buf_t               b;
    s3o_str_t               host;
    ngx_http_s3o_copied_t  *copied;

    s3o_str_set(&host, NULL, 0);

    if (ctx->conf->endpoint.len) {
        host = ngx_http_s3o_str(&ctx->target->host);
    }

    size = sizeof("x-amz-copy-source: " CRLF)
           + s3o_copy_len(copy, access_point, &host);

    copied = ngx_palloc(r->pool, sizeof(ngx_http_s3o_copied_t) + size);
    if (copied == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    copied->line.data = (u_char *) copied + sizeof(ngx_http_s3o_copied_t);

    s3o_buf_init(&b, copied->line.data, size);
    s3o_buf_put_literal(&b, "x-amz-copy-source: ");

    copied->source.data = b.pos;

    s3o_copy_write(&b, copy, access_point, &host);

    copied->source.len = b.pos - copied->source.data;

    s3o_buf_put_literal(&b, CRLF);

    copied->line.len = b.pos - b.start;

    ctx->copied = copied;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_copy_refuse(ngx_http_request_t *r, const char *reason)
{
    return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                               NGX_HTTP_NOT_IMPLEMENTED,
                               NGX_LOG_INFO, "\"x-amz-copy-source\" %s",
                               reason);
}
