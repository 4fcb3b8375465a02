
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_sts.h"
#include "s3o_text.h"
#include "s3o_time.h"
#include "s3o_target.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_session.h"
#include "ngx_http_s3o_skew.h"
#include "ngx_http_s3o_store.h"
#include "ngx_http_s3o_sts_form.h"
#include "ngx_http_s3o_tunnel.h"
#include "ngx_http_s3o_xml.h"


#define NGX_HTTP_S3O_STS_DURATION      3600
#define NGX_HTTP_S3O_STS_DURATION_MIN  900
#define NGX_HTTP_S3O_STS_DURATION_MAX  43200


static char *ngx_http_s3o_sts_role(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_http_s3o_sts_t *sts);
static char *ngx_http_s3o_sts_duration(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_http_s3o_sts_t *sts);
static char *ngx_http_s3o_sts_endpoint(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_http_s3o_sts_t *sts);
static char *ngx_http_s3o_sts_url(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_http_s3o_sts_t *sts,
    s3o_str_t *suffix, ngx_str_t *url);
static char *ngx_http_s3o_sts_environment(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static void ngx_http_s3o_sts_clock(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f);
static const char *ngx_http_s3o_sts_answer(ngx_http_s3o_fetch_t *f,
    ngx_http_s3o_set_t *set, ngx_str_t *texts);
static const char *ngx_http_s3o_sts_parse(ngx_http_s3o_fetch_t *f,
    ngx_http_s3o_xml_field_t *fields, ngx_str_t *texts);
static const char *ngx_http_s3o_sts_set(ngx_http_s3o_xml_field_t *fields,
    ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_sts_error(ngx_http_s3o_fetch_t *f,
    ngx_str_t *code);


char *
ngx_http_s3o_sts_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts)
{
    source->peer = &sts->peer;

    if (ngx_http_s3o_sts_role(cf, source, sts) != NGX_CONF_OK
        || ngx_http_s3o_session_init(cf, source) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_s3o_sts_endpoint(cf, source, sts);
}


static char *
ngx_http_s3o_sts_role(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts)
{
    size_t      i;
    ngx_str_t  *value;

    value = ngx_http_s3o_source_value(cf, source, "role_arn", "AWS_ROLE_ARN",
                                   NULL);

    if (value == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" needs "
                           "\"role_arn=\", the ARN of a role",
                           &source->provider->name);
        return NGX_CONF_ERROR;
    }

    if (value->len < 20 || value->len > 2048
        || ngx_strncmp(value->data, "arn:", 4) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has invalid "
                           "role_arn \"%V\": expected an ARN such as "
                           "arn:aws:iam::123456789012:role/NAME",
                           &source->provider->name, value);
        return NGX_CONF_ERROR;
    }

    sts->role_arn = *value;

    ngx_str_set(&sts->session_name, "nginx-s3o-presign");

    value = ngx_http_s3o_source_value(cf, source, "session_name",
                                   "AWS_ROLE_SESSION_NAME", NULL);
    if (value) {
        sts->session_name = *value;
    }

    for (i = 0; i < sts->session_name.len; i++) {
        u_char  c = sts->session_name.data[i];

        if (!s3o_is_alnum(c) && !ngx_strchr("_+=,.@-", c)) {
            break;
        }
    }

    if (i < sts->session_name.len || i < 2 || i > 64) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has invalid "
                           "session_name \"%V\": expected 2 to 64 letters, "
                           "digits or _+=,.@-", &source->provider->name,
                           &sts->session_name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_s3o_sts_duration(cf, source, sts);
}


static char *
ngx_http_s3o_sts_duration(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts)
{
    time_t      duration;
    ngx_str_t  *value;

    sts->duration = NGX_HTTP_S3O_STS_DURATION;

    value = ngx_http_s3o_source_param(source, "duration");

    if (value) {
        duration = ngx_parse_time(value, 1);

        if (duration < NGX_HTTP_S3O_STS_DURATION_MIN
            || duration > NGX_HTTP_S3O_STS_DURATION_MAX)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials %V\" has invalid "
                               "duration \"%V\": expected a time from 15m to "
                               "12h", &source->provider->name, value);
            return NGX_CONF_ERROR;
        }

        sts->duration = duration;
    }

    if (source->renew >= (time_t) sts->duration) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has invalid renew "
                           "\"%V\": expected less than the duration of a "
                           "session, %ui s", &source->provider->name,
                           ngx_http_s3o_source_param(source, "renew"),
                           sts->duration);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * Sets the endpoint: the one that is configured, or that of the region.  The
 * region is also the one in signatures of AssumeRole.
 */

