
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_signer.h"
#include "s3o_encode.h"
#include "s3o_text.h"
#include "s3o_sigv4a.h"


#define S3O_TERMINATOR        "aws4_request"
#define S3O_SECRET_PREFIX     "AWS4"

#define S3O_PARAM_ALGORITHM   "X-Amz-Algorithm="
#define S3O_PARAM_CREDENTIAL  "&X-Amz-Credential="
#define S3O_PARAM_DATE        "%2F" S3O_TERMINATOR "&X-Amz-Date="
#define S3O_PARAM_EXPIRES     "&X-Amz-Expires="

#define S3O_AUTH_CREDENTIAL   " Credential="
#define S3O_AUTH_HEADERS      ", SignedHeaders="

#define S3O_LINE_AUTHORIZATION  "Authorization: "

#define S3O_NAMES_HOST        "host;x-amz-content-sha256;x-amz-date"
#define S3O_NAME_DATE         "x-amz-date"
#define S3O_NAME_REGIONS      "x-amz-region-set"
#define S3O_NAME_TOKEN        "x-amz-security-token"

#define s3o_literal_len(s)    (sizeof(s) - 1)


static size_t s3o_signer_rest(s3o_algorithm_e algorithm,
    const s3o_credentials_t *credentials, const s3o_str_t *region);
static s3o_uint_t s3o_signer_text_ok(const s3o_str_t *s);
static void s3o_signer_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service);
static void s3o_signer_prologue(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_str_t *region, const s3o_str_t *service);
static void s3o_signer_headers(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_str_t *token);
static void s3o_signer_lines(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials);
static void s3o_signer_query_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials);
static void s3o_signer_query_head(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_str_t *id);
static s3o_int_t s3o_signer_secret(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials);
static s3o_int_t s3o_signer_ecdsa(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials);
static s3o_int_t s3o_signer_derive(s3o_signer_t *s);
static s3o_int_t s3o_signer_derive_step(s3o_signer_t *s, s3o_hmac_key_t *from,
    const u_char *data, size_t len);


/* in the order of s3o_algorithm_e */

static const s3o_str_t  s3o_algorithms[] = {
    s3o_string("AWS4-HMAC-SHA256"),
    s3o_string(S3O_SIGV4A_ALGORITHM)
};


size_t
s3o_signer_size(s3o_algorithm_e algorithm,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service)
{
    size_t            name, scope;
    const s3o_str_t  *id, *token;

    id = &credentials->access_key_id;
    token = &credentials->session_token;
    name = s3o_algorithms[algorithm].len;

    scope = S3O_DATE_LEN + 1 + service->len + 1
            + s3o_literal_len(S3O_TERMINATOR);

    if (algorithm == S3O_SIGV4) {
        scope += region->len + 1;
    }

    return name + 1 + S3O_AMZ_DATE_LEN + 1 + scope + 1 + S3O_SHA256_HEX_LEN
           + S3O_SHA256_PAD_MAX

           + s3o_literal_len(S3O_PARAM_ALGORITHM) + name
           + s3o_literal_len(S3O_PARAM_CREDENTIAL)
           + s3o_encode_len(id->data, id->len, S3O_ENCODE_QUERY)
           + 3 + S3O_DATE_LEN
           + 3 + s3o_encode_len(service->data, service->len, S3O_ENCODE_QUERY)
           + s3o_literal_len(S3O_PARAM_DATE) + S3O_AMZ_DATE_LEN
           + s3o_literal_len(S3O_PARAM_EXPIRES) + S3O_EXPIRES_LEN

           + s3o_literal_len(S3O_PARAM_TOKEN)
           + s3o_encode_len(token->data, token->len, S3O_ENCODE_QUERY)
           + s3o_literal_len(S3O_PARAM_HEADERS S3O_QUERY_HOST)

           + name + s3o_literal_len(S3O_AUTH_CREDENTIAL) + id->len + 1 + scope
           + s3o_literal_len(S3O_AUTH_HEADERS)

           + s3o_literal_len(S3O_NAME_DATE ":\n" S3O_NAME_TOKEN ":\n" "\n"
                             S3O_NAMES_HOST ";" S3O_NAME_TOKEN "\n")
           + S3O_AMZ_DATE_LEN + token->len

           + s3o_literal_len(S3O_NAME_DATE ": \r\n" S3O_NAME_TOKEN ": \r\n"
                             S3O_LINE_AUTHORIZATION
                             S3O_NAMES_HOST ";" S3O_NAME_TOKEN
                             S3O_AUTH_SIGNATURE)
           + S3O_AMZ_DATE_LEN + token->len

           + s3o_signer_rest(algorithm, credentials, region);
}


