
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Profiles of the shared credentials and config files: which source the SDKs
 * would take for one.
 */


#ifndef _NGX_HTTP_S3O_PROFILE_H_INCLUDED_
#define _NGX_HTTP_S3O_PROFILE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/* what a profile says, but for its keys; strings are in the pool */

typedef struct {
    ngx_uint_t               keys;        /* it has some, good or not */
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
 * Appends to "args" the arguments of "s3o_presign_credentials" that a profile
 * stands for: "file ...", "assume_role ..." or "web_identity ...".  "path" and
 * "config" are full names of files that need not exist; one may be empty.
 *
 * Returns NGX_OK; NGX_DECLINED when neither file has the profile, NGX_DONE when
 * it says nothing of credentials; NGX_ERROR after saying what is wrong.
 */

ngx_int_t ngx_http_s3o_profile_args(ngx_conf_t *cf, ngx_array_t *args,
    ngx_str_t *path, ngx_str_t *config, ngx_str_t *profile);


/* Says of a source, which may be NULL, that a profile has made it. */

ngx_http_s3o_source_t *ngx_http_s3o_profile_made(
    ngx_http_s3o_source_t *source);


/* "file" with "config=": what the profile stands for is found or made. */

ngx_http_s3o_source_t *ngx_http_s3o_profile_add(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_str_t *args, ngx_uint_t n);


/*
 * Reads a profile of a file, in the form of the credentials or the config
 * file (S3O_INI_*).  A credentials file that cannot be used counts as one with
 * keys: "file" says what is wrong with it.
 *
 * Returns NGX_OK, NGX_DECLINED or NGX_ERROR as above.
 */

ngx_int_t ngx_http_s3o_file_lookup(ngx_conf_t *cf, ngx_str_t *name,
    ngx_uint_t kind, ngx_str_t *profile, ngx_http_s3o_profile_t *p);


/* A variable of the environment; NULL where it is unset, or blank. */

char *ngx_http_s3o_env(const char *name);


#endif /* _NGX_HTTP_S3O_PROFILE_H_INCLUDED_ */
