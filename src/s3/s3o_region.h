
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The regions that there are.  New ones open, so that a region which is not
 * here is not wrong, and mistyped more often than new.
 */


#ifndef _S3O_REGION_H_INCLUDED_
#define _S3O_REGION_H_INCLUDED_


#include "s3o_core.h"


/* 1 when there was a region of this name when the list was made */

s3o_uint_t s3o_region_known(const s3o_str_t *region);


#endif /* _S3O_REGION_H_INCLUDED_ */
