
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_target.h"
#include "s3o_endpoint.h"
#include "s3o_text.h"


#define S3O_ACCOUNT_LEN         12
#define S3O_ACCESS_POINT_MIN    3
#define S3O_ACCESS_POINT_MAX    50

/* positions in an alias, counted from its end, and lengths */

#define S3O_ALIAS_SUFFIX        "--op-s3"
#define S3O_ALIAS_BETA          "beta"
#define S3O_ALIAS_HARDWARE      50
#define S3O_ALIAS_OUTPOST       49
#define S3O_ALIAS_OUTPOST_LEN   17
#define S3O_ALIAS_PREFIX        12
#define S3O_ALIAS_PREFIX_LEN    4

#define S3O_ARN_PARTS           5

/* the name with which SDKs say "no particular region" */

#define S3O_REGION_GLOBAL       "aws-global"


typedef struct {
    s3o_str_t                name;
    s3o_str_t                prefixes;   /* prefixes of its regions */
    s3o_str_t                suffix;     /* end of its host names */
} s3o_partition_t;


typedef struct {
    s3o_str_t                partition;
    s3o_str_t                region;
    s3o_str_t                account;
    s3o_str_t                outpost;
    s3o_str_t                name;
} s3o_arn_t;


typedef struct {
    s3o_uint_t               fault;
    const char              *text;
} s3o_target_text_t;


static s3o_target_error_e s3o_target_arn(s3o_target_t *t,
    const s3o_target_conf_t *conf, const s3o_endpoint_t *ep);
static s3o_target_error_e s3o_target_alias(s3o_target_t *t,
    const s3o_target_conf_t *conf, const s3o_endpoint_t *ep);
static s3o_target_error_e s3o_arn_parse(s3o_arn_t *arn, const s3o_str_t *s);
static s3o_target_error_e s3o_arn_parse_resource(s3o_arn_t *arn,
    const s3o_str_t *s);
static s3o_target_error_e s3o_arn_check(const s3o_arn_t *arn);
static const s3o_partition_t *s3o_target_partition(const s3o_str_t *region);
static s3o_uint_t s3o_target_cut(s3o_str_t *rest, s3o_str_t *part);
static s3o_uint_t s3o_target_alnum(const u_char *p, size_t len);
static s3o_target_error_e s3o_target_host_end(s3o_target_t *t, s3o_buf_t *b,
    const s3o_str_t *region, const s3o_partition_t *partition,
    const s3o_endpoint_t *ep);


/*
 * The partitions of the S3 endpoint rule set.  Its regular expressions all
 * stand for PREFIX-WORD-NUMBER, where PREFIX is one of these and WORD has no
 * "-".
 */

static const s3o_partition_t  s3o_partitions[] = {
    { s3o_string("aws"), s3o_string("us eu ap sa ca me af il mx"),
      s3o_string("amazonaws.com") },
    { s3o_string("aws-us-gov"), s3o_string("us-gov"),
      s3o_string("amazonaws.com") },
    { s3o_string("aws-cn"), s3o_string("cn"),
      s3o_string("amazonaws.com.cn") },
    { s3o_string("aws-iso"), s3o_string("us-iso"),
      s3o_string("c2s.ic.gov") },
    { s3o_string("aws-iso-b"), s3o_string("us-isob"),
      s3o_string("sc2s.sgov.gov") },
    { s3o_string("aws-iso-e"), s3o_string("eu-isoe"),
      s3o_string("cloud.adc-e.uk") },
    { s3o_string("aws-iso-f"), s3o_string("us-isof"),
      s3o_string("csp.hci.ic.gov") },
    { s3o_string("aws-eusc"), s3o_string("eusc-de"),
      s3o_string("amazonaws.eu") },

    { { 0, NULL }, { 0, NULL }, { 0, NULL } }
};


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

    partition = s3o_target_partition(&arn.region);

    if (conf->region.len && !s3o_str_is(&conf->region, S3O_REGION_GLOBAL)) {
        given = s3o_target_partition(&conf->region);

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
        || !s3o_target_alnum(end - S3O_ALIAS_OUTPOST, S3O_ALIAS_OUTPOST_LEN))
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

    partition = s3o_target_partition(&conf->region);

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


static s3o_target_error_e
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

    partition = s3o_target_partition(&arn->region);

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
        || !s3o_target_alnum(arn->outpost.data + op.len,
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


/* The partition of a region, or NULL when the region is in none. */

static const s3o_partition_t *
s3o_target_partition(const s3o_str_t *region)
{
    s3o_str_t               rest, number, word, list, prefix;
    const s3o_partition_t  *partition;

    rest = *region;

    if (rest.len > S3O_REGION_MAX
        || !s3o_target_cut(&rest, &number)
        || !s3o_str_is_digits(&number)
        || !s3o_target_cut(&rest, &word)
        || !s3o_target_alnum(word.data, word.len))
    {
        return NULL;
    }

    for (partition = s3o_partitions; partition->name.len; partition++) {
        list = partition->prefixes;

        while (s3o_str_next(&list, &prefix, ' ')) {
            if (s3o_str_eq(&rest, &prefix)) {
                return partition;
            }
        }
    }

    return NULL;
}


/*
 * Moves what is after the last "-" of "rest" to "part", and takes it and the
 * "-" off "rest".  Returns 0 when there is no "-".
 */

static s3o_uint_t
s3o_target_cut(s3o_str_t *rest, s3o_str_t *part)
{
    size_t  i;

    for (i = rest->len; i > 0; i--) {

        if (rest->data[i - 1] == '-') {
            s3o_str_set(part, rest->data + i, rest->len - i);
            rest->len = i - 1;
            return 1;
        }
    }

    return 0;
}


static s3o_uint_t
s3o_target_alnum(const u_char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (!s3o_is_lower(p[i]) && !s3o_is_digit(p[i])) {
            return 0;
        }
    }

    return len > 0;
}


s3o_target_error_e
s3o_target_check_region(const s3o_str_t *region)
{
    if (s3o_str_is(region, S3O_REGION_GLOBAL)) {
        return S3O_TARGET_OK;
    }

    return s3o_target_partition(region) ? S3O_TARGET_OK : S3O_TARGET_REGION;
}


s3o_int_t
s3o_target_suffix(const s3o_str_t *region, s3o_str_t *suffix)
{
    const s3o_partition_t  *partition;

    partition = s3o_target_partition(region);

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
