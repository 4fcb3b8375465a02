
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_target.h"
#include "s3o_arn.h"
#include "s3o_endpoint.h"
#include "s3o_text.h"


/* positions in an alias, counted from its end, and lengths */

#define S3O_ALIAS_SUFFIX        "--op-s3"
#define S3O_ALIAS_BETA          "beta"
#define S3O_ALIAS_HARDWARE      50
#define S3O_ALIAS_OUTPOST       49
#define S3O_ALIAS_OUTPOST_LEN   17
#define S3O_ALIAS_PREFIX        12
#define S3O_ALIAS_PREFIX_LEN    4

/* the name with which SDKs say "no particular region" */

#define S3O_REGION_GLOBAL       "aws-global"


static s3o_target_error_e s3o_target_arn(s3o_target_t *t,
    const s3o_target_conf_t *conf, const s3o_endpoint_t *ep);
static s3o_target_error_e s3o_target_alias(s3o_target_t *t,
    const s3o_target_conf_t *conf, const s3o_endpoint_t *ep);
static s3o_target_error_e s3o_target_host_end(s3o_target_t *t, s3o_buf_t *b,
    const s3o_str_t *region, const s3o_partition_t *partition,
    const s3o_endpoint_t *ep);


s3o_target_error_e
s3o_target_resolve(s3o_target_t *t, const s3o_target_conf_t *conf)
{
    s3o_str_t            rest;
    s3o_target_t         result;
    s3o_endpoint_t       ep;
    s3o_target_error_e   err;

    static const s3o_str_t  arn = s3o_string("arn:");
    static const s3o_str_t  alias = s3o_string(S3O_ALIAS_SUFFIX);

    memset(&ep, 0, sizeof(s3o_endpoint_t));
    ep.https = 1;

    if (conf->endpoint.len) {
        err = s3o_endpoint_parse(&ep, &conf->endpoint);
        if (err != S3O_TARGET_OK) {
            return err;
        }
    }

    if (conf->region.len) {
        err = s3o_target_check_region(&conf->region);
        if (err != S3O_TARGET_OK) {
            return err;
        }
    }

    rest = conf->access_point;

    if (s3o_str_starts(&rest, &arn)) {
        err = s3o_target_arn(&result, conf, &ep);

    } else {
        if (rest.len > alias.len) {
            rest.data += rest.len - alias.len;
            rest.len = alias.len;
        }

        if (!s3o_str_eq(&rest, &alias)) {
            return S3O_TARGET_NOT_ARN_OR_ALIAS;
        }

        err = s3o_target_alias(&result, conf, &ep);
    }

    if (err == S3O_TARGET_OK) {
        *t = result;
    }

    return err;
}


static s3o_target_error_e
s3o_target_arn(s3o_target_t *t, const s3o_target_conf_t *conf,
    const s3o_endpoint_t *ep)
{
    s3o_buf_t               b;
    s3o_arn_t               arn;
    s3o_target_error_e      err;
    const s3o_partition_t  *partition, *given;

    err = s3o_arn_parse(&arn, &conf->access_point);
    if (err != S3O_TARGET_OK) {
        return err;
    }

    partition = s3o_partition_find(&arn.region);

    if (conf->region.len && !s3o_str_is(&conf->region, S3O_REGION_GLOBAL)) {
        given = s3o_partition_find(&conf->region);

        if (!s3o_str_eq(&given->name, &partition->name)) {
            return S3O_TARGET_REGION_PARTITION;
        }
    }

    s3o_buf_init(&b, t->host, S3O_HOST_MAX);

    s3o_buf_put_str(&b, &arn.name);
    s3o_buf_putc(&b, '-');
    s3o_buf_put_str(&b, &arn.account);
    s3o_buf_putc(&b, '.');
    s3o_buf_put_str(&b, &arn.outpost);

    return s3o_target_host_end(t, &b, &arn.region, partition, ep);
}


/* The branch of the S3 endpoint rule set for names that end in "--op-s3". */

