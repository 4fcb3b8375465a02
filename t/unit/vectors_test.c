
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The vectors of t/vectors, from access point and key to the signature.
 * Those of endpoints alone are in target_test.c.
 */


#include "vector_request.h"
#include "s3o_target.h"


#define MAX_PARAMS  32

#define count(a)    (sizeof(a) / sizeof(a[0]))


static void run(test_t *t, const vector_t *v);
static void run_target(const vector_t *v);
static void run_presigned(test_t *t, const vector_t *v);
static void run_header(test_t *t, const vector_t *v);
static void run_other_payload(test_t *t, const vector_t *v,
    const s3o_str_t *canonical);
static void run_chunk(test_t *t, const vector_chunk_t *v);
static void sign(test_t *t, const s3o_str_t *text, u_char *hex);
static int same_params(const s3o_str_t *url, const s3o_str_t *expected);
static size_t split_params(s3o_str_t *params, const s3o_str_t *url);
static int compare_params(const void *a, const void *b);
static void not_reached(const vector_t *v, s3o_int_t rc);


static const vector_t  presign[] = {
#include "presign_vectors.inc"
};


static const vector_t  header[] = {
#include "header_vectors.inc"
};


static const vector_t  suite[] = {
#include "suite_vectors.inc"
};


static const vector_t  doc[] = {
#include "doc_vectors.inc"
};


static const vector_chunk_t  chunk[] = {
#include "chunk_vectors.inc"
};


static int  other_payloads;


int
main(void)
{
    test_t  t;
    size_t  i;

    if (!ok(s3o_crypto_init(&t.crypto) == S3O_OK, "there is a digest")) {
        return done();
    }

    for (i = 0; i < count(presign); i++) {
        run(&t, &presign[i]);
    }

    for (i = 0; i < count(header); i++) {
        run(&t, &header[i]);
    }

    for (i = 0; i < count(suite); i++) {
        run(&t, &suite[i]);
    }

    for (i = 0; i < count(doc); i++) {
        run(&t, &doc[i]);
    }

    for (i = 0; i < count(chunk); i++) {
        run_chunk(&t, &chunk[i]);
    }

    s3o_crypto_free(&t.crypto);

    diag("vectors: %d presign, %d header, %d of the SigV4 suite (%d query "
         "forms that hash a body, below s3o_presign()), %d documented "
         "examples and %d chunks and trailers of theirs",
         (int) count(presign), (int) count(header), (int) count(suite),
         other_payloads, (int) count(doc), (int) count(chunk));

    return done();
}


