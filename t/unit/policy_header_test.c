
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Headers by their meaning: their classes, what is done with them, values that
 * change nothing, and names in the configuration.
 */


#include "tap.h"
#include "s3o_policy.h"
#include "s3o_policy_header.h"
#include "s3o_target.h"


#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_header_classes(void);
static void test_header_named(void);
static void test_header_acts(void);
static void test_header_values(void);
static void test_header_configurable(void);
static void test_header_public(void);
static void test_accounts(void);


int
main(void)
{
    test_header_classes();
    test_header_named();
    test_header_acts();
    test_header_values();
    test_header_configurable();
    test_header_public();
    test_accounts();

    return done();
}


static const struct {
    const char          *name;
    s3o_header_class_e   type;
} classes[] = {
    { "", S3O_HEADER_PLAIN }, { "content-type", S3O_HEADER_PLAIN },
    { "hosts", S3O_HEADER_PLAIN }, { "x-amz", S3O_HEADER_PLAIN },
    { "x-amzn-other", S3O_HEADER_WAY }, { "test", S3O_HEADER_PLAIN },
    { "host", S3O_HEADER_HOST }, { "authorization", S3O_HEADER_AUTH },
    { "x-amz-date", S3O_HEADER_OWN },
    { "x-amz-content-sha256", S3O_HEADER_OWN },
    { "x-amz-security-token", S3O_HEADER_OWN },
    { "x-amz-region-set", S3O_HEADER_OWN },
    { "x-amz-", S3O_HEADER_EFFECT },
    { "x-amz-meta-a", S3O_HEADER_EFFECT },
    { "x-amz-dates", S3O_HEADER_EFFECT },
    { "x-amz-acls", S3O_HEADER_EFFECT },
    { "x-amz-acl", S3O_HEADER_ACCESS },
    { "x-amz-grant-read", S3O_HEADER_ACCESS },
    { "x-amz-copy-source", S3O_HEADER_COPY },
    { "x-amz-copy-source-if-match", S3O_HEADER_COPY },
    { "connection", S3O_HEADER_UNSIGNABLE },
    { "date", S3O_HEADER_UNSIGNABLE }, { "x_amz", S3O_HEADER_PLAIN },
    { "expect", S3O_HEADER_UNSIGNABLE },
    { "keep-alive", S3O_HEADER_UNSIGNABLE },
    { "te", S3O_HEADER_UNSIGNABLE }, { "trailer", S3O_HEADER_UNSIGNABLE },
    { "transfer-encoding", S3O_HEADER_UNSIGNABLE },
    { "upgrade", S3O_HEADER_UNSIGNABLE },
    { "user-agent", S3O_HEADER_UNSIGNABLE },
    { "proxy-connection", S3O_HEADER_UNSIGNABLE },
    { "proxy-", S3O_HEADER_UNSIGNABLE },
    { "x-amzn-trace-id", S3O_HEADER_WAY },
    { "x_amz_date", S3O_HEADER_OWN },
    { "x-amz-security_token", S3O_HEADER_OWN },
    { "x_amz_acl", S3O_HEADER_ACCESS },
    { "x-amz_grant-read", S3O_HEADER_ACCESS },
    { "x-amz-copy_source", S3O_HEADER_COPY },
    { "x_amz_meta_a", S3O_HEADER_EFFECT },
    { "x-amz-meta-my_key", S3O_HEADER_EFFECT },
    { "_", S3O_HEADER_PLAIN },
    { "transfer_encoding", S3O_HEADER_UNSIGNABLE },
    { "amz-sdk-request", S3O_HEADER_WAY },
    { "amz_sdk_invocation_id", S3O_HEADER_WAY },
    { "amz-sdk", S3O_HEADER_PLAIN }, { "x-amzn", S3O_HEADER_PLAIN },
    { "x-amz-cf-id", S3O_HEADER_WAY },
    { "x-amz-apigw-id", S3O_HEADER_WAY },
    { "x-amz-cf", S3O_HEADER_EFFECT },
    { "x-amz-user-agent", S3O_HEADER_AGENT },
    { "cookie", S3O_HEADER_COOKIE }, { "cookies", S3O_HEADER_PLAIN },
    { "content-md5", S3O_HEADER_INTEGRITY },
    { "content_md5", S3O_HEADER_INTEGRITY },
    { "content-md5s", S3O_HEADER_PLAIN },
    { "x-amz-checksum-crc32", S3O_HEADER_INTEGRITY },
    { "x-amz-checksum-mode", S3O_HEADER_INTEGRITY },
    { "x-amz-checksum-of-tomorrow", S3O_HEADER_INTEGRITY },
    { "x-amz-sdk-checksum-algorithm", S3O_HEADER_INTEGRITY },
    { "x-amz-trailer", S3O_HEADER_FRAME },
    { "x-amz-te", S3O_HEADER_FRAME },
    { "x-amz-decoded-content-length", S3O_HEADER_FRAME },
    { "x-amz-server-side-encryption", S3O_HEADER_LACKED },
    { "x-amz-server-side-encryption-aws-kms-key-id", S3O_HEADER_LACKED },
    { "x-amz-server-side-encryption-customer-key", S3O_HEADER_EFFECT },
    { "x-amz-object-lock-mode", S3O_HEADER_LACKED },
    { "x-amz-tagging", S3O_HEADER_EFFECT },
    { "x-amz-tagging-directive", S3O_HEADER_COPY },
    { "x-amz-metadata-directive", S3O_HEADER_COPY },
    { "x_amz-metadata_directive", S3O_HEADER_COPY },
    { "x-amz-expected-bucket-owner", S3O_HEADER_EFFECT },
    { "x-forwarded-for", S3O_HEADER_PLAIN },
    { "x-abcz-meta", S3O_HEADER_PLAIN }
};


