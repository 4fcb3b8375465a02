
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_file.h"
#include "ngx_http_s3o_json.h"
#include "ngx_http_s3o_set.h"


#define NGX_HTTP_S3O_FILE_MAX  65536


static const char *ngx_http_s3o_file_open(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_fd_t *fd);
static const char *ngx_http_s3o_file_profile(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_file_why(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, const char *why, ngx_uint_t line);
static const char *ngx_http_s3o_file_foreign(s3o_ini_profile_t *ini,
    ngx_uint_t no_role);


const char  ngx_http_s3o_file_no_profile[] = "no such profile in the file";


void
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


const char *
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


const char *
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


ngx_uint_t
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


const char *
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


void
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
