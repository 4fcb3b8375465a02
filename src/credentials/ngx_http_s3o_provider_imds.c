
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The credentials of an EC2 instance's role, from its metadata service.  Only
 * IMDSv2 is used: first a token is asked for, then the name of the role, unless
 * the configuration has it, then the credentials.  The helper of IAM Roles
 * Anywhere answers the same requests at another endpoint.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_provider_imds.h"
#include "s3o_text.h"
#include "ngx_http_s3o_ask.h"
#include "ngx_http_s3o_fetch.h"
#include "ngx_http_s3o_json.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_peer.h"
#include "ngx_http_s3o_refresh.h"


#define NGX_HTTP_S3O_IMDS_TOKEN_URI  "/latest/api/token"
#define NGX_HTTP_S3O_IMDS_ROLE_URI                                           \
    "/latest/meta-data/iam/security-credentials/"

#define NGX_HTTP_S3O_IMDS_TEXT_MAX   1024


typedef struct ngx_http_s3o_imds_s  ngx_http_s3o_imds_t;

typedef ngx_int_t (*ngx_http_s3o_imds_pt)(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f);


struct ngx_http_s3o_imds_s {
    ngx_http_s3o_peer_t     peer;
    ngx_str_t               role;          /* configured, or empty */

    /* of the current fetch */

    ngx_msec_t              until;
    ngx_http_s3o_imds_pt    step;
    ngx_uint_t              again;         /* 1: second try, after a 401 */
    size_t                  token_len;
    size_t                  name_len;
    u_char                  token[NGX_HTTP_S3O_IMDS_TEXT_MAX];
    u_char                  name[NGX_HTTP_S3O_IMDS_TEXT_MAX];
};


static char *ngx_http_s3o_imds_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static ngx_int_t ngx_http_s3o_imds_endpoint(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *url);
static void ngx_http_s3o_imds_fetch(ngx_http_s3o_source_t *source);
static ngx_int_t ngx_http_s3o_imds_start(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds);
static const char *ngx_http_s3o_imds_token_request(
    ngx_http_s3o_source_t *source, ngx_http_s3o_fetch_t *f);
static void ngx_http_s3o_imds_handler(ngx_http_s3o_fetch_t *f);
static const char *ngx_http_s3o_imds_silence(ngx_http_s3o_imds_t *imds,
    ngx_http_s3o_fetch_t *f);
static ngx_int_t ngx_http_s3o_imds_token(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f);
static ngx_int_t ngx_http_s3o_imds_role(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f);
static ngx_int_t ngx_http_s3o_imds_credentials(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f);
static ngx_int_t ngx_http_s3o_imds_get(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_imds_pt step);
static const char *ngx_http_s3o_imds_get_request(
    ngx_http_s3o_source_t *source, ngx_http_s3o_fetch_t *f);
static void ngx_http_s3o_imds_failed(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f, const char *error);
static ngx_int_t ngx_http_s3o_imds_line(ngx_http_s3o_fetch_t *f, u_char *dst,
    size_t *len);
static ngx_uint_t ngx_http_s3o_imds_name(u_char *p, size_t len);


static const char *const  ngx_http_s3o_imds_params[] = {
    "role",
    "endpoint",
    "renew",
    NULL
};


const ngx_http_s3o_provider_t  ngx_http_s3o_provider_imds = {
    ngx_string("imds"),
    ngx_http_s3o_imds_params,
    ngx_http_s3o_imds_load,
    NULL,
    NULL,
    ngx_http_s3o_imds_fetch
};


static char *
ngx_http_s3o_imds_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    char                 *disabled;
    ngx_str_t             url, path, *role;
    ngx_http_s3o_imds_t  *imds;

    imds = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_imds_t));
    if (imds == NULL) {
        return NGX_CONF_ERROR;
    }

    source->conf = imds;

    disabled = ngx_http_s3o_env("AWS_EC2_METADATA_DISABLED");

    if (disabled && ngx_strcasecmp((u_char *) disabled, (u_char *) "true") == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials imds\" is disabled by "
                           "AWS_EC2_METADATA_DISABLED in the environment");
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_env("AWS_METADATA_SERVICE_TIMEOUT")
        || ngx_http_s3o_env("AWS_METADATA_SERVICE_NUM_ATTEMPTS"))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"s3o_presign_credentials imds\" ignores "
                           "AWS_METADATA_SERVICE_TIMEOUT and "
                           "AWS_METADATA_SERVICE_NUM_ATTEMPTS: its timeouts "
                           "are fixed");
    }

    role = ngx_http_s3o_source_param(source, "role");

    if (role) {
        imds->role = *role;

        if (!ngx_http_s3o_imds_name(role->data, role->len)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials imds\" has invalid "
                               "role \"%V\": expected the name of a role",
                               role);
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_s3o_imds_endpoint(cf, source, &url) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials imds\": "
                           "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither "
                           "IPv4 nor IPv6");
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_peer_init(cf, &imds->peer, "endpoint", &url, NULL, &path)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (path.len > 1 || (path.len == 1 && path.data[0] != '/')) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials imds\" has invalid "
                           "endpoint \"%V\": expected no path", &url);
        return NGX_CONF_ERROR;
    }

    source->peer = &imds->peer;

    return NGX_CONF_OK;
}