static void
run(test_t *t, const vector_t *v)
{
    s3o_int_t  rc;
    s3o_str_t  text, head;

    if (v->access_point.len) {
        run_target(v);
    }

    rc = vector_prepare(t, v);

    if (rc != S3O_OK) {
        not_reached(v, rc);

    } else {
        rc = test_canonical(t, v->expires, 0, &text);

        if (v->expires && !s3o_str_is(&v->payload_hash,
                                      S3O_UNSIGNED_PAYLOAD))
        {
            head = text;
            head.len -= sizeof(S3O_UNSIGNED_PAYLOAD) - 1;
            run_other_payload(t, v, &head);
            other_payloads++;

        } else {
            ok(rc == S3O_OK && s3o_str_eq(&text, &v->canonical_request),
               "%s: canonical request (%s)", v->id, v->doc);

            if (!s3o_str_eq(&text, &v->canonical_request)) {
                tap_show("got     ", text.data, text.len);
                tap_show("expected", v->canonical_request.data,
                         v->canonical_request.len);
            }

            if (v->expires) {
                run_presigned(t, v);

            } else {
                run_header(t, v);
            }
        }
    }

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
not_reached(const vector_t *v, s3o_int_t rc)
{
    ok(0, "%s: preparing it returned %d", v->id, (int) rc);
}


static void
run_target(const vector_t *v)
{
    s3o_str_t          host, region;
    s3o_target_t       target;
    s3o_target_conf_t  conf;

    memset(&conf, 0, sizeof(s3o_target_conf_t));
    conf.access_point = tap_guard_str(&v->access_point);
    conf.region = tap_guard_str(&v->client_region);

    if (!ok(s3o_target_resolve(&target, &conf) == S3O_TARGET_OK,
            "%s: a target", v->id))
    {
        return;
    }

    s3o_str_set(&host, target.host, target.host_len);
    s3o_str_set(&region, target.region, target.region_len);

    ok(s3o_str_eq(&host, &v->host) && s3o_str_eq(&region, &v->region)
       && target.https,
       "%s: host and region", v->id);
}


static void
run_presigned(test_t *t, const vector_t *v)
{
    s3o_int_t  rc;
    s3o_str_t  url, signature, string_to_sign;

    static const s3o_str_t  last = s3o_string("&X-Amz-Signature=");

    rc = test_presign(t, v->expires, &url);

    if (!ok(rc == S3O_OK && url.len > S3O_SHA256_HEX_LEN + last.len,
            "%s: presigned", v->id))
    {
        return;
    }

    string_to_sign = test_string_to_sign(t);
    ok(s3o_str_eq(&string_to_sign, &v->string_to_sign),
       "%s: string to sign", v->id);

    s3o_str_set(&signature, url.data + url.len - S3O_SHA256_HEX_LEN,
                S3O_SHA256_HEX_LEN);
    ok(s3o_str_eq(&signature, &v->signature)
       && memcmp(signature.data - last.len, last.data, last.len) == 0,
       "%s: signature, the last parameter", v->id);

    ok(url.len > v->path.len
       && memcmp(url.data, v->path.data, v->path.len) == 0
       && url.data[v->path.len] == '?',
       "%s: path in the URL", v->id);

    if (v->url.len) {
        ok(same_params(&url, &v->url), "%s: parameters of the URL", v->id);
    }
}


static void
run_header(test_t *t, const vector_t *v)
{
    s3o_int_t  rc;
    s3o_str_t  value, signature, string_to_sign;

    rc = test_authorization(t, &value);

    if (!ok(rc == S3O_OK && value.len > S3O_SHA256_HEX_LEN
            && value.len <= s3o_authorization_len(&t->signer, &t->header_form),
            "%s: authorization", v->id))
    {
        return;
    }

    string_to_sign = test_string_to_sign(t);
    ok(s3o_str_eq(&string_to_sign, &v->string_to_sign),
       "%s: string to sign", v->id);

    s3o_str_set(&signature, value.data + value.len - S3O_SHA256_HEX_LEN,
                S3O_SHA256_HEX_LEN);
    ok(s3o_str_eq(&signature, &v->signature), "%s: signature", v->id);

    if (v->authorization.len) {
        ok(s3o_str_eq(&value, &v->authorization),
           "%s: value of Authorization", v->id);
    }
}


/*
 * Vectors in query-string form with the hash of a body, which s3o_presign()
 * does not make: all but the last line of the canonical request is ours, and
 * so are the key and the scope.
 */

static void
run_other_payload(test_t *t, const vector_t *v, const s3o_str_t *canonical)
{
    u_char     digest[S3O_SHA256_LEN], hex[S3O_SHA256_HEX_LEN];
    s3o_str_t  text, signature;
    s3o_buf_t  b;

    tap_buf(&b, canonical->len + v->payload_hash.len);
    s3o_buf_put_str(&b, canonical);
    s3o_buf_put_str(&b, &v->payload_hash);
    text = tap_written(&b);

    ok(s3o_str_eq(&text, &v->canonical_request),
       "%s: canonical request (%s)", v->id, v->doc);

    s3o_sha256_begin(&t->crypto);
    s3o_sha256_add(&t->crypto, text.data, text.len);
    s3o_sha256_end(&t->crypto, digest);

    tap_buf(&b, t->signer.prologue.len + S3O_SHA256_HEX_LEN);
    s3o_buf_put_str(&b, &t->signer.prologue);
    s3o_hex(&b, digest, S3O_SHA256_LEN);
    text = tap_written(&b);

    ok(s3o_str_eq(&text, &v->string_to_sign), "%s: string to sign", v->id);

    sign(t, &text, hex);
    s3o_str_set(&signature, hex, S3O_SHA256_HEX_LEN);
    ok(s3o_str_eq(&signature, &v->signature), "%s: signature", v->id);
}


static void
sign(test_t *t, const s3o_str_t *text, u_char *hex)
{
    u_char     mac[S3O_SHA256_LEN];
    s3o_buf_t  b;

    memset(mac, 0, sizeof(mac));
    s3o_hmac(&t->crypto, &t->signer.key, text->data, text->len, mac);

    s3o_buf_init(&b, hex, S3O_SHA256_HEX_LEN);
    s3o_hex(&b, mac, S3O_SHA256_LEN);
}


static void
run_chunk(test_t *t, const vector_chunk_t *v)
{
    u_char             hex[S3O_SHA256_HEX_LEN];
    s3o_int_t          rc;
    s3o_str_t          text, signature;
    s3o_credentials_t  credentials;

    memset(&credentials, 0, sizeof(s3o_credentials_t));
    credentials.access_key_id = v->access_key;
    credentials.secret_access_key = v->secret_key;

    rc = test_signer(t, &credentials, &v->region, &v->service);

    if (rc == S3O_OK) {
        rc = s3o_signer_time(&t->signer, v->time);
    }

    memset(hex, 0, sizeof(hex));
    text = tap_guard_str(&v->string_to_sign);

    if (rc == S3O_OK) {
        sign(t, &text, hex);
    }

    s3o_str_set(&signature, hex, S3O_SHA256_HEX_LEN);
    ok(s3o_str_eq(&signature, &v->signature), "%s: chunk signature", v->id);

    s3o_signer_free(&t->signer);
    tap_free();
}


/* The order of parameters in a URL is free. */

static int
same_params(const s3o_str_t *url, const s3o_str_t *expected)
{
    size_t     i, n;
    s3o_str_t  one[MAX_PARAMS], other[MAX_PARAMS];

    n = split_params(one, url);

    if (n != split_params(other, expected)) {
        return 0;
    }

    for (i = 0; i < n; i++) {
        if (!s3o_str_eq(&one[i], &other[i])) {
            return 0;
        }
    }

    return n > 0;
}


static size_t
split_params(s3o_str_t *params, const s3o_str_t *url)
{
    size_t     n;
    s3o_str_t  rest, part;

    rest = *url;

    if (!s3o_str_split(&rest, &part, '?')) {
        return 0;
    }

    for (n = 0; n < MAX_PARAMS - 1; n++) {
        if (!s3o_str_split(&rest, &params[n], '&')) {
            break;
        }
    }

    params[n++] = rest;
    qsort(params, n, sizeof(s3o_str_t), compare_params);

    return n;
}


static int
compare_params(const void *a, const void *b)
{
    int               rc;
    size_t            len;
    const s3o_str_t  *one, *other;

    one = a;
    other = b;

    len = one->len < other->len ? one->len : other->len;
    rc = memcmp(one->data, other->data, len);

    return rc ? rc : (one->len > other->len) - (one->len < other->len);
}
