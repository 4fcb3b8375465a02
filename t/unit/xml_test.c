
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_xml.h"


#define ROUNDS  30000

#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_good(void);
static void test_bad(void);
static void test_answer(void);
static void test_cut(void);
static void test_random(void);


static const char  answer[] =
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
    "\n  <AssumeRoleResult>\n    <AssumedRoleUser>\n"
    "      <AssumedRoleId>AROAEXAMPLE:nginx</AssumedRoleId>\n"
    "      <Arn>arn:aws:sts::123456789012:assumed-role/web/nginx</Arn>\n"
    "    </AssumedRoleUser>\n    <Credentials>\n"
    "      <SessionToken>\n        FwoGZXIvYXdzEJr//wEaDA==\n"
    "      </SessionToken>\n"
    "      <Expiration>2030-01-31T12:00:00Z</Expiration>\n"
    "      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\n"
    "      <SecretAccessKey>wJalr/K7MDENG+bPx</SecretAccessKey>\n"
    "    </Credentials>\n  </AssumeRoleResult>\n  <ResponseMetadata>\n"
    "    <RequestId>01234567-89ab-cdef</RequestId>\n  </ResponseMetadata>\n"
    "</AssumeRoleResponse>\n";

static const char  *const  names[] = {
    "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"
};

static const char  *const  values[] = {
    "ASIAIOSFODNN7EXAMPLE", "wJalr/K7MDENG+bPx", "FwoGZXIvYXdzEJr//wEaDA==",
    "2030-01-31T12:00:00Z"
};


int
main(void)
{
    test_good();
    test_bad();
    test_answer();
    test_cut();
    test_random();

    return done();
}


static void
test_good(void)
{
    size_t     i;
    s3o_int_t  rc;
    s3o_str_t  in, name, text, expected;

    static const struct {
        const char  *text;
        const char  *value;
    } documents[] = {
        { "<Code>a</Code>", "a" },
        { "<Code></Code>", "" },
        { "<Code> \t\r\n </Code>", "" },
        { "<Code>\n  a b\tc  \r\n</Code>", "a b\tc" },
        { "<?xml version=\"1.0\"?>\n<Error><Code>a</Code></Error>", "a" },
        { "<Codes>x</Codes><Code>a</Code><code>y</code>", "a" },
        { "<Code>a</Code>trailing", "a" },
        { "<Code x=\"1\">x</Code><Code>a</Code>", "a" },
        { "<<Code>a</Code>", "a" },
        { "Code><Code>a>b</Code>", "a>b" },
        { "<Code>\xc3\xa9\xff</Code>", "\xc3\xa9\xff" }
    };

    name = tap_guard_text("Code");

    for (i = 0; i < count(documents); i++) {
        in = tap_guard_text(documents[i].text);
        rc = s3o_xml_text(in.data, in.len, &name, &text);

        if (ok(rc == S3O_OK, "document %d", (int) i)) {
            expected = tap_str(documents[i].value);
            is_str(&text, &expected, "its text");
        }
    }

    tap_free();
}


static void
test_bad(void)
{
    size_t     i;
    s3o_str_t  in, name, text;

    static const char  *documents[] = {
        "",
        "<",
        "Code",
        "<Code",
        "<Code>",
        "<Code>a",
        "<Code>a<",
        "<Code>a</",
        "<Code>a</Code",
        "<Code>a</Code >",
        "<Code>a</Codes>",
        "<Code>a</code>",
        "<Code>a</Cod>",
        "<Code>a<Code>",
        "<Code>a<b/></Code>",
        "<Code>a<!-- b --></Code>",
        "<Code><![CDATA[a]]></Code>",
        "<Code>a&amp;b</Code>",
        "<Code>&#65;</Code>",
        "<Code>a</Code><Code>b</Code>",
        "<Code>a</Code><Code>",
        "<Code>a</Code><Code>a</Code>",
        "<Code/>",
        "< Code>a</Code>",
        "<Code >a</Code>",
        "<Code x=\"1\">a</Code>",
        "<ns:Code>a</ns:Code>",
        "</Code>a<Code>",
        "<code>a</code>",
        "<xCode>a</xCode>",
        "Code>a</Code>",
        "{\"Code\" : \"a\"}"
    };

    name = tap_guard_text("Code");

    for (i = 0; i < count(documents); i++) {
        in = tap_guard_text(documents[i]);

        if (!ok(s3o_xml_text(in.data, in.len, &name, &text) == S3O_ERROR,
                "bad document %d", (int) i))
        {
            tap_show("document", in.data, in.len);
        }
    }

    tap_free();
}


