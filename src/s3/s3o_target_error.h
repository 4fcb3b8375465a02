
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error codes of targets and endpoints, and what is said of each.
 */


#ifndef _S3O_TARGET_ERROR_H_INCLUDED_
#define _S3O_TARGET_ERROR_H_INCLUDED_


#include "s3o_core.h"


/*
 * What is wrong with a target.  Each code is about one of the three inputs,
 * which s3o_target_fault() tells.
 */

typedef enum {
    S3O_TARGET_OK = 0,
    S3O_TARGET_NOT_ARN_OR_ALIAS,
    S3O_TARGET_ARN_FORMAT,          /* not arn:p:service:region:account:res */
    S3O_TARGET_ARN_PLAIN_S3,        /* service "s3" */
    S3O_TARGET_ARN_SERVICE,         /* any other service */
    S3O_TARGET_ARN_PARTITION,       /* not the partition of the region */
    S3O_TARGET_ARN_REGION,          /* no region of a known partition */
    S3O_TARGET_ARN_ACCOUNT,         /* not 12 digits */
    S3O_TARGET_ARN_RESOURCE,        /* not outpost/ID/accesspoint/NAME */
    S3O_TARGET_ARN_OUTPOST,         /* not "op-" and 1 to 60 of a-z 0-9 */
    S3O_TARGET_ARN_BUCKET,          /* .../bucket/NAME */
    S3O_TARGET_ARN_NOT_ACCESS_POINT,
    S3O_TARGET_ARN_SUB_RESOURCE,    /* .../accesspoint/NAME/more */
    S3O_TARGET_ARN_NAME,            /* 3-50 of a-z 0-9 -, no - at the ends */
    S3O_TARGET_LABEL_TOO_LONG,      /* a longer NAME: NAME-ACCOUNT would have
                                       more than the 63 characters of a label */
    S3O_TARGET_ALIAS_FORMAT,
    S3O_TARGET_ALIAS_HARDWARE,      /* neither "o" nor "e" */
    S3O_TARGET_ALIAS_NO_REGION,
    S3O_TARGET_ALIAS_BETA,          /* a beta alias without an endpoint */
    S3O_TARGET_REGION,              /* "region" is in no known partition */
    S3O_TARGET_REGION_PARTITION,    /* "region" is not in the ARN's partition */
    S3O_TARGET_ENDPOINT_SCHEME,     /* not http:// or https:// */
    S3O_TARGET_ENDPOINT_PATH,       /* more than an authority, or user info in
                                       it */
    S3O_TARGET_ENDPOINT_HOST,
    S3O_TARGET_ENDPOINT_PORT,
    S3O_TARGET_ENDPOINT_FIPS,       /* fips, dualstack, accelerate names */
    S3O_TARGET_HOST_TOO_LONG
} s3o_target_error_e;


/* which of the three inputs is at fault */

#define S3O_TARGET_FAULT_ACCESS_POINT  0
#define S3O_TARGET_FAULT_REGION        1
#define S3O_TARGET_FAULT_ENDPOINT      2


/* The input that a code is about, one of S3O_TARGET_FAULT_*. */

s3o_uint_t s3o_target_fault(s3o_target_error_e err);


/*
 * A constant sentence for the error log that says what is wrong and what is
 * expected, such as "the account id must be 12 digits"; never NULL.
 */

const char *s3o_target_strerror(s3o_target_error_e err);


#endif /* _S3O_TARGET_ERROR_H_INCLUDED_ */
