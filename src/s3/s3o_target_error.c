
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_target_error.h"


typedef struct {
    s3o_uint_t               fault;
    const char              *text;
} s3o_target_text_t;


/* indexed by s3o_target_error_e */

static const s3o_target_text_t  s3o_target_texts[] = {
    { S3O_TARGET_FAULT_ACCESS_POINT,
      "no error" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "neither an access point ARN nor an alias that ends in \"--op-s3\"" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "an access point ARN must look like arn:PARTITION:s3-outposts:"
      "REGION:ACCOUNT:outpost/op-ID/accesspoint/NAME" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "an ARN of service \"s3\" names no access point on an Outpost, "
      "\"s3-outposts\" is expected" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the service of the ARN must be \"s3-outposts\"" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the partition of the ARN is not that of its region" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the region of the ARN is not a region of a known partition" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the account id must be 12 digits" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the resource of the ARN must be outpost/op-ID/accesspoint/NAME" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the outpost id must be \"op-\" and 1 to 60 lower-case letters or "
      "digits" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "a bucket ARN gives no access to objects, the ARN of one of the "
      "bucket's access points is expected" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the ARN must name an \"accesspoint\" after the outpost id" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "nothing may follow the access point name, an object key does not "
      "belong in the ARN" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the access point name must be 3 to 50 lower-case letters, digits "
      "or hyphens, with no hyphen at either end" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the access point name is longer than 50 characters, together with "
      "the account id it is too long for a host label" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "an alias must be one lower-case host label of 50 to 63 characters "
      "with the outpost id in it, as S3 made it" },

    { S3O_TARGET_FAULT_ACCESS_POINT,
      "the hardware type in the alias must be \"o\" or \"e\"" },

    { S3O_TARGET_FAULT_REGION,
      "an alias does not contain its region, \"s3o_presign_region\" must "
      "name it" },

    { S3O_TARGET_FAULT_ENDPOINT,
      "a \"beta\" alias has no public endpoint, \"s3o_presign_endpoint\" must "
      "name one" },

    { S3O_TARGET_FAULT_REGION,
      "not a region of a known partition" },

    { S3O_TARGET_FAULT_REGION,
      "the region is in another partition than the region of the ARN" },

    { S3O_TARGET_FAULT_ENDPOINT,
      "an endpoint must begin with \"https://\" or \"http://\"" },

    { S3O_TARGET_FAULT_ENDPOINT,
      "an endpoint is a host name and an optional port, without user "
      "info, path or query" },

    { S3O_TARGET_FAULT_ENDPOINT,
      "the endpoint must be a host name of letters, digits and hyphens, not "
      "an IP address, because labels are put before it" },

    { S3O_TARGET_FAULT_ENDPOINT,
      "the port of the endpoint must be 1 to 65535" },

    { S3O_TARGET_FAULT_ENDPOINT,
      "S3 on Outposts has no FIPS, dual-stack or accelerate endpoints" },

    { S3O_TARGET_FAULT_ENDPOINT,
      "the host name of the access point would be longer than 253 "
      "characters" }
};


s3o_uint_t
s3o_target_fault(s3o_target_error_e err)
{
    return s3o_target_texts[err].fault;
}


const char *
s3o_target_strerror(s3o_target_error_e err)
{
    return s3o_target_texts[err].text;
}
