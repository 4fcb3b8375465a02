
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Where a request goes: makes the host and the signing region of an access
 * point (ARN or alias), a region and an endpoint, by the S3 endpoint rule set,
 * but more strictly.
 */


#ifndef _S3O_TARGET_H_INCLUDED_
#define _S3O_TARGET_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_partition.h"
#include "s3o_target_error.h"


#define S3O_HOST_MAX    (253 + sizeof(":65535") - 1)


typedef struct {
    s3o_str_t      access_point;    /* the ARN or the alias */
    s3o_str_t      region;          /* empty: that of the ARN; an alias needs
                                       it */
    s3o_str_t      endpoint;        /* empty: that of the partition */
} s3o_target_conf_t;


typedef struct {
    s3o_uint_t     https;           /* 0 only for an http:// endpoint */
    size_t         host_len;
    size_t         region_len;
    u_char         host[S3O_HOST_MAX];     /* lower case, with a port other
                                              than the scheme's default */
    u_char         region[S3O_REGION_MAX]; /* the signing region */
} s3o_target_t;


/*
 * Resolves the target by the S3 endpoint rule set and the S3 User Guide.
 *
 * The host of an ARN is "NAME-ACCOUNT.OUTPOST.s3-outposts.REGION.SUFFIX",
 * that of an alias with hardware "o" "ALIAS.op-ID.s3-outposts.REGION.SUFFIX",
 * with hardware "e" "ALIAS.ec2.s3-outposts.REGION.SUFFIX".  The authority of
 * a custom endpoint replaces "s3-outposts.REGION.SUFFIX", also of aliases;
 * the SDKs do that with "beta" aliases only.  IPv4 and IPv6 addresses are
 * refused as endpoints, as no labels can go before them.  A region that is
 * given with an ARN must be in the same partition and never changes the host
 * or the signing region: those are made of the region in the ARN.  The SDKs'
 * "aws-global" counts as no region.
 *
 * Returns S3O_TARGET_OK with *t filled, or the code of the first fault with
 * *t unchanged.
 */

s3o_target_error_e s3o_target_resolve(s3o_target_t *t,
    const s3o_target_conf_t *conf);


/*
 * Checks the name of a region: S3O_TARGET_OK, also for "aws-global", or
 * S3O_TARGET_REGION.
 */

s3o_target_error_e s3o_target_check_region(const s3o_str_t *region);


/*
 * Sets *suffix to the end of host names in the partition of a region, such as
 * "amazonaws.com".  Returns S3O_OK, or S3O_ERROR when the region is in no
 * partition, as "aws-global" is.
 */

s3o_int_t s3o_target_suffix(const s3o_str_t *region, s3o_str_t *suffix);


/*
 * Sets *account to the account id in a host that s3o_target_resolve() made of
 * an ARN.  Hosts of aliases have none: *account is then empty.
 */

void s3o_target_account(const s3o_str_t *host, s3o_str_t *account);


/* Checks an endpoint: S3O_TARGET_OK or one of S3O_TARGET_ENDPOINT_*. */

s3o_target_error_e s3o_target_check_endpoint(const s3o_str_t *endpoint);


#endif /* _S3O_TARGET_H_INCLUDED_ */
