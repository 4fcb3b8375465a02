
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The algorithm, and SigV4A's set of regions.
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


/* What a level has of the one around it. */

void ngx_http_s3o_merge_algorithm(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);


/*
 * What they must not be combined with; that the region of a constant access
 * point is in the set.  NGX_CONF_ERROR after saying what is wrong.
 */

char *ngx_http_s3o_check_algorithm(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
char *ngx_http_s3o_check_region_set(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);


#endif /* _NGX_HTTP_S3O_ALGORITHM_H_INCLUDED_ */
