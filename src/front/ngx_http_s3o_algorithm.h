
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The algorithm, and the region set of SigV4A.
 */


#ifndef _NGX_HTTP_S3O_ALGORITHM_H_INCLUDED_
#define _NGX_HTTP_S3O_ALGORITHM_H_INCLUDED_


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_conf_slot.h"


/* The words of "s3o_presign_algorithm". */

extern ngx_http_s3o_words_t  ngx_http_s3o_algorithm_post;


/* The setter of "s3o_presign_region_set". */

char *ngx_http_s3o_set_region_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * Inherits the algorithm and the region set from "prev", the level around
 * "conf".
 */

void ngx_http_s3o_merge_algorithm(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);


/*
 * Check, at a merged level, that the algorithm and the region set go with the
 * other directives; and that the region set covers the region of a constant
 * access point.  NGX_CONF_OK, or NGX_CONF_ERROR after a message.
 */

char *ngx_http_s3o_check_algorithm(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
char *ngx_http_s3o_check_region_set(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_ALGORITHM_H_INCLUDED_ */