/* bytes for the region outside of the scope, and for the secret */

static size_t
s3o_signer_rest(s3o_algorithm_e algorithm,
    const s3o_credentials_t *credentials, const s3o_str_t *region)
{
    size_t  encoded;

    encoded = s3o_encode_len(region->data, region->len, S3O_ENCODE_QUERY);

    if (algorithm == S3O_SIGV4A) {
        return s3o_literal_len(S3O_PARAM_REGIONS) + encoded + 3 * region->len
               + s3o_literal_len(S3O_NAME_REGIONS ":\n" ";" S3O_NAME_REGIONS)
               + s3o_literal_len(S3O_NAME_REGIONS ": \r\n" ";"
                                 S3O_NAME_REGIONS)
               + s3o_sigv4a_room(&credentials->access_key_id,
                                 &credentials->secret_access_key);
    }

    return 3 + encoded + s3o_literal_len(S3O_SECRET_PREFIX)
           + credentials->secret_access_key.len;
}


s3o_int_t
s3o_signer_init(s3o_signer_t *s, s3o_crypto_t *crypto, u_char *mem,
    s3o_algorithm_e algorithm, const s3o_credentials_t *credentials,
    const s3o_str_t *region, const s3o_str_t *service)
{
    s3o_buf_t  b;

    s->crypto = crypto;
    s->algorithm = algorithm;
    s->day = -1;
    s->time = -1;

    if (credentials->access_key_id.len == 0
        || credentials->secret_access_key.len == 0
        || region->len == 0
        || service->len == 0)
    {
        return S3O_ERROR;
    }

    if (!s3o_signer_text_ok(&credentials->access_key_id)
        || !s3o_signer_text_ok(&credentials->session_token)
        || !s3o_signer_text_ok(region)
        || !s3o_signer_text_ok(service))
    {
        return S3O_ERROR;
    }

    s3o_str_set(&s->mem, mem, s3o_signer_size(algorithm, credentials, region,
                                              service));
    s3o_buf_init(&b, mem, s->mem.len);

    s3o_signer_texts(s, &b, credentials, region, service);

    return algorithm == S3O_SIGV4A ? s3o_signer_ecdsa(s, &b, credentials)
                                   : s3o_signer_secret(s, &b, credentials);
}


static s3o_uint_t
s3o_signer_text_ok(const s3o_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (!s3o_is_visible(s->data[i])) {
            return 0;
        }
    }

    return 1;
}


/* Writes all texts.  s3o_signer_time() fills in the times. */

static void
s3o_signer_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service)
{
    if (s->algorithm == S3O_SIGV4A) {
        s3o_str_set(&s->region, b->pos, region->len);
        s3o_buf_put_str(b, region);
    }

    s3o_signer_prologue(s, b, region, service);
    s3o_signer_query_texts(s, b, credentials);

    s3o_signer_headers(s, b, &credentials->session_token);
    s3o_signer_lines(s, b, credentials);
}


/* the header lines of a message, up to the signature */

