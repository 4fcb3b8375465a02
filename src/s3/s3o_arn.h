
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Parses the ARN of an access point on an Outpost.
 */


#ifndef _S3O_ARN_H_INCLUDED_
#define _S3O_ARN_H_INCLUDED_


#include "s3o_target_error.h"


/* digits of an account id */

#define S3O_ACCOUNT_LEN  12


typedef struct {
    s3o_str_t      partition;
    s3o_str_t      region;
    s3o_str_t      account;
    s3o_str_t      outpost;
    s3o_str_t      name;
} s3o_arn_t;


/*
 * Parses "arn:PARTITION:s3-outposts:REGION:ACCOUNT:outpost/ID/accesspoint/NAME"
 * where each "/" may be a ":".  The fields point into the text.  A name and an
 * account that pass fit in a label of a host together, the outpost's id does
 * alone, and the region has a partition, which is that of the ARN.
 *
 * Returns S3O_TARGET_OK, S3O_TARGET_ARN_*, or S3O_TARGET_LABEL_TOO_LONG.
 */

s3o_target_error_e s3o_arn_parse(s3o_arn_t *arn, const s3o_str_t *s);


#endif /* _S3O_ARN_H_INCLUDED_ */
