
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_signer.h"
#include "s3o_encode.h"


#define S3O_ALGORITHM      "AWS4-HMAC-SHA256"
#define S3O_TERMINATOR     "aws4_request"
#define S3O_SECRET_PREFIX  "AWS4"

#define S3O_PARAM_CREDENTIAL                                                 \
    "X-Amz-Algorithm=" S3O_ALGORITHM "&X-Amz-Credential="
#define S3O_PARAM_DATE     "%2F" S3O_TERMINATOR "&X-Amz-Date="
#define S3O_PARAM_EXPIRES  "&X-Amz-Expires="

#define S3O_AUTH_CREDENTIAL                                                  \
    S3O_ALGORITHM " Credential="
#define S3O_AUTH_HEADERS   ", SignedHeaders="

#define s3o_literal_len(s)  (sizeof(s) - 1)


static s3o_uint_t s3o_signer_text_ok(const s3o_str_t *s);
static void s3o_signer_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service);
static void s3o_signer_prologue(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_str_t *region, const s3o_str_t *service);
static void s3o_signer_query_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials);
static s3o_int_t s3o_signer_secret(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_str_t *secret);
static s3o_int_t s3o_signer_derive(s3o_signer_t *s);
static s3o_int_t s3o_signer_derive_step(s3o_signer_t *s, s3o_hmac_key_t *from,
    const u_char *data, size_t len);


size_t
s3o_signer_size(const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service)
{
    size_t            scope, query_scope;
    const s3o_str_t  *id, *token;

    id = &credentials->access_key_id;
    token = &credentials->session_token;

    scope = S3O_DATE_LEN + 1 + region->len + 1 + service->len + 1
            + s3o_literal_len(S3O_TERMINATOR);

    query_scope = 3 + S3O_DATE_LEN
                  + 3 + s3o_encode_len(region->data, region->len,
                                       S3O_ENCODE_QUERY)
                  + 3 + s3o_encode_len(service->data, service->len,
                                       S3O_ENCODE_QUERY);

    return s3o_literal_len(S3O_ALGORITHM) + 1 + S3O_AMZ_DATE_LEN + 1 + scope
           + 1 + S3O_SHA256_HEX_LEN

           + s3o_literal_len(S3O_PARAM_CREDENTIAL)
           + s3o_encode_len(id->data, id->len, S3O_ENCODE_QUERY)
           + query_scope
           + s3o_literal_len(S3O_PARAM_DATE) + S3O_AMZ_DATE_LEN
           + s3o_literal_len(S3O_PARAM_EXPIRES)

           + s3o_literal_len(S3O_PARAM_TOKEN)
           + s3o_encode_len(token->data, token->len, S3O_ENCODE_QUERY)
           + s3o_literal_len(S3O_PARAM_HEADERS)

           + s3o_literal_len(S3O_AUTH_CREDENTIAL) + id->len + 1 + scope
           + s3o_literal_len(S3O_AUTH_HEADERS)

           + token->len

           + s3o_literal_len(S3O_SECRET_PREFIX)
           + credentials->secret_access_key.len;
}


s3o_int_t
s3o_signer_init(s3o_signer_t *s, s3o_crypto_t *crypto, u_char *mem,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service)
{
    s3o_buf_t  b;

    s->crypto = crypto;
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

    s3o_str_set(&s->mem, mem, s3o_signer_size(credentials, region, service));
    s3o_buf_init(&b, mem, s->mem.len);

    s3o_signer_texts(s, &b, credentials, region, service);

    return s3o_signer_secret(s, &b, &credentials->secret_access_key);
}


static s3o_uint_t
s3o_signer_text_ok(const s3o_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (s->data[i] < 0x21 || s->data[i] > 0x7e) {
            return 0;
        }
    }

    return 1;
}


/* The times are left blank for s3o_signer_time(). */

static void
s3o_signer_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service)
{
    s3o_signer_prologue(s, b, region, service);
    s3o_signer_query_texts(s, b, credentials);

    s->credential.data = b->pos;
    s3o_buf_put_literal(b, S3O_AUTH_CREDENTIAL);
    s3o_buf_put_str(b, &credentials->access_key_id);
    s3o_buf_putc(b, '/');
    s->credential_day = b->pos;
    s3o_buf_put_str(b, &s->scope);
    s3o_buf_put_literal(b, S3O_AUTH_HEADERS);
    s->credential.len = b->pos - s->credential.data;

    s3o_str_set(&s->session_token, b->pos, credentials->session_token.len);
    s3o_buf_put_str(b, &credentials->session_token);
}


/* The date, the scope and the names in the scope are parts of the prologue. */

