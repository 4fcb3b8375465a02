
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "file": credentials from a file, and profiles of such files.
 */


#ifndef _NGX_HTTP_S3O_PROVIDER_FILE_H_INCLUDED_
#define _NGX_HTTP_S3O_PROVIDER_FILE_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"


extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_file;


/* what a profile has, without its access keys; strings are in the pool */

typedef struct {
    ngx_uint_t               keys;        /* 1: it has access keys, even bad
                                             ones */
    ngx_uint_t               line;        /* of its section */
    ngx_str_t                region;
    ngx_str_t                role_arn;
    ngx_str_t                source_profile;
    ngx_str_t                credential_source;
    ngx_str_t                token_file;
    ngx_str_t                session_name;
    ngx_str_t                external_id;
    ngx_str_t                duration;
    ngx_str_t                endpoints;
    ngx_str_t                mfa_serial;
    ngx_str_t                foreign;     /* a key that is not supported */
} ngx_http_s3o_profile_t;


/*
 * Reads a profile of a file, in the form of the credentials or of the config
 * file (S3O_INI_*).  A credentials file that cannot be used counts as one
 * with keys, so that "file" says what is wrong with it.
 *
 * Returns NGX_OK; NGX_DECLINED when the file does not have the profile;
 * NGX_ERROR after an error line.
 */

ngx_int_t ngx_http_s3o_file_lookup(ngx_conf_t *cf, ngx_str_t *name,
    ngx_uint_t kind, ngx_str_t *profile, ngx_http_s3o_profile_t *p);


#endif /* _NGX_HTTP_S3O_PROVIDER_FILE_H_INCLUDED_ */
