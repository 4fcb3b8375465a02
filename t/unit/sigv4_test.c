
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signers and signatures, besides the vectors (vectors_test.c): times, limits,
 * errors, masks, and a verifier that shares no code with the signer.
 */


#include "request.h"

#include <openssl/hmac.h>


#define ROUNDS  400
#define NOW     1709294400        /* 2024-03-01T12:00:00Z */


static void test_signer_errors(test_t *t);
static void test_signer_free(test_t *t);
static void test_times(test_t *t);
static void test_time_errors(test_t *t);
static void test_expires(test_t *t);
static void test_requests(test_t *t);
static void test_room(test_t *t);
static void test_param_order(test_t *t);
static void test_names(test_t *t);
static void test_masks(test_t *t);
static void test_bare_headers(test_t *t);
static void test_no_digest(test_t *t);
static void test_random(test_t *t);
static void simple(test_t *t, const char *token, int64_t now);
static int verify(test_t *t, const s3o_str_t *url, const char *secret);
static void verify_key(const char *secret, const s3o_str_t *date,
    const char *region, const char *service, u_char *key);
static void hmac(const u_char *key, size_t key_len, const void *data,
    size_t len, u_char *out);
static int sorted(const s3o_str_t *query);


static const char  *SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";


int
main(void)
{
    test_t  t;

    memset(&t, 0, sizeof(test_t));

    if (!ok(s3o_crypto_init(&t.crypto) == S3O_OK, "there is a digest")) {
        return done();
    }

    test_signer_errors(&t);
    test_signer_free(&t);
    test_times(&t);
    test_time_errors(&t);
    test_expires(&t);
    test_requests(&t);
    test_room(&t);
    test_param_order(&t);
    test_names(&t);
    test_masks(&t);
    test_bare_headers(&t);
    test_no_digest(&t);
    test_random(&t);

    s3o_crypto_free(&t.crypto);

    return done();
}


/* A signer and a GET of "/a b" with the host header; "now" < 0: no time. */

static void
simple(test_t *t, const char *token, int64_t now)
{
    s3o_str_t          region, service, method, path, name, value;
    s3o_credentials_t  credentials;

    credentials.access_key_id = tap_str("AKIAIOSFODNN7EXAMPLE");
    credentials.secret_access_key = tap_str(SECRET);
    credentials.session_token = tap_str(token);

    region = tap_str("us-west-2");
    service = tap_str(S3O_SERVICE);

    if (test_signer(t, &credentials, &region, &service) != S3O_OK) {
        ok(0, "no signer");
    }

    if (now >= 0) {
        s3o_signer_time(&t->signer, now);
    }

    method = tap_str("GET");
    path = tap_str("/a%20b");
    test_request(t, &method, &path);

    name = tap_str("host");
    value = tap_str("reports-123456789012.op-1.s3-outposts.us-west-2"
                    ".amazonaws.com");
    test_header(t, &name, &value);
    test_headers_done(t);
}