static void
test_header_classes(void)
{
    size_t     i;
    s3o_str_t  name;

    for (i = 0; i < count(classes); i++) {
        name = tap_guard_text(classes[i].name);
        is_int(s3o_policy_header(&name), classes[i].type, classes[i].name);
    }

    tap_free();
}


static void
test_header_named(void)
{
    size_t              i;
    s3o_str_t           name;
    s3o_header_class_e  type;

    static const s3o_str_t  names[] = {
        s3o_string("content-type"),
        s3o_string("x-amz-*"),
        s3o_string("x-amz-grant-read"),
        s3o_string("if-*"),
        s3o_string("t*"),
        s3o_string("a*"),
        s3o_string("coo*")
    };

    static const struct {
        const char  *name;
        s3o_uint_t   named;
    } headers[] = {
        { "content-type", 1 },
        { "content-types", 0 },
        { "content-typ", 0 },
        { "if-match", 1 },
        { "if-", 1 },
        { "if", 0 },
        { "t", 1 },
        { "x-amz-meta-a", 1 },
        { "x-amz-tagging", 1 },
        { "x-amz-grant-read", 1 },
        { "x-amz-grant-write", 0 },
        { "x-amz-acl", 0 },
        { "x-amz-copy-source", 0 },
        { "x-amz-copy_source", 0 },
        { "x-amz-grant_read", 0 },
        { "x-amz-meta-my_key", 1 },
        { "x_amz_meta_a", 0 },
        { "x-amz-date", 0 },
        { "x-amz-security-token", 0 },
        { "te", 0 },
        { "x-amz-cf-id", 0 },
        { "amz-sdk-request", 0 },
        { "x-amz-user-agent", 1 },
        { "x-amz-checksum-mode", 1 },
        { "x-amz-object-lock-mode", 1 },
        { "x-amz-metadata-directive", 0 },
        { "cookie", 0 },
        { "cool", 1 },
        { "transfer-encoding", 0 },
        { "host", 0 },
        { "", 0 }
    };

    for (i = 0; i < count(headers); i++) {
        name = tap_guard_text(headers[i].name);
        type = s3o_policy_header(&name);
        is_int(s3o_policy_header_named(&name, type, names, count(names)),
               headers[i].named, headers[i].name);
    }

    name = tap_guard_text("content-type");
    is_int(s3o_policy_header_named(&name, S3O_HEADER_PLAIN, NULL, 0), 0,
           "no names, no match");

    tap_free();
}


/* a letter for each place (proxy, redirect, json and on) and act */

