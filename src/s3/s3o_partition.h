
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The partitions of AWS: which one a region is in, and the end of its host
 * names, by the S3 endpoint rule set.
 */


#ifndef _S3O_PARTITION_H_INCLUDED_
#define _S3O_PARTITION_H_INCLUDED_


#include "s3o_core.h"


/* bytes of the longest name that is taken for a region */

#define S3O_REGION_MAX  32


typedef struct {
    s3o_str_t      name;
    s3o_str_t      prefixes;        /* of its regions, between blanks */
    s3o_str_t      suffix;          /* end of its host names */
} s3o_partition_t;


/*
 * The partition of a region, or NULL when the region is in none, as
 * "aws-global" is.  The result is constant.
 */

const s3o_partition_t *s3o_partition_find(const s3o_str_t *region);


#endif /* _S3O_PARTITION_H_INCLUDED_ */
