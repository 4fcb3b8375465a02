
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_error.h"


#define ROUNDS  20000

#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_codes(void);
static void test_harmless(void);
static void test_documents(void);
static void test_random(void);
static size_t write_random(s3o_uint_t xml);


int
main(void)
{
    test_codes();
    test_harmless();
    test_documents();
    test_random();

    return done();
}


static void
test_codes(void)
{
    size_t       i;
    s3o_str_t    code;
    s3o_error_t  error;

    static const struct {
        s3o_uint_t    status;
        const char   *result;
        const char   *code;
    } tests[] = {
        { 400, NULL, "InvalidRequest" },
        { 400, "args", "InvalidArgument" },
        { 400, "payload", "InvalidRequest" },
        { 400, "key", "InvalidURI" },
        { 414, "key", "KeyTooLongError" },
        { 414, NULL, "InvalidURI" },
        { 404, NULL, "NoSuchKey" },
        { 404, "access_point", "NoSuchBucket" },
        { 405, "method", "MethodNotAllowed" },
        { 411, "length", "MissingContentLength" },
        { 413, NULL, "EntityTooLarge" },
        { 501, "headers", "NotImplemented" },
        { 503, "credentials", "SlowDown" },
        { 418, NULL, "InvalidRequest" },
        { 599, "config", "InternalError" }
    };

    for (i = 0; i < count(tests); i++) {
        s3o_error_set(&error, tests[i].status, tests[i].result);

        code = tap_str(tests[i].code);
        is_str(&error.code, &code, tests[i].code);
        ok(error.message.len > 0, "and a message");
    }
}


static void
test_harmless(void)
{
    size_t     i;
    s3o_str_t  code;

    static const char *const  good[] = { "AccessDenied", "InvalidPart" };

    static const char *const  bad[] = {
        "", "accessdenied", "AccessDenied ", "SignatureDoesNotMatch",
        "ExpiredToken", "InvalidToken", "InvalidAccessKeyId",
        "TokenRefreshRequired", "InvalidSecurity", "RequestTimeTooSkewed",
        "AuthorizationHeaderMalformed"
    };

    for (i = 0; i < count(good); i++) {
        code = tap_str(good[i]);
        ok(s3o_error_code_is_harmless(&code), "%s may be kept", good[i]);
    }

    for (i = 0; i < count(bad); i++) {
        code = tap_str(bad[i]);
        ok(!s3o_error_code_is_harmless(&code), "\"%s\" may not", bad[i]);
    }
}


static void
test_documents(void)
{
    s3o_buf_t    b;
    s3o_error_t  error;
    u_char       text[1024];

    s3o_error_set(&error, 405, "method");

    error.message = tap_str("a \"b\" <&> \\ \x01\x7f");
    error.resource = tap_str("/\xc3\xa4\xc3\xed\xa0\x80\xef\xbf\xbf");
    error.request_id = tap_str("id");

    s3o_buf_init(&b, text, sizeof(text));
    s3o_error_xml(&b, &error);

    is_buf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<Error><Code>MethodNotAllowed</Code>"
               "<Message>a &quot;b&quot; &lt;&amp;&gt; \\ ?\?</Message>"
               "<Resource>/\xc3\xa4?\?\?\?\?</Resource>"
               "<RequestId>id</RequestId></Error>", "XML");

    s3o_buf_init(&b, text, sizeof(text));
    s3o_error_json(&b, &error);

    is_buf(&b, "{\"Code\":\"MethodNotAllowed\","
               "\"Message\":\"a \\\"b\\\" <&> \\\\ ??\","
               "\"Resource\":\"/\xc3\xa4?????\","
               "\"RequestId\":\"id\"}\n", "JSON");
}


/* any bytes: the length is enough, and no control character is left */

static void
test_random(void)
{
    size_t      bad;
    s3o_uint_t  i;

    bad = 0;

    for (i = 0; i < ROUNDS; i++) {
        bad += write_random(i % 2);
    }

    ok(bad == 0, "%d random documents have room, and no controls", ROUNDS);
}


static size_t
write_random(s3o_uint_t xml)
{
    size_t        i, bad;
    u_char       *p, data[60], text[4096];
    s3o_buf_t     b;
    s3o_str_t     member;
    s3o_error_t   error;

    for (i = 0; i < sizeof(data); i++) {
        data[i] = tap_random(256);

        if (data[i] > 80) {
            data[i] = "\"\"&<>\\\n\xef\xbf"[tap_random(9)];
        }
    }

    s3o_str_set(&member, data, tap_random(sizeof(data)));
    member = tap_guard_str(&member);

    s3o_error_set(&error, 400, NULL);
    error.message = member;
    error.resource = member;
    error.request_id = member;

    s3o_buf_init(&b, text, s3o_error_len(&error));

    if (xml) {
        s3o_error_xml(&b, &error);

    } else {
        s3o_error_json(&b, &error);
    }

    bad = b.overflow;

    for (p = text; p < b.pos; p++) {

        /* each form itself has one line break */

        bad += *p < 0x20 && p != b.pos - 1 && p[1] != '<';
    }

    tap_free();

    return bad;
}
