
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Roles from STS: "web_identity" with a token of an identity provider, and
 * "assume_role" with the credentials of another source.
 */


#include "ngx_http_s3o_provider_sts.h"
#include "ngx_http_s3o_str.h"
#include "s3o_core.h"
#include "s3o_crypto.h"
#include "s3o_crypto_types.h"
#include "s3o_encode.h"
#include "s3o_canonical.h"
#include "s3o_signer.h"
#include "s3o_sigv4.h"
#include "ngx_http_s3o_ask.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_peer.h"
#include "ngx_http_s3o_store.h"
#include "ngx_http_s3o_sts.h"
#include "ngx_http_s3o_sts_form.h"
#include "ngx_http_s3o_token_file.h"


typedef struct {
    ngx_http_s3o_sts_t       sts;
    ngx_str_t                token_file;
} ngx_http_s3o_web_identity_t;


typedef struct {
    ngx_http_s3o_sts_t       sts;
    ngx_str_t                external_id;
} ngx_http_s3o_assume_role_t;


typedef struct {
    const char              *name;           /* lower case */
    ngx_str_t                value;
} ngx_http_s3o_pass_header_t;


static char *ngx_http_s3o_web_identity_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static void ngx_http_s3o_web_identity_fetch(ngx_http_s3o_source_t *source);
static const char *ngx_http_s3o_web_identity_request(
    ngx_http_s3o_source_t *source, ngx_http_s3o_fetch_t *f);
static char *ngx_http_s3o_assume_role_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static char *ngx_http_s3o_assume_role_source(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static ngx_uint_t ngx_http_s3o_assume_role_ready(
    ngx_http_s3o_source_t *source);
static void ngx_http_s3o_assume_role_fetch(ngx_http_s3o_source_t *source);
static const char *ngx_http_s3o_assume_role_request(
    ngx_http_s3o_source_t *source, ngx_http_s3o_fetch_t *f);
static const char *ngx_http_s3o_assume_role_headers(
    ngx_http_s3o_source_t *source, ngx_http_s3o_fetch_t *f, ngx_str_t *form,
    ngx_str_t *headers);
static ngx_int_t ngx_http_s3o_assume_role_sign(ngx_http_s3o_assume_role_t *ar,
    ngx_http_s3o_fetch_t *f, s3o_signer_t *s, const ngx_http_s3o_set_t *set,
    ngx_str_t *form, ngx_str_t *headers);
static ngx_int_t ngx_http_s3o_assume_role_hash(s3o_signer_t *s,
    ngx_str_t *form, u_char *hex);
static ngx_int_t ngx_http_s3o_assume_role_authorization(
    ngx_http_s3o_fetch_t *f, s3o_signer_t *s, s3o_request_t *req,
    s3o_header_form_t *h, ngx_str_t *headers);


static ngx_str_t  ngx_http_s3o_sts_uri = ngx_string("/");
static ngx_str_t  ngx_http_s3o_sts_type = ngx_string(
    "application/x-www-form-urlencoded");


static const char *const  ngx_http_s3o_web_identity_params[] = {
    "role_arn",
    "token_file",
    "session_name",
    "duration",
    "policy",
    "policy_arn*",
    "region",
    "sts_endpoint",
    "trusted_certificate",
    "proxy",
    "renew",
    NULL
};

static const char *const  ngx_http_s3o_assume_role_params[] = {
    "role_arn",
    "external_id",
    "session_name",
    "duration",
    "policy",
    "policy_arn*",
    "tag*",
    "transitive_tag*",
    "region",
    "sts_endpoint",
    "trusted_certificate",
    "proxy",
    "renew",
    "source",
    "source.",                    /* parameters of the source */
    NULL
};


const ngx_http_s3o_provider_t  ngx_http_s3o_provider_web_identity = {
    ngx_string("web_identity"),
    ngx_http_s3o_web_identity_params,
    ngx_http_s3o_web_identity_load,
    NULL,
    NULL,
    ngx_http_s3o_web_identity_fetch
};

const ngx_http_s3o_provider_t  ngx_http_s3o_provider_assume_role = {
    ngx_string("assume_role"),
    ngx_http_s3o_assume_role_params,
    ngx_http_s3o_assume_role_load,
    NULL,
    ngx_http_s3o_assume_role_ready,
    ngx_http_s3o_assume_role_fetch
};


static char *
ngx_http_s3o_web_identity_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t                    *value;
    ngx_http_s3o_web_identity_t  *wi;

    wi = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_web_identity_t));
    if (wi == NULL) {
        return NGX_CONF_ERROR;
    }

    source->conf = wi;
    source->file = &wi->token_file;

    value = ngx_http_s3o_source_value(cf, source, "token_file",
                                      "AWS_WEB_IDENTITY_TOKEN_FILE", NULL);

    if (value == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials web_identity\" needs "
                           "\"token_file=\", or AWS_WEB_IDENTITY_TOKEN_FILE "
                           "in the environment of the master process");
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_token_file_name(cf, value, &wi->token_file)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_s3o_sts_init(cf, source, &wi->sts);
}


