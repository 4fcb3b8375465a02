
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_profile.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_provider_file.h"
#include "ngx_http_s3o_tunnel.h"
#include "s3o_ini.h"


/* roles from the first profile to the one with the keys, at most */
#define NGX_HTTP_S3O_PROFILE_STEPS  3


typedef struct {
    ngx_conf_t              *cf;
    ngx_array_t             *args;
    ngx_str_t               *path;
    ngx_str_t               *config;
    ngx_str_t               *profile;     /* of the current step */
    ngx_uint_t               step;
} ngx_http_s3o_way_t;


static ngx_int_t ngx_http_s3o_profile_step(ngx_http_s3o_way_t *way,
    ngx_uint_t static_only);
static ngx_int_t ngx_http_s3o_profile_role(ngx_http_s3o_way_t *way,
    ngx_http_s3o_profile_t *p);
static ngx_int_t ngx_http_s3o_profile_base(ngx_http_s3o_way_t *way,
    ngx_http_s3o_profile_t *p);
static ngx_int_t ngx_http_s3o_profile_source(ngx_http_s3o_way_t *way,
    ngx_str_t *name);
static void ngx_http_s3o_profile_merge(ngx_http_s3o_profile_t *p,
    const ngx_http_s3o_profile_t *config);
static ngx_uint_t ngx_http_s3o_profile_is(const ngx_str_t *s,
    const char *word);
static ngx_int_t ngx_http_s3o_profile_refuse(ngx_http_s3o_way_t *way,
    const char *key, const char *why);
static ngx_int_t ngx_http_s3o_profile_arg(ngx_http_s3o_way_t *way,
    const char *name, const ngx_str_t *value, const char *unit);


ngx_int_t
ngx_http_s3o_profile_args(ngx_conf_t *cf, ngx_array_t *args, ngx_str_t *path,
    ngx_str_t *config, ngx_str_t *profile)
{
    ngx_http_s3o_way_t  way;

    way.cf = cf;
    way.args = args;
    way.path = path;
    way.config = config;
    way.profile = profile;
    way.step = 0;

    return ngx_http_s3o_profile_step(&way, 0);
}


/*
 * Appends the arguments that the current profile stands for.  A role goes
 * before keys, as in the SDKs.  "static_only" is 1 for a profile that names
 * itself as the source of its role: then its own keys are meant.
 */

