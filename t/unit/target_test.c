
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_region.h"
#include "s3o_target.h"
#include "vectors.h"


#define OUTPOST  "outpost/op-01ac5d28a6a232904/accesspoint/"
#define ARN      "arn:aws:s3-outposts:us-west-2:123456789012:" OUTPOST
#define ALIAS    "my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10"   \
                 "--op-s3"
#define ROUNDS   20000

#define count(a)  (sizeof(a) / sizeof(a[0]))


typedef struct {
    const char           *id;
    s3o_target_error_e    err;      /* refused with this, or */
    const char           *url;      /* accepted with another result */
    const char           *why;
} departure_t;


static void test_vectors(void);
static void run_vector(const vector_endpoint_t *v);
static const departure_t *find_departure(const char *id);
static void test_errors(void);
static void test_hosts(void);
static void test_regions(void);
static void test_known(void);
static void test_suffixes(void);
static void test_unchanged(void);
static void test_long_names(void);
static void test_texts(void);
static void test_prefixes(void);
static void test_mutations(void);
static s3o_target_error_e resolve(s3o_target_t *t, const char *access_point,
    const char *region, const char *endpoint);
static int well_formed(const s3o_target_t *t);


/* cases in which the module differs from the rule set on purpose */

static const departure_t  departures[] = {
    { "ep-035", S3O_TARGET_ARN_PARTITION, NULL,
      "the partition of an ARN must be its region's" },
    { "ep-039", S3O_TARGET_OK,
      "https://reports-123456789012.op-01ac5d28a6a232904.s3-outposts"
      ".us-west-2.amazonaws.com",
      "an ARN has its region, none need be given" },
    { "ep-040", S3O_TARGET_ARN_NAME, NULL, "no upper case" },
    { "ep-043", S3O_TARGET_LABEL_TOO_LONG, NULL, "no valid host label" },
    { "ep-047", S3O_TARGET_ARN_OUTPOST, NULL, "an outpost id is op-..." },
    { "ep-050", S3O_TARGET_ARN_REGION, NULL, "no dot in a region" },
    { "ep-054", S3O_TARGET_ARN_RESOURCE, NULL, "a resource is outpost/..." },
    { "ep-063", S3O_TARGET_OK,
      "http://reports-123456789012.op-01ac5d28a6a232904.beta.example.com",
      "http is what was written out" },
    { "ep-064", S3O_TARGET_ENDPOINT_PATH, NULL, "no path in an endpoint" },
    { "ep-074", S3O_TARGET_OK,
      "https://my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10"
      "--op-s3.op-01ac5d28a6a232904.beta.example.com",
      "an endpoint that was given is used for every alias" },
    { "ep-075", S3O_TARGET_OK,
      "http://my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kbeta0"
      "--op-s3.op-01ac5d28a6a232904.localhost:9000",
      "http is what was written out" }
};


static const vector_endpoint_t  endpoints[] = {
#include "endpoint_vectors.inc"
};


static int  as_sdk, refused_both, departed, inexpressible;


int
main(void)
{
    test_vectors();
    test_errors();
    test_hosts();
    test_regions();
    test_known();
    test_suffixes();
    test_unchanged();
    test_long_names();
    test_texts();
    test_prefixes();
    test_mutations();

    return done();
}


static s3o_target_error_e
resolve(s3o_target_t *t, const char *access_point, const char *region,
    const char *endpoint)
{
    s3o_target_conf_t  conf;

    conf.access_point = tap_guard_text(access_point);
    conf.region = tap_guard_text(region);
    conf.endpoint = tap_guard_text(endpoint);

    return s3o_target_resolve(t, &conf);
}


static const departure_t *
find_departure(const char *id)
{
    size_t  i;

    for (i = 0; i < count(departures); i++) {
        if (strcmp(departures[i].id, id) == 0) {
            return &departures[i];
        }
    }

    return NULL;
}