static s3o_target_error_e
s3o_target_alias(s3o_target_t *t, const s3o_target_conf_t *conf,
    const s3o_endpoint_t *ep)
{
    u_char                  hardware;
    s3o_buf_t               b;
    s3o_str_t               outpost, prefix;
    const u_char           *end;
    const s3o_str_t        *alias;
    const s3o_partition_t  *partition;

    alias = &conf->access_point;
    end = alias->data + alias->len;

    if (alias->len < S3O_ALIAS_HARDWARE
        || alias->len > S3O_LABEL_MAX
        || !s3o_endpoint_label(alias)
        || !s3o_is_lower_alnum(end - S3O_ALIAS_OUTPOST, S3O_ALIAS_OUTPOST_LEN))
    {
        return S3O_TARGET_ALIAS_FORMAT;
    }

    hardware = *(end - S3O_ALIAS_HARDWARE);

    if (hardware != 'o' && hardware != 'e') {
        return S3O_TARGET_ALIAS_HARDWARE;
    }

    if (conf->region.len == 0
        || s3o_str_is(&conf->region, S3O_REGION_GLOBAL))
    {
        return S3O_TARGET_ALIAS_NO_REGION;
    }

    s3o_str_set(&outpost, end - S3O_ALIAS_OUTPOST, S3O_ALIAS_OUTPOST_LEN);
    s3o_str_set(&prefix, end - S3O_ALIAS_PREFIX, S3O_ALIAS_PREFIX_LEN);

    if (s3o_str_is(&prefix, S3O_ALIAS_BETA) && ep->host_len == 0) {
        return S3O_TARGET_ALIAS_BETA;
    }

    partition = s3o_partition_find(&conf->region);

    s3o_buf_init(&b, t->host, S3O_HOST_MAX);

    s3o_buf_put_str(&b, alias);

    if (hardware == 'o') {
        s3o_buf_put_literal(&b, ".op-");
        s3o_buf_put_str(&b, &outpost);

    } else {
        s3o_buf_put_literal(&b, ".ec2");
    }

    return s3o_target_host_end(t, &b, &conf->region, partition, ep);
}


/*
 * Appends what follows the two first labels of the host, and sets the rest of
 * the target.
 */

static s3o_target_error_e
s3o_target_host_end(s3o_target_t *t, s3o_buf_t *b, const s3o_str_t *region,
    const s3o_partition_t *partition, const s3o_endpoint_t *ep)
{
    s3o_buf_putc(b, '.');

    if (ep->host_len) {
        s3o_buf_put(b, ep->host, ep->host_len);

    } else {
        s3o_buf_put_literal(b, "s3-outposts.");
        s3o_buf_put_str(b, region);
        s3o_buf_putc(b, '.');
        s3o_buf_put_str(b, &partition->suffix);
    }

    if (b->overflow || b->pos - b->start > S3O_HOST_NAME_MAX) {
        return S3O_TARGET_HOST_TOO_LONG;
    }

    if (ep->port.len) {
        s3o_buf_putc(b, ':');
        s3o_buf_put_str(b, &ep->port);
    }

    t->https = ep->https;
    t->host_len = b->pos - b->start;
    t->region_len = region->len;
    memcpy(t->region, region->data, region->len);

    return S3O_TARGET_OK;
}


s3o_target_error_e
s3o_target_check_region(const s3o_str_t *region)
{
    if (s3o_str_is(region, S3O_REGION_GLOBAL)) {
        return S3O_TARGET_OK;
    }

    return s3o_partition_find(region) ? S3O_TARGET_OK : S3O_TARGET_REGION;
}


s3o_int_t
s3o_target_suffix(const s3o_str_t *region, s3o_str_t *suffix)
{
    const s3o_partition_t  *partition;

    partition = s3o_partition_find(region);

    if (partition == NULL) {
        return S3O_ERROR;
    }

    *suffix = partition->suffix;

    return S3O_OK;
}


s3o_target_error_e
s3o_target_check_endpoint(const s3o_str_t *endpoint)
{
    s3o_endpoint_t  ep;

    return s3o_endpoint_parse(&ep, endpoint);
}


void
s3o_target_account(const s3o_str_t *host, s3o_str_t *account)
{
    u_char  *dot;

    s3o_str_set(account, NULL, 0);

    dot = host->len ? memchr(host->data, '.', host->len) : NULL;

    if (dot == NULL || dot - host->data <= S3O_ACCOUNT_LEN
        || dot[-S3O_ACCOUNT_LEN - 1] != '-')
    {
        return;
    }

    s3o_str_set(account, dot - S3O_ACCOUNT_LEN, S3O_ACCOUNT_LEN);

    if (!s3o_str_is_digits(account)) {
        s3o_str_set(account, NULL, 0);
    }
}
