
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * SigV4A apart from the vectors (sigv4a_vectors_test.c) and its keys
 * (sigv4a_key_test.c): times, limits, errors, masks, region sets.
 */


#include "request.h"
#include "p256.h"
#include "s3o_sigv4a.h"
#include "s3o_region_set.h"


#define ROUNDS  600
#define NOW     1709294400        /* 2024-03-01T12:00:00Z */

#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_errors(test_t *t);
static void test_free(test_t *t);
static void test_times(test_t *t);
static void test_room(test_t *t);
static void test_lengths(test_t *t);
static void test_order(test_t *t);
static void test_masks(test_t *t);
static void test_bare_headers(test_t *t);
static void test_both(test_t *t);
static void test_regions(void);
static void test_covers(void);
static s3o_int_t simple(test_t *t, const char *set, const char *token,
    int64_t now);
static int right(test_t *t, const s3o_str_t *url, size_t *len);
static int contains(const s3o_str_t *text, const char *part);


static const char  *SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";


int
main(void)
{
    test_t  t;

    memset(&t, 0, sizeof(test_t));

    if (!ok(s3o_crypto_init(&t.crypto) == S3O_OK, "there is a digest")) {
        return done();
    }

    test_errors(&t);
    test_free(&t);
    test_times(&t);
    test_room(&t);
    test_lengths(&t);
    test_order(&t);
    test_masks(&t);
    test_bare_headers(&t);
    test_both(&t);
    test_regions();
    test_covers();

    ok(ERR_peek_error() == 0, "no error of OpenSSL's is left to others");

    s3o_crypto_free(&t.crypto);

    return done();
}


/* A signer and a GET of "/a b" with the host header; "now" < 0: no time. */

static s3o_int_t
simple(test_t *t, const char *set, const char *token, int64_t now)
{
    s3o_int_t          rc;
    s3o_str_t          region, service, method, path, name, value;
    s3o_credentials_t  credentials;

    credentials.access_key_id = tap_str("AKIAIOSFODNN7EXAMPLE");
    credentials.secret_access_key = tap_str(SECRET);
    credentials.session_token = tap_str(token);

    region = tap_str(set);
    service = tap_str(S3O_SERVICE);

    rc = test_signer_of(t, S3O_SIGV4A, &credentials, &region, &service);

    if (rc == S3O_OK && now >= 0) {
        rc = s3o_signer_time(&t->signer, now);
    }

    method = tap_str("GET");
    path = tap_str("/a%20b");
    test_request(t, &method, &path);

    name = tap_str("host");
    value = tap_str("reports-123456789012.op-1.s3-outposts.us-west-2"
                    ".amazonaws.com");
    test_header(t, &name, &value);
    test_headers_done(t);

    return rc;
}


/* 1 when a URL or an Authorization ends in a valid signature of its request. */

static int
right(test_t *t, const s3o_str_t *url, size_t *len)
{
    size_t     i;
    s3o_str_t  public_key, text, signature;
    char       hex[2 * P256_PUBLIC_LEN + 1];

    for (i = url->len; i > 0 && url->data[i - 1] != '='; i--) { /* void */ }

    s3o_str_set(&signature, url->data + i, url->len - i);

    public_key = p256_public(&t->signer.ecdsa, hex);
    text = test_string_to_sign(t);
    *len = signature.len;

    return p256_verify(&public_key, &text, &signature);
}


