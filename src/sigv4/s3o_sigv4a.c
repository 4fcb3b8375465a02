
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_sigv4a.h"
#include "s3o_crypto_hmac.h"
#include "s3o_encode.h"


#define S3O_SECRET_PREFIX  "AWS4A"

/*
 * what goes before and after the access key id (NIST SP 800-108, counter
 * mode)
 */

#define S3O_KDF_HEAD       "\0\0\0\1" S3O_SIGV4A_ALGORITHM "\0"
#define S3O_KDF_TAIL       "\0\0\1\0"

#define s3o_literal_len(s)  (sizeof(s) - 1)


static s3o_int_t s3o_sigv4a_prf(void *data, const s3o_str_t *text,
    u_char *out);
static s3o_uint_t s3o_sigv4a_candidate(const u_char *c, u_char *d);


/* the order of P-256 minus two: the greatest number that gives a key */

static const u_char  s3o_p256_order_less_two[S3O_P256_LEN] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
    0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f
};


typedef struct {
    s3o_crypto_t      *crypto;
    s3o_hmac_key_t     key;
} s3o_sigv4a_prf_t;


size_t
s3o_sigv4a_room(const s3o_str_t *id, const s3o_str_t *secret)
{
    return s3o_literal_len(S3O_SECRET_PREFIX) + secret->len
           + s3o_literal_len(S3O_KDF_HEAD) + id->len
           + 1 + s3o_literal_len(S3O_KDF_TAIL);
}


s3o_int_t
s3o_sigv4a_derive(s3o_crypto_t *crypto, const s3o_str_t *id,
    const s3o_str_t *secret, u_char *room, u_char *d)
{
    u_char            *counter;
    s3o_int_t          rc;
    s3o_buf_t          b;
    s3o_str_t          key, text;
    s3o_sigv4a_prf_t   prf;

    memset(&prf, 0, sizeof(s3o_sigv4a_prf_t));
    prf.crypto = crypto;

    s3o_buf_init(&b, room, s3o_sigv4a_room(id, secret));

    s3o_buf_put_literal(&b, S3O_SECRET_PREFIX);
    s3o_buf_put_str(&b, secret);
    s3o_str_set(&key, room, b.pos - room);

    text.data = b.pos;
    s3o_buf_put_literal(&b, S3O_KDF_HEAD);
    s3o_buf_put_str(&b, id);
    counter = b.pos;
    s3o_buf_putc(&b, 0);
    s3o_buf_put_literal(&b, S3O_KDF_TAIL);
    text.len = b.pos - text.data;

    rc = s3o_hmac_key_set(crypto, &prf.key, key.data, key.len);

    if (rc == S3O_OK) {
        rc = s3o_sigv4a_search(s3o_sigv4a_prf, &prf, &text, counter, d);
    }

    s3o_hmac_key_free(&prf.key);
    s3o_crypto_forget(crypto);
    s3o_wipe(room, b.end - room);

    return rc;
}


static s3o_int_t
s3o_sigv4a_prf(void *data, const s3o_str_t *text, u_char *out)
{
    s3o_sigv4a_prf_t  *prf;

    prf = data;

    return s3o_hmac(prf->crypto, &prf->key, text->data, text->len, out);
}


s3o_int_t
s3o_sigv4a_search(s3o_sigv4a_prf_pt prf, void *data, const s3o_str_t *text,
    u_char *counter, u_char *d)
{
    s3o_int_t   rc;
    s3o_uint_t  i, found;
    u_char      c[S3O_P256_LEN];

    rc = S3O_ERROR;

    for (i = 1; i <= S3O_SIGV4A_COUNTER_MAX; i++) {
        *counter = (u_char) i;

        rc = prf(data, text, c);

        if (rc != S3O_OK) {
            break;
        }

        found = s3o_sigv4a_candidate(c, d);

        if (found) {
            break;
        }

        rc = S3O_ERROR;
    }

    s3o_wipe(c, S3O_P256_LEN);

    if (rc != S3O_OK) {
        s3o_wipe(d, S3O_P256_LEN);
    }

    return rc;
}


/*
 * Writes c + 1 to d, and returns 1 when c is not greater than the order minus
 * two, so that d is a private key.  The time that this takes does not depend
 * on c: all bytes are always subtracted and added.
 */

static s3o_uint_t
s3o_sigv4a_candidate(const u_char *c, u_char *d)
{
    uint32_t   i, n, borrow, carry;

    borrow = 0;
    carry = 1;

    for (i = S3O_P256_LEN; i > 0; i--) {
        n = s3o_p256_order_less_two[i - 1] - (uint32_t) c[i - 1] - borrow;
        borrow = n >> 31;

        n = c[i - 1] + carry;
        d[i - 1] = (u_char) n;
        carry = n >> 8;
    }

    return 1 - borrow;
}


s3o_int_t
s3o_sigv4a_sign(s3o_crypto_t *crypto, const s3o_ecdsa_key_t *key,
    const u_char *text, size_t len, s3o_buf_t *b)
{
    size_t  der_len;
    u_char  digest[S3O_SHA256_LEN], der[S3O_ECDSA_MAX];

    if ((size_t) (b->end - b->pos) < S3O_SIGV4A_HEX_MAX) {
        return S3O_ERROR;
    }

    if (s3o_sha256_begin(crypto) != S3O_OK
        || s3o_sha256_add(crypto, text, len) != S3O_OK
        || s3o_sha256_end(crypto, digest) != S3O_OK
        || s3o_ecdsa_sign(key, digest, der, &der_len) != S3O_OK)
    {
        return S3O_ERROR;
    }

    s3o_hex(b, der, der_len);

    return b->overflow ? S3O_OVERFLOW : S3O_OK;
}