static ngx_int_t
ngx_http_s3o_profile_step(ngx_http_s3o_way_t *way, ngx_uint_t static_only)
{
    ngx_int_t               rc, rc2;
    ngx_http_s3o_profile_t  p, c;

    static ngx_str_t  file = ngx_string("file");
    static ngx_str_t  config = ngx_string("config");
    static ngx_str_t  ignore = ngx_string("ignore");

    rc = ngx_http_s3o_file_lookup(way->cf, way->path, S3O_INI_CREDENTIALS,
                                  way->profile, &p);
    rc2 = ngx_http_s3o_file_lookup(way->cf, way->config, S3O_INI_CONFIG,
                                   way->profile, &c);

    if (rc == NGX_ERROR || rc2 == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED && rc2 == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    ngx_http_s3o_profile_merge(&p, &c);

    if (p.foreign.len) {
        return ngx_http_s3o_profile_refuse(way, (char *) p.foreign.data,
            "which is not supported: let a timer write the credentials to a "
            "JSON file with \"aws configure export-credentials --format "
            "process\"");
    }

    if (p.role_arn.len && !static_only) {
        return ngx_http_s3o_profile_role(way, &p);
    }

    if (!p.keys && !c.keys) {
        return NGX_DONE;
    }

    if (ngx_http_s3o_profile_source(way, &file) != NGX_OK
        || ngx_http_s3o_profile_arg(way, "path", p.keys ? way->path
                                                        : way->config, "")
           != NGX_OK
        || (!ngx_http_s3o_profile_is(way->profile, "default")
            && ngx_http_s3o_profile_arg(way, "profile", way->profile, "")
               != NGX_OK)
        || (p.role_arn.len
            && ngx_http_s3o_profile_arg(way, "role", &ignore, "") != NGX_OK))
    {
        return NGX_ERROR;
    }

    return p.keys ? NGX_OK : ngx_http_s3o_profile_arg(way, "format", &config,
                                                      "");
}


static ngx_int_t
ngx_http_s3o_profile_role(ngx_http_s3o_way_t *way, ngx_http_s3o_profile_t *p)
{
    const char       *name;

    static ngx_str_t  web_identity = ngx_string("web_identity");
    static ngx_str_t  assume_role = ngx_string("assume_role");
    static ngx_str_t  environment = ngx_string("environment");

    if (ngx_http_s3o_profile_is(&p->endpoints, "legacy")) {
        return ngx_http_s3o_profile_refuse(way, "sts_regional_endpoints",
            "\"legacy\" is not supported: expected \"regional\"");
    }

    if (p->mfa_serial.len) {
        return ngx_http_s3o_profile_refuse(way, "mfa_serial",
            "which is not supported: nobody is there to type a code");
    }

    if (way->step == NGX_HTTP_S3O_PROFILE_STEPS) {
        return ngx_http_s3o_profile_refuse(way, "source_profile",
            "which leads in a loop, or over more than three roles");
    }

    if (ngx_http_s3o_profile_source(way, p->token_file.len ? &web_identity
                                                           : &assume_role)
        != NGX_OK
        || ngx_http_s3o_profile_arg(way, "role_arn", &p->role_arn, "")
           != NGX_OK
        || ngx_http_s3o_profile_arg(way, "session_name", &p->session_name, "")
           != NGX_OK
        || ngx_http_s3o_profile_arg(way, "duration", &p->duration, "s")
           != NGX_OK
        || (ngx_http_s3o_env("AWS_REGION") == NULL
            && ngx_http_s3o_profile_arg(way, "region", &p->region, "")
               != NGX_OK)
        || (ngx_http_s3o_tunnel_env(&name)
            && ngx_http_s3o_profile_arg(way, "proxy", &environment, "")
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    if (p->token_file.len) {
        return ngx_http_s3o_profile_arg(way, "token_file", &p->token_file,
                                        "");
    }

    if (ngx_http_s3o_profile_arg(way, "external_id", &p->external_id, "")
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_s3o_profile_base(way, p);
}


/* the source whose credentials assume the role */

static ngx_int_t
ngx_http_s3o_profile_base(ngx_http_s3o_way_t *way, ngx_http_s3o_profile_t *p)
{
    ngx_int_t   rc;
    ngx_str_t  *profile;
    ngx_uint_t  i, self;

    static const struct {
        const char  *name;
        ngx_str_t    source;
    } sources[] = {
        { "Environment", ngx_string("env") },
        { "Ec2InstanceMetadata", ngx_string("imds") },
        { "EcsContainer", ngx_string("container") }
    };

    if ((p->source_profile.len != 0) == (p->credential_source.len != 0)) {
        return ngx_http_s3o_profile_refuse(way, "role_arn",
            "expected one of \"source_profile\" and \"credential_source\" "
            "beside it");
    }

    way->step++;

    if (p->source_profile.len) {
        self = p->source_profile.len == way->profile->len
               && ngx_memcmp(p->source_profile.data, way->profile->data,
                             way->profile->len)
                  == 0;

        profile = way->profile;
        way->profile = &p->source_profile;

        rc = ngx_http_s3o_profile_step(way, self);

        way->profile = profile;

        if (rc != NGX_DECLINED && rc != NGX_DONE) {
            return rc;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, way->cf, 0,
                           "\"s3o_presign_credentials\": the profile \"%V\", "
                           "which another one names in \"source_profile\", is "
                           "not in \"%V\" and \"%V\", or has no credentials",
                           &p->source_profile, way->path, way->config);
        return NGX_ERROR;
    }

    for (i = 0; i < 3; i++) {
        if (ngx_http_s3o_profile_is(&p->credential_source, sources[i].name)) {
            return ngx_http_s3o_profile_source(way,
                                         (ngx_str_t *) &sources[i].source);
        }
    }

    return ngx_http_s3o_profile_refuse(way, "credential_source",
        "expected \"Environment\", \"Ec2InstanceMetadata\" or "
        "\"EcsContainer\"");
}


/*
 * Appends the kind of a source: as the first argument, or as "source=" of the
 * role that needs it.
 */

static ngx_int_t
ngx_http_s3o_profile_source(ngx_http_s3o_way_t *way, ngx_str_t *name)
{
    ngx_int_t   rc;
    ngx_str_t  *arg;

    if (way->step == 0) {
        arg = ngx_array_push(way->args);
        if (arg == NULL) {
            return NGX_ERROR;
        }

        *arg = *name;

        return NGX_OK;
    }

    way->step--;
    rc = ngx_http_s3o_profile_arg(way, "source", name, "");
    way->step++;

    return rc;
}


/*
 * Appends "NAME=VALUE", with "source." for each step before; nothing when the
 * value is empty.  "unit" follows the value.
 */

static ngx_int_t
ngx_http_s3o_profile_arg(ngx_http_s3o_way_t *way, const char *name,
    const ngx_str_t *value, const char *unit)
{
    u_char      *p;
    ngx_str_t   *arg;
    ngx_uint_t   i;

    if (value->len == 0) {
        return NGX_OK;
    }

    arg = ngx_array_push(way->args);
    if (arg == NULL) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(way->cf->pool,
                    way->step * (sizeof("source.") - 1) + ngx_strlen(name)
                    + 1 + value->len + ngx_strlen(unit) + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    arg->data = p;

    for (i = 0; i < way->step; i++) {
        p = ngx_cpymem(p, "source.", sizeof("source.") - 1);
    }

    p = ngx_sprintf(p, "%s=%V%s", name, value, unit);
    *p = '\0';

    arg->len = p - arg->data;

    return NGX_OK;
}


/*
 * Merges the config file into "p": for each key the credentials file wins.
 * The access keys are not merged, so that id and secret are of the same file.
 */

static void
ngx_http_s3o_profile_merge(ngx_http_s3o_profile_t *p,
    const ngx_http_s3o_profile_t *config)
{
#define ngx_http_s3o_profile_take(field)                                     \
    if (p->field.len == 0) {                                                 \
        p->field = config->field;                                            \
    }

    ngx_http_s3o_profile_take(region)
    ngx_http_s3o_profile_take(role_arn)
    ngx_http_s3o_profile_take(source_profile)
    ngx_http_s3o_profile_take(credential_source)
    ngx_http_s3o_profile_take(token_file)
    ngx_http_s3o_profile_take(session_name)
    ngx_http_s3o_profile_take(external_id)
    ngx_http_s3o_profile_take(duration)
    ngx_http_s3o_profile_take(endpoints)
    ngx_http_s3o_profile_take(mfa_serial)
    ngx_http_s3o_profile_take(foreign)
}


static ngx_uint_t
ngx_http_s3o_profile_is(const ngx_str_t *s, const char *word)
{
    return s->len == ngx_strlen(word)
           && ngx_memcmp(s->data, word, s->len) == 0;
}


static ngx_int_t
ngx_http_s3o_profile_refuse(ngx_http_s3o_way_t *way, const char *key,
    const char *why)
{
    ngx_conf_log_error(NGX_LOG_EMERG, way->cf, 0,
                       "\"s3o_presign_credentials\": the profile \"%V\" of "
                       "\"%V\" and \"%V\" has \"%s\", %s",
                       way->profile, way->path, way->config, key, why);

    return NGX_ERROR;
}


ngx_int_t
ngx_http_s3o_profile_find(ngx_conf_t *cf, ngx_str_t *args, ngx_uint_t n,
    ngx_array_t *found)
{
    ngx_str_t   path, config, profile, *value;
    ngx_uint_t  i, k;

    static const char *const  names[] = { "path=", "config=", "profile=" };
    ngx_str_t                *values[] = { &path, &config, &profile };

    ngx_str_null(&path);
    ngx_str_null(&config);
    ngx_str_set(&profile, "default");

    for (i = 0; i < n; i++) {
        for (k = 0; k < 3; k++) {
            if (ngx_strncmp(args[i].data, names[k], ngx_strlen(names[k])) == 0)
            {
                break;
            }
        }

        if (k == 3 || args[i].len == ngx_strlen(names[k])) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"s3o_presign_credentials file\" with "
                               "\"config=\" has an empty or unknown "
                               "parameter: expected \"path=\", \"config=\", "
                               "\"profile=\"");
            return NGX_ERROR;
        }

        value = values[k];
        value->data = args[i].data + ngx_strlen(names[k]);
        value->len = args[i].len - ngx_strlen(names[k]);

        if (k < 2 && ngx_conf_full_name(cf->cycle, value, 1) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    switch (ngx_http_s3o_profile_args(cf, found, &path, &config, &profile)) {

    case NGX_OK:
        return NGX_OK;

    case NGX_DECLINED:
    case NGX_DONE:
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials file\": there is no "
                           "profile \"%V\" with credentials in \"%V\" and "
                           "\"%V\"", &profile, &path, &config);
        return NGX_ERROR;

    default:
        return NGX_ERROR;
    }
}