static void
s3o_signer_lines(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials)
{
    static const u_char  blank[S3O_AMZ_DATE_LEN];

    s->lines.data = b->pos;
    s3o_buf_put_literal(b, S3O_NAME_DATE ": ");
    s->lines_date = b->pos - s->lines.data;
    s3o_buf_put(b, blank, S3O_AMZ_DATE_LEN);

    if (s->algorithm == S3O_SIGV4A) {
        s3o_buf_put_literal(b, "\r\n" S3O_NAME_REGIONS ": ");
        s3o_buf_put_str(b, &s->region);
    }

    if (s->session_token.len) {
        s3o_buf_put_literal(b, "\r\n" S3O_NAME_TOKEN ": ");
        s->lines_token = b->pos - s->lines.data;
        s3o_buf_put_str(b, &s->session_token);
    }

    s3o_buf_put_literal(b, "\r\n" S3O_LINE_AUTHORIZATION);
    s->lines_value = b->pos - s->lines.data;

    s->credential.data = b->pos;
    s3o_buf_put_str(b, &s3o_algorithms[s->algorithm]);
    s3o_buf_put_literal(b, S3O_AUTH_CREDENTIAL);
    s->lines_id = b->pos - s->lines.data;
    s3o_buf_put_str(b, &credentials->access_key_id);
    s3o_buf_putc(b, '/');
    s->credential_day = b->pos;
    s3o_buf_put_str(b, &s->scope);
    s3o_buf_put_literal(b, S3O_AUTH_HEADERS);
    s->credential.len = b->pos - s->credential.data;
    s->lines.len = b->pos - s->lines.data;

    s3o_buf_put_str(b, &s->names);
    s3o_buf_put_literal(b, S3O_AUTH_SIGNATURE);
    s->lines_bare = b->pos - s->lines.data;
}


/*
 * The end of the canonical headers, and the names of all.  The lines of the
 * host and of the payload's hash, which differ from request to request, go
 * before.
 */

static void
s3o_signer_headers(s3o_signer_t *s, s3o_buf_t *b, const s3o_str_t *token)
{
    static const u_char  blank[S3O_AMZ_DATE_LEN];

    s->headers.data = b->pos;
    s3o_buf_put_literal(b, S3O_NAME_DATE ":");
    s->headers_date = b->pos;
    s3o_buf_put(b, blank, S3O_AMZ_DATE_LEN);
    s3o_buf_putc(b, '\n');

    if (s->algorithm == S3O_SIGV4A) {
        s3o_buf_put_literal(b, S3O_NAME_REGIONS ":");
        s3o_buf_put_str(b, &s->region);
        s3o_buf_putc(b, '\n');
    }

    if (token->len) {
        s3o_buf_put_literal(b, S3O_NAME_TOKEN ":");
        s3o_str_set(&s->session_token, b->pos, token->len);
        s3o_buf_put_str(b, token);
        s3o_buf_putc(b, '\n');
    }

    s3o_buf_putc(b, '\n');

    s->names.data = b->pos;
    s3o_buf_put_literal(b, S3O_NAMES_HOST);

    if (s->algorithm == S3O_SIGV4A) {
        s3o_buf_put_literal(b, ";" S3O_NAME_REGIONS);
    }

    if (token->len) {
        s3o_buf_put_literal(b, ";" S3O_NAME_TOKEN);
    }

    s->names.len = b->pos - s->names.data;

    s3o_buf_putc(b, '\n');
    s->headers.len = b->pos - s->headers.data;
}


/*
 * Writes the string to sign but for the hash.  s->date, s->scope, s->region
 * of SigV4 and s->service point into it.
 */

static void
s3o_signer_prologue(s3o_signer_t *s, s3o_buf_t *b, const s3o_str_t *region,
    const s3o_str_t *service)
{
    static const u_char  blank[S3O_SHA256_HEX_LEN + S3O_SHA256_PAD_MAX];

    s->prologue.data = b->pos;
    s3o_buf_put_str(b, &s3o_algorithms[s->algorithm]);
    s3o_buf_putc(b, '\n');

    s3o_str_set(&s->date, b->pos, S3O_AMZ_DATE_LEN);
    s3o_buf_put(b, blank, S3O_AMZ_DATE_LEN);
    s3o_buf_putc(b, '\n');

    s->scope.data = b->pos;
    s3o_buf_put(b, blank, S3O_DATE_LEN);
    s3o_buf_putc(b, '/');

    if (s->algorithm == S3O_SIGV4) {
        s3o_str_set(&s->region, b->pos, region->len);
        s3o_buf_put_str(b, region);
        s3o_buf_putc(b, '/');
    }

    s3o_str_set(&s->service, b->pos, service->len);
    s3o_buf_put_str(b, service);
    s3o_buf_put_literal(b, "/" S3O_TERMINATOR);
    s->scope.len = b->pos - s->scope.data;

    s3o_buf_putc(b, '\n');
    s->prologue.len = b->pos - s->prologue.data;
    s->nbegun = s->prologue.len - s->prologue.len % S3O_SHA256_BLOCK;

    s3o_buf_put(b, blank, sizeof(blank));
}