static void
test_header_acts(void)
{
    size_t              i, j;
    char                text[2][4];
    s3o_str_t           name;
    s3o_header_class_e  type;

    static const char  letters[] = "psrRL";    /* in the order of the enum */

    static const struct {
        const char  *name;
        const char  *unnamed;
        const char  *named;
    } headers[] = {
        { "content-type", "ppp", "sss" },
        { "host", "rpp", "rpp" },
        { "authorization", "rpp", "rpp" },
        { "x-amz-date", "rRp", "rRp" },
        { "x-amz-cf-id", "rpp", "rpp" },
        { "amz-sdk-request", "rpp", "rpp" },
        { "x-amz-user-agent", "rRp", "sss" },
        { "cookie", "rpp", "sss" },
        { "content-md5", "sss", "sss" },
        { "x-amz-checksum-mode", "sss", "sss" },
        { "x-amz-trailer", "rRp", "sss" },
        { "x-amz-meta-a", "RRp", "sss" },
        { "x-amz-of-tomorrow", "RRp", "sss" },
        { "x-amz-copy-source", "LLp", "sss" },
        { "x-amz-object-lock-mode", "LLp", "sss" },
        { "x-amz-acl", "LLp", "sss" },
        { "user-agent", "ppp", "ppp" }
    };

    for (i = 0; i < count(headers); i++) {
        name = tap_guard_text(headers[i].name);
        type = s3o_policy_header(&name);

        for (j = 0; j < 3; j++) {
            text[0][j] = letters[s3o_policy_header_act(type, 0, j)];
            text[1][j] = letters[s3o_policy_header_act(type, 1, j)];
        }

        ok(memcmp(text[0], headers[i].unnamed, 3) == 0
           && memcmp(text[1], headers[i].named, 3) == 0,
           "%s: %.3s, named %.3s", headers[i].name, text[0], text[1]);
    }

    tap_free();
}


static void
test_header_values(void)
{
    size_t     i;
    s3o_str_t  name, value, account;

    static const struct {
        const char          *name;
        const char          *value;
        const char          *account;
        s3o_header_value_e   want;
    } values[] = {
        { "x-amz-acl", "private", "", S3O_VALUE_USUAL },
        { "x_amz_acl", "private", "", S3O_VALUE_USUAL },
        { "x-amz-acl", "bucket-owner-full-control", "", S3O_VALUE_USUAL },
        { "x-amz-acl", "public-read", "", S3O_VALUE_MATTERS },
        { "x-amz-acl", "Private", "", S3O_VALUE_MATTERS },
        { "x-amz-acl", "private, public-read", "", S3O_VALUE_MATTERS },
        { "x-amz-acl", "", "", S3O_VALUE_MATTERS },
        { "x-amz-acls", "private", "", S3O_VALUE_MATTERS },
        { "x-amz-meta-a", "private", "", S3O_VALUE_MATTERS },
        { "x-amz-storage-class", "OUTPOSTS", "", S3O_VALUE_USUAL },
        { "x-amz-storage-class", "STANDARD", "", S3O_VALUE_USUAL },
        { "x-amz-storage-class", "STANDARD_IA", "", S3O_VALUE_MATTERS },
        { "x-amz-server-side-encryption", "AES256", "", S3O_VALUE_USUAL },
        { "x-amz-server-side-encryption", "aws:kms", "", S3O_VALUE_MATTERS },
        { "x-amz-server-side-encryption-customer-algorithm", "AES256", "",
          S3O_VALUE_MATTERS },
        { "x-amz-tagging", "", "", S3O_VALUE_USUAL },
        { "x-amz-tagging", "a=b", "", S3O_VALUE_MATTERS },
        { "x-amz-meta-a", "", "", S3O_VALUE_MATTERS },
        { "x-amz-expected-bucket-owner", "123456789012", "123456789012",
          S3O_VALUE_USUAL },
        { "x-amz-expected-bucket-owner", "123456789013", "123456789012",
          S3O_VALUE_OTHER_OWNER },
        { "x-amz-expected-bucket-owner", "", "123456789012",
          S3O_VALUE_OTHER_OWNER },
        { "x-amz-source-expected-bucket-owner", "1", "123456789012",
          S3O_VALUE_OTHER_OWNER },
        { "x-amz-expected-bucket-owner", "123456789012", "",
          S3O_VALUE_MATTERS },
        { "x-amz-expected-bucket-owner", "", "", S3O_VALUE_MATTERS }
    };

    for (i = 0; i < count(values); i++) {
        name = tap_guard_text(values[i].name);
        value = tap_guard_text(values[i].value);
        account = tap_guard_text(values[i].account);

        is_int(s3o_policy_header_value(&name, &value, &account),
               values[i].want, values[i].name);
    }

    tap_free();
}


