
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The mode of a request: the words of "s3o_presign", and its value with
 * variables.
 */


#ifndef _NGX_HTTP_S3O_MODE_H_INCLUDED_
#define _NGX_HTTP_S3O_MODE_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* the words, indexed by NGX_HTTP_S3O_OFF to NGX_HTTP_S3O_PROXY */

extern const ngx_str_t  ngx_http_s3o_mode_names[];


/*
 * Sets "mode" to the mode that a word of "s3o_presign" names, and "status" to
 * 307, the status of a redirect.  NGX_ERROR for any other word; then neither
 * is changed.
 */

ngx_int_t ngx_http_s3o_mode_word(const ngx_str_t *word, ngx_uint_t *mode,
    ngx_uint_t *status);


/*
 * Sets the mode of the request and the status of a redirect, from the
 * configuration or from the value of a variable.  NGX_OK; or 500 after a line
 * in the log, for a value that is no mode.
 */

ngx_int_t ngx_http_s3o_find_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_uint_t *mode, ngx_uint_t *status);


#endif /* _NGX_HTTP_S3O_MODE_H_INCLUDED_ */
