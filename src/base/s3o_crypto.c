
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


/*
 * OpenSSL 3 declares SHA256_Init() and its kin deprecated.  They are used all
 * the same; s3o_crypto_plain() says why.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include "s3o_crypto.h"
#include "s3o_crypto_state.h"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#if (S3O_HAVE_PROVIDERS)
#include <openssl/provider.h>
#endif


static s3o_uint_t s3o_crypto_plain(const EVP_MD *md);
static s3o_int_t s3o_hash_start(s3o_hash_t *h, const EVP_MD *md,
    unsigned int len);


s3o_int_t
s3o_crypto_init(s3o_crypto_t *c)
{
    memset(c, 0, sizeof(s3o_crypto_t));

#if (S3O_HAVE_PROVIDERS)
    c->md = EVP_MD_fetch(NULL, "SHA256", NULL);
#else
    c->md = EVP_sha256();
#endif

    if (c->md == NULL) {
        return S3O_ERROR;
    }

    c->plain = s3o_crypto_plain(c->md);

    if (s3o_state_new(c, &c->scratch) != S3O_OK) {
        s3o_crypto_free(c);
        return S3O_ERROR;
    }

    return S3O_OK;
}


/*
 * Returns 1 when plain states (SHA256_CTX) may be used instead of those of
 * EVP. A plain state is copied by an assignment.  Copying, beginning and
 * ending a state of EVP takes more time than hashing a short text, and each
 * copy allocates memory.  Both run the same code, unless an administrator has
 * chosen another provider, such as "fips": then only EVP asks that provider.
 */

static s3o_uint_t
s3o_crypto_plain(const EVP_MD *md)
{
#if (S3O_HAVE_PLAIN_SHA256 && S3O_HAVE_PROVIDERS)

    const char  *name;

    name = OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(md));

    return name && strcmp(name, "default") == 0;

#elif (S3O_HAVE_PLAIN_SHA256 && S3O_HAVE_FIPS_MODE)

    (void) md;

    return !FIPS_mode();

#else

    (void) md;

    return S3O_HAVE_PLAIN_SHA256;

#endif
}


void
s3o_crypto_free(s3o_crypto_t *c)
{
    s3o_state_free(&c->scratch);

#if (S3O_HAVE_PROVIDERS)
    EVP_MD_free((EVP_MD *) c->md);
#endif

    c->md = NULL;
}


void
s3o_crypto_forget(s3o_crypto_t *c)
{
    if (c->scratch.evp) {
        (void) EVP_MD_CTX_reset(c->scratch.evp);
        return;
    }

    s3o_wipe(&c->scratch, sizeof(s3o_state_t));
}


/* EVP_MD_CTX_free() wipes the state of EVP; the plain one is wiped here */

void
s3o_state_free(s3o_state_t *state)
{
    EVP_MD_CTX_free(state->evp);

    s3o_wipe(state, sizeof(s3o_state_t));
}


s3o_int_t
s3o_sha256_begin(s3o_crypto_t *c)
{
    return s3o_state_begin(c, &c->scratch);
}


s3o_int_t
s3o_sha256_add(s3o_crypto_t *c, const void *data, size_t len)
{
    return s3o_state_add(&c->scratch, data, len);
}


s3o_int_t
s3o_sha256_end(s3o_crypto_t *c, u_char *out)
{
    return s3o_state_end(&c->scratch, out);
}


s3o_int_t
s3o_sha256(s3o_crypto_t *c, u_char *text, size_t len, u_char *out)
{
#if (S3O_HAVE_PLAIN_SHA256)

    SHA256_CTX  *sha;

    if (c->plain) {
        sha = &c->scratch.sha;
        len += s3o_plain_pad(text + len, len);

        if (SHA256_Init(sha) != 1 || SHA256_Update(sha, text, len) != 1) {
            return S3O_ERROR;
        }

        s3o_plain_out(sha, out);

        return S3O_OK;
    }

#endif

    if (s3o_sha256_begin(c) != S3O_OK
        || s3o_sha256_add(c, text, len) != S3O_OK)
    {
        return S3O_ERROR;
    }

    return s3o_sha256_end(c, out);
}


s3o_int_t
s3o_hash_begin(s3o_crypto_t *c, s3o_hash_t *h)
{
    return s3o_hash_start(h, c->md, S3O_SHA256_LEN);
}


s3o_int_t
s3o_hash_begin_sha1(s3o_hash_t *h)
{
    return s3o_hash_start(h, EVP_sha1(), S3O_SHA1_LEN);
}


static s3o_int_t
s3o_hash_start(s3o_hash_t *h, const EVP_MD *md, unsigned int len)
{
    h->state = EVP_MD_CTX_new();

    if (h->state == NULL) {
        return S3O_ERROR;
    }

    if (md == NULL || EVP_DigestInit_ex(h->state, md, NULL) != 1) {
        s3o_hash_free(h);
        return S3O_ERROR;
    }

    h->len = len;

    return S3O_OK;
}


s3o_int_t
s3o_hash_add(s3o_hash_t *h, const void *data, size_t len)
{
    if (h->state == NULL) {
        return S3O_ERROR;
    }

    if (len == 0) {
        return S3O_OK;
    }

    return EVP_DigestUpdate(h->state, data, len) == 1 ? S3O_OK : S3O_ERROR;
}


s3o_int_t
s3o_hash_end(s3o_hash_t *h, u_char *out)
{
    int           ok;
    unsigned int  len;

    ok = h->state
         && EVP_DigestFinal_ex(h->state, out, &len) == 1
         && len == h->len;

    s3o_hash_free(h);

    return ok ? S3O_OK : S3O_ERROR;
}


void
s3o_hash_free(s3o_hash_t *h)
{
    EVP_MD_CTX_free(h->state);

    h->state = NULL;
}


void
s3o_wipe(void *data, size_t len)
{
    if (len) {
        OPENSSL_cleanse(data, len);
    }
}


const char *
s3o_crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