static void
test_answer(void)
{
    size_t     i;
    s3o_str_t  in, name, text, expected;

    in = tap_guard(answer, sizeof(answer) - 1);

    for (i = 0; i < count(names); i++) {
        name = tap_guard_text(names[i]);
        expected = tap_str(values[i]);

        if (ok(s3o_xml_text(in.data, in.len, &name, &text) == S3O_OK, "%s",
               names[i]))
        {
            is_str(&text, &expected, "its text");
        }
    }

    name = tap_guard_text("Code");
    is_int(s3o_xml_text(in.data, in.len, &name, &text), S3O_ERROR,
           "there is no code");

    name = tap_guard_text("Credentials");
    is_int(s3o_xml_text(in.data, in.len, &name, &text), S3O_ERROR,
           "what holds elements has no text");

    tap_free();
}


/* a value comes whole or not at all, wherever an answer is cut off */

static void
test_cut(void)
{
    size_t      i, len, end;
    s3o_int_t   rc;
    s3o_str_t   in, name, text, expected;
    s3o_uint_t  wrong;
    const char *p;

    for (i = 0; i < count(names); i++) {
        name = tap_str(names[i]);
        expected = tap_str(values[i]);

        /* where its closing tag ends */

        p = strstr(answer, names[i]) + 1;
        end = strstr(p, names[i]) + strlen(names[i]) + 1 - answer;

        wrong = 0;

        for (len = 0; len < sizeof(answer); len++) {
            in = tap_guard(answer, len);
            rc = s3o_xml_text(in.data, in.len, &name, &text);

            if (len < end ? rc != S3O_ERROR
                          : rc != S3O_OK || !s3o_str_eq(&text, &expected))
            {
                wrong++;
            }

            tap_free();
        }

        ok(wrong == 0, "%s, cut off at %d places", names[i], (int) len);
    }
}


static void
test_random(void)
{
    size_t     i, n, len, pos, good, wrong;
    u_char     data[sizeof(answer)];
    s3o_int_t  rc;
    s3o_str_t  in, name, text;

    static const char  bytes[] = "<>/&\"= \nASEc\0\xff";

    good = 0;
    wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        len = sizeof(answer) - 1;
        memcpy(data, answer, len);

        for (i = tap_random(40); i > 0; i--) {
            pos = tap_random(len);

            if (tap_random(4) == 0) {
                memmove(data + pos, data + pos + 1, len - pos - 1);
                len--;

            } else {
                data[pos] = bytes[tap_random(sizeof(bytes) - 1)];
            }
        }

        if (tap_random(4) == 0) {
            len = tap_random(len + 1);
        }

        in = tap_guard(data, len);
        name = tap_str(names[tap_random(count(names))]);

        rc = s3o_xml_text(in.data, in.len, &name, &text);

        good += rc == S3O_OK;

        if (rc == S3O_OK
            ? text.data < in.data || text.data + text.len > in.data + in.len
              || (text.len && (memchr(text.data, '<', text.len)
                               || memchr(text.data, '&', text.len)))
            : rc != S3O_ERROR)
        {
            wrong++;
            tap_show("wrong", in.data, in.len);
        }

        tap_free();
    }

    ok(wrong == 0 && good > ROUNDS / 10 && good < ROUNDS,
       "%d answers with faults, %d of them good", ROUNDS, (int) good);
}