static void
ngx_http_s3o_web_identity_fetch(ngx_http_s3o_source_t *source)
{
    ngx_http_s3o_web_identity_t *wi = source->conf;

    (void) ngx_http_s3o_ask(source, &wi->sts.peer,
                            ngx_http_s3o_web_identity_request,
                            ngx_http_s3o_sts_handler);
}


static const char *
ngx_http_s3o_web_identity_request(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f)
{
    ngx_int_t                     rc;
    ngx_str_t                     form, token, headers;
    const char                   *why;
    ngx_array_t                   fields;
    ngx_http_s3o_web_identity_t  *wi;

    wi = source->conf;

    f->file = &wi->token_file;

    why = ngx_http_s3o_token_file_read(f->pool, f->log, f->file, &token,
                                       &f->err);
    if (why) {
        return why;
    }

    f->file = NULL;

    ngx_str_null(&headers);
    ngx_str_null(&form);

    rc = ngx_http_s3o_sts_form(f->pool, source, &wi->sts,
                               "AssumeRoleWithWebIdentity", &fields);

    if (rc == NGX_OK) {
        rc = ngx_http_s3o_sts_field(&fields, "WebIdentityToken", &token);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_s3o_sts_write(f->pool, &fields, &form);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_s3o_peer_header(f->pool, &headers, "Content-Type",
                                      &ngx_http_s3o_sts_type);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_s3o_peer_request(f, "POST", &ngx_http_s3o_sts_uri,
                                       &headers, &form);
    }

    ngx_explicit_memzero(token.data, token.len);
    ngx_explicit_memzero(form.data, form.len);

    return rc == NGX_OK ? NULL : "no memory";
}


static char *
ngx_http_s3o_assume_role_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t                   *value;
    ngx_http_s3o_assume_role_t  *ar;

    ar = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_assume_role_t));
    if (ar == NULL) {
        return NGX_CONF_ERROR;
    }

    source->conf = ar;

    value = ngx_http_s3o_source_param(source, "external_id");
    if (value) {
        ar->external_id = *value;
    }

    if (ngx_http_s3o_sts_init(cf, source, &ar->sts) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_s3o_assume_role_source(cf, source);
}


/*
 * Makes the arguments of the inner source: "source=file source.path=/x"
 * stands for "file path=/x".
 */

static char *
ngx_http_s3o_assume_role_source(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t     *value, *arg;
    ngx_uint_t     i;
    ngx_array_t   *args;
    ngx_keyval_t  *kv;

    value = ngx_http_s3o_source_param(source, "source");

    if (value == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials assume_role\" needs "
                           "\"source=\", another source whose credentials "
                           "assume the role");
        return NGX_CONF_ERROR;
    }

    args = ngx_array_create(cf->temp_pool, 8, sizeof(ngx_str_t));
    if (args == NULL) {
        return NGX_CONF_ERROR;
    }

    arg = ngx_array_push(args);
    if (arg == NULL) {
        return NGX_CONF_ERROR;
    }

    *arg = *value;

    kv = source->params.elts;

    for (i = 0; i < source->params.nelts; i++) {

        if (kv[i].key.len <= sizeof("source.") - 1
            || ngx_strncmp(kv[i].key.data, "source.", sizeof("source.") - 1)
               != 0)
        {
            continue;
        }

        arg = ngx_array_push(args);
        if (arg == NULL) {
            return NGX_CONF_ERROR;
        }

        /* "name=value" is in one piece at the key */

        arg->data = kv[i].key.data + sizeof("source.") - 1;
        arg->len = kv[i].value.data + kv[i].value.len - arg->data;
    }

    source->inner_args = args;

    return NGX_CONF_OK;
}