static void
s3o_signer_query_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials)
{
    const s3o_str_t  *token;

    token = &credentials->session_token;

    s3o_signer_query_head(s, b, &credentials->access_key_id);

    s->expires = S3O_EXPIRES_MAX;
    s3o_decimal(b, s->expires);

    s->query_tail.data = b->pos;

    if (s->algorithm == S3O_SIGV4A) {
        s3o_buf_put_literal(b, S3O_PARAM_REGIONS);
        s3o_encode(b, s->region.data, s->region.len, S3O_ENCODE_QUERY);
        s->query_set = b->pos - s->query_tail.data;
    }

    if (token->len) {
        s3o_buf_put_literal(b, S3O_PARAM_TOKEN);
        s3o_encode(b, token->data, token->len, S3O_ENCODE_QUERY);
    }

    s3o_buf_put_literal(b, S3O_PARAM_HEADERS);
    s->query_tail.len = b->pos - s->query_tail.data;
    s3o_buf_put_literal(b, S3O_QUERY_HOST);
}


static void
s3o_signer_query_head(s3o_signer_t *s, s3o_buf_t *b, const s3o_str_t *id)
{
    static const u_char  blank[S3O_AMZ_DATE_LEN];

    s->query_head.data = b->pos;
    s3o_buf_put_literal(b, S3O_PARAM_ALGORITHM);
    s3o_buf_put_str(b, &s3o_algorithms[s->algorithm]);
    s3o_buf_put_literal(b, S3O_PARAM_CREDENTIAL);
    s3o_encode(b, id->data, id->len, S3O_ENCODE_QUERY);
    s3o_buf_put_literal(b, "%2F");
    s->query_day = b->pos;
    s3o_buf_put(b, blank, S3O_DATE_LEN);
    s3o_buf_put_literal(b, "%2F");

    if (s->algorithm == S3O_SIGV4) {
        s3o_encode(b, s->region.data, s->region.len, S3O_ENCODE_QUERY);
        s3o_buf_put_literal(b, "%2F");
    }

    s3o_encode(b, s->service.data, s->service.len, S3O_ENCODE_QUERY);
    s3o_buf_put_literal(b, S3O_PARAM_DATE);
    s->query_date = b->pos;
    s3o_buf_put(b, blank, S3O_AMZ_DATE_LEN);
    s3o_buf_put_literal(b, S3O_PARAM_EXPIRES);
    s->query_head.len = b->pos - s->query_head.data;
}


static s3o_int_t
s3o_signer_secret(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials)
{
    u_char     *p;
    s3o_int_t   rc;

    p = b->pos;

    s3o_buf_put_literal(b, S3O_SECRET_PREFIX);
    s3o_buf_put_str(b, &credentials->secret_access_key);

    if (b->overflow) {
        return S3O_ERROR;
    }

    rc = s3o_hmac_key_set(s->crypto, &s->secret, p, b->pos - p);

    s3o_wipe(p, b->pos - p);

    return rc;
}


static s3o_int_t
s3o_signer_ecdsa(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials)
{
    s3o_int_t  rc;
    u_char     d[S3O_P256_LEN];

    if (b->overflow
        || (size_t) (b->end - b->pos)
           < s3o_sigv4a_room(&credentials->access_key_id,
                             &credentials->secret_access_key))
    {
        return S3O_ERROR;
    }

    rc = s3o_sigv4a_derive(s->crypto, &credentials->access_key_id,
                           &credentials->secret_access_key, b->pos, d);

    if (rc == S3O_OK) {
        rc = s3o_ecdsa_key_set(&s->ecdsa, d);
    }

    s3o_wipe(d, S3O_P256_LEN);

    return rc;
}


