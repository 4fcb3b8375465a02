
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Files that hold one token, which some other program renews.
 */


#ifndef _NGX_HTTP_S3O_TOKEN_FILE_H_INCLUDED_
#define _NGX_HTTP_S3O_TOKEN_FILE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Sets *full to the full, zero-terminated name of a token file.  Returns
 * NGX_CONF_OK or NGX_CONF_ERROR.
 */

char *ngx_http_s3o_token_file_name(ngx_conf_t *cf, ngx_str_t *name,
    ngx_str_t *full);


/*
 * Reads a token, without a line end after it, to the pool; the caller wipes
 * it. Returns NULL, or a constant sentence that says what is wrong, with an
 * errno or 0 in *err.  It is an error when the token has a byte that a header
 * cannot have, such as another CR or LF.
 */

const char *ngx_http_s3o_token_file_read(ngx_pool_t *pool, ngx_log_t *log,
    ngx_str_t *name, ngx_str_t *token, ngx_err_t *err);


/* 1 when a token is not empty and has only visible ASCII and spaces. */

ngx_uint_t ngx_http_s3o_token_check(ngx_str_t *token);


#endif /* _NGX_HTTP_S3O_TOKEN_FILE_H_INCLUDED_ */