/*
 * 1 when the inner source has a set.  While it has none this source does not
 * fetch: the inner source logs why its own fetches fail.
 */

static ngx_uint_t
ngx_http_s3o_assume_role_ready(ngx_http_s3o_source_t *source)
{
    const ngx_http_s3o_set_t  *set;

    if (source->inner->slot == NULL) {
        return 1;
    }

    set = ngx_http_s3o_snapshot(source->inner);

    return set && (set->expires == 0 || set->expires > ngx_time());
}


static void
ngx_http_s3o_assume_role_fetch(ngx_http_s3o_source_t *source)
{
    ngx_http_s3o_assume_role_t *ar = source->conf;

    (void) ngx_http_s3o_ask(source, &ar->sts.peer,
                            ngx_http_s3o_assume_role_request,
                            ngx_http_s3o_sts_handler);
}


static const char *
ngx_http_s3o_assume_role_request(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f)
{
    ngx_str_t                    form, headers;
    const char                  *why;
    ngx_array_t                  fields;
    ngx_http_s3o_assume_role_t  *ar;

    ar = source->conf;

    if (ngx_http_s3o_sts_form(f->pool, source, &ar->sts, "AssumeRole", &fields)
        != NGX_OK
        || (ar->external_id.len
            && ngx_http_s3o_sts_field(&fields, "ExternalId", &ar->external_id)
               != NGX_OK)
        || ngx_http_s3o_sts_write(f->pool, &fields, &form) != NGX_OK)
    {
        return "no memory";
    }

    ngx_str_null(&headers);

    why = ngx_http_s3o_assume_role_headers(source, f, &form, &headers);

    if (why == NULL
        && ngx_http_s3o_peer_request(f, "POST", &ngx_http_s3o_sts_uri,
                                     &headers, &form)
           != NGX_OK)
    {
        why = "no memory";
    }

    ngx_explicit_memzero(headers.data, headers.len);

    return why;
}


static const char *
ngx_http_s3o_assume_role_headers(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f, ngx_str_t *form, ngx_str_t *headers)
{
    u_char                      *mem;
    ngx_int_t                    rc;
    s3o_str_t                    region;
    s3o_signer_t                 signer;
    s3o_crypto_t                 crypto;
    s3o_credentials_t            credentials;
    const ngx_http_s3o_set_t    *set;
    ngx_http_s3o_assume_role_t  *ar;

    static s3o_str_t             service = s3o_string("sts");

    ar = source->conf;
    set = ngx_http_s3o_snapshot(source->inner);

    if (set == NULL || (set->expires && set->expires <= ngx_time())) {
        return "the source that assumes the role has no credentials";
    }

    region = ngx_http_s3o_str(&ar->sts.region);
    credentials.access_key_id = ngx_http_s3o_str(&set->access_key_id);
    credentials.secret_access_key = ngx_http_s3o_str(&set->secret_access_key);
    credentials.session_token = ngx_http_s3o_str(&set->session_token);

    mem = ngx_pnalloc(f->pool, s3o_signer_size(S3O_SIGV4, &credentials,
                                               &region, &service));
    if (mem == NULL) {
        return "no memory";
    }

    ngx_memzero(&signer, sizeof(s3o_signer_t));
    ngx_memzero(&crypto, sizeof(s3o_crypto_t));

    rc = NGX_ERROR;

    if (s3o_crypto_init(&crypto) == S3O_OK
        && s3o_signer_init(&signer, &crypto, mem, S3O_SIGV4, &credentials,
                           &region, &service)
           == S3O_OK
        && s3o_signer_time(&signer, ngx_time()) == S3O_OK)
    {
        rc = ngx_http_s3o_assume_role_sign(ar, f, &signer, set, form, headers);
    }

    s3o_signer_free(&signer);
    s3o_crypto_free(&crypto);

    return rc == NGX_OK ? NULL : "signing the request failed";
}


