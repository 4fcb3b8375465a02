
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The region set of a SigV4A signature: the regions that it is good in.
 */


#ifndef _S3O_REGION_SET_H_INCLUDED_
#define _S3O_REGION_SET_H_INCLUDED_


#include "s3o_core.h"


#define S3O_REGION_SET_ALL  "*"


/*
 * 1 when this may be an entry of a region set: "*", a region, or the
 * beginning of some up to a "-" with a "*" behind it, such as "us-west-*".
 */

s3o_uint_t s3o_region_set_entry(const s3o_str_t *entry);


/* 1 when a region is in a region set: entries with "," between them. */

s3o_uint_t s3o_region_set_covers(const s3o_str_t *set,
    const s3o_str_t *region);


#endif /* _S3O_REGION_SET_H_INCLUDED_ */