static void
s3o_signer_prologue(s3o_signer_t *s, s3o_buf_t *b, const s3o_str_t *region,
    const s3o_str_t *service)
{
    static const u_char  blank[S3O_SHA256_HEX_LEN];

    s->prologue.data = b->pos;
    s3o_buf_put_literal(b, S3O_ALGORITHM "\n");

    s3o_str_set(&s->date, b->pos, S3O_AMZ_DATE_LEN);
    s3o_buf_put(b, blank, S3O_AMZ_DATE_LEN);
    s3o_buf_putc(b, '\n');

    s->scope.data = b->pos;
    s3o_buf_put(b, blank, S3O_DATE_LEN);
    s3o_buf_putc(b, '/');

    s3o_str_set(&s->region, b->pos, region->len);
    s3o_buf_put_str(b, region);
    s3o_buf_putc(b, '/');

    s3o_str_set(&s->service, b->pos, service->len);
    s3o_buf_put_str(b, service);
    s3o_buf_put_literal(b, "/" S3O_TERMINATOR);
    s->scope.len = b->pos - s->scope.data;

    s3o_buf_putc(b, '\n');
    s->prologue.len = b->pos - s->prologue.data;

    s3o_buf_put(b, blank, S3O_SHA256_HEX_LEN);
}


static void
s3o_signer_query_texts(s3o_signer_t *s, s3o_buf_t *b,
    const s3o_credentials_t *credentials)
{
    const s3o_str_t  *id, *token;

    static const u_char  blank[S3O_AMZ_DATE_LEN];

    id = &credentials->access_key_id;
    token = &credentials->session_token;

    s->query_head.data = b->pos;
    s3o_buf_put_literal(b, S3O_PARAM_CREDENTIAL);
    s3o_encode(b, id->data, id->len, S3O_ENCODE_QUERY);
    s3o_buf_put_literal(b, "%2F");
    s->query_day = b->pos;
    s3o_buf_put(b, blank, S3O_DATE_LEN);
    s3o_buf_put_literal(b, "%2F");
    s3o_encode(b, s->region.data, s->region.len, S3O_ENCODE_QUERY);
    s3o_buf_put_literal(b, "%2F");
    s3o_encode(b, s->service.data, s->service.len, S3O_ENCODE_QUERY);
    s3o_buf_put_literal(b, S3O_PARAM_DATE);
    s->query_date = b->pos;
    s3o_buf_put(b, blank, S3O_AMZ_DATE_LEN);
    s3o_buf_put_literal(b, S3O_PARAM_EXPIRES);
    s->query_head.len = b->pos - s->query_head.data;

    s->query_tail.data = b->pos;

    if (token->len) {
        s3o_buf_put_literal(b, S3O_PARAM_TOKEN);
        s3o_encode(b, token->data, token->len, S3O_ENCODE_QUERY);
    }

    s3o_buf_put_literal(b, S3O_PARAM_HEADERS);
    s->query_tail.len = b->pos - s->query_tail.data;
}


static s3o_int_t
s3o_signer_secret(s3o_signer_t *s, s3o_buf_t *b, const s3o_str_t *secret)
{
    u_char     *p;
    s3o_int_t   rc;

    p = b->pos;

    s3o_buf_put_literal(b, S3O_SECRET_PREFIX);
    s3o_buf_put_str(b, secret);

    if (b->overflow) {
        return S3O_ERROR;
    }

    rc = s3o_hmac_key_set(s->crypto, &s->secret, p, b->pos - p);

    s3o_wipe(p, b->pos - p);

    return rc;
}


void
s3o_signer_free(s3o_signer_t *s)
{
    s3o_hmac_key_free(&s->secret);
    s3o_hmac_key_free(&s->key);

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

    if (s->secret.inner == NULL) {
        return S3O_ERROR;
    }

    if (s3o_time_amz_date(s->date.data, t) != S3O_OK) {
        return S3O_ERROR;
    }

    memcpy(s->query_date, s->date.data, S3O_AMZ_DATE_LEN);

    day = t / S3O_DAY;

    if (day != s->day) {
        s->day = -1;

        memcpy(s->scope.data, s->date.data, S3O_DATE_LEN);
        memcpy(s->query_day, s->date.data, S3O_DATE_LEN);
        memcpy(s->credential_day, s->date.data, S3O_DATE_LEN);

        if (s3o_signer_derive(s) != S3O_OK) {
            return S3O_ERROR;
        }

        s->day = day;
    }

    s->time = t;

    return S3O_OK;
}


/* SigV4, "Calculate the signature": the four steps of the signing key */

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