static int
contains(const s3o_str_t *text, const char *part)
{
    size_t  i, len;

    len = strlen(part);

    for (i = 0; i + len <= text->len; i++) {
        if (memcmp(text->data + i, part, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
test_errors(test_t *t)
{
    size_t             i;
    s3o_str_t          region, service;
    s3o_credentials_t  credentials;

    static const struct {
        const char  *id;
        const char  *secret;
        const char  *token;
        const char  *set;
        const char  *service;
        s3o_int_t    rc;
        const char  *name;
    } cases[] = {
        { "AK", "s", "", "*", "v", S3O_OK, "short texts" },
        { "AK", "s", "", "us-west-2,us-*", "v", S3O_OK, "a set" },
        { "AK", "\x01 \xff\n", "", "*", "v", S3O_OK, "any secret" },
        { "AK", "s", "a+/=~\"", "*", "v", S3O_OK, "a token" },
        { "", "s", "", "*", "v", S3O_ERROR, "no access key id" },
        { "AK", "", "", "*", "v", S3O_ERROR, "no secret" },
        { "AK", "s", "", "", "v", S3O_ERROR, "no region set" },
        { "AK", "s", "", "*", "", S3O_ERROR, "no service" },
        { "A K", "s", "", "*", "v", S3O_ERROR, "a space in the id" },
        { "AK", "s", "a\r\nb: c", "*", "v", S3O_ERROR, "CR LF in the token" },
        { "AK", "s", "", "us-west-2, us-*", "v", S3O_ERROR,
          "a space in the set" },
        { "AK", "s", "", "*\n", "v", S3O_ERROR, "a newline in the set" }
    };

    for (i = 0; i < count(cases); i++) {
        credentials.access_key_id = tap_str(cases[i].id);
        credentials.secret_access_key = tap_str(cases[i].secret);
        credentials.session_token = tap_str(cases[i].token);
        region = tap_str(cases[i].set);
        service = tap_str(cases[i].service);

        is_int(test_signer_of(t, S3O_SIGV4A, &credentials, &region, &service),
               cases[i].rc, cases[i].name);

        if (cases[i].rc == S3O_OK) {
            is_str(&t->signer.region, &region, "the set is kept");
        }

        s3o_signer_free(&t->signer);
        tap_free();
    }
}


static void
test_free(test_t *t)
{
    u_char     *p, *end;
    size_t      left;
    s3o_str_t   url, mem;

    simple(t, "*", "token", NOW);
    ok(!t->signer.secret.set && !t->signer.key.set,
       "nothing of SigV4 is kept");

    mem = t->signer.mem;
    end = mem.data + mem.len;

    ok(!contains(&mem, SECRET), "nor the secret");

    s3o_signer_free(&t->signer);

    left = 0;

    for (p = mem.data; p < end; p++) {
        left += *p != 0;
    }

    is_int(left, 0, "a freed signer leaves nothing in its memory");
    ok(t->signer.ecdsa.key == NULL && t->signer.ecdsa.ctx == NULL,
       "and no key");
    ok(test_presign(t, 900, &url) == S3O_ERROR, "it signs nothing");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_times(test_t *t)
{
    size_t      i, len;
    EVP_PKEY   *key;
    s3o_str_t   url;

    static const struct {
        int64_t      now;
        const char  *date;
        const char  *scope;
    } cases[] = {
        { NOW, "X-Amz-Date=20240301T120000Z", "%2F20240301%2F" },
        { NOW + 1, "X-Amz-Date=20240301T120001Z", "%2F20240301%2F" },
        { NOW + S3O_DAY / 2, "X-Amz-Date=20240302T000000Z", "%2F20240302%2F" },
        { NOW, "X-Amz-Date=20240301T120000Z", "%2F20240301%2F" },
        { 0, "X-Amz-Date=19700101T000000Z", "%2F19700101%2F" }
    };

    simple(t, "*", "", -1);
    key = t->signer.ecdsa.key;

    ok(test_presign(t, 900, &url) == S3O_ERROR, "without a time none is made");

    for (i = 0; i < count(cases); i++) {
        is_int(s3o_signer_time(&t->signer, cases[i].now), S3O_OK, "a time");

        ok(test_presign(t, 900, &url) == S3O_OK
           && right(t, &url, &len)
           && contains(&url, cases[i].date)
           && contains(&url, cases[i].scope)
           && t->signer.ecdsa.key == key,
           "%s, of the same key", cases[i].date);
    }

    is_int(s3o_signer_time(&t->signer, -1), S3O_ERROR, "a time before 1970");
    ok(test_presign(t, 900, &url) == S3O_ERROR, "then none is made");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_room(test_t *t)
{
    size_t      size, i;
    s3o_buf_t   b;
    s3o_str_t   url;
    s3o_uint_t  wrong;

    simple(t, "us-west-2,us-*", "token", NOW);

    is_int(test_presign(t, 900, &url), S3O_OK, "room for the longest");

    size = s3o_presign_len(&t->signer, &t->request, &t->query_form);

    for ( ;; ) {
        tap_buf(&b, size - 1);

        if (s3o_presign(&t->signer, &t->request, &t->query_form, 900, &b)
            != S3O_OK)
        {
            break;
        }

        size--;
        tap_unmap();
    }

    wrong = 0;

    for (i = 0; i < 20; i++) {
        tap_buf(&b, size - 1);
        wrong += s3o_presign(&t->signer, &t->request, &t->query_form, 900, &b)
                 != S3O_OVERFLOW || !b.overflow || b.pos != b.start;
        tap_unmap();
    }

    ok(wrong == 0, "a byte less is too little, whatever the length will be");

    size = s3o_authorization_room(&t->signer, &t->request, &t->header_form) - 1;
    tap_buf(&b, size);
    is_int(s3o_authorization(&t->signer, &t->request, &t->header_form, &b),
           S3O_OVERFLOW,
           "the same in the header form");
    ok(b.overflow && b.pos == b.start, "and nothing is written");

    tap_buf(&b, S3O_SIGV4A_HEX_MAX - 1);
    is_int(s3o_sigv4a_sign(&t->crypto, &t->signer.ecdsa, (u_char *) "a", 1,
                           &b), S3O_ERROR,
           "a signature of its own");
    ok(b.pos == b.start, "and nothing is written");

    s3o_signer_free(&t->signer);
    tap_free();
}


/* many signatures, to meet all their lengths */

static void
test_lengths(test_t *t)
{
    size_t      i, len, min, max, fixed;
    s3o_int_t   wrong;
    s3o_str_t   out;

    min = 1000;
    max = 0;
    wrong = 0;

    for (i = 0; i < ROUNDS; i++) {
        simple(t, "*", i % 3 ? "" : "to+ken", NOW + i * 3607);

        fixed = (i % 2 ? s3o_presign_len(&t->signer, &t->request,
                                         &t->query_form)
                       : s3o_authorization_len(&t->signer, &t->header_form))
                - S3O_SIGV4A_HEX_MAX;

        if ((i % 2 ? test_presign(t, 604800 - i, &out)
                   : test_authorization(t, &out))
            != S3O_OK
            || !right(t, &out, &len)
            || (i % 2 ? out.len > fixed + S3O_SIGV4A_HEX_MAX
                      : out.len > fixed + len))
        {
            wrong++;

        } else {
            min = len < min ? len : min;
            max = len > max ? len : max;
        }

        s3o_signer_free(&t->signer);
        tap_free();
    }

    is_int(wrong, 0, "all signatures are right");
    diag("%d signatures of %d to %d hex digits", ROUNDS, (int) min, (int) max);
    ok(max == S3O_SIGV4A_HEX_MAX && min < max && min > 120,
       "some are of the greatest length, some are not");
}


/* the parameters in the order in which they are signed */

static void
test_order(test_t *t)
{
    size_t      i, len;
    s3o_str_t   url, part;

    static const char  *parts[] = {
        "/a%20b?A=1&X=2&X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20240301%2Fs3-outposts"
        "%2Faws4_request&X-Amz-Date=20240301T120000Z&X-Amz-Expires=604800"
        "&X-Amz-Region-Set=us-west-2%2Cus-%2A&X-Amz-Security-Token=to%2Bken"
        "&X-Amz-SignedHeaders=host&versionId=3&X-Amz-Signature=",

        "AWS4-ECDSA-P256-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240301"
        "/s3-outposts/aws4_request, SignedHeaders=host, Signature="
    };

    simple(t, "us-west-2,us-*", "to+ken", NOW);
    test_param(t, "X", "2");
    test_param(t, "versionId", "3");
    test_param(t, "A", "1");

    for (i = 0; i < count(parts); i++) {
        ok((i ? test_authorization(t, &url) : test_presign(t, 604800, &url))
           == S3O_OK
           && right(t, &url, &len), "signed");

        part = url;
        part.len -= len;
        url = tap_str(parts[i]);
        is_str(&part, &url, "all that stands before the signature");
    }

    ok(test_param(t, "X-Amz-Region-Set", "*") == S3O_OK
       && test_presign(t, 900, &url) == S3O_ERROR,
       "another region set is refused");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_masks(test_t *t)
{
    s3o_str_t  text;

    simple(t, "us-*", "to+ken", NOW);

    ok(test_canonical(t, 900, 1, &text) == S3O_OK
       && contains(&text, "&X-Amz-Region-Set=us-%2A"
                          "&X-Amz-Security-Token=***&X-Amz-SignedHeaders=")
       && !contains(&text, "to%2Bken"),
       "a masked token, the set beside it");
    ok(test_canonical(t, 900, 0, &text) == S3O_OK
       && contains(&text, "&X-Amz-Region-Set=us-%2A"
                          "&X-Amz-Security-Token=to%2Bken&X-Amz-Sign"),
       "a token");

    s3o_signer_free(&t->signer);
    simple(t, "us-*", "", NOW);

    ok(test_canonical(t, 900, 1, &text) == S3O_OK
       && contains(&text, "&X-Amz-Region-Set=us-%2A&X-Amz-SignedHeaders="),
       "no token to mask");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_bare_headers(test_t *t)
{
    size_t  i;

    static const char  *tokens[] = { "", "t", "to+ken/=" };

    for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        simple(t, "us-west-2,us-*", tokens[i], NOW);
        t->header_form.payload_hash = tap_guard_text("UNSIGNED-PAYLOAD");

        ok(test_bare(t), "the signer's own headers, token \"%s\"", tokens[i]);

        ok(s3o_signer_time(&t->signer, NOW + 86400) == S3O_OK,
           "another day");

        t->nheaders = 1;
        test_headers_done(t);

        ok(test_bare(t), "and the headers of that day");

        s3o_signer_free(&t->signer);
        tap_free();
    }
}


/* a signer of each algorithm, in turn */

static void
test_both(test_t *t)
{
    size_t             i, len;
    s3o_int_t          wrong;
    s3o_str_t          region, service, url;
    s3o_signer_t       sigv4, sigv4a;
    s3o_credentials_t  credentials;

    simple(t, "*", "", NOW);
    sigv4a = t->signer;

    credentials.access_key_id = tap_str("AKIAIOSFODNN7EXAMPLE");
    credentials.secret_access_key = tap_str(SECRET);
    credentials.session_token = tap_str("");
    region = tap_str("us-west-2");
    service = tap_str(S3O_SERVICE);

    is_int(test_signer(t, &credentials, &region, &service), S3O_OK,
           "a signer of SigV4 beside it");
    ok(t->signer.ecdsa.key == NULL && t->signer.query_set == 0,
       "with nothing of SigV4A");

    sigv4 = t->signer;
    wrong = 0;

    for (i = 0; i < 20; i++) {
        t->signer = i % 2 ? sigv4a : sigv4;

        if (s3o_signer_time(&t->signer, NOW + i * 4000) != S3O_OK
            || test_presign(t, 604800, &url) != S3O_OK
            || contains(&url, "X-Amz-Region-Set=%2A&") != (int) (i % 2)
            || (i % 2 ? !right(t, &url, &len)
                      : !contains(&url, "X-Amz-Expires=604800&X-Amz-SignedH")))
        {
            wrong++;
        }

        *(i % 2 ? &sigv4a : &sigv4) = t->signer;
    }

    is_int(wrong, 0, "neither hurts the other");

    s3o_signer_free(&sigv4a);
    s3o_signer_free(&sigv4);
    tap_free();
}


static void
test_regions(void)
{
    size_t     i;
    s3o_str_t  entry;

    static const char  *good[] = {
        "*", "us-west-2", "eu-central-1", "us-gov-west-1", "cn-north-1",
        "us-iso-east-1", "eu-isoe-west-1", "eusc-de-east-1", "us-west-*",
        "us-*", "eu-*", "us-gov-*", "us-gov-west-*", "cn-*", "us-iso-*",
        "eusc-de-*", "ap-southeast-*", "il-central-1"
    };

    static const char  *bad[] = {
        "", "-", "-*", "**", "*-", "*-west-2", "us", "us*", "us-west",
        "us-west*", "us-west-2*", "us-west-2-*", "us-west-*-", "us-*-2",
        "us-w*st-2", "us--*", "-us-*", "US-WEST-2", "us-West-*", "US-*",
        "mars-*", "mars-north-1", "aws-global", "aws-*", "us-west-2,us-*",
        "us-west-2 ", " us-west-2", "us-west-2\n", "us_west-*",
        "us-w\xc3\xa9-*", "us-west-?", "us-west-2.evil.example",
        "us-aaaaaaaaaaaaaaaaaaaaaaaaaaaa-*",
        "us-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-*"
    };

    for (i = 0; i < count(good); i++) {
        entry = tap_guard_text(good[i]);
        ok(s3o_region_set_entry(&entry), "\"%s\" is an entry", good[i]);
    }

    for (i = 0; i < count(bad); i++) {
        entry = tap_guard_text(bad[i]);

        if (!ok(!s3o_region_set_entry(&entry), "no entry %d", (int) i)) {
            tap_show("entry", entry.data, entry.len);
        }
    }

    tap_free();
}


static void
test_covers(void)
{
    size_t     i;
    s3o_str_t  set, region;

    static const struct {
        const char  *set;
        const char  *region;
        s3o_uint_t   covers;
    } cases[] = {
        { "*", "us-west-2", 1 },
        { "us-west-2", "us-west-2", 1 },
        { "us-west-2", "us-west-1", 0 },
        { "us-west-2", "us-west-21", 0 },
        { "us-west-21", "us-west-2", 0 },
        { "us-west-*", "us-west-2", 1 },
        { "us-west-*", "us-east-1", 0 },
        { "us-*", "us-gov-west-1", 1 },
        { "us-*", "eu-west-1", 0 },
        { "eu-west-1,us-west-2", "us-west-2", 1 },
        { "us-west-2,eu-west-1", "us-west-2", 1 },
        { "eu-*,ap-*,us-west-*", "us-west-2", 1 },
        { "eu-*,ap-*,us-east-*", "us-west-2", 0 },
        { "us-west-2,eu-west-1", "us-west-2,eu-west-1", 0 },
        { "", "us-west-2", 0 }
    };

    for (i = 0; i < count(cases); i++) {
        set = tap_guard_text(cases[i].set);
        region = tap_guard_text(cases[i].region);

        ok(s3o_region_set_covers(&set, &region) == cases[i].covers,
           "\"%s\" %s %s", cases[i].set,
           cases[i].covers ? "covers" : "does not cover", cases[i].region);
    }

    tap_free();
}
