
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_chunk.h"
#include "s3o_encode.h"
#include "s3o_sigv4a.h"


#define S3O_CHUNK_EMPTY                                                      \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define S3O_CHUNK_EXTENSION  ";chunk-signature="

#define s3o_literal_len(s)  (sizeof(s) - 1)


const s3o_chunk_form_t  s3o_chunk_sigv4 = {
    s3o_string("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    s3o_string("AWS4-HMAC-SHA256-PAYLOAD"),
    S3O_SHA256_HEX_LEN
};


/*
 * Signatures of SigV4A, in DER, differ in length, but the length of the body
 * is sent before it: shorter ones are filled up to the greatest length.
 */

const s3o_chunk_form_t  s3o_chunk_sigv4a = {
    s3o_string("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"),
    s3o_string(S3O_SIGV4A_ALGORITHM "-PAYLOAD"),
    S3O_SIGV4A_HEX_MAX
};


static s3o_int_t s3o_chunk_sign(s3o_chunk_t *c);
static s3o_int_t s3o_chunk_text(s3o_chunk_t *c, s3o_str_t *text);
static size_t s3o_chunk_hex_len(uint64_t n);
static void s3o_chunk_hex(s3o_buf_t *b, uint64_t n);


size_t
s3o_chunk_mem(const s3o_chunk_form_t *form, const s3o_str_t *date,
    const s3o_str_t *scope)
{
    return form->algorithm.len + 1 + date->len + 1 + scope->len + 1
           + form->signature_len + 1
           + s3o_literal_len(S3O_CHUNK_EMPTY) + 1 + S3O_SHA256_HEX_LEN
           + S3O_SHA256_PAD_MAX;
}


void
s3o_chunk_init(s3o_chunk_t *c, u_char *mem, const s3o_str_t *date,
    const s3o_str_t *scope)
{
    s3o_buf_t  b;

    c->size = s3o_chunk_mem(c->form, date, scope) - S3O_SHA256_PAD_MAX;

    s3o_buf_init(&b, mem, c->size);

    s3o_buf_put_str(&b, &c->form->algorithm);
    s3o_buf_putc(&b, '\n');
    s3o_buf_put_str(&b, date);
    s3o_buf_putc(&b, '\n');
    s3o_buf_put_str(&b, scope);
    s3o_buf_putc(&b, '\n');

    s3o_str_set(&c->prologue, mem, b.pos - mem);
    c->previous_len = 0;
    c->len = 0;
}


s3o_int_t
s3o_chunk_begin(s3o_chunk_t *c, const s3o_str_t *seed)
{
    if (seed->len == 0 || seed->len > c->form->signature_len) {
        return S3O_ERROR;
    }

    memcpy(c->previous, seed->data, seed->len);
    c->previous_len = seed->len;
    c->len = 0;

    return S3O_OK;
}


size_t
s3o_chunk_header_len(const s3o_chunk_form_t *form, size_t len)
{
    return s3o_chunk_hex_len(len) + s3o_literal_len(S3O_CHUNK_EXTENSION)
           + form->signature_len + 2;
}


s3o_int_t
s3o_chunk_add(s3o_chunk_t *c, const u_char *data, size_t len)
{
    if (len == 0) {
        return S3O_OK;
    }

    if ((c->len == 0 && s3o_sha256_begin(c->crypto) != S3O_OK)
        || s3o_sha256_add(c->crypto, data, len) != S3O_OK)
    {
        c->previous_len = 0;
        return S3O_ERROR;
    }

    c->len += len;

    return S3O_OK;
}


s3o_int_t
s3o_chunk_header(s3o_chunk_t *c, s3o_buf_t *b)
{
    size_t  i, len;

    len = c->len;

    if (s3o_chunk_header_len(c->form, len) > (size_t) (b->end - b->pos)) {
        b->overflow = 1;
        return S3O_OVERFLOW;
    }

    if (s3o_chunk_sign(c) != S3O_OK) {
        return S3O_ERROR;
    }

    s3o_chunk_hex(b, len);
    s3o_buf_put_literal(b, S3O_CHUNK_EXTENSION);
    s3o_buf_put(b, c->previous, c->previous_len);

    for (i = c->previous_len; i < c->form->signature_len; i++) {
        s3o_buf_putc(b, '*');
    }

    s3o_buf_put_literal(b, "\r\n");

    return b->overflow ? S3O_OVERFLOW : S3O_OK;
}


/*
 * Signs the chunk, and keeps the signature in c->previous for the next chunk.
 */

static s3o_int_t
s3o_chunk_sign(s3o_chunk_t *c)
{
    s3o_int_t  rc;
    s3o_buf_t  signature;
    s3o_str_t  text;

    rc = s3o_chunk_text(c, &text);

    /* if signing fails, the next chunk cannot be signed either */

    c->previous_len = 0;
    c->len = 0;

    if (rc != S3O_OK) {
        return S3O_ERROR;
    }

    s3o_buf_init(&signature, c->previous, c->form->signature_len);

    if (c->sign(c->data, &text, &signature) != S3O_OK || signature.overflow) {
        return S3O_ERROR;
    }

    c->previous_len = signature.pos - signature.start;

    return S3O_OK;
}


static s3o_int_t
s3o_chunk_text(s3o_chunk_t *c, s3o_str_t *text)
{
    u_char     digest[S3O_SHA256_LEN];
    s3o_buf_t  b;

    if (c->previous_len == 0) {
        return S3O_ERROR;
    }

    s3o_buf_init(&b, c->prologue.data, c->size);
    b.pos += c->prologue.len;

    s3o_buf_put(&b, c->previous, c->previous_len);
    s3o_buf_put_literal(&b, "\n" S3O_CHUNK_EMPTY "\n");

    if (c->len) {

        if (s3o_sha256_end(c->crypto, digest) != S3O_OK) {
            return S3O_ERROR;
        }

        s3o_hex(&b, digest, S3O_SHA256_LEN);

    } else {
        s3o_buf_put_literal(&b, S3O_CHUNK_EMPTY);
    }

    s3o_str_set(text, b.start, b.pos - b.start);

    return b.overflow ? S3O_ERROR : S3O_OK;
}


uint64_t
s3o_chunk_encoded_len(const s3o_chunk_form_t *form, uint64_t n, size_t size)
{
    size_t    rest;
    uint64_t  len;

    len = n / size * (s3o_chunk_header_len(form, size) + size + 2);
    rest = n % size;

    if (rest) {
        len += s3o_chunk_header_len(form, rest) + rest + 2;
    }

    return len + s3o_chunk_header_len(form, 0) + 2;
}


s3o_int_t
s3o_chunk_key_copy(s3o_chunk_key_t *key, const s3o_signer_t *s,
    const s3o_str_t *prologue)
{
    if (s->algorithm == S3O_SIGV4A) {
        return s3o_ecdsa_key_copy(&key->ecdsa, &s->ecdsa);
    }

    if (s3o_hmac_key_copy(s->crypto, &key->hmac, &s->key) != S3O_OK) {
        return S3O_ERROR;
    }

    key->nbegun = prologue->len - prologue->len % S3O_SHA256_BLOCK;

    return s3o_hmac_begin(s->crypto, &key->hmac, &key->begun, prologue->data,
                          key->nbegun);
}


void
s3o_chunk_key_free(s3o_chunk_key_t *key)
{
    s3o_hmac_key_free(&key->hmac);
    s3o_state_free(&key->begun);
    s3o_ecdsa_key_free(&key->ecdsa);
}


s3o_int_t
s3o_chunk_hmac(void *data, const s3o_str_t *text, s3o_buf_t *signature)
{
    u_char            mac[S3O_SHA256_LEN];
    s3o_chunk_key_t  *key;

    key = data;

    if (s3o_hmac_end(key->crypto, &key->hmac, &key->begun,
                     text->data + key->nbegun, text->len - key->nbegun, mac)
        != S3O_OK)
    {
        return S3O_ERROR;
    }

    s3o_hex(signature, mac, S3O_SHA256_LEN);

    return signature->overflow ? S3O_OVERFLOW : S3O_OK;
}


s3o_int_t
s3o_chunk_ecdsa(void *data, const s3o_str_t *text, s3o_buf_t *signature)
{
    s3o_chunk_key_t  *key;

    key = data;

    return s3o_sigv4a_sign(key->crypto, &key->ecdsa, text->data, text->len,
                           signature);
}


static size_t
s3o_chunk_hex_len(uint64_t n)
{
    size_t  len;

    for (len = 1; n > 15; n >>= 4) {
        len++;
    }

    return len;
}


static void
s3o_chunk_hex(s3o_buf_t *b, uint64_t n)
{
    size_t               i;

    static const u_char  digits[] = "0123456789abcdef";

    for (i = s3o_chunk_hex_len(n); i; i--) {
        s3o_buf_putc(b, digits[(n >> (4 * (i - 1))) & 15]);
    }
}
