
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credentials from a file: a profile of a shared credentials file, or JSON in
 * the format of "credential_process", which begins with "{".
 *
 * The master reads the file at start and reload; when it changes, a worker
 * reads it, so the user of the workers must be able to.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_provider_file.h"
#include "s3o_core.h"
#include "ngx_http_s3o_file.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_refresh.h"
#include "ngx_http_s3o_set.h"
#include "ngx_http_s3o_store.h"
#include "s3o_ini.h"


static char *ngx_http_s3o_file_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static char *ngx_http_s3o_file_conf(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static ngx_uint_t ngx_http_s3o_file_changed(ngx_http_s3o_source_t *source);
static void ngx_http_s3o_file_fetch(ngx_http_s3o_source_t *source);
static u_char *ngx_http_s3o_file_log(ngx_log_t *log, u_char *buf, size_t len);
static ngx_int_t ngx_http_s3o_file_copy(ngx_conf_t *cf,
    ngx_http_s3o_profile_t *p, const s3o_ini_profile_t *ini);


static const char *const  ngx_http_s3o_file_params[] = {
    "path",
    "profile",
    "config",                     /* replaced by ngx_http_s3o_profile_find() */
    "format",
    "role",
    NULL
};


const ngx_http_s3o_provider_t  ngx_http_s3o_provider_file = {
    ngx_string("file"),
    ngx_http_s3o_file_params,
    ngx_http_s3o_file_load,
    ngx_http_s3o_file_changed,
    NULL,
    ngx_http_s3o_file_fetch
};


static char *
ngx_http_s3o_file_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    const char                *why;
    ngx_http_s3o_set_t         set;
    ngx_http_s3o_file_t        file;
    ngx_http_s3o_file_conf_t  *fcf;

    if (ngx_http_s3o_file_conf(cf, source) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    fcf = source->conf;

    ngx_memzero(&file, sizeof(ngx_http_s3o_file_t));

    why = ngx_http_s3o_file_read(&file, fcf);

    if (why == NULL) {
        why = ngx_http_s3o_file_parse(&file, fcf, &set);
    }

    if (why == NULL) {
        why = ngx_http_s3o_source_set(source, cf->pool, &set);
    }

    source->stamp = file.stamp;

    if (why == NULL && file.skipped) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"s3o_presign_credentials file\" \"%V\": line %ui "
                           "is neither \"[profile]\" nor \"key = value\" and "
                           "is skipped", &fcf->name, file.skipped);
    }

    ngx_http_s3o_file_free(&file);

    if (why) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, file.err,
                           "\"s3o_presign_credentials file\" \"%V\": %s",
                           &fcf->name, why);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_s3o_file_conf(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t                 *path, *profile, *format, *role;
    ngx_http_s3o_file_conf_t  *fcf;

    path = ngx_http_s3o_source_param(source, "path");

    if (path == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials file\" needs "
                           "\"path=\"");
        return NGX_CONF_ERROR;
    }

    fcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_file_conf_t));
    if (fcf == NULL) {
        return NGX_CONF_ERROR;
    }

    source->conf = fcf;
    source->file = &fcf->name;

    /* zero-terminated */

    fcf->name.len = path->len;
    fcf->name.data = ngx_pnalloc(cf->pool, path->len + 1);
    if (fcf->name.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_cpystrn(fcf->name.data, path->data, path->len + 1);

    if (ngx_conf_full_name(cf->cycle, &fcf->name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    profile = ngx_http_s3o_source_param(source, "profile");
    if (profile) {
        fcf->profile = *profile;
    }

    format = ngx_http_s3o_source_param(source, "format");

    if (format == NULL || ngx_strcmp(format->data, "credentials") == 0) {
        fcf->kind = S3O_INI_CREDENTIALS;

    } else if (ngx_strcmp(format->data, "config") == 0) {
        fcf->kind = S3O_INI_CONFIG;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials file\" has invalid "
                           "format \"%V\": expected \"credentials\" or "
                           "\"config\"", format);
        return NGX_CONF_ERROR;
    }

    role = ngx_http_s3o_source_param(source, "role");

    if (role && ngx_strcmp(role->data, "ignore") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials file\" has invalid "
                           "role \"%V\": expected \"ignore\"", role);
        return NGX_CONF_ERROR;
    }

    fcf->no_role = (role != NULL);

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_s3o_file_lookup(ngx_conf_t *cf, ngx_str_t *name, ngx_uint_t kind,
    ngx_str_t *profile, ngx_http_s3o_profile_t *p)
{
    ngx_int_t                  rc;
    const char                *why;
    ngx_file_info_t            fi;
    s3o_ini_profile_t          ini;
    ngx_http_s3o_file_t        file;
    ngx_http_s3o_file_conf_t   fcf;

    ngx_memzero(p, sizeof(ngx_http_s3o_profile_t));

    if (name->len == 0
        || ngx_file_info(name->data, &fi) == NGX_FILE_ERROR
        || (ngx_is_file(&fi) && ngx_file_size(&fi) == 0))
    {
        return NGX_DECLINED;
    }

    ngx_memzero(&file, sizeof(ngx_http_s3o_file_t));
    ngx_memzero(&fcf, sizeof(ngx_http_s3o_file_conf_t));

    fcf.name = *name;
    fcf.profile = *profile;
    fcf.kind = kind;
    fcf.shared = (kind == S3O_INI_CONFIG);

    rc = NGX_OK;
    why = ngx_http_s3o_file_read(&file, &fcf);

    if (why == NULL
        && (kind == S3O_INI_CONFIG || !ngx_http_s3o_file_is_json(&file)))
    {
        why = ngx_http_s3o_file_ini(&file, &fcf, &ini);

        if (why == ngx_http_s3o_file_no_profile) {
            rc = NGX_DECLINED;

        } else if (why == NULL) {
            rc = ngx_http_s3o_file_copy(cf, p, &ini);
        }

    } else {
        p->keys = 1;
    }

    if (why && rc == NGX_OK) {
        p->keys = 1;

        /* the source "file" tells what is wrong with the others */

        if (kind == S3O_INI_CONFIG || file.err == NGX_ENOMEM) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, file.err,
                               "\"s3o_presign_credentials\" \"%V\": %s", name,
                               why);
            rc = NGX_ERROR;
        }
    }

    ngx_http_s3o_file_free(&file);

    return rc;
}


