
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
#include "ngx_http_s3o_json.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_refresh.h"
#include "ngx_http_s3o_set.h"
#include "ngx_http_s3o_store.h"
#include "s3o_ini.h"


#define NGX_HTTP_S3O_FILE_MAX  65536


typedef struct {
    ngx_str_t               name;
    ngx_str_t               profile;        /* empty: "default" */
    ngx_uint_t              kind;           /* S3O_INI_* */
    ngx_uint_t              shared;         /* 1: others may read it */
    ngx_uint_t              no_role;        /* 1: use keys despite a role */
} ngx_http_s3o_file_conf_t;


typedef struct {
    ngx_str_t               content;
    ngx_err_t               err;
    ngx_http_s3o_stamp_t    stamp;
    void                   *root;
    ngx_uint_t              skipped;        /* a line's number, or 0 */
    u_char                  why[256];
} ngx_http_s3o_file_t;


static char *ngx_http_s3o_file_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static char *ngx_http_s3o_file_conf(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static ngx_uint_t ngx_http_s3o_file_changed(ngx_http_s3o_source_t *source);
static void ngx_http_s3o_file_fetch(ngx_http_s3o_source_t *source);
static u_char *ngx_http_s3o_file_log(ngx_log_t *log, u_char *buf, size_t len);
static const char *ngx_http_s3o_file_open(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_fd_t *fd);
static void ngx_http_s3o_file_stamp(ngx_http_s3o_stamp_t *stamp,
    ngx_file_info_t *fi);
static const char *ngx_http_s3o_file_read(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf);
static const char *ngx_http_s3o_file_parse(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_file_profile(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_file_ini(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, s3o_ini_profile_t *ini);
static const char *ngx_http_s3o_file_why(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, const char *why, ngx_uint_t line);
static const char *ngx_http_s3o_file_foreign(s3o_ini_profile_t *ini,
    ngx_uint_t no_role);
static ngx_uint_t ngx_http_s3o_file_is_json(ngx_http_s3o_file_t *file);
static ngx_int_t ngx_http_s3o_file_copy(ngx_conf_t *cf,
    ngx_http_s3o_profile_t *p, const s3o_ini_profile_t *ini);
static void ngx_http_s3o_file_free(ngx_http_s3o_file_t *file);


static const char *const  ngx_http_s3o_file_params[] = {
    "path",
    "profile",
    "config",                     /* replaced by ngx_http_s3o_profile_find() */
    "format",
    "role",
    NULL
};


static const char  ngx_http_s3o_file_no_profile[] =
    "no such profile in the file";


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
ngx_http_s3o_file_stamp(ngx_http_s3o_stamp_t *stamp, ngx_file_info_t *fi)
{
    ngx_memzero(stamp, sizeof(ngx_http_s3o_stamp_t));

    stamp->uniq = ngx_file_uniq(fi);
    stamp->mtime = ngx_file_mtime(fi);
    stamp->mtime_nsec = fi->st_mtim.tv_nsec;
    stamp->ctime = fi->st_ctim.tv_sec;
    stamp->ctime_nsec = fi->st_ctim.tv_nsec;
    stamp->size = ngx_file_size(fi);
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


static const char *
ngx_http_s3o_file_open(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_fd_t *fd)
{
    u_char           *name;
    ngx_file_info_t   fi;

    name = fcf->name.data;

    /* non-blocking, as opening a FIFO would wait for its writer */

    *fd = ngx_open_file(name, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                        NGX_FILE_OPEN, 0);

    if (*fd == NGX_INVALID_FILE) {
        file->err = ngx_errno;

        if (ngx_file_info(name, &fi) != NGX_FILE_ERROR) {
            ngx_http_s3o_file_stamp(&file->stamp, &fi);
        }

        return ngx_open_file_n " failed";
    }

    if (ngx_fd_info(*fd, &fi) == NGX_FILE_ERROR) {
        file->err = ngx_errno;
        return ngx_fd_info_n " failed";
    }

    ngx_http_s3o_file_stamp(&file->stamp, &fi);

    if (!ngx_is_file(&fi)) {
        return "not a regular file";
    }

    if (!fcf->shared && (ngx_file_access(&fi) & 0007)) {
        return "the file is accessible by others, expected a mode such as "
               "0600 or 0640";
    }

    if (ngx_file_size(&fi) == 0 || ngx_file_size(&fi) > NGX_HTTP_S3O_FILE_MAX)
    {
        return "the file is empty or over 64k";
    }

    file->content.len = (size_t) ngx_file_size(&fi);

    return NULL;
}


static const char *
ngx_http_s3o_file_read(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf)
{
    ssize_t      n;
    ngx_fd_t     fd;
    const char  *why;

    why = ngx_http_s3o_file_open(file, fcf, &fd);

    if (why) {
        goto done;
    }

    file->content.data = ngx_alloc(file->content.len, ngx_cycle->log);
    if (file->content.data == NULL) {
        file->err = NGX_ENOMEM;
        why = "no memory";
        goto done;
    }

    n = ngx_read_fd(fd, file->content.data, file->content.len);

    if (n == -1) {
        file->err = ngx_errno;
        why = ngx_read_fd_n " failed";

    } else if ((size_t) n != file->content.len) {
        why = "the file changed while it was read";
    }

done:

    if (fd != NGX_INVALID_FILE && ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &fcf->name);
    }

    return why;
}


static const char *
ngx_http_s3o_file_parse(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set)
{
    if (!ngx_http_s3o_file_is_json(file)) {
        return ngx_http_s3o_file_profile(file, fcf, set);
    }

    if (fcf->profile.len) {
        return "JSON has no profiles, expected no \"profile=\"";
    }

    return ngx_http_s3o_json_parse(&file->content, NGX_HTTP_S3O_JSON_PROCESS,
                                   set, &file->root);
}


static ngx_uint_t
ngx_http_s3o_file_is_json(ngx_http_s3o_file_t *file)
{
    size_t  i;

    for (i = 0; i < file->content.len; i++) {
        if (ngx_strchr(" \t\r\n", file->content.data[i]) == NULL) {
            break;
        }
    }

    return i < file->content.len && file->content.data[i] == '{';
}


static const char *
ngx_http_s3o_file_profile(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set)
{
    const char         *why;
    s3o_ini_profile_t   ini;

    why = ngx_http_s3o_file_ini(file, fcf, &ini);

    if (why == ngx_http_s3o_file_no_profile) {
        return ngx_http_s3o_file_why(file, fcf, why, 0);
    }

    if (why) {
        return why;
    }

    why = ngx_http_s3o_file_foreign(&ini, fcf->no_role);

    ngx_memzero(set, sizeof(ngx_http_s3o_set_t));

    set->access_key_id.data = ini.access_key_id.data;
    set->access_key_id.len = ini.access_key_id.len;
    set->secret_access_key.data = ini.secret_access_key.data;
    set->secret_access_key.len = ini.secret_access_key.len;
    set->session_token.data = ini.session_token.data;
    set->session_token.len = ini.session_token.len;

    if (why == NULL) {
        why = ngx_http_s3o_set_check(set);
    }

    return why ? ngx_http_s3o_file_why(file, fcf, why, ini.line) : NULL;
}


static const char *
ngx_http_s3o_file_ini(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, s3o_ini_profile_t *ini)
{
    s3o_str_t   name;
    s3o_uint_t  line;

    if (fcf->profile.len) {
        s3o_str_set(&name, fcf->profile.data, fcf->profile.len);

    } else {
        s3o_str_set(&name, (u_char *) "default", sizeof("default") - 1);
    }

    switch (s3o_ini_profile(file->content.data, file->content.len, fcf->kind,
                            &name, ini, &line))
    {
    case S3O_OK:
        file->skipped = line;
        return NULL;

    case S3O_ERROR:
        return ngx_http_s3o_file_no_profile;

    default:
        return ngx_http_s3o_file_why(file, fcf, "neither JSON nor lines of "
                                     "\"[profile]\" and \"key = value\"",
                                     line);
    }
}


/*
 * Refuses what "file" without "config=" does not do for a profile: the keys
 * beside it would be those of another identity.
 */

static const char *
ngx_http_s3o_file_foreign(s3o_ini_profile_t *ini, ngx_uint_t no_role)
{
    if (ini->foreign.len) {
        return "it has \"sso_*\", \"credential_process\" or "
               "\"login_session\", which is not supported: let a timer write "
               "the credentials to a JSON file with \"aws configure "
               "export-credentials\"";
    }

    if (ini->role_arn.len && !no_role) {
        return "it has \"role_arn\", which needs \"config=\"";
    }

    return NULL;
}


static const char *
ngx_http_s3o_file_why(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, const char *why, ngx_uint_t line)
{
    u_char            *p, *last;
    ngx_str_t          profile;

    static ngx_str_t   by_default = ngx_string("default");

    profile = fcf->profile.len ? fcf->profile : by_default;

    p = file->why;
    last = file->why + sizeof(file->why) - 1;

    p = ngx_slprintf(p, last, "%s (profile \"%V\"", why, &profile);

    if (line) {
        p = ngx_slprintf(p, last, ", line %ui", line);
    }

    p = ngx_slprintf(p, last, ")");
    *p = '\0';

    return (char *) file->why;
}


static void
ngx_http_s3o_file_free(ngx_http_s3o_file_t *file)
{
    if (file->root) {
        ngx_http_s3o_json_free(file->root);
    }

    if (file->content.data) {
        ngx_explicit_memzero(file->content.data, file->content.len);
        ngx_free(file->content.data);
    }
}
