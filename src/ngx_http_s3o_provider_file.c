
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credentials from a file: a profile of a shared credentials file, or JSON
 * in the format of "credential_process", told apart by their first byte.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "s3o_ini.h"
#include "s3o_time.h"

#include "ngx_http_s3o_credentials.h"


#define NGX_HTTP_S3O_FILE_MAX  65536


typedef struct {
    ngx_str_t              name;
    ngx_str_t              content;
    u_char                *buf;
    size_t                 size;
} ngx_http_s3o_file_t;


static char *ngx_http_s3o_file_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static const char *ngx_http_s3o_file_open(ngx_http_s3o_file_t *file,
    ngx_fd_t *fd, ngx_err_t *err);
static const char *ngx_http_s3o_file_read(ngx_http_s3o_file_t *file,
    ngx_err_t *err);
static const char *ngx_http_s3o_file_parse(ngx_http_s3o_file_t *file,
    ngx_http_s3o_source_t *source, ngx_pool_t *pool);
static const char *ngx_http_s3o_file_json(ngx_http_s3o_file_t *file,
    ngx_http_s3o_source_t *source, ngx_pool_t *pool);
static const char *ngx_http_s3o_json_set(json_t *root,
    ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_json_string(json_t *root, const char *name,
    ngx_str_t *value);
static void ngx_http_s3o_json_wipe(json_t *root);


static const char *const  ngx_http_s3o_file_params[] = {
    "path",
    "profile",
    NULL
};


const ngx_http_s3o_provider_t  ngx_http_s3o_provider_file = {
    ngx_string("file"),
    ngx_http_s3o_file_params,
    ngx_http_s3o_file_load
};


static char *
ngx_http_s3o_file_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_err_t             err;
    ngx_str_t            *path;
    const char           *why;
    ngx_http_s3o_file_t   file;

    path = ngx_http_s3o_source_param(source, "path");

    if (path == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials file\" needs "
                           "\"path=\"");
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&file, sizeof(ngx_http_s3o_file_t));
    file.name = *path;

    if (ngx_conf_full_name(cf->cycle, &file.name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    err = 0;
    why = ngx_http_s3o_file_read(&file, &err);

    if (why == NULL) {
        why = ngx_http_s3o_file_parse(&file, source, cf->pool);
    }

    if (file.buf) {
        ngx_explicit_memzero(file.buf, file.size);
        ngx_free(file.buf);
    }

    if (why) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, err,
                           "\"s3o_presign_credentials file\" \"%V\": %s",
                           &file.name, why);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static const char *
ngx_http_s3o_file_open(ngx_http_s3o_file_t *file, ngx_fd_t *fd,
    ngx_err_t *err)
{
    ngx_file_info_t  fi;

    /* non-blocking: opening a FIFO would wait for its writer */

    *fd = ngx_open_file(file->name.data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                        NGX_FILE_OPEN, 0);

    if (*fd == NGX_INVALID_FILE) {
        *err = ngx_errno;
        return ngx_open_file_n " failed";
    }

    if (ngx_fd_info(*fd, &fi) == NGX_FILE_ERROR) {
        *err = ngx_errno;
        return ngx_fd_info_n " failed";
    }

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

    file->size = (size_t) ngx_file_size(&fi);

    return NULL;
}


static const char *
ngx_http_s3o_file_read(ngx_http_s3o_file_t *file, ngx_err_t *err)
{
    ssize_t      n;
    ngx_fd_t     fd;
    const char  *why;

    why = ngx_http_s3o_file_open(file, &fd, err);

    if (why) {
        goto done;
    }

    file->buf = ngx_alloc(file->size, ngx_cycle->log);
    if (file->buf == NULL) {
        why = "no memory";
        goto done;
    }

    n = ngx_read_fd(fd, file->buf, file->size);

    if (n == -1) {
        *err = ngx_errno;
        why = ngx_read_fd_n " failed";

    } else if ((size_t) n != file->size) {
        why = "the file changed while it was read";
    }

    file->content.data = file->buf;
    file->content.len = file->size;

done:

    if (fd != NGX_INVALID_FILE && ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &file->name);
    }

    return why;
}


