
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_region.h"


/* the regions of all partitions that botocore 1.43.11 lists */

static const s3o_str_t  s3o_regions[] = {
    s3o_string("af-south-1"), s3o_string("ap-east-1"),
    s3o_string("ap-east-2"), s3o_string("ap-northeast-1"),
    s3o_string("ap-northeast-2"), s3o_string("ap-northeast-3"),
    s3o_string("ap-south-1"), s3o_string("ap-south-2"),
    s3o_string("ap-southeast-1"), s3o_string("ap-southeast-2"),
    s3o_string("ap-southeast-3"), s3o_string("ap-southeast-4"),
    s3o_string("ap-southeast-5"), s3o_string("ap-southeast-6"),
    s3o_string("ap-southeast-7"), s3o_string("ca-central-1"),
    s3o_string("ca-west-1"), s3o_string("cn-north-1"),
    s3o_string("cn-northwest-1"), s3o_string("eu-central-1"),
    s3o_string("eu-central-2"), s3o_string("eu-isoe-west-1"),
    s3o_string("eu-north-1"), s3o_string("eu-south-1"),
    s3o_string("eu-south-2"), s3o_string("eu-west-1"),
    s3o_string("eu-west-2"), s3o_string("eu-west-3"),
    s3o_string("eusc-de-east-1"), s3o_string("il-central-1"),
    s3o_string("me-central-1"), s3o_string("me-south-1"),
    s3o_string("mx-central-1"), s3o_string("sa-east-1"),
    s3o_string("us-east-1"), s3o_string("us-east-2"),
    s3o_string("us-gov-east-1"), s3o_string("us-gov-west-1"),
    s3o_string("us-iso-east-1"), s3o_string("us-iso-west-1"),
    s3o_string("us-isob-east-1"), s3o_string("us-isob-west-1"),
    s3o_string("us-isof-east-1"), s3o_string("us-isof-south-1"),
    s3o_string("us-west-1"), s3o_string("us-west-2")
};


s3o_uint_t
s3o_region_known(const s3o_str_t *region)
{
    size_t  i;

    for (i = 0; i < sizeof(s3o_regions) / sizeof(s3o_regions[0]); i++) {

        if (s3o_str_eq(&s3o_regions[i], region)) {
            return 1;
        }
    }

    return 0;
}