static void
test_header_configurable(void)
{
    size_t     i;
    s3o_str_t  name;

    static const char  *good[] = {
        "content-type", "x-amz-meta-*", "x-amz-*", "x-*", "x-amz-acl",
        "x-amz-copy-source", "x-amz-grant-read", "if-none-match", "h*", "a",
        "cookie", "coo*", "content-md5", "x-amz-checksum-*", "x-amz-trailer",
        "x-amz-user-agent", "x-amz-c*", "x-amz-object-lock-*",
        "!#$%&'+-.^_`|~09az"
    };

    static const char  *bad[] = {
        "", "*", "**", "a**", "a*b", "*a", "Content-Type", "a b", "a:", "a,b",
        "a\"", "a\n", "\xc3\xbc", "host", "authorization", "x-amz-date",
        "x-amz-date*", "x-amz-security-token", "x-amz-content-sha256",
        "x-amz-region-set", "user-agent", "connection", "proxy-*",
        "proxy-authorization", "date", "expect", "x-amz-acl*",
        "x-amz-grant-*", "x-amz-copy-source*", "x-amz-copy-source-*",
        "x_amz_date", "x-amz_acl*", "x-amz-cf-id", "x-amz-cf-*", "x-amzn-*",
        "x-amzn-trace-id", "x-amz-apigw-id", "amz-sdk-*", "amz-sdk-request",
        "cookie*", "x-amz-metadata-directive*"
    };

    for (i = 0; i < count(good); i++) {
        name = tap_guard_text(good[i]);
        ok(s3o_policy_header_configurable(&name), "\"%s\" may be configured",
           good[i]);
    }

    for (i = 0; i < count(bad); i++) {
        name = tap_guard_text(bad[i]);
        ok(!s3o_policy_header_configurable(&name),
           "name %d may not be configured", (int) i);
    }

    tap_free();
}


static void
test_header_public(void)
{
    size_t     i;
    s3o_str_t  name;

    static const struct {
        const char  *name;
        s3o_uint_t   public;
    } headers[] = {
        { "content-type", 1 }, { "content-length", 1 }, { "if-none-match", 1 },
        { "cache-control", 1 }, { "expires", 1 }, { "range", 1 },
        { "x-amz-meta-user", 1 }, { "x-amz-server-side-encryption", 1 },
        { "x-amz-server-side-encryption-customer-key", 0 },
        { "x_amz_server-side_encryption-customer-key-md5", 0 },
        { "x-amz-copy-source-server-side-encryption-customer-key", 0 },
        { "cookie", 0 }, { "x-secret", 0 }, { "cache-controls", 0 },
        { "", 0 }
    };

    for (i = 0; i < count(headers); i++) {
        name = tap_guard_text(headers[i].name);

        ok(s3o_policy_header_is_public(&name) == headers[i].public,
           "\"%s\" is %s", headers[i].name,
           headers[i].public ? "told" : "kept");
    }

    tap_free();
}


static void
test_accounts(void)
{
    size_t     i;
    s3o_str_t  host, account;

    static const char  *hosts[][2] = {
        { "a-123456789012.op-1.s3-outposts.us-west-2.amazonaws.com",
          "123456789012" },
        { "my-ap-1-000000000001.op-1.localhost:8080", "000000000001" },
        { "a-12345678901x.op-1.localhost", "" },
        { "a123456789012.op-1.localhost", "" },
        { "-123456789012.op-1.localhost", "123456789012" },
        { "123456789012.op-1.localhost", "" },
        { "my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3"
          ".op-01ac5d28a6a232904.localhost", "" },
        { "a-123456789012", "" },
        { ".", "" },
        { "", "" }
    };

    for (i = 0; i < count(hosts); i++) {
        host = tap_guard_text(hosts[i][0]);
        s3o_target_account(&host, &account);

        ok(account.len == strlen(hosts[i][1])
           && memcmp(account.data ? (char *) account.data : "", hosts[i][1],
                     account.len)
              == 0,
           "the account in \"%s\" is \"%s\"", hosts[i][0], hosts[i][1]);
    }

    tap_free();
}