/* Copies what a profile has: the content of the file is wiped and freed. */

static ngx_int_t
ngx_http_s3o_file_copy(ngx_conf_t *cf, ngx_http_s3o_profile_t *p,
    const s3o_ini_profile_t *ini)
{
    ngx_uint_t        i;
    ngx_str_t         from;

    const s3o_str_t  *src[] = {
        &ini->region, &ini->role_arn, &ini->source_profile,
        &ini->credential_source, &ini->web_identity_token_file,
        &ini->role_session_name, &ini->external_id, &ini->duration_seconds,
        &ini->sts_regional_endpoints, &ini->mfa_serial, &ini->foreign
    };

    ngx_str_t        *dst[] = {
        &p->region, &p->role_arn, &p->source_profile, &p->credential_source,
        &p->token_file, &p->session_name, &p->external_id, &p->duration,
        &p->endpoints, &p->mfa_serial, &p->foreign
    };

    p->keys = ini->access_key_id.len || ini->secret_access_key.len
              || ini->session_token.len;
    p->line = ini->line;

    for (i = 0; i < sizeof(src) / sizeof(src[0]); i++) {

        if (src[i]->len == 0) {
            continue;
        }

        /* zero-terminated */

        from.data = (u_char *) src[i]->data;
        from.len = src[i]->len;

        dst[i]->len = from.len;
        dst[i]->data = ngx_pnalloc(cf->pool, from.len + 1);
        if (dst[i]->data == NULL) {
            return NGX_ERROR;
        }

        (void) ngx_sprintf(dst[i]->data, "%V%Z", &from);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_file_changed(ngx_http_s3o_source_t *source)
{
    ngx_file_info_t            fi;
    ngx_http_s3o_stamp_t       stamp;
    ngx_http_s3o_file_conf_t  *fcf;

    fcf = source->conf;

    if (ngx_file_info(fcf->name.data, &fi) == NGX_FILE_ERROR) {

        /* someone may be replacing the file: the old set stays */

        return 0;
    }

    ngx_http_s3o_file_stamp(&stamp, &fi);

    return !ngx_http_s3o_store_stamp(source, &stamp, 0);
}


static void
ngx_http_s3o_file_fetch(ngx_http_s3o_source_t *source)
{
    ngx_log_t             log;
    const char           *why;
    ngx_http_s3o_set_t    set;
    ngx_http_s3o_file_t   file;

    log = *ngx_cycle->log;
    log.handler = ngx_http_s3o_file_log;
    log.data = source;
    log.action = NULL;

    ngx_memzero(&file, sizeof(ngx_http_s3o_file_t));

    why = ngx_http_s3o_file_read(&file, source->conf);

    /* the same fault of the same file was logged before */

    source->again = ngx_http_s3o_store_stamp(source, &file.stamp, 1)
                    && source->slot->tries;

    if (why == NULL) {
        why = ngx_http_s3o_file_parse(&file, source->conf, &set);
    }

    if (why == NULL && file.skipped) {
        ngx_log_error(NGX_LOG_WARN, &log, 0,
                      "s3o_presign: line %ui is neither \"[profile]\" nor "
                      "\"key = value\" and is skipped", file.skipped);
    }

    ngx_http_s3o_refresh_done(source, &set, &log, file.err, why);

    ngx_http_s3o_file_free(&file);
}


static u_char *
ngx_http_s3o_file_log(ngx_log_t *log, u_char *buf, size_t len)
{
    ngx_http_s3o_source_t     *source;
    ngx_http_s3o_file_conf_t  *fcf;

    source = log->data;
    fcf = source->conf;

    return ngx_snprintf(buf, len, ", while reading \"%V\"", &fcf->name);
}
