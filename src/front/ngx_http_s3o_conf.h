
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Setters of directives: what can be checked of one value alone.
 */


#ifndef _NGX_HTTP_S3O_CONF_H_INCLUDED_
#define _NGX_HTTP_S3O_CONF_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* by NGX_HTTP_S3O_PAYLOAD_* */

extern ngx_str_t  ngx_http_s3o_payload_names[];


/*
 * Setters, which return NGX_CONF_OK, or another text after an error as nginx
 * has it.
 */

char *ngx_http_s3o_set_mode(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_access_point(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_region(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_methods(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_sign_method(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_expires(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_window(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_args(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_param(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_signed_headers(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_copy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_header(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_payload(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_discard(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_credentials(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_S3O_CONF_H_INCLUDED_ */