static void
test_vectors(void)
{
    size_t  i;

    for (i = 0; i < count(endpoints); i++) {
        run_vector(&endpoints[i]);
        tap_free();
    }

    diag("endpoint vectors: %d, of which %d resolved as the SDKs do, %d "
         "refused as they do, %d departures, %d with switches that we do not "
         "have", (int) count(endpoints), as_sdk, refused_both, departed,
         inexpressible);

    is_int(as_sdk + refused_both + departed + inexpressible,
           (int) count(endpoints), "no vector is left out");
    is_int(departed, count(departures), "all departures are vectors");
}


static void
run_vector(const vector_endpoint_t *v)
{
    char                 url[sizeof("https://") + S3O_HOST_MAX];
    s3o_str_t            got, expected, region;
    s3o_target_t         t;
    s3o_target_conf_t    conf;
    s3o_target_error_e   err;
    const departure_t   *departure;

    conf.access_point = tap_guard_str(&v->access_point);
    conf.region = tap_guard_str(&v->region);
    conf.endpoint = tap_guard_str(&v->endpoint);

    err = s3o_target_resolve(&t, &conf);

    /* a case with a switch that SDKs refuse or ignore has no directive here */

    if (v->switches[0] != '\0' && (v->error[0] != '\0' || v->may_reject)) {
        inexpressible++;
        diag("%s: no counterpart of %s (%s), \"%s\"", v->id, v->switches,
             err ? "refused all the same" : "refused by name",
             v->doc);
        ok(1, "%s # SKIP no counterpart of %s", v->id, v->switches);
        return;
    }

    departure = find_departure(v->id);

    if (departure) {
        departed++;
        diag("%s: %s", v->id, departure->why);
        is_int(err, departure->err, v->id);

        if (departure->url == NULL) {
            return;
        }

        expected = tap_str(departure->url);

    } else if (v->error[0] != '\0') {
        refused_both++;
        ok(err != S3O_TARGET_OK, "%s is refused: %s", v->id,
           s3o_target_strerror(err));
        return;

    } else {
        as_sdk++;
        expected = v->url;
    }

    if (!ok(err == S3O_TARGET_OK, "%s is resolved", v->id)) {
        diag("%s", s3o_target_strerror(err));
        return;
    }

    snprintf(url, sizeof(url), "http%s://%.*s", t.https ? "s" : "",
             (int) t.host_len, t.host);
    got = tap_str(url);
    is_str(&got, &expected, v->id);

    if (v->signing_region.len) {
        s3o_str_set(&region, t.region, t.region_len);
        ok(s3o_str_eq(&region, &v->signing_region), "%s: region", v->id);
    }
}


typedef struct {
    s3o_target_error_e   err;
    const char          *access_point;
    const char          *region;
    const char          *endpoint;
} error_case_t;