static ngx_int_t
ngx_http_s3o_assume_role_sign(ngx_http_s3o_assume_role_t *ar,
    ngx_http_s3o_fetch_t *f, s3o_signer_t *s, const ngx_http_s3o_set_t *set,
    ngx_str_t *form, ngx_str_t *headers)
{
    u_char              hex[S3O_SHA256_HEX_LEN];
    ngx_int_t           rc;
    ngx_str_t           date;
    ngx_uint_t          i, n;
    s3o_query_t         query;
    s3o_request_t       req;
    s3o_header_form_t   signed_headers;

    /* sorted */

    ngx_http_s3o_pass_header_t  pass[] = {
        { "content-type", ngx_http_s3o_sts_type },
        { "host", ar->sts.peer.authority },
        { "x-amz-date", ngx_null_string },
        { "x-amz-security-token", set->session_token }
    };

    s3o_header_t    h[4];

    date = ngx_http_s3o_ngx_str(&s->date);
    pass[2].value = date;

    n = set->session_token.len ? 4 : 3;

    for (i = 0; i < n; i++) {
        s3o_str_set(&h[i].name, (u_char *) pass[i].name,
                    ngx_strlen(pass[i].name));
        h[i].value = ngx_http_s3o_str(&pass[i].value);
    }

    if (ngx_http_s3o_assume_role_hash(s, form, hex) != NGX_OK) {
        return NGX_ERROR;
    }

    s3o_query_init(&query, NULL, 0, NULL, 0);

    s3o_str_set(&req.method, (u_char *) "POST", 4);
    s3o_str_set(&req.path, (u_char *) "/", 1);
    req.query = &query;

    s3o_str_set(&signed_headers.payload_hash, hex, S3O_SHA256_HEX_LEN);
    s3o_str_set(&signed_headers.host, NULL, 0);
    signed_headers.list = h;
    signed_headers.nlist = n;

    rc = ngx_http_s3o_assume_role_authorization(f, s, &req,
                                                &signed_headers, headers);

    for (i = 0; i < n && rc == NGX_OK; i++) {
        if (i != 1) {
            rc = ngx_http_s3o_peer_header(f->pool, headers, pass[i].name,
                                          &pass[i].value);
        }
    }

    return rc;
}


static ngx_int_t
ngx_http_s3o_assume_role_hash(s3o_signer_t *s, ngx_str_t *form, u_char *hex)
{
    u_char     digest[S3O_SHA256_LEN];
    s3o_buf_t  b;

    if (s3o_sha256_begin(s->crypto) != S3O_OK
        || s3o_sha256_add(s->crypto, form->data, form->len) != S3O_OK
        || s3o_sha256_end(s->crypto, digest) != S3O_OK)
    {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, hex, S3O_SHA256_HEX_LEN);
    s3o_hex(&b, digest, S3O_SHA256_LEN);

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_assume_role_authorization(ngx_http_s3o_fetch_t *f,
    s3o_signer_t *s, s3o_request_t *req, s3o_header_form_t *h,
    ngx_str_t *headers)
{
    u_char     *p;
    size_t      size;
    ngx_int_t   rc;
    s3o_buf_t   b;
    ngx_str_t   authorization;

    size = s3o_authorization_room(s, req, h);

    p = ngx_pnalloc(f->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, p, size);

    rc = s3o_authorization(s, req, h, &b);

    /* the canonical request, which is left there, has the token */

    ngx_explicit_memzero(b.pos, b.end - b.pos);

    if (rc != S3O_OK) {
        return NGX_ERROR;
    }

    authorization.data = p;
    authorization.len = b.pos - p;

    return ngx_http_s3o_peer_header(f->pool, headers, "authorization",
                                    &authorization);
}
