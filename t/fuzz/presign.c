
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Presigned URLs beside a naive signer of this file's own, which knows the
 * specification and OpenSSL's one-shot functions only.
 */


#include "fuzz.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "s3o_canonical.h"
#include "s3o_encode.h"
#include "s3o_policy.h"
#include "s3o_policy_key.h"
#include "s3o_sigv4.h"


#define ARGS  8
#define DATE  "20240301T120000Z"
#define SCOPE  "20240301/us-west-2/s3-outposts/aws4_request"


static s3o_credentials_t  credentials = {
    s3o_string("AKIDEXAMPLE"), s3o_string("SECRET/example"), { 0, NULL }
};

static s3o_str_t  region = s3o_string("us-west-2");
static s3o_str_t  service = s3o_string(S3O_SERVICE);


static s3o_int_t sign(s3o_request_t *r, uint32_t expires, s3o_buf_t *b,
    u_char **text);
static void verify(const s3o_request_t *r, const s3o_buf_t *url);
static void hmac(const void *key, size_t key_len, const void *data, size_t len,
    u_char *out);
static void hex(const u_char *sum, char *out);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    u_char         *text, path[1 + 3 * S3O_KEY_MAX], room[FUZZ_MAX];
    fuzz_t          f;
    uint32_t        expires;
    s3o_buf_t       b;
    s3o_str_t       key, name, value;
    s3o_uint_t      i, plain;
    s3o_query_t     query;
    s3o_param_t     params[ARGS];
    s3o_request_t   r;

    fuzz_init(&f, data, len > 4096 ? 4096 : len);
    memset(&r, 0, sizeof(s3o_request_t));

    expires = 1 + fuzz_byte(&f) * 2000;
    key = fuzz_line(&f);

    s3o_query_init(&query, params, ARGS, room, sizeof(room));

    for (i = 0; i < ARGS && f.pos < f.end; i++) {
        name = fuzz_line(&f);
        value = fuzz_line(&f);

        if (name.len && s3o_policy_arg(&name) != S3O_ARG_AUTH) {
            fuzz_check(s3o_query_add(&query, &name, &value) == S3O_OK);
        }

        free(name.data);
        free(value.data);
    }

    s3o_query_sort(&query);

    if (s3o_policy_key(&key, &plain) == S3O_KEY_OK) {
        s3o_buf_init(&b, path, sizeof(path));
        s3o_buf_putc(&b, '/');
        s3o_encode(&b, key.data, key.len, S3O_ENCODE_PATH);
        fuzz_check(!b.overflow);

        s3o_str_set(&r.method, (u_char *) "GET", 3);
        s3o_str_set(&r.path, path, b.pos - b.start);
        r.query = &query;

        if (sign(&r, expires, &b, &text) == S3O_OK) {
            verify(&r, &b);
        }

        free(text);
    }

    free(key.data);

    return 0;
}


static s3o_int_t
sign(s3o_request_t *r, uint32_t expires, s3o_buf_t *b, u_char **text)
{
    u_char        *mem;
    size_t         room;
    s3o_int_t      rc;
    s3o_crypto_t   crypto;
    s3o_signer_t   signer;

    static s3o_query_form_t  form = {
        { 0, NULL },
        s3o_string("host"),
        s3o_string("\nhost:h.example\n\nhost\n" S3O_UNSIGNED_PAYLOAD)
    };

    memset(&crypto, 0, sizeof(s3o_crypto_t));
    memset(&signer, 0, sizeof(s3o_signer_t));

    fuzz_check(s3o_crypto_init(&crypto) == S3O_OK);

    mem = fuzz_room(s3o_signer_size(S3O_SIGV4, &credentials, &region,
                                    &service));

    fuzz_check(s3o_signer_init(&signer, &crypto, mem, S3O_SIGV4, &credentials,
                               &region, &service)
               == S3O_OK);
    fuzz_check(s3o_signer_time(&signer, 1709294400) == S3O_OK);

    room = s3o_presign_len(&signer, r, &form);
    *text = fuzz_room(room);

    s3o_buf_init(b, *text, room);
    rc = s3o_presign(&signer, r, &form, expires, b);

    fuzz_check(rc == S3O_OK);

    s3o_signer_free(&signer);
    s3o_crypto_free(&crypto);
    free(mem);

    return rc;
}


static void
verify(const s3o_request_t *r, const s3o_buf_t *url)
{
    int           n;
    char          request[2 * FUZZ_MAX], to_sign[512], digest[65], right[65];
    u_char        sum[32], key[32], *query, *tail;
    size_t        len;
    unsigned int  size;

    len = url->pos - url->start;

    fuzz_check(len > 64 + sizeof("&X-Amz-Signature=") - 1);

    tail = url->pos - 64 - (sizeof("&X-Amz-Signature=") - 1);
    query = memchr(url->start, '?', len);

    fuzz_check(query && query < tail);
    fuzz_check(memcmp(tail, "&X-Amz-Signature=", 17) == 0);
    fuzz_check((size_t) (query - url->start) == r->path.len);
    fuzz_check(memcmp(url->start, r->path.data, r->path.len) == 0);

    n = snprintf(request, sizeof(request),
                 "GET\n%.*s\n%.*s\nhost:h.example\n\nhost\nUNSIGNED-PAYLOAD",
                 (int) r->path.len, r->path.data,
                 (int) (tail - query - 1), query + 1);

    fuzz_check(n > 0 && (size_t) n < sizeof(request));
    fuzz_check(EVP_Digest(request, n, sum, &size, EVP_sha256(), NULL) == 1);
    hex(sum, digest);

    n = snprintf(to_sign, sizeof(to_sign),
                 "AWS4-HMAC-SHA256\n" DATE "\n" SCOPE "\n%s", digest);

    hmac("AWS4SECRET/example", 18, "20240301", 8, key);
    hmac(key, 32, "us-west-2", 9, key);
    hmac(key, 32, "s3-outposts", 11, key);
    hmac(key, 32, "aws4_request", 12, key);
    hmac(key, 32, to_sign, n, key);
    hex(key, right);

    fuzz_check(memcmp(url->pos - 64, right, 64) == 0);
}


static void
hmac(const void *key, size_t key_len, const void *data, size_t len,
    u_char *out)
{
    u_char        sum[32];
    unsigned int  size;

    fuzz_check(HMAC(EVP_sha256(), key, (int) key_len, data, len, sum, &size));
    memcpy(out, sum, 32);
}


static void
hex(const u_char *sum, char *out)
{
    int  i;

    for (i = 0; i < 32; i++) {
        sprintf(out + 2 * i, "%02x", sum[i]);
    }
}
