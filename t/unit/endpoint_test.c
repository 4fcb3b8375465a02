
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_endpoint.h"
#include "s3o_target.h"


#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_endpoints(void);
static void test_parts(void);
static void test_labels(void);


int
main(void)
{
    test_endpoints();
    test_parts();
    test_labels();

    return done();
}


typedef struct {
    s3o_target_error_e   err;
    const char          *endpoint;
} case_t;


static const case_t  cases[] = {
    { S3O_TARGET_OK, "https://a" },
    { S3O_TARGET_OK, "https://a/" },
    { S3O_TARGET_OK, "hTTp://A.b-c.d0:1" },
    { S3O_TARGET_OK, "https://10.0.0.1.nip" },
    { S3O_TARGET_OK, "https://fipsy.example.com" },
    { S3O_TARGET_OK, "https://xfips.example.com" },
    { S3O_TARGET_OK, "https://s3-accelerated.example.com" },
    { S3O_TARGET_OK, "https://"
      "012345678901234567890123456789012345678901234567890123456789012"
      ".com" },

    { S3O_TARGET_ENDPOINT_SCHEME, "" },
    { S3O_TARGET_ENDPOINT_SCHEME, "https" },
    { S3O_TARGET_ENDPOINT_SCHEME, "https:/" },
    { S3O_TARGET_ENDPOINT_SCHEME, "https:a" },
    { S3O_TARGET_ENDPOINT_SCHEME, "//a" },
    { S3O_TARGET_ENDPOINT_SCHEME, "ftp://a" },
    { S3O_TARGET_ENDPOINT_SCHEME, "httpx://a" },
    { S3O_TARGET_ENDPOINT_SCHEME, " https://a" },

    { S3O_TARGET_ENDPOINT_PATH, "https://a/b" },
    { S3O_TARGET_ENDPOINT_PATH, "https://a//" },
    { S3O_TARGET_ENDPOINT_PATH, "https://a?b" },
    { S3O_TARGET_ENDPOINT_PATH, "https://a/?" },
    { S3O_TARGET_ENDPOINT_PATH, "https://a#b" },
    { S3O_TARGET_ENDPOINT_PATH, "https://a\\b" },
    { S3O_TARGET_ENDPOINT_PATH, "https://user@a" },
    { S3O_TARGET_ENDPOINT_PATH, "https://user:pass@a" },
    { S3O_TARGET_ENDPOINT_PATH, "https://a:80@b" },

    { S3O_TARGET_ENDPOINT_HOST, "https://" },
    { S3O_TARGET_ENDPOINT_HOST, "https:///" },
    { S3O_TARGET_ENDPOINT_HOST, "https://:80" },
    { S3O_TARGET_ENDPOINT_HOST, "https://." },
    { S3O_TARGET_ENDPOINT_HOST, "https://a." },
    { S3O_TARGET_ENDPOINT_HOST, "https://.a" },
    { S3O_TARGET_ENDPOINT_HOST, "https://a..b" },
    { S3O_TARGET_ENDPOINT_HOST, "https://-a" },
    { S3O_TARGET_ENDPOINT_HOST, "https://a-.b" },
    { S3O_TARGET_ENDPOINT_HOST, "https://a_b" },
    { S3O_TARGET_ENDPOINT_HOST, "https://a b" },
    { S3O_TARGET_ENDPOINT_HOST, "https://a\nb" },
    { S3O_TARGET_ENDPOINT_HOST, "https://\xc3\xbc" },
    { S3O_TARGET_ENDPOINT_HOST, "https://a%2eb" },
    { S3O_TARGET_ENDPOINT_HOST, "https://$host" },
    { S3O_TARGET_ENDPOINT_HOST, "https://127.0.0.1" },
    { S3O_TARGET_ENDPOINT_HOST, "https://127.0.0.1:80" },
    { S3O_TARGET_ENDPOINT_HOST, "https://2130706433" },
    { S3O_TARGET_ENDPOINT_HOST, "https://[::1]" },
    { S3O_TARGET_ENDPOINT_HOST, "https://[::1]:80" },
    { S3O_TARGET_ENDPOINT_HOST, "https://::1" },
    { S3O_TARGET_ENDPOINT_HOST, "https://"
      "0123456789012345678901234567890123456789012345678901234567890123"
      ".com" },

    { S3O_TARGET_ENDPOINT_PORT, "https://a:" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:/" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:0" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:00" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:0443" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:65536" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:655350" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:18446744073709551617" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:-1" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:+1" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:8o" },
    { S3O_TARGET_ENDPOINT_PORT, "https://a:80:80" },

    { S3O_TARGET_ENDPOINT_FIPS, "https://fips.example.com" },
    { S3O_TARGET_ENDPOINT_FIPS, "https://s3-fips.us-east-1.example" },
    { S3O_TARGET_ENDPOINT_FIPS, "https://FIPS-s3.example" },
    { S3O_TARGET_ENDPOINT_FIPS, "https://s3.dualstack.us-east-1.aws" },
    { S3O_TARGET_ENDPOINT_FIPS, "https://s3-accelerate.amazonaws.com" },
    { S3O_TARGET_ENDPOINT_FIPS, "https://b.S3-Accelerate.example" }
};


static void
test_endpoints(void)
{
    size_t              i;
    s3o_str_t           endpoint;
    s3o_target_error_e  err;

    for (i = 0; i < count(cases); i++) {
        endpoint = tap_guard_text(cases[i].endpoint);
        err = s3o_target_check_endpoint(&endpoint);

        if (!ok(err == cases[i].err, "endpoint %d: %s", (int) i,
                s3o_target_strerror(cases[i].err)))
        {
            diag("\"%s\": %s", cases[i].endpoint, s3o_target_strerror(err));
        }
    }

    tap_free();
}


static void
test_parts(void)
{
    size_t          i;
    s3o_str_t       in, host, expected;
    s3o_endpoint_t  ep;

    static const struct {
        const char  *in;
        const char  *host;
        const char  *port;
        s3o_uint_t   https;
    } parts[] = {
        { "https://a", "a", "", 1 },
        { "http://A.B/", "a.b", "", 0 },
        { "https://a:443", "a", "", 1 },
        { "https://a:80/", "a", "80", 1 },
        { "HTTP://a:80", "a", "", 0 },
        { "http://a:443", "a", "443", 0 },
        { "http://a:65535", "a", "65535", 0 }
    };

    for (i = 0; i < count(parts); i++) {
        in = tap_guard_text(parts[i].in);
        ok(s3o_endpoint_parse(&ep, &in) == S3O_TARGET_OK, "%s", parts[i].in);

        s3o_str_set(&host, ep.host, ep.host_len);
        expected = tap_str(parts[i].host);
        is_str(&host, &expected, "its host");

        expected = tap_str(parts[i].port);
        is_str(&ep.port, &expected, "its port");

        is_int(ep.https, parts[i].https, "its scheme");
    }

    tap_free();
}


static void
test_labels(void)
{
    size_t     i;
    s3o_str_t  label;

    static const char  *good[] = { "a", "0", "a-b", "xn--a", "0-9" };
    static const char  *bad[] = { "", "-", "-a", "a-", "A", "a.b", "a_b" };

    for (i = 0; i < count(good); i++) {
        label = tap_guard_text(good[i]);
        ok(s3o_endpoint_label(&label), "\"%s\" is a label", good[i]);
    }

    for (i = 0; i < count(bad); i++) {
        label = tap_guard_text(bad[i]);
        ok(!s3o_endpoint_label(&label), "\"%s\" is none", bad[i]);
    }

    tap_free();
}
