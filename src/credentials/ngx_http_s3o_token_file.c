
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_token_file.h"
#include "s3o_text.h"


#define NGX_HTTP_S3O_TOKEN_FILE_MAX  20000


static const char *ngx_http_s3o_token_file_load(ngx_pool_t *pool,
    ngx_fd_t fd, ngx_str_t *token, ngx_err_t *err);


char *
ngx_http_s3o_token_file_name(ngx_conf_t *cf, ngx_str_t *name,
    ngx_str_t *full)
{
    full->len = name->len;
    full->data = ngx_pnalloc(cf->pool, name->len + 1);
    if (full->data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_cpystrn(full->data, name->data, name->len + 1);

    return ngx_conf_full_name(cf->cycle, full, 1) == NGX_OK ? NGX_CONF_OK
                                                            : NGX_CONF_ERROR;
}


const char *
ngx_http_s3o_token_file_read(ngx_pool_t *pool, ngx_log_t *log,
    ngx_str_t *name, ngx_str_t *token, ngx_err_t *err)
{
    ngx_fd_t     fd;
    const char  *why;

    /* non-blocking, as opening a FIFO would wait for its writer */

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        *err = ngx_errno;
        return "the token file cannot be opened";
    }

    why = ngx_http_s3o_token_file_load(pool, fd, token, err);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", name);
    }

    return why;
}


static const char *
ngx_http_s3o_token_file_load(ngx_pool_t *pool, ngx_fd_t fd, ngx_str_t *token,
    ngx_err_t *err)
{
    ssize_t          n;
    ngx_file_info_t  fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR || !ngx_is_file(&fi)) {
        return "the token file is not a regular file";
    }

    /* room for CR LF, and one byte more to notice a longer file */

    token->data = ngx_pnalloc(pool, NGX_HTTP_S3O_TOKEN_FILE_MAX + 3);
    if (token->data == NULL) {
        return "no memory";
    }

    n = ngx_read_fd(fd, token->data, NGX_HTTP_S3O_TOKEN_FILE_MAX + 3);

    if (n == -1) {
        *err = ngx_errno;
        return "the token file cannot be read";
    }

    token->len = n;

    if (token->len && token->data[token->len - 1] == LF) {
        token->len--;

        if (token->len && token->data[token->len - 1] == CR) {
            token->len--;
        }
    }

    if (token->len > NGX_HTTP_S3O_TOKEN_FILE_MAX
        || !ngx_http_s3o_token_check(token))
    {
        ngx_explicit_memzero(token->data, n);
        return "the token file is empty, too long or has control characters";
    }

    return NULL;
}


ngx_uint_t
ngx_http_s3o_token_check(ngx_str_t *token)
{
    size_t  i;

    for (i = 0; i < token->len; i++) {
        if (!s3o_is_visible(token->data[i]) && token->data[i] != ' ') {
            return 0;
        }
    }

    return token->len != 0;
}
