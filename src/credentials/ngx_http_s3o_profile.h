
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Profiles of the shared credentials and config files: finds the source that
 * the SDKs would use for a profile.
 */


#ifndef _NGX_HTTP_S3O_PROFILE_H_INCLUDED_
#define _NGX_HTTP_S3O_PROFILE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * Appends to "args" the arguments of "s3o_presign_credentials" that a profile
 * stands for: "file ...", "assume_role ..." or "web_identity ...".  "path"
 * and "config" are full names of files, which need not exist; one may be
 * empty.
 *
 * Returns NGX_OK; NGX_DECLINED when neither file has the profile; NGX_DONE
 * when the profile has no credentials; NGX_ERROR after an error line.
 */

ngx_int_t ngx_http_s3o_profile_args(ngx_conf_t *cf, ngx_array_t *args,
    ngx_str_t *path, ngx_str_t *config, ngx_str_t *profile);


/*
 * The same for "file" with "config=": "args" are its n parameters "path=",
 * "config=" and "profile=".  Returns NGX_OK, or NGX_ERROR after an error
 * line.
 */

ngx_int_t ngx_http_s3o_profile_find(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t n, ngx_array_t *found);


#endif /* _NGX_HTTP_S3O_PROFILE_H_INCLUDED_ */