static const error_case_t  error_cases[] = {
    { S3O_TARGET_NOT_ARN_OR_ALIAS, "", "", "" },
    { S3O_TARGET_NOT_ARN_OR_ALIAS, "my-bucket", "us-west-2", "" },
    { S3O_TARGET_NOT_ARN_OR_ALIAS, "ARN:aws:s3-outposts", "", "" },
    { S3O_TARGET_NOT_ARN_OR_ALIAS, " " ARN "reports", "", "" },
    { S3O_TARGET_NOT_ARN_OR_ALIAS, "op-s3", "", "" },
    { S3O_TARGET_ARN_FORMAT, "arn:", "", "" },
    { S3O_TARGET_ARN_FORMAT, "arn:aws:s3-outposts:us-west-2:1", "", "" },
    { S3O_TARGET_ARN_FORMAT, "arn:aws::us-west-2:123456789012:x", "",
      "" },
    { S3O_TARGET_ARN_PLAIN_S3, "arn:aws:s3:::bucket", "", "" },
    { S3O_TARGET_ARN_PLAIN_S3,
      "arn:aws:s3:us-west-2:123456789012:" OUTPOST "reports", "", "" },
    { S3O_TARGET_ARN_SERVICE,
      "arn:aws:sqs:us-west-2:123456789012:" OUTPOST "reports", "", "" },
    { S3O_TARGET_ARN_SERVICE,
      "arn:aws:S3-Outposts:us-west-2:123456789012:" OUTPOST "reports",
      "", "" },
    { S3O_TARGET_ARN_PARTITION,
      "arn:aws-cn:s3-outposts:us-west-2:123456789012:" OUTPOST "reports",
      "", "" },
    { S3O_TARGET_ARN_PARTITION,
      "arn:aws:s3-outposts:us-gov-west-1:123456789012:" OUTPOST "reports",
      "", "" },
    { S3O_TARGET_ARN_REGION,
      "arn:aws:s3-outposts:us-west:123456789012:" OUTPOST "reports", "",
      "" },
    { S3O_TARGET_ARN_REGION,
      "arn:aws:s3-outposts:aws-global:123456789012:" OUTPOST "reports",
      "", "" },
    { S3O_TARGET_ARN_ACCOUNT,
      "arn:aws:s3-outposts:us-west-2:12345678901:" OUTPOST "reports", "",
      "" },
    { S3O_TARGET_ARN_ACCOUNT,
      "arn:aws:s3-outposts:us-west-2:1234567890123:" OUTPOST "reports",
      "", "" },
    { S3O_TARGET_ARN_ACCOUNT,
      "arn:aws:s3-outposts:us-west-2:12345678901a:" OUTPOST "reports",
      "", "" },
    { S3O_TARGET_ARN_RESOURCE,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost", "", "" },
    { S3O_TARGET_ARN_RESOURCE,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1", "", "" },
    { S3O_TARGET_ARN_RESOURCE,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/"
      "accesspoint", "", "" },
    { S3O_TARGET_ARN_RESOURCE,
      "arn:aws:s3-outposts:us-west-2:123456789012:Outpost/op-1/"
      "accesspoint/reports", "", "" },
    { S3O_TARGET_ARN_OUTPOST,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-/"
      "accesspoint/reports", "", "" },
    { S3O_TARGET_ARN_OUTPOST,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-0A/"
      "accesspoint/reports", "", "" },
    { S3O_TARGET_ARN_OUTPOST,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-0-1/"
      "accesspoint/reports", "", "" },
    { S3O_TARGET_ARN_OUTPOST,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-0.1/"
      "accesspoint/reports", "", "" },
    { S3O_TARGET_ARN_OUTPOST,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-"
      "0123456789012345678901234567890123456789012345678901234567890/"
      "accesspoint/reports", "", "" },
    { S3O_TARGET_ARN_BUCKET,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/b",
      "", "" },
    { S3O_TARGET_ARN_NOT_ACCESS_POINT,
      "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/"
      "endpoint/e", "", "" },
    { S3O_TARGET_ARN_SUB_RESOURCE, ARN "reports/", "", "" },
    { S3O_TARGET_ARN_SUB_RESOURCE, ARN "reports/object/key", "", "" },
    { S3O_TARGET_ARN_SUB_RESOURCE, ARN "reports:a:b:c:d:e", "", "" },
    { S3O_TARGET_ARN_NAME, ARN, "", "" },
    { S3O_TARGET_ARN_NAME, ARN "ab", "", "" },
    { S3O_TARGET_ARN_NAME, ARN "-abc", "", "" },
    { S3O_TARGET_ARN_NAME, ARN "abc-", "", "" },
    { S3O_TARGET_ARN_NAME, ARN "a.c", "", "" },
    { S3O_TARGET_ARN_NAME, ARN "abC", "", "" },
    { S3O_TARGET_ARN_NAME, ARN "a c", "", "" },
    { S3O_TARGET_ARN_NAME, ARN "\xc3\xbc\xc3\xbc", "", "" },
    { S3O_TARGET_LABEL_TOO_LONG, ARN
      "012345678901234567890123456789012345678901234567890", "", "" },

    { S3O_TARGET_ALIAS_FORMAT, "--op-s3", "us-east-1", "" },
    { S3O_TARGET_ALIAS_FORMAT,
      "o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse0--op-s3", "us-east-1",
      "" },
    { S3O_TARGET_ALIAS_FORMAT, "x" ALIAS, "us-east-1", "" },
    { S3O_TARGET_ALIAS_FORMAT,
      "my.access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3",
      "us-east-1", "" },
    { S3O_TARGET_ALIAS_FORMAT,
      "-y-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3",
      "us-east-1", "" },
    { S3O_TARGET_ALIAS_FORMAT,
      "my-access-po-o01ac5d28a6a23290-e8xz5w8ijx1qzlbp3i3kuse10--op-s3",
      "us-east-1", "" },
    { S3O_TARGET_ALIAS_HARDWARE,
      "my-access-po-x01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3",
      "us-east-1", "" },
    { S3O_TARGET_ALIAS_NO_REGION, ALIAS, "", "" },
    { S3O_TARGET_ALIAS_NO_REGION, ALIAS, "aws-global", "" },
    { S3O_TARGET_ALIAS_NO_REGION, ALIAS, "", "https://e.example.com" },
    { S3O_TARGET_ALIAS_BETA,
      "my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kbeta0--op-s3",
      "us-east-1", "" },

    { S3O_TARGET_REGION, ARN "reports", "us-west", "" },
    { S3O_TARGET_REGION, ARN "reports", "nowhere-1", "" },
    { S3O_TARGET_REGION, ALIAS, "us-east-1.evil", "" },
    { S3O_TARGET_REGION_PARTITION, ARN "reports", "cn-north-1", "" },
    { S3O_TARGET_REGION_PARTITION, ARN "reports", "us-gov-west-1", "" },
    { S3O_TARGET_ENDPOINT_SCHEME, ARN "reports", "", "e.example.com" },
    { S3O_TARGET_ENDPOINT_FIPS, ALIAS, "us-east-1",
      "https://s3-outposts-fips.us-east-1.amazonaws.com" }
};


static void
test_errors(void)
{
    s3o_target_t          t;
    const error_case_t   *c;
    s3o_target_error_e    err;

    for (c = error_cases; c < error_cases + count(error_cases); c++) {
        err = resolve(&t, c->access_point, c->region, c->endpoint);

        if (!ok(err == c->err, "\"%s\" \"%s\" \"%s\": %s",
                c->access_point, c->region, c->endpoint,
                s3o_target_strerror(c->err)))
        {
            diag("got %s", s3o_target_strerror(err));
        }

        tap_free();
    }
}


static void
test_hosts(void)
{
    size_t              i;
    s3o_str_t           host, region, expected;
    s3o_target_t        t;
    s3o_target_error_e  err;

    static const struct {
        const char  *access_point;
        const char  *region;
        const char  *endpoint;
        const char  *host;
        const char  *signing;
        s3o_uint_t   https;
    } cases[] = {
        { ARN "reports", "", "",
          "reports-123456789012.op-01ac5d28a6a232904.s3-outposts.us-west-2"
          ".amazonaws.com", "us-west-2", 1 },
        { ARN "reports", "eu-west-1", "",
          "reports-123456789012.op-01ac5d28a6a232904.s3-outposts.us-west-2"
          ".amazonaws.com", "us-west-2", 1 },
        { ARN "reports", "aws-global", "",
          "reports-123456789012.op-01ac5d28a6a232904.s3-outposts.us-west-2"
          ".amazonaws.com", "us-west-2", 1 },
        { "arn:aws-iso-f:s3-outposts:us-isof-south-1:123456789012:"
          "outpost:op-1:accesspoint:abc", "", "",
          "abc-123456789012.op-1.s3-outposts.us-isof-south-1.csp.hci.ic.gov",
          "us-isof-south-1", 1 },
        { ARN "01234567890123456789012345678901234567890123456789", "", "",
          "01234567890123456789012345678901234567890123456789-123456789012"
          ".op-01ac5d28a6a232904.s3-outposts.us-west-2.amazonaws.com",
          "us-west-2", 1 },
        { ARN "a--b", "", "http://Lab.Example.COM:80/",
          "a--b-123456789012.op-01ac5d28a6a232904.lab.example.com",
          "us-west-2", 0 },
        { ARN "abc", "", "HTTPS://localhost:443",
          "abc-123456789012.op-01ac5d28a6a232904.localhost", "us-west-2", 1 },
        { ARN "abc", "", "https://localhost:80",
          "abc-123456789012.op-01ac5d28a6a232904.localhost:80", "us-west-2",
          1 },
        { ARN "abc", "", "http://localhost:65535/",
          "abc-123456789012.op-01ac5d28a6a232904.localhost:65535",
          "us-west-2", 0 },
        { ALIAS, "cn-north-1", "",
          ALIAS ".op-01ac5d28a6a232904.s3-outposts.cn-north-1.amazonaws.com"
          ".cn", "cn-north-1", 1 },
        { ALIAS, "us-east-1", "https://e.example.com:8443",
          ALIAS ".op-01ac5d28a6a232904.e.example.com:8443", "us-east-1", 1 },
        { "e0000075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3", "me-south-1",
          "http://e.example.com",
          "e0000075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3.ec2"
          ".e.example.com", "me-south-1", 0 }
    };

    for (i = 0; i < count(cases); i++) {
        err = resolve(&t, cases[i].access_point, cases[i].region,
                      cases[i].endpoint);

        if (!ok(err == S3O_TARGET_OK, "\"%s\" \"%s\" \"%s\"",
                cases[i].access_point, cases[i].region, cases[i].endpoint))
        {
            diag("%s", s3o_target_strerror(err));
            continue;
        }

        s3o_str_set(&host, t.host, t.host_len);
        expected = tap_str(cases[i].host);
        is_str(&host, &expected, "its host");

        s3o_str_set(&region, t.region, t.region_len);
        expected = tap_str(cases[i].signing);
        is_str(&region, &expected, "its region");

        is_int(t.https, cases[i].https, "its scheme");

        tap_free();
    }
}


static void
test_regions(void)
{
    size_t     i;
    s3o_str_t  region;

    static const char  *good[] = {
        "us-east-1", "eu-west-3", "ap-southeast-12", "sa-east-1",
        "ca-central-1", "me-south-1", "af-south-1", "il-central-1",
        "mx-central-1", "us-gov-west-1", "cn-northwest-1", "us-iso-east-1",
        "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1",
        "eusc-de-east-1", "aws-global"
    };

    static const char  *bad[] = {
        "", "-", "--", "us", "us-east", "us-east-", "us--1", "-east-1",
        "us-east-1a", "us-east-one", "us-east-1-", "us-east-1.", "Us-east-1",
        "us-East-1", "us-ea_st-1", "us-east_1-1",
        "us-gov-west-east-1", "eusc-fr-east-1", "gov-west-1",
        "us-gov--1", "xx-east-1", "useast-1", "us east-1",
        " us-east-1", "us-east-1 ", "us-east-1\n", "us-e\xc3\xbcst-1",
        "us-east.evil.com-1", "us eu-east-1", "us eu ap sa-east-1",
        "us-abcdefghijklmnopqrstuvwxyzabcd-1"
    };

    for (i = 0; i < count(good); i++) {
        region = tap_guard_text(good[i]);
        ok(s3o_target_check_region(&region) == S3O_TARGET_OK,
           "\"%s\" is a region", good[i]);
    }

    for (i = 0; i < count(bad); i++) {
        region = tap_guard_text(bad[i]);
        ok(s3o_target_check_region(&region) == S3O_TARGET_REGION,
           "bad region %d is refused", (int) i);
    }

    tap_free();
}


static void
test_known(void)
{
    size_t     i;
    s3o_str_t  region;

    /* the first and the last of the list, and one in between */

    static const char  *known[] = { "af-south-1", "eu-isoe-west-1",
                                    "us-west-2" };
    static const char  *unknown[] = { "", "us-west-3", "us-west-22",
                                      "us-west-", "s-west-2", "aws-global",
                                      "us-west-1 us-west-2" };

    for (i = 0; i < count(known); i++) {
        region = tap_guard_text(known[i]);
        ok(s3o_region_known(&region)
           && s3o_target_check_region(&region) == S3O_TARGET_OK,
           "\"%s\" is known", known[i]);
    }

    for (i = 0; i < count(unknown); i++) {
        region = tap_guard_text(unknown[i]);
        ok(!s3o_region_known(&region), "\"%s\" is not known", unknown[i]);
    }

    tap_free();
}


static void
test_suffixes(void)
{
    size_t     i;
    s3o_str_t  region, suffix, expected;

    static const char  *const  good[][2] = {
        { "us-west-2", "amazonaws.com" },
        { "il-central-1", "amazonaws.com" },
        { "us-gov-east-1", "amazonaws.com" },
        { "cn-northwest-1", "amazonaws.com.cn" },
        { "us-iso-west-1", "c2s.ic.gov" },
        { "us-isob-east-1", "sc2s.sgov.gov" },
        { "eu-isoe-west-1", "cloud.adc-e.uk" },
        { "us-isof-south-1", "csp.hci.ic.gov" },
        { "eusc-de-east-1", "amazonaws.eu" }
    };

    static const char  *const  bad[] = {
        "", "aws-global", "xx-west-2", "us-west", "us-west-2.evil"
    };

    for (i = 0; i < count(good); i++) {
        region = tap_guard_text(good[i][0]);
        expected = tap_str(good[i][1]);

        if (ok(s3o_target_suffix(&region, &suffix) == S3O_OK, "the names of "
               "%s have an end", good[i][0]))
        {
            is_str(&suffix, &expected, "the right one");
        }
    }

    for (i = 0; i < count(bad); i++) {
        region = tap_guard_text(bad[i]);

        ok(s3o_target_suffix(&region, &suffix) == S3O_ERROR,
           "those of \"%s\" have none", bad[i]);
    }

    tap_free();
}


static void
test_unchanged(void)
{
    s3o_target_t  t, before;

    memset(&t, 'x', sizeof(s3o_target_t));
    before = t;

    resolve(&t, ARN "reports/", "", "");
    resolve(&t, ARN "reports", "cn-north-1", "");
    resolve(&t, ARN "reports", "", "https://a/b");
    resolve(&t, ALIAS, "", "");

    ok(memcmp(&t, &before, sizeof(s3o_target_t)) == 0,
       "a target that is refused changes nothing");

    tap_free();
}


/* endpoints up to and over the length that a host name may have */

static void
test_long_names(void)
{
    char                 endpoint[512];
    size_t               i, len, wrong;
    s3o_target_t         t;
    s3o_target_error_e   err;

    wrong = 0;

    for (len = 1; len <= 300; len++) {
        memcpy(endpoint, "https://", 8);

        for (i = 0; i < len; i++) {
            endpoint[8 + i] = i % 50 == 49 && i + 1 < len ? '.' : 'a';
        }

        memcpy(endpoint + 8 + len, ":8443", 6);

        err = resolve(&t, ARN "abc", "", endpoint);

        /* 38 are in "abc-123456789012.op-01ac5d28a6a232904." */

        if (len <= 253 - 38) {
            wrong += err != S3O_TARGET_OK || t.host_len != len + 38 + 5
                     || !well_formed(&t);

        } else if (len <= 253) {
            wrong += err != S3O_TARGET_HOST_TOO_LONG;

        } else {
            wrong += err != S3O_TARGET_ENDPOINT_HOST;
        }

        tap_free();
    }

    ok(wrong == 0, "host names up to 253 characters and a port");
}


static void
test_texts(void)
{
    int           i;
    const char   *text;

    for (i = S3O_TARGET_OK; i <= S3O_TARGET_HOST_TOO_LONG; i++) {
        text = s3o_target_strerror(i);
        ok(text && strlen(text) > 5 && text[strlen(text) - 1] != '.',
           "code %d: %s", i, text);
    }

    is_int(s3o_target_fault(S3O_TARGET_ARN_NAME),
           S3O_TARGET_FAULT_ACCESS_POINT, "a fault of the access point");
    is_int(s3o_target_fault(S3O_TARGET_ALIAS_NO_REGION),
           S3O_TARGET_FAULT_REGION, "a fault of the region");
    is_int(s3o_target_fault(S3O_TARGET_REGION_PARTITION),
           S3O_TARGET_FAULT_REGION, "another");
    is_int(s3o_target_fault(S3O_TARGET_ALIAS_BETA),
           S3O_TARGET_FAULT_ENDPOINT, "a fault of the endpoint");
    is_int(s3o_target_fault(S3O_TARGET_ENDPOINT_SCHEME),
           S3O_TARGET_FAULT_ENDPOINT, "another");
    is_int(s3o_target_fault(S3O_TARGET_HOST_TOO_LONG),
           S3O_TARGET_FAULT_ENDPOINT, "and the last one");
}


/* Labels of host characters, as DNS has them, and a port at most. */

static int
well_formed(const s3o_target_t *t)
{
    size_t  i, label;
    u_char  c;

    label = 0;

    for (i = 0; i < t->host_len; i++) {
        c = t->host[i];

        if (c == ':') {
            break;
        }

        if (c == '.') {
            if (label == 0 || t->host[i - 1] == '-') {
                return 0;
            }

            label = 0;
            continue;
        }

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')
            || (c == '-' && label == 0)
            || ++label > 63)
        {
            return 0;
        }
    }

    if (label == 0 || i > 253) {
        return 0;
    }

    for (i++; i < t->host_len; i++) {
        if (t->host[i] < '0' || t->host[i] > '9') {
            return 0;
        }
    }

    return t->region_len > 0 && t->region_len <= S3O_REGION_MAX;
}


static void
test_prefixes(void)
{
    size_t              len, wrong;
    s3o_target_t        t;
    s3o_target_conf_t   conf;

    static const char   arn[] = ARN "abc";
    static const char   endpoint[] = "https://e.example.com:8443/";

    wrong = 0;
    memset(&conf, 0, sizeof(s3o_target_conf_t));

    for (len = 0; len < sizeof(arn) - 1; len++) {
        conf.access_point = tap_guard(arn, len);
        wrong += s3o_target_resolve(&t, &conf) == S3O_TARGET_OK;
    }

    ok(wrong == 0, "no beginning of an ARN is one");

    conf.access_point = tap_guard_text(ALIAS);

    for (len = 0; len < sizeof("us-east-1") - 1; len++) {
        conf.region = tap_guard("us-east-1", len);
        wrong += s3o_target_resolve(&t, &conf) == S3O_TARGET_OK;
    }

    ok(wrong == 0, "no beginning of a region is one");

    conf.region = tap_guard_text("us-east-1");

    for (len = 1; len < sizeof(endpoint) - 1; len++) {
        conf.endpoint = tap_guard(endpoint, len);

        if (s3o_target_resolve(&t, &conf) == S3O_TARGET_OK) {
            wrong += !well_formed(&t);
        }
    }

    ok(wrong == 0, "the beginning of an endpoint is refused or a host");

    tap_free();
}


/* whatever bytes are changed, an accepted target has a well-formed host */

static void
test_mutations(void)
{
    char                *texts[3];
    size_t               i, n, len, accepted, wrong;
    s3o_str_t           *input;
    s3o_target_t         t;
    s3o_target_conf_t    conf;

    static const char    alphabet[] = "abop-019:/.@_ A%[]\\?#\t\n\x80\xff";

    texts[1] = "us-west-2";
    texts[2] = "https://e.example.com:8443/";
    accepted = 0;
    wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        texts[0] = n % 2 ? ARN "reports" : ALIAS;

        conf.access_point = tap_guard_text(texts[0]);
        conf.region = tap_guard_text(texts[1]);
        conf.endpoint = tap_guard_text(n % 3 ? texts[2] : "");

        for (i = 1 + tap_random(3); i > 0; i--) {
            input = tap_random(2) ? &conf.access_point
                                  : tap_random(2) ? &conf.region
                                                  : &conf.endpoint;

            if (input->len == 0) {
                continue;
            }

            len = tap_random(input->len);
            input->data[len] = (u_char) alphabet[tap_random(
                                                      sizeof(alphabet) - 1)];
        }

        if (s3o_target_resolve(&t, &conf) == S3O_TARGET_OK) {
            accepted++;
            wrong += !well_formed(&t);
        }

        tap_free();
    }

    diag("%d of %d changed targets are accepted", (int) accepted, ROUNDS);
    ok(wrong == 0 && accepted > 0, "each of them has a well-formed host");
}
