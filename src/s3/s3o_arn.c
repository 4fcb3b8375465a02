
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_arn.h"
#include "s3o_endpoint.h"
#include "s3o_partition.h"
#include "s3o_text.h"


#define S3O_ACCESS_POINT_MIN    3
#define S3O_ACCESS_POINT_MAX    50
#define S3O_ARN_PARTS           5


static s3o_target_error_e s3o_arn_parse_resource(s3o_arn_t *arn,
    const s3o_str_t *s);
static s3o_target_error_e s3o_arn_check(const s3o_arn_t *arn);


s3o_target_error_e
s3o_arn_parse(s3o_arn_t *arn, const s3o_str_t *s)
{
    s3o_str_t  rest, word, service;

    rest = *s;

    if (!s3o_str_split(&rest, &word, ':')
        || !s3o_str_split(&rest, &arn->partition, ':')
        || !s3o_str_split(&rest, &service, ':')
        || !s3o_str_split(&rest, &arn->region, ':')
        || !s3o_str_split(&rest, &arn->account, ':'))
    {
        return S3O_TARGET_ARN_FORMAT;
    }

    if (arn->partition.len == 0 || service.len == 0 || rest.len == 0) {
        return S3O_TARGET_ARN_FORMAT;
    }

    if (s3o_str_is(&service, "s3")) {
        return S3O_TARGET_ARN_PLAIN_S3;
    }

    if (!s3o_str_is(&service, "s3-outposts")) {
        return S3O_TARGET_ARN_SERVICE;
    }

    return s3o_arn_parse_resource(arn, &rest);
}


/* parses outpost/ID/accesspoint/NAME, where each "/" may be a ":" */

static s3o_target_error_e
s3o_arn_parse_resource(s3o_arn_t *arn, const s3o_str_t *s)
{
    u_char      *p, *last;
    s3o_str_t    parts[S3O_ARN_PARTS];
    s3o_uint_t   n;

    p = s->data;
    last = p + s->len;

    n = 0;
    s3o_str_set(&parts[0], p, 0);

    for ( /* void */ ; p < last; p++) {

        if (*p != '/' && *p != ':') {
            parts[n].len++;
            continue;
        }

        if (++n == S3O_ARN_PARTS) {
            break;
        }

        s3o_str_set(&parts[n], p + 1, 0);
    }

    if (!s3o_str_is(&parts[0], "outpost") || n < 2) {
        return S3O_TARGET_ARN_RESOURCE;
    }

    if (s3o_str_is(&parts[2], "bucket")) {
        return S3O_TARGET_ARN_BUCKET;
    }

    if (!s3o_str_is(&parts[2], "accesspoint")) {
        return S3O_TARGET_ARN_NOT_ACCESS_POINT;
    }

    if (n < 3) {
        return S3O_TARGET_ARN_RESOURCE;
    }

    if (n > 3) {
        return S3O_TARGET_ARN_SUB_RESOURCE;
    }

    arn->outpost = parts[1];
    arn->name = parts[3];

    return s3o_arn_check(arn);
}


static s3o_target_error_e
s3o_arn_check(const s3o_arn_t *arn)
{
    const s3o_partition_t  *partition;

    static const s3o_str_t  op = s3o_string("op-");

    partition = s3o_partition_find(&arn->region);

    if (partition == NULL) {
        return S3O_TARGET_ARN_REGION;
    }

    if (!s3o_str_eq(&partition->name, &arn->partition)) {
        return S3O_TARGET_ARN_PARTITION;
    }

    if (arn->account.len != S3O_ACCOUNT_LEN
        || !s3o_str_is_digits(&arn->account))
    {
        return S3O_TARGET_ARN_ACCOUNT;
    }

    if (!s3o_str_starts(&arn->outpost, &op)
        || arn->outpost.len == op.len
        || arn->outpost.len > S3O_LABEL_MAX
        || !s3o_is_lower_alnum(arn->outpost.data + op.len,
                             arn->outpost.len - op.len))
    {
        return S3O_TARGET_ARN_OUTPOST;
    }

    if (arn->name.len < S3O_ACCESS_POINT_MIN
        || !s3o_endpoint_label(&arn->name))
    {
        return S3O_TARGET_ARN_NAME;
    }

    /*
     * NAME-ACCOUNT of 50 + 1 + 12 characters is also the longest label of a
     * host
     */

    if (arn->name.len > S3O_ACCESS_POINT_MAX) {
        return S3O_TARGET_LABEL_TOO_LONG;
    }

    return S3O_TARGET_OK;
}