static char *
ngx_http_s3o_sts_endpoint(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts)
{
    s3o_str_t   name, suffix;
    ngx_str_t   url, path, *value;

    value = ngx_http_s3o_source_value(cf, source, "region", "AWS_REGION",
                                   "AWS_DEFAULT_REGION");
    if (value == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" needs \"region=\", "
                           "the region of STS, or AWS_REGION in the "
                           "environment of the master process",
                           &source->provider->name);
        return NGX_CONF_ERROR;
    }

    sts->region = *value;
    s3o_str_set(&name, sts->region.data, sts->region.len);

    if (s3o_target_suffix(&name, &suffix) != S3O_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has invalid region "
                           "\"%V\": expected one such as us-west-2",
                           &source->provider->name, value);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_sts_url(cf, source, sts, &suffix, &url) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_peer_init(cf, &sts->peer, "sts_endpoint", &url,
                               ngx_http_s3o_source_value(cf, source,
                                                      "trusted_certificate",
                                                      "AWS_CA_BUNDLE", NULL),
                               &path)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (sts->peer.ssl == NULL
        || path.len > 1
        || (path.len == 1 && path.data[0] != '/'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has invalid "
                           "sts_endpoint \"%V\": expected https://host[:port]",
                           &source->provider->name, &url);
        return NGX_CONF_ERROR;
    }

    return ngx_http_s3o_tunnel_init(cf, source, &sts->peer);
}


