
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What "s3o_presign" says: the words of it, and a value that has variables.
 */


#ifndef _NGX_HTTP_S3O_MODE_H_INCLUDED_
#define _NGX_HTTP_S3O_MODE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* by NGX_HTTP_S3O_OFF to NGX_HTTP_S3O_PROXY */

extern const ngx_str_t  ngx_http_s3o_mode_names[];


/*
 * NGX_OK, with the mode of a word and the status that it redirects with;
 * NGX_ERROR for any other word, with both left alone.
 */

ngx_int_t ngx_http_s3o_mode_word(const ngx_str_t *word, ngx_uint_t *mode,
    ngx_uint_t *status);


/*
 * NGX_OK, with the mode and the status of the request, of which a variable may
 * decide; or 500, after a refusal with its line, for a value that is no mode.
 */

ngx_int_t ngx_http_s3o_find_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_uint_t *mode, ngx_uint_t *status);


#endif /* _NGX_HTTP_S3O_MODE_H_INCLUDED_ */