static const char *
ngx_http_s3o_file_parse(ngx_http_s3o_file_t *file,
    ngx_http_s3o_source_t *source, ngx_pool_t *pool)
{
    size_t               i;
    s3o_str_t            name;
    ngx_str_t           *profile;
    s3o_uint_t           line;
    ngx_http_s3o_set_t   set;
    s3o_ini_profile_t    ini;

    static s3o_str_t     default_profile = s3o_string("default");

    for (i = 0; i < file->content.len; i++) {
        if (ngx_strchr(" \t\r\n", file->content.data[i]) == NULL) {
            break;
        }
    }

    profile = ngx_http_s3o_source_param(source, "profile");

    if (i < file->content.len && file->content.data[i] == '{') {
        return profile ? "JSON has no profiles, expected no \"profile=\""
                       : ngx_http_s3o_file_json(file, source, pool);
    }

    if (profile) {
        name.data = profile->data;
        name.len = profile->len;

    } else {
        name = default_profile;
    }

    switch (s3o_ini_profile(file->content.data, file->content.len, &name,
                            &ini, &line))
    {
    case S3O_OK:
        break;

    case S3O_ERROR:
        return "no such profile in the file";

    default:
        return "neither JSON nor lines of \"[profile]\" and \"key = value\"";
    }

    ngx_memzero(&set, sizeof(ngx_http_s3o_set_t));

    set.access_key_id.data = ini.access_key_id.data;
    set.access_key_id.len = ini.access_key_id.len;
    set.secret_access_key.data = ini.secret_access_key.data;
    set.secret_access_key.len = ini.secret_access_key.len;
    set.session_token.data = ini.session_token.data;
    set.session_token.len = ini.session_token.len;

    return ngx_http_s3o_source_set(source, pool, &set);
}


static const char *
ngx_http_s3o_file_json(ngx_http_s3o_file_t *file,
    ngx_http_s3o_source_t *source, ngx_pool_t *pool)
{
    json_t              *root;
    const char          *why;
    json_error_t         error;
    ngx_http_s3o_set_t   set;

    root = json_loadb((char *) file->content.data, file->content.len,
                      JSON_REJECT_DUPLICATES, &error);

    if (!json_is_object(root)) {
        json_decref(root);
        return "not a JSON object";
    }

    ngx_memzero(&set, sizeof(ngx_http_s3o_set_t));

    why = ngx_http_s3o_json_set(root, &set);

    if (why == NULL) {
        why = ngx_http_s3o_source_set(source, pool, &set);
    }

    ngx_http_s3o_json_wipe(root);
    json_decref(root);

    return why;
}


static const char *
ngx_http_s3o_json_set(json_t *root, ngx_http_s3o_set_t *set)
{
    json_t      *version;
    int64_t      t;
    ngx_str_t    expiration;
    const char  *why;

    version = json_object_get(root, "Version");

    if (!json_is_integer(version) || json_integer_value(version) != 1) {
        return "expected \"Version\": 1";
    }

    why = ngx_http_s3o_json_string(root, "AccessKeyId", &set->access_key_id);

    if (why == NULL) {
        why = ngx_http_s3o_json_string(root, "SecretAccessKey",
                                       &set->secret_access_key);
    }

    if (why == NULL) {
        why = ngx_http_s3o_json_string(root, "SessionToken",
                                       &set->session_token);
    }

    if (why == NULL) {
        why = ngx_http_s3o_json_string(root, "Expiration", &expiration);
    }

    if (why || expiration.len == 0) {
        return why;
    }

    if (s3o_time_parse_rfc3339(expiration.data, expiration.len, &t) != S3O_OK
        || t <= 0)
    {
        return "\"Expiration\" is not a time such as 2030-01-31T12:00:00Z";
    }

    set->expires = t;

    return NULL;
}


static const char *
ngx_http_s3o_json_string(json_t *root, const char *name, ngx_str_t *value)
{
    json_t  *string;

    ngx_str_null(value);

    string = json_object_get(root, name);

    if (string == NULL || json_is_null(string)) {
        return NULL;
    }

    if (!json_is_string(string)) {
        return "a field of the JSON is not a string";
    }

    value->data = (u_char *) json_string_value(string);
    value->len = json_string_length(string);

    return NULL;
}


/* jansson frees strings as they are */

static void
ngx_http_s3o_json_wipe(json_t *root)
{
    json_t      *value;
    const char  *name;

    json_object_foreach(root, name, value) {
        if (json_is_string(value)) {
            ngx_explicit_memzero((void *) json_string_value(value),
                                 json_string_length(value));
        }
    }
}