void
s3o_signer_free(s3o_signer_t *s)
{
    s3o_hmac_key_free(&s->secret);
    s3o_hmac_key_free(&s->key);
    s3o_state_free(&s->begun);
    s3o_ecdsa_key_free(&s->ecdsa);

    s3o_wipe(s->mem.data, s->mem.len);
    s3o_wipe(s, sizeof(s3o_signer_t));
}


s3o_int_t
s3o_signer_time(s3o_signer_t *s, int64_t t)
{
    int64_t  day;

    if (t == s->time && t >= 0) {
        return S3O_OK;
    }

    s->time = -1;

    if (!s->secret.set && s->ecdsa.ctx == NULL) {
        return S3O_ERROR;
    }

    if (s3o_time_amz_date(s->date.data, t) != S3O_OK) {
        return S3O_ERROR;
    }

    memcpy(s->query_date, s->date.data, S3O_AMZ_DATE_LEN);
    memcpy(s->headers_date, s->date.data, S3O_AMZ_DATE_LEN);
    memcpy(s->lines.data + s->lines_date, s->date.data, S3O_AMZ_DATE_LEN);

    day = t / S3O_DAY;

    if (day != s->day) {
        s->day = -1;

        memcpy(s->scope.data, s->date.data, S3O_DATE_LEN);
        memcpy(s->query_day, s->date.data, S3O_DATE_LEN);
        memcpy(s->credential_day, s->date.data, S3O_DATE_LEN);

        if (s->algorithm == S3O_SIGV4 && s3o_signer_derive(s) != S3O_OK) {
            return S3O_ERROR;
        }

        s->day = day;
    }

    if (s->algorithm == S3O_SIGV4
        && s3o_hmac_begin(s->crypto, &s->key, &s->begun, s->prologue.data,
                          s->nbegun)
           != S3O_OK)
    {
        return S3O_ERROR;
    }

    s->time = t;

    return S3O_OK;
}


void
s3o_signer_expires(s3o_signer_t *s, uint32_t expires)
{
    u_char     *tail, text[S3O_EXPIRES_LEN];
    s3o_buf_t   b;

    if (expires == s->expires) {
        return;
    }

    s3o_buf_init(&b, text, S3O_EXPIRES_LEN);
    s3o_decimal(&b, expires);

    tail = s->query_head.data + s->query_head.len + (b.pos - b.start);

    if (tail != s->query_tail.data) {
        memmove(tail, s->query_tail.data,
                s->query_tail.len + s3o_literal_len(S3O_QUERY_HOST));
        s->query_tail.data = tail;
    }

    memcpy(s->query_head.data + s->query_head.len, text, b.pos - b.start);
    s->expires = expires;
}


/*
 * derives the signing key of a day in four steps (SigV4, "Calculate
 * signature")
 */

static s3o_int_t
s3o_signer_derive(s3o_signer_t *s)
{
    if (s3o_signer_derive_step(s, &s->secret, s->date.data, S3O_DATE_LEN)
        != S3O_OK)
    {
        return S3O_ERROR;
    }

    if (s3o_signer_derive_step(s, &s->key, s->region.data, s->region.len)
        != S3O_OK)
    {
        return S3O_ERROR;
    }

    if (s3o_signer_derive_step(s, &s->key, s->service.data, s->service.len)
        != S3O_OK)
    {
        return S3O_ERROR;
    }

    return s3o_signer_derive_step(s, &s->key, (u_char *) S3O_TERMINATOR,
                                  s3o_literal_len(S3O_TERMINATOR));
}


static s3o_int_t
s3o_signer_derive_step(s3o_signer_t *s, s3o_hmac_key_t *from,
    const u_char *data, size_t len)
{
    s3o_int_t  rc;
    u_char     mac[S3O_SHA256_LEN];

    rc = s3o_hmac(s->crypto, from, data, len, mac);

    if (rc == S3O_OK) {
        rc = s3o_hmac_key_set(s->crypto, &s->key, mac, S3O_SHA256_LEN);
    }

    s3o_wipe(mac, S3O_SHA256_LEN);

    return rc;
}
