
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credentials from a file: a profile of a shared credentials file, or JSON
 * in the format of "credential_process", told apart by their first byte.
 *
 * At start and reload the master reads it; when it changes, a worker does,
 * so it must be readable by the user of the workers.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "s3o_ini.h"

#include "ngx_http_s3o_json.h"
#include "ngx_http_s3o_refresh.h"
#include "ngx_http_s3o_store.h"


#define NGX_HTTP_S3O_FILE_MAX  65536


typedef struct {
    ngx_str_t               name;
    ngx_str_t               profile;
} ngx_http_s3o_file_conf_t;


typedef struct {
    ngx_str_t               content;
    ngx_err_t               err;
    ngx_http_s3o_stamp_t    stamp;
    void                   *root;
} ngx_http_s3o_file_t;


static char *ngx_http_s3o_file_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static char *ngx_http_s3o_file_conf(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static ngx_uint_t ngx_http_s3o_file_changed(ngx_http_s3o_source_t *source);
static void ngx_http_s3o_file_fetch(ngx_http_s3o_source_t *source);
static u_char *ngx_http_s3o_file_log(ngx_log_t *log, u_char *buf, size_t len);
static const char *ngx_http_s3o_file_open(ngx_http_s3o_file_t *file,
    u_char *name, ngx_fd_t *fd);
static void ngx_http_s3o_file_stamp(ngx_http_s3o_stamp_t *stamp,
    ngx_file_info_t *fi);
static const char *ngx_http_s3o_file_read(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf);
static const char *ngx_http_s3o_file_parse(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_file_profile(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set);
static void ngx_http_s3o_file_free(ngx_http_s3o_file_t *file);


static const char *const  ngx_http_s3o_file_params[] = {
    "path",
    "profile",
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
    ngx_str_t                 *path, *profile;
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

    /* with a zero at its end */

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

    return NGX_CONF_OK;
}


ngx_uint_t
ngx_http_s3o_file_has_default(ngx_str_t *name)
{
    const char                *why;
    ngx_http_s3o_set_t         set;
    ngx_http_s3o_file_t        file;
    ngx_http_s3o_file_conf_t   fcf;

    ngx_memzero(&file, sizeof(ngx_http_s3o_file_t));
    ngx_memzero(&fcf, sizeof(ngx_http_s3o_file_conf_t));

    fcf.name = *name;

    why = ngx_http_s3o_file_read(&file, &fcf);

    if (why == NULL) {
        why = ngx_http_s3o_file_parse(&file, &fcf, &set);
    }

    ngx_http_s3o_file_free(&file);

    return why != ngx_http_s3o_file_no_profile;
}


static ngx_uint_t
ngx_http_s3o_file_changed(ngx_http_s3o_source_t *source)
{
    ngx_file_info_t            fi;
    ngx_http_s3o_stamp_t       stamp;
    ngx_http_s3o_file_conf_t  *fcf;

    fcf = source->conf;

    if (ngx_file_info(fcf->name.data, &fi) == NGX_FILE_ERROR) {

        /* between an unlink and a rename: the old set stays */

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

    /* what is still broken in the same way was said before */

    source->again = ngx_http_s3o_store_stamp(source, &file.stamp, 1)
                    && source->slot->tries;

    if (why == NULL) {
        why = ngx_http_s3o_file_parse(&file, source->conf, &set);
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
ngx_http_s3o_file_open(ngx_http_s3o_file_t *file, u_char *name, ngx_fd_t *fd)
{
    ngx_file_info_t  fi;

    /* non-blocking: opening a FIFO would wait for its writer */

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

    if (ngx_file_access(&fi) & 0007) {
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

    why = ngx_http_s3o_file_open(file, fcf->name.data, &fd);

    if (why) {
        goto done;
    }

    file->content.data = ngx_alloc(file->content.len, ngx_cycle->log);
    if (file->content.data == NULL) {
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
    size_t  i;

    for (i = 0; i < file->content.len; i++) {
        if (ngx_strchr(" \t\r\n", file->content.data[i]) == NULL) {
            break;
        }
    }

    if (i == file->content.len || file->content.data[i] != '{') {
        return ngx_http_s3o_file_profile(file, fcf, set);
    }

    if (fcf->profile.len) {
        return "JSON has no profiles, expected no \"profile=\"";
    }

    return ngx_http_s3o_json_parse(&file->content, NGX_HTTP_S3O_JSON_PROCESS,
                                   set, &file->root);
}


static const char *
ngx_http_s3o_file_profile(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set)
{
    s3o_str_t           name;
    s3o_uint_t          line;
    s3o_ini_profile_t   ini;

    if (fcf->profile.len) {
        s3o_str_set(&name, fcf->profile.data, fcf->profile.len);

    } else {
        s3o_str_set(&name, (u_char *) "default", sizeof("default") - 1);
    }

    switch (s3o_ini_profile(file->content.data, file->content.len, &name,
                            &ini, &line))
    {
    case S3O_OK:
        break;

    case S3O_ERROR:
        return ngx_http_s3o_file_no_profile;

    default:
        return "neither JSON nor lines of \"[profile]\" and \"key = value\"";
    }

    ngx_memzero(set, sizeof(ngx_http_s3o_set_t));

    set->access_key_id.data = ini.access_key_id.data;
    set->access_key_id.len = ini.access_key_id.len;
    set->secret_access_key.data = ini.secret_access_key.data;
    set->secret_access_key.len = ini.secret_access_key.len;
    set->session_token.data = ini.session_token.data;
    set->session_token.len = ini.session_token.len;

    return NULL;
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
