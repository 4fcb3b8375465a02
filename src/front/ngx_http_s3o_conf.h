
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The setters of directives, and what can be checked of one value alone.
 */


#ifndef _NGX_HTTP_S3O_CONF_H_INCLUDED_
#define _NGX_HTTP_S3O_CONF_H_INCLUDED_


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_conf_slot.h"


/* the "post" of directives whose setters are slots: which values are valid */

extern ngx_http_s3o_checked_t  ngx_http_s3o_access_point_post;
extern ngx_http_s3o_checked_t  ngx_http_s3o_region_post;
extern ngx_http_s3o_checked_t  ngx_http_s3o_endpoint_post;
extern ngx_http_s3o_checked_t  ngx_http_s3o_key_post;
extern ngx_http_s3o_bits_t     ngx_http_s3o_methods_post;
extern ngx_http_s3o_checked_t  ngx_http_s3o_sign_method_post;
extern ngx_http_s3o_names_t    ngx_http_s3o_args_post;
extern ngx_http_s3o_names_t    ngx_http_s3o_signed_headers_post;
extern ngx_http_s3o_names_t    ngx_http_s3o_copy_post;

/* the words are indexed by NGX_HTTP_S3O_PAYLOAD_* */

extern ngx_http_s3o_words_t    ngx_http_s3o_payload_post;


/*
 * Setters of single directives.  They return NGX_CONF_OK, NGX_CONF_ERROR
 * after a message, or the text of an error that nginx completes.
 */

char *ngx_http_s3o_set_mode(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_expires(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_window(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_param(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_header(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_discard(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_credentials(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_S3O_CONF_H_INCLUDED_ */