static char *
ngx_http_s3o_sts_url(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts, s3o_str_t *suffix, ngx_str_t *url)
{
    u_char     *p;
    ngx_str_t  *endpoint;

    endpoint = ngx_http_s3o_source_value(cf, source, "sts_endpoint",
                                      "AWS_ENDPOINT_URL_STS",
                                      "AWS_ENDPOINT_URL");

    if (endpoint == NULL
        && ngx_http_s3o_sts_environment(cf, source) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (endpoint) {
        *url = *endpoint;

    } else {
        p = ngx_pnalloc(cf->pool, sizeof("https://sts..") + sts->region.len
                                  + suffix->len);
        if (p == NULL) {
            return NGX_CONF_ERROR;
        }

        url->data = p;
        url->len = ngx_sprintf(p, "https://sts.%V.%*s", &sts->region,
                               suffix->len, suffix->data)
                   - p;
    }

    return NGX_CONF_OK;
}


/*
 * refuses variables that make SDKs use endpoints which this module does not
 * know
 */

static char *
ngx_http_s3o_sts_environment(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    char        *value;
    ngx_uint_t   i;

    static const char *const  refused[][2] = {
        { "AWS_USE_FIPS_ENDPOINT", "true" },
        { "AWS_USE_DUALSTACK_ENDPOINT", "true" },
        { "AWS_STS_REGIONAL_ENDPOINTS", "legacy" }
    };

    for (i = 0; i < 3; i++) {
        value = ngx_http_s3o_env(refused[i][0]);

        if (value
            && ngx_strcasecmp((u_char *) value, (u_char *) refused[i][1])
               == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials %V\": %s=%s in the "
                               "environment is not supported: name the "
                               "endpoint with \"sts_endpoint=\"",
                               &source->provider->name, refused[i][0],
                               refused[i][1]);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_s3o_sts_form(ngx_pool_t *pool, ngx_http_s3o_source_t *source,
    ngx_http_s3o_sts_t *sts, const char *action, ngx_array_t *fields)
{
    u_char     *seconds;
    ngx_str_t   name, duration;

    static ngx_str_t  version = ngx_string("2011-06-15");

    seconds = ngx_pnalloc(pool, NGX_INT_T_LEN);

    if (seconds == NULL
        || ngx_array_init(fields, pool, 8, sizeof(ngx_keyval_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    name.data = (u_char *) action;
    name.len = ngx_strlen(action);

    duration.data = seconds;
    duration.len = ngx_sprintf(seconds, "%ui", sts->duration) - seconds;

    if (ngx_http_s3o_sts_field(fields, "Action", &name) != NGX_OK
        || ngx_http_s3o_sts_field(fields, "Version", &version) != NGX_OK
        || ngx_http_s3o_sts_field(fields, "RoleArn", &sts->role_arn) != NGX_OK
        || ngx_http_s3o_sts_field(fields, "RoleSessionName",
                                  &sts->session_name)
           != NGX_OK
        || ngx_http_s3o_sts_field(fields, "DurationSeconds", &duration)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_s3o_session_fields(pool, source, fields);
}


void
ngx_http_s3o_sts_handler(ngx_http_s3o_fetch_t *f)
{
    ngx_str_t               texts;
    const char             *why;
    ngx_http_s3o_set_t      set;
    ngx_http_s3o_source_t  *source;

    source = f->data;
    source->fetch = NULL;

    ngx_memzero(&set, sizeof(ngx_http_s3o_set_t));
    ngx_str_null(&texts);

    why = f->error;

    if (why == NULL) {
        ngx_http_s3o_sts_clock(source, f);

        why = ngx_http_s3o_sts_answer(f, &set, &texts);
    }

    ngx_http_s3o_refresh_done(source, &set, f->log, f->err, why);

    ngx_explicit_memzero(texts.data, texts.len);
}


/* called for refusals, too: a wrong clock may be the reason */

static void
ngx_http_s3o_sts_clock(ngx_http_s3o_source_t *source, ngx_http_s3o_fetch_t *f)
{
    s3o_str_t         value;

    static s3o_str_t  name = s3o_string("date");

    if (s3o_http_header(f->buf, f->received, &name, &value) == S3O_OK) {
        ngx_http_s3o_skew_check(&source->slot->skew, f->log, value.data,
                                value.len, "STS");
    }
}


static const char *
ngx_http_s3o_sts_answer(ngx_http_s3o_fetch_t *f, ngx_http_s3o_set_t *set,
    ngx_str_t *texts)
{
    const char                *why;

    ngx_http_s3o_xml_field_t   fields[] = {
        { "Credentials", "AccessKeyId", ngx_null_string, 0 },
        { "Credentials", "SecretAccessKey", ngx_null_string, 0 },
        { "Credentials", "SessionToken", ngx_null_string, 0 },
        { "Credentials", "Expiration", ngx_null_string, 0 },
        { "Error", "Code", ngx_null_string, 0 },
        { NULL, NULL, ngx_null_string, 0 }
    };

    why = ngx_http_s3o_sts_parse(f, fields, texts);

    if (f->response.status != 200) {
        return ngx_http_s3o_sts_error(f, &fields[4].text);
    }

    return why ? why : ngx_http_s3o_sts_set(fields, set);
}


static const char *
ngx_http_s3o_sts_parse(ngx_http_s3o_fetch_t *f,
    ngx_http_s3o_xml_field_t *fields, ngx_str_t *texts)
{
    size_t               len;
    const char          *why;
    ngx_http_s3o_xml_t  *xml;

    /*
     * texts become UTF-8, which may be longer than the encoding of the answer
     */

    len = 2 * f->response.body.len;

    texts->data = ngx_pnalloc(f->pool, len + 1);
    if (texts->data == NULL) {
        return "no memory";
    }

    texts->len = len;

    xml = ngx_http_s3o_xml_create(fields, texts->data, len);
    if (xml == NULL) {
        return "no memory";
    }

    why = ngx_http_s3o_xml_parse(xml, f->response.body.data,
                                 f->response.body.len, 1);

    ngx_http_s3o_xml_free(xml);

    return why ? ngx_http_s3o_fetch_why(f, "the XML of the answer is "
                                        "refused: %s", why)
               : NULL;
}


static const char *
ngx_http_s3o_sts_set(ngx_http_s3o_xml_field_t *fields, ngx_http_s3o_set_t *set)
{
    int64_t     t;
    ngx_uint_t  i;

    for (i = 0; i < 4; i++) {
        if (fields[i].count != 1 || fields[i].text.data == NULL) {
            return "the answer lacks a field of the credentials";
        }
    }

    set->access_key_id = fields[0].text;
    set->secret_access_key = fields[1].text;
    set->session_token = fields[2].text;

    if (set->session_token.len == 0) {
        return "the answer lacks a field of the credentials";
    }

    if (s3o_time_parse_rfc3339(fields[3].text.data, fields[3].text.len, &t)
        != S3O_OK)
    {
        return "the answer's expiration is not a time";
    }

    set->expires = t > 0 ? t : 1;

    return NULL;
}


/* only the code of the error is shown, as its message may quote the request */

static const char *
ngx_http_s3o_sts_error(ngx_http_s3o_fetch_t *f, ngx_str_t *code)
{
    size_t  i;

    for (i = 0; i < code->len; i++) {
        if (!s3o_is_visible(code->data[i])) {
            break;
        }
    }

    if (code->data && i && i == code->len && i < 64) {
        return ngx_http_s3o_fetch_why(f, "STS answers %ui \"%V\"",
                                      f->response.status, code);
    }

    return ngx_http_s3o_fetch_why(f, "STS answers %ui", f->response.status);
}
