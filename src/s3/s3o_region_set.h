
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The region set of a SigV4A signature: the regions in which it is valid.
 */


#ifndef _S3O_REGION_SET_H_INCLUDED_
#define _S3O_REGION_SET_H_INCLUDED_


#include "s3o_core.h"


#define S3O_REGION_SET_ALL  "*"


/*
 * 1 when this may be an entry of a region set: "*", a region, or the
 * beginning of names of regions with "-*" at its end, such as "us-west-*".
 */

s3o_uint_t s3o_region_set_entry(const s3o_str_t *entry);


/*
 * 1 when a region set covers a region.  The entries of a set are separated by
 * ",".
 */

s3o_uint_t s3o_region_set_covers(const s3o_str_t *set,
    const s3o_str_t *region);


#endif /* _S3O_REGION_SET_H_INCLUDED_ */