static void
test_signer_errors(test_t *t)
{
    size_t             i;
    s3o_str_t          region, service;
    s3o_credentials_t  credentials;

    static const struct {
        const char  *id;
        const char  *secret;
        const char  *token;
        const char  *region;
        const char  *service;
        s3o_int_t    rc;
        const char  *name;
    } cases[] = {
        { "AK", "s", "", "r", "v", S3O_OK, "short texts" },
        { "AK", "\x01 \xff\n", "", "r", "v", S3O_OK, "any secret" },
        { "AK", "s", "a+/=~\"", "r", "v", S3O_OK, "a token" },
        { "", "s", "", "r", "v", S3O_ERROR, "no access key id" },
        { "AK", "", "", "r", "v", S3O_ERROR, "no secret" },
        { "AK", "s", "", "", "v", S3O_ERROR, "no region" },
        { "AK", "s", "", "r", "", S3O_ERROR, "no service" },
        { "AK\n", "s", "", "r", "v", S3O_ERROR, "a newline in the id" },
        { "A K", "s", "", "r", "v", S3O_ERROR, "a space in the id" },
        { "A\x7f", "s", "", "r", "v", S3O_ERROR, "DEL in the id" },
        { "AK", "s", "a\r\nb: c", "r", "v", S3O_ERROR, "CR LF in the token" },
        { "AK", "s", "a\x80", "r", "v", S3O_ERROR, "0x80 in the token" },
        { "AK", "s", "", "r\n", "v", S3O_ERROR, "a newline in the region" },
        { "AK", "s", "", "r", "v ", S3O_ERROR, "a space in the service" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        credentials.access_key_id = tap_str(cases[i].id);
        credentials.secret_access_key = tap_str(cases[i].secret);
        credentials.session_token = tap_str(cases[i].token);
        region = tap_str(cases[i].region);
        service = tap_str(cases[i].service);

        is_int(test_signer(t, &credentials, &region, &service), cases[i].rc,
               cases[i].name);

        s3o_signer_free(&t->signer);
    }

    tap_free();
}


static void
test_signer_free(test_t *t)
{
    size_t        i, size, left;
    u_char       *mem;
    s3o_signer_t  zeroed;

    memset(&zeroed, 0, sizeof(s3o_signer_t));
    s3o_signer_free(&zeroed);
    ok(zeroed.mem.data == NULL, "a zeroed signer is freed");
    ok(s3o_signer_time(&zeroed, NOW) == S3O_ERROR,
       "a zeroed signer has no time");

    simple(t, "TOKEN", NOW);

    mem = t->signer.mem.data;
    size = t->signer.mem.len;

    left = 0;

    for (i = 0; i + strlen(SECRET) <= size; i++) {
        if (memcmp(mem + i, SECRET, strlen(SECRET)) == 0) {
            left++;
        }
    }

    ok(left == 0, "the memory of a signer does not hold the secret");

    s3o_signer_free(&t->signer);

    for (i = 0; i < size; i++) {
        left |= mem[i];
    }

    ok(left == 0, "the memory of a freed signer is wiped");
    ok(!t->signer.secret.set && !t->signer.key.set
       && t->signer.crypto == NULL, "the freed signer is zeroed");

    tap_free();
}


/* one signer that signs at many times, and a new signer for each of them */

static void
test_times(test_t *t)
{
    size_t        i;
    test_t        other;
    s3o_str_t     one, two;

    static const int64_t  times[] = {
        NOW, NOW, NOW + 1, NOW - 1, NOW + S3O_DAY, NOW, 0, S3O_TIME_MAX,
        1709251199, 1709251200
    };

    memset(&other, 0, sizeof(test_t));
    other.crypto = t->crypto;

    simple(t, "TOKEN", -1);
    ok(test_presign(t, 60, &one) == S3O_ERROR, "nothing is signed in no time");
    ok(test_authorization(t, &one) == S3O_ERROR, "in neither form");
    ok(test_canonical(t, 60, 0, &one) == S3O_ERROR, "nor shown");

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        ok(s3o_signer_time(&t->signer, times[i]) == S3O_OK, "time %jd",
           (intmax_t) times[i]);

        simple(&other, "TOKEN", times[i]);

        test_presign(t, 60, &one);
        test_presign(&other, 60, &two);
        is_str(&one, &two, "the URL is that of a new signer");

        test_authorization(t, &one);
        test_authorization(&other, &two);
        is_str(&one, &two, "and so is Authorization");

        one = t->signer.scope;
        two = other.signer.scope;
        is_str(&one, &two, "and the scope");

        s3o_signer_free(&other.signer);
    }

    /* with another secret a newly derived key would be another one */

    test_presign(t, 60, &one);
    s3o_hmac_key_set(&t->crypto, &t->signer.secret, (u_char *) "other", 5);
    s3o_signer_time(&t->signer, t->signer.time + 1);
    s3o_signer_time(&t->signer, t->signer.time - 1);
    test_presign(t, 60, &two);
    is_str(&one, &two, "the key stays all day");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_time_errors(test_t *t)
{
    s3o_str_t  url;

    simple(t, "", NOW);

    ok(s3o_signer_time(&t->signer, -1) == S3O_ERROR, "before the Epoch");
    ok(test_presign(t, 60, &url) == S3O_ERROR, "then nothing is signed");

    ok(s3o_signer_time(&t->signer, NOW) == S3O_OK, "a good time");
    ok(test_presign(t, 60, &url) == S3O_OK, "then it is");

    ok(s3o_signer_time(&t->signer, S3O_TIME_MAX + 1) == S3O_ERROR,
       "the year 10000");
    ok(test_authorization(t, &url) == S3O_ERROR, "then nothing is signed");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_expires(test_t *t)
{
    s3o_str_t  url;

    simple(t, "", NOW);

    ok(test_presign(t, 0, &url) == S3O_ERROR && url.len == 0, "0 seconds");
    ok(test_presign(t, 1, &url) == S3O_OK, "1 second");
    ok(test_presign(t, S3O_EXPIRES_MAX, &url) == S3O_OK, "7 days");
    ok(url.len <= s3o_presign_len(&t->signer, &t->request, &t->query_form),
       "take no more than the room");
    ok(test_presign(t, S3O_EXPIRES_MAX + 1, &url) == S3O_ERROR
       && url.len == 0, "7 days and 1 second");
    ok(test_presign(t, UINT32_MAX, &url) == S3O_ERROR, "UINT32_MAX seconds");
    ok(test_canonical(t, S3O_EXPIRES_MAX + 1, 0, &url) == S3O_ERROR
       && url.len == 0, "nor is it shown");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_requests(test_t *t)
{
    s3o_str_t  url;

    simple(t, "", NOW);

    t->request.path = tap_guard_text("");
    ok(test_presign(t, 60, &url) == S3O_ERROR && url.len == 0,
       "an empty path");
    ok(test_authorization(t, &url) == S3O_ERROR && url.len == 0,
       "nor in the header form");

    t->request.path = tap_guard_text("a/b");
    ok(test_presign(t, 60, &url) == S3O_ERROR && url.len == 0,
       "a path without its \"/\"");
    ok(test_canonical(t, 60, 0, &url) == S3O_ERROR && url.len == 0,
       "nor is it shown");

    t->request.path = tap_guard_text("/");
    ok(test_presign(t, 60, &url) == S3O_OK, "a path of \"/\" alone");

    s3o_signer_free(&t->signer);
    tap_free();
}


/* with less room than announced signing fails, and changes nothing before */

static void
test_room(test_t *t)
{
    size_t      i, len;
    s3o_int_t   rc;
    s3o_buf_t   b;
    s3o_uint_t  fits, wrong;

    const s3o_header_form_t  *h = &t->header_form;

    simple(t, "TOKEN", NOW);
    test_param(t, "a", "b");
    test_param(t, "X", "b");

    t->header_form.payload_hash = tap_guard_text("UNSIGNED-PAYLOAD");

    len = s3o_presign_len(&t->signer, &t->request, &t->query_form);
    fits = 0;
    wrong = 0;

    for (i = 0; i < len; i++) {
        tap_buf(&b, 4 + i);
        s3o_buf_put_literal(&b, "http");
        rc = s3o_presign(&t->signer, &t->request, &t->query_form, 60, &b);

        /* what has fit with less room fits, too */
        wrong += rc == S3O_OK ? b.overflow
                              : rc != S3O_OVERFLOW || fits || !b.overflow
                                || b.pos != b.start + 4;
        fits |= rc == S3O_OK;

        tap_unmap();
    }

    ok(wrong == 0, "no room for a URL");

    tap_buf(&b, 4 + len);
    s3o_buf_put_literal(&b, "http");
    ok(s3o_presign(&t->signer, &t->request, &t->query_form, 604800, &b)
       == S3O_OK && b.pos <= b.end
       && memcmp(b.start, "http/a%20b?X=b&X-Amz-", 21) == 0,
       "room for a URL behind something");

    tap_buf(&b, s3o_authorization_room(&t->signer, &t->request, h) - 1);
    ok(s3o_authorization(&t->signer, &t->request, h, &b) == S3O_OVERFLOW
       && b.overflow && b.pos == b.start, "no room for Authorization");

    tap_buf(&b, s3o_header_canonical_len(&t->signer, &t->request, h) - 1);
    ok(s3o_header_canonical(&t->signer, &t->request, h, 0, &b) == S3O_OVERFLOW
       && b.overflow && b.pos == b.start, "no room for a canonical request");

    tap_buf(&b, s3o_query_canonical_len(&t->signer, &t->request,
                                        &t->query_form) - 1);
    ok(s3o_query_canonical(&t->signer, &t->request, &t->query_form, 60, 0, &b)
       == S3O_OVERFLOW, "nor for the other form's");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_param_order(test_t *t)
{
    s3o_str_t  url, query, part, head;

    static const s3o_str_t  start = s3o_string(
        "/a%20b?%20=&A=1&X=2&X-=&X-Amy=&X-Amz=3&X-Amz-Algorithm="
        "AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20240301"
        "%2Fus-west-2%2Fs3-outposts%2Faws4_request&X-Amz-Date="
        "20240301T120000Z&X-Amz-Expires=60&X-Amz-Security-Token=T%2F%2B%3D"
        "&X-Amz-SignedHeaders=host&X-Amz.=&X-Amza=&x-amy=&z=4"
        "&X-Amz-Signature=");

    simple(t, "T/+=", NOW);

    test_param(t, "z", "4");
    test_param(t, "X-Amz.", "");
    test_param(t, "X-Amza", "");
    test_param(t, "X-Amz", "3");
    test_param(t, "X-Amy", "");
    test_param(t, "X-", "");
    test_param(t, "X", "2");
    test_param(t, "A", "1");
    test_param(t, " ", "");
    test_param(t, "x-amy", "");

    ok(test_presign(t, 60, &url) == S3O_OK, "parameters round X-Amz-*");

    head = url;
    head.len -= S3O_SHA256_HEX_LEN;
    is_str(&head, &start, "are where they sort, the signature is last");

    query = url;
    s3o_str_split(&query, &part, '?');
    ok(sorted(&query), "so the URL is sorted up to the signature");
    ok(verify(t, &url, SECRET), "and it verifies");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_names(test_t *t)
{
    size_t     i;
    s3o_str_t  url;

    static const char  *refused[] = {
        "X-Amz-", "X-Amz-Expires", "X-Amz-Signature", "X-Amz-Zzz", "X-Amz-A"
    };

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        simple(t, "", NOW);

        test_param(t, "A", "1");
        test_param(t, refused[i], "1");
        test_param(t, "z", "1");

        ok(test_presign(t, 60, &url) == S3O_ERROR && url.len == 0,
           "a parameter \"%s\" is not signed twice", refused[i]);
        ok(test_canonical(t, 60, 0, &url) == S3O_ERROR && url.len == 0,
           "nor shown");

        s3o_signer_free(&t->signer);
    }

    tap_free();
}


static void
test_masks(test_t *t)
{
    size_t     i;
    s3o_str_t  text, method, path, name, value;

    static const char  *headers[] = {
        "host", "h",
        "x-amz-copy-source-server-side-encryption-customer-key", "k",
        "x-amz-server-side-encryption-customer-key", "0123456789",
        "x-amz-server-side-encryption-customer-key-md5", "md5",
        "x-amz-security-token", "SECRET",
        "x-amz-security-tokens", "none"
    };

    static const s3o_str_t  presigned = s3o_string(
        "GET\n/a%20b\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
        "AKIAIOSFODNN7EXAMPLE%2F20240301%2Fus-west-2%2Fs3-outposts%2F"
        "aws4_request&X-Amz-Date=20240301T120000Z&X-Amz-Expires=60"
        "&X-Amz-Security-Token=***&X-Amz-SignedHeaders=host\nhost:reports-"
        "123456789012.op-1.s3-outposts.us-west-2.amazonaws.com\n\nhost\n"
        "UNSIGNED-PAYLOAD");

    static const s3o_str_t  header = s3o_string(
        "GET\n/\n\nhost:h\n"
        "x-amz-copy-source-server-side-encryption-customer-key:***\n"
        "x-amz-security-token:***\n"
        "x-amz-security-tokens:none\n"
        "x-amz-server-side-encryption-customer-key:***\n"
        "x-amz-server-side-encryption-customer-key-md5:md5\n"
        "\nhost;x-amz-copy-source-server-side-encryption-customer-key;"
        "x-amz-security-token;x-amz-security-tokens;"
        "x-amz-server-side-encryption-customer-key;"
        "x-amz-server-side-encryption-customer-key-md5\n"
        "UNSIGNED-PAYLOAD");

    simple(t, "x", NOW);
    test_canonical(t, 60, 1, &text);
    is_str(&text, &presigned, "a token is masked in the query");
    s3o_signer_free(&t->signer);

    simple(t, "SECRET", NOW);
    test_canonical(t, 60, 1, &text);
    is_str(&text, &presigned, "a longer one, too");

    method = tap_str("GET");
    path = tap_str("/");
    test_request(t, &method, &path);
    t->header_form.payload_hash = tap_guard_text("UNSIGNED-PAYLOAD");

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i += 2) {
        name = tap_str(headers[i]);
        value = tap_str(headers[i + 1]);
        test_header(t, &name, &value);
    }

    test_headers_done(t);
    test_canonical(t, 0, 1, &text);
    is_str(&text, &header, "secrets are masked in headers");

    t->header_form.nlist = 0;
    ok(test_canonical(t, 0, 1, &text) == S3O_OK, "no headers");

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
test_bare_headers(test_t *t)
{
    size_t  i;

    static const char  *tokens[] = { "", "t", "to+ken/=" };

    for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        simple(t, tokens[i], NOW);
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


/* EVP fails without a digest: no incomplete result is written */

static void
test_no_digest(test_t *t)
{
    s3o_buf_t          b;
    s3o_str_t          url, region, service;
    s3o_crypto_t       good;
    s3o_credentials_t  credentials;

    if (t->crypto.plain) {
        return;
    }

    simple(t, "TOKEN", NOW);
    test_param(t, "a", "b");
    t->header_form.payload_hash = tap_guard_text("UNSIGNED-PAYLOAD");

    good = t->crypto;
    t->crypto.md = NULL;
    t->crypto.scratch.evp = EVP_MD_CTX_new();

    ok(test_presign(t, 60, &url) == S3O_ERROR && url.len == 0,
       "no URL without a digest");
    ok(test_authorization(t, &url) == S3O_ERROR && url.len == 0,
       "no Authorization without a digest");

    s3o_hmac_key_free(&t->signer.key);
    ok(s3o_signer_time(&t->signer, NOW + S3O_DAY) == S3O_ERROR,
       "no key of another day without a digest");
    ok(test_presign(t, 60, &url) == S3O_ERROR, "then nothing is signed");

    credentials.access_key_id = tap_str("AK");
    credentials.secret_access_key = tap_str("SK");
    credentials.session_token = tap_str("");
    region = tap_str("us-west-2");
    service = tap_str(S3O_SERVICE);

    s3o_signer_free(&t->signer);
    ok(test_signer(t, &credentials, &region, &service) == S3O_ERROR
       && !t->signer.secret.set, "no signer without a digest");
    ok(s3o_signer_time(&t->signer, NOW) == S3O_ERROR, "nor its time");

    tap_buf(&b, 4096);
    ok(s3o_presign(&t->signer, &t->request, &t->query_form, 60, &b) == S3O_ERROR
       && b.pos == b.start, "nor its URL");

    s3o_signer_free(&t->signer);
    EVP_MD_CTX_free(t->crypto.scratch.evp);
    t->crypto = good;

    simple(t, "TOKEN", NOW);
    ok(test_presign(t, 60, &url) == S3O_OK, "and with a digest, again");

    s3o_signer_free(&t->signer);
    tap_free();
}


/* random requests, whose URLs the verifier must accept */

static void
test_random(test_t *t)
{
    char        name[8], value[16];
    size_t      i, n, len, round, wrong, fresh;
    s3o_str_t   url, query, part;
    s3o_buf_t   b;

    wrong = 0;
    fresh = 0;

    for (round = 0; round < ROUNDS; round++) {
        simple(t, round % 2 ? "tok/en+=" : "", tap_random(UINT32_MAX));

        tap_buf(&b, 65);
        s3o_buf_putc(&b, '/');

        for (i = tap_random(64); i > 0; i--) {
            s3o_buf_putc(&b, "ab/.~-_%"[tap_random(8)]);
        }

        t->request.path = tap_written(&b);

        for (n = tap_random(8); n > 0; n--) {
            len = 1 + tap_random(sizeof(name) - 2);

            for (i = 0; i < len; i++) {
                name[i] = "WXYZxyz-Am."[tap_random(11)];
            }

            name[len] = '\0';
            len = tap_random(sizeof(value) - 1);

            for (i = 0; i < len; i++) {
                value[i] = (char) (1 + tap_random(255));
            }

            value[len] = '\0';
            test_param(t, name, value);
        }

        if (test_presign(t, 1 + tap_random(S3O_EXPIRES_MAX), &url) != S3O_OK) {
            wrong++;

        } else {
            query = url;
            s3o_str_split(&query, &part, '?');

            if (!sorted(&query) || !verify(t, &url, SECRET)) {
                wrong++;
            }

            fresh += !verify(t, &url, "another secret");
        }

        s3o_signer_free(&t->signer);
        tap_free();
    }

    ok(wrong == 0, "%d random URLs verify and are sorted", ROUNDS);
    ok(fresh == ROUNDS, "none of them with another secret");
}


/* 1 when the names up to X-Amz-Signature are in ascending order */

static int
sorted(const s3o_str_t *query)
{
    size_t      len;
    int         rc;
    s3o_str_t   rest, pair, name, last;
    s3o_uint_t  more;

    rest = *query;
    s3o_str_set(&last, NULL, 0);

    do {
        more = s3o_str_split(&rest, &pair, '&');

        if (!more) {
            return rest.len > 16
                   && memcmp(rest.data, "X-Amz-Signature=", 16) == 0;
        }

        s3o_str_split(&pair, &name, '=');

        len = name.len < last.len ? name.len : last.len;
        rc = len ? memcmp(last.data, name.data, len) : 0;

        if (rc > 0 || (rc == 0 && last.len > name.len)) {
            return 0;
        }

        last = name;

    } while (more);

    return 0;
}


/*
 * A service's view: the URL without its signature is the canonical query,
 * and the date, the region and the service come from it.
 */

static int
verify(test_t *t, const s3o_str_t *url, const char *secret)
{
    u_char      text[4096], digest[32], mac[32], key[32];
    size_t      i;
    s3o_str_t   query, path, date;
    s3o_buf_t   b, hex;

    query = *url;
    s3o_str_split(&query, &path, '?');
    query.len -= sizeof("&X-Amz-Signature=") - 1 + 64;

    s3o_buf_init(&b, text, sizeof(text));
    s3o_buf_put_literal(&b, "GET\n");
    s3o_buf_put_str(&b, &path);
    s3o_buf_putc(&b, '\n');
    s3o_buf_put_str(&b, &query);
    s3o_buf_putc(&b, '\n');
    s3o_buf_put_str(&b, &t->text);
    s3o_buf_put_literal(&b, "\nhost\nUNSIGNED-PAYLOAD");

    EVP_Digest(text, b.pos - text, digest, NULL, EVP_sha256(), NULL);

    s3o_str_set(&date, NULL, 0);

    for (i = 0; i + 27 <= query.len; i++) {
        if (memcmp(query.data + i, "X-Amz-Date=", 11) == 0) {
            s3o_str_set(&date, query.data + i + 11, 16);
        }
    }

    s3o_buf_init(&b, text, sizeof(text));
    s3o_buf_put_literal(&b, "AWS4-HMAC-SHA256\n");
    s3o_buf_put_str(&b, &date);
    s3o_buf_putc(&b, '\n');
    s3o_buf_put(&b, date.data, 8);
    s3o_buf_put_literal(&b, "/us-west-2/s3-outposts/aws4_request\n");
    s3o_hex(&b, digest, 32);

    verify_key(secret, &date, "us-west-2", "s3-outposts", key);
    hmac(key, 32, text, b.pos - text, mac);

    s3o_buf_init(&hex, text, sizeof(text));
    s3o_hex(&hex, mac, 32);

    return memcmp(text, url->data + url->len - 64, 64) == 0;
}


static void
verify_key(const char *secret, const s3o_str_t *date, const char *region,
    const char *service, u_char *key)
{
    char  first[128];
    int   len;

    len = snprintf(first, sizeof(first), "AWS4%s", secret);

    hmac((u_char *) first, len, date->data, 8, key);
    hmac(key, 32, region, strlen(region), key);
    hmac(key, 32, service, strlen(service), key);
    hmac(key, 32, "aws4_request", 12, key);
}


static void
hmac(const u_char *key, size_t key_len, const void *data, size_t len,
    u_char *out)
{
    u_char  mac[EVP_MAX_MD_SIZE];

    HMAC(EVP_sha256(), key, (int) key_len, data, len, mac, NULL);
    memcpy(out, mac, 32);
}