/* Sets *url to the parameter, or to what the SDKs use by the environment. */

static ngx_int_t
ngx_http_s3o_imds_endpoint(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *url)
{
    ngx_str_t  *value;

    value = ngx_http_s3o_source_value(cf, source, "endpoint",
                                      "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                      NULL);
    if (value) {
        *url = *value;
        return NGX_OK;
    }

    value = ngx_http_s3o_source_value(cf, source, NULL,
                                      "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                      NULL);

    if (value && ngx_strcasecmp(value->data, (u_char *) "IPv6") == 0) {
        ngx_str_set(url, "http://[fd00:ec2::254]");
        return NGX_OK;
    }

    ngx_str_set(url, "http://169.254.169.254");

    return value == NULL
           || ngx_strcasecmp(value->data, (u_char *) "IPv4") == 0
           ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_s3o_imds_fetch(ngx_http_s3o_source_t *source)
{
    ngx_http_s3o_imds_t *imds = source->conf;

    imds->again = 0;
    imds->until = ngx_current_msec + NGX_HTTP_S3O_FETCH_DEADLINE;

    (void) ngx_http_s3o_imds_start(source, imds);
}


static ngx_int_t
ngx_http_s3o_imds_start(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds)
{
    imds->step = ngx_http_s3o_imds_token;

    return ngx_http_s3o_ask(source, &imds->peer,
                            ngx_http_s3o_imds_token_request,
                            ngx_http_s3o_imds_handler);
}


static const char *
ngx_http_s3o_imds_token_request(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f)
{
    ngx_http_s3o_imds_t *imds = source->conf;

    static ngx_str_t  body = ngx_null_string;
    static ngx_str_t  uri = ngx_string(NGX_HTTP_S3O_IMDS_TOKEN_URI);
    static ngx_str_t  ttl = ngx_string(
                          "x-aws-ec2-metadata-token-ttl-seconds: 21600" CRLF);

    f->until = imds->until;

    return ngx_http_s3o_peer_request(f, "PUT", &uri, &ttl, &body) == NGX_OK
           ? NULL : "no memory";
}


static void
ngx_http_s3o_imds_handler(ngx_http_s3o_fetch_t *f)
{
    ngx_int_t               rc;
    ngx_http_s3o_imds_t    *imds;
    ngx_http_s3o_source_t  *source;

    source = f->data;
    imds = source->conf;

    source->fetch = NULL;

    if (f->error) {
        ngx_http_s3o_imds_failed(source, f,
                                 ngx_http_s3o_imds_silence(imds, f));
        return;
    }

    if (f->response.status == 401
        && imds->step != ngx_http_s3o_imds_token
        && !imds->again)
    {
        /* the token has expired: try once more with a new one */

        imds->again = 1;
        rc = ngx_http_s3o_imds_start(source, imds);

    } else {
        rc = imds->step(source, imds, f);
    }

    if (rc == NGX_ERROR) {
        ngx_explicit_memzero(imds->token, sizeof(imds->token));
    }
}


/*
 * Packets of the answer with the token have a hop limit of their own, which
 * is often 1.  In a container the connection is then made, but no answer
 * arrives.
 */

static const char *
ngx_http_s3o_imds_silence(ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f)
{
    if (imds->step == ngx_http_s3o_imds_token
        && !imds->again
        && f->sent
        && f->received == 0
        && (ngx_strstr(f->error, "timed out")
            || ngx_strstr(f->error, "takes too long")))
    {
        return ngx_http_s3o_fetch_why(f, "%s (in a container the hop limit "
                                      "of the service must be 2 or more)",
                                      f->error);
    }

    return f->error;
}


static ngx_int_t
ngx_http_s3o_imds_token(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f)
{
    if (f->response.status != 200
        || ngx_http_s3o_imds_line(f, imds->token, &imds->token_len) != NGX_OK)
    {
        ngx_http_s3o_imds_failed(source, f, f->response.status == 200
                                 ? "the service gives no token"
                                 : ngx_http_s3o_fetch_why(f,
                                     "the service refuses a token (IMDSv2): "
                                     "it answers %ui", f->response.status));
        return NGX_OK;
    }

    if (imds->role.len) {
        imds->name_len = imds->role.len;
        ngx_memcpy(imds->name, imds->role.data, imds->name_len);

        return ngx_http_s3o_imds_get(source, imds,
                                     ngx_http_s3o_imds_credentials);
    }

    imds->name_len = 0;

    return ngx_http_s3o_imds_get(source, imds, ngx_http_s3o_imds_role);
}


static ngx_int_t
ngx_http_s3o_imds_role(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f)
{
    if (f->response.status == 404) {
        ngx_http_s3o_imds_failed(source, f, "the instance has no role");
        return NGX_OK;
    }

    if (f->response.status != 200
        || ngx_http_s3o_imds_line(f, imds->name, &imds->name_len) != NGX_OK
        || !ngx_http_s3o_imds_name(imds->name, imds->name_len))
    {
        ngx_http_s3o_imds_failed(source, f, f->response.status == 200
                                 ? "the service gives no name of a role"
                                 : ngx_http_s3o_fetch_why(f,
                                     "the service answers %ui",
                                     f->response.status));
        return NGX_OK;
    }

    return ngx_http_s3o_imds_get(source, imds, ngx_http_s3o_imds_credentials);
}


static ngx_int_t
ngx_http_s3o_imds_credentials(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_fetch_t *f)
{
    void                *root;
    ngx_str_t            text;
    const char          *why;
    ngx_http_s3o_set_t   set;

    if (f->response.status != 200) {
        ngx_http_s3o_imds_failed(source, f, f->response.status == 404
                                 ? "the service has no such role"
                                 : ngx_http_s3o_fetch_why(f,
                                     "the service answers %ui",
                                     f->response.status));
        return NGX_OK;
    }

    text.data = f->response.body.data;
    text.len = f->response.body.len;

    root = NULL;
    why = ngx_http_s3o_json_parse(&text, NGX_HTTP_S3O_JSON_IMDS, &set, &root);

    if (why && ngx_http_s3o_json_code(root, &text) == NGX_OK) {
        why = ngx_http_s3o_fetch_why(f, "the service answers with the code "
                                     "\"%V\"", &text);
    }

    ngx_explicit_memzero(imds->token, sizeof(imds->token));

    ngx_http_s3o_refresh_done(source, &set, f->log, 0, why);
    ngx_http_s3o_json_free(root);

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_imds_get(ngx_http_s3o_source_t *source,
    ngx_http_s3o_imds_t *imds, ngx_http_s3o_imds_pt step)
{
    imds->step = step;

    return ngx_http_s3o_ask(source, &imds->peer, ngx_http_s3o_imds_get_request,
                            ngx_http_s3o_imds_handler);
}


static const char *
ngx_http_s3o_imds_get_request(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f)
{
    ngx_http_s3o_imds_t *imds = source->conf;

    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t   uri, token, headers;

    static ngx_str_t  body = ngx_null_string;

    f->until = imds->until;

    p = ngx_pnalloc(f->pool, sizeof(NGX_HTTP_S3O_IMDS_ROLE_URI)
                             + imds->name_len);
    if (p == NULL) {
        return "no memory";
    }

    uri.data = p;
    p = ngx_cpymem(p, NGX_HTTP_S3O_IMDS_ROLE_URI,
                   sizeof(NGX_HTTP_S3O_IMDS_ROLE_URI) - 1);
    p = ngx_cpymem(p, imds->name, imds->name_len);
    uri.len = p - uri.data;

    token.data = imds->token;
    token.len = imds->token_len;

    ngx_str_null(&headers);

    rc = ngx_http_s3o_peer_header(f->pool, &headers,
                                  "x-aws-ec2-metadata-token", &token);

    if (rc == NGX_OK) {
        rc = ngx_http_s3o_peer_request(f, "GET", &uri, &headers, &body);
    }

    ngx_explicit_memzero(headers.data, headers.len);

    return rc == NGX_OK ? NULL : "no memory";
}


static void
ngx_http_s3o_imds_failed(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f, const char *error)
{
    ngx_http_s3o_imds_t *imds = source->conf;

    ngx_explicit_memzero(imds->token, sizeof(imds->token));

    ngx_http_s3o_refresh_done(source, NULL, f->log, f->err, error);
}


/*
 * Copies the first line of the answer, which must be visible ASCII, without
 * the spaces around it.
 */

static ngx_int_t
ngx_http_s3o_imds_line(ngx_http_s3o_fetch_t *f, u_char *dst, size_t *len)
{
    size_t     i;
    s3o_str_t  rest, line;

    rest = f->response.body;
    s3o_trim_of(&rest, s3o_is_space);

    if (!s3o_str_next(&rest, &line, '\n')) {
        return NGX_ERROR;
    }

    s3o_trim_of(&line, s3o_is_space);

    *len = line.len;

    if (*len == 0 || *len > NGX_HTTP_S3O_IMDS_TEXT_MAX) {
        return NGX_ERROR;
    }

    for (i = 0; i < line.len; i++) {

        if (!s3o_is_visible(line.data[i])) {
            return NGX_ERROR;
        }

        dst[i] = line.data[i];
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_imds_name(u_char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (!s3o_is_visible(p[i]) || ngx_strchr("/?#%", p[i])) {
            return 0;
        }
    }

    return len > 0 && len <= NGX_HTTP_S3O_IMDS_TEXT_MAX;
}
