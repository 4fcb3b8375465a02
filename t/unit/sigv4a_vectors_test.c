
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The SigV4A vectors of t/vectors: derived keys, canonical requests and
 * strings to sign are equal; signatures, of which no two need to be, are
 * right, the published ones and ours.
 *
 *     sigv4a_vectors_test list
 *
 * writes for each vector a line "signed", with its name without blanks, access
 * key id, secret key, string to sign and our signature, in hex digits but for
 * the first, so that others can say so, too.
 */


#include "vector_request.h"
#include "p256.h"
#include "s3o_sigv4a.h"


#define count(a)  (sizeof(a) / sizeof(a[0]))


static void run(test_t *t, const vector_t *v);
static s3o_int_t sign(test_t *t, const vector_t *v, s3o_str_t *canonical,
    s3o_str_t *text, s3o_str_t *signature);
static s3o_int_t sign_hash(test_t *t, s3o_str_t *canonical,
    const s3o_str_t *payload_hash, s3o_str_t *text, s3o_str_t *signature);
static s3o_str_t signature_of(const s3o_str_t *signed_text);
static void check_signatures(const vector_t *v, const s3o_str_t *text,
    const s3o_str_t *signature);
static void run_derive(test_t *t, const vector_derive_t *v);
static void list(test_t *t, const vector_t *v);
static void show_hex(const s3o_str_t *s, const char *end);


static const vector_t  sigv4a[] = {
#include "sigv4a_vectors.inc"
};


static const vector_derive_t  derive[] = {
#include "derive_vectors.inc"
};


int
main(int argc, char **argv)
{
    test_t  t;
    size_t  i;

    if (s3o_crypto_init(&t.crypto) != S3O_OK) {
        return 1;
    }

    if (argc > 1 && strcmp(argv[1], "list") == 0) {
        for (i = 0; i < count(sigv4a); i++) {
            list(&t, &sigv4a[i]);
        }

        s3o_crypto_free(&t.crypto);

        return 0;
    }

    for (i = 0; i < count(derive); i++) {
        run_derive(&t, &derive[i]);
    }

    for (i = 0; i < count(sigv4a); i++) {
        run(&t, &sigv4a[i]);
    }

    s3o_crypto_free(&t.crypto);

    diag("vectors: %d derived keys, %d requests; nonces %s",
         (int) count(derive), (int) count(sigv4a),
         s3o_ecdsa_deterministic() ? "of RFC 6979" : "at random");

    return done();
}


static void
run_derive(test_t *t, const vector_derive_t *v)
{
    size_t             i;
    s3o_str_t          public_key;
    s3o_int_t          rc;
    s3o_ecdsa_key_t    key;
    s3o_credentials_t  credentials;
    char               hex[2 * P256_PUBLIC_LEN + 1];
    u_char            *d, expected[S3O_P256_LEN];

    memset(&credentials, 0, sizeof(s3o_credentials_t));
    memset(&key, 0, sizeof(s3o_ecdsa_key_t));

    credentials.access_key_id = tap_guard_str(&v->access_key);
    credentials.secret_access_key = tap_guard_str(&v->secret_key);
    d = tap_room(S3O_P256_LEN);
    i = s3o_sigv4a_room(&credentials.access_key_id,
                        &credentials.secret_access_key);

    rc = s3o_sigv4a_derive(&t->crypto, &credentials.access_key_id,
                           &credentials.secret_access_key, tap_room(i), d);

    ok(rc == S3O_OK
       && p256_unhex(&v->private_key, expected, S3O_P256_LEN) == S3O_P256_LEN
       && memcmp(d, expected, S3O_P256_LEN) == 0,
       "%s: the private key", v->id);

    rc = s3o_ecdsa_key_set(&key, d);
    public_key = p256_public(&key, hex);

    ok(rc == S3O_OK && s3o_str_eq(&public_key, &v->public_key),
       "%s: the public key", v->id);

    s3o_ecdsa_key_free(&key);
    tap_free();
}


static void
run(test_t *t, const vector_t *v)
{
    s3o_str_t  canonical, text, signature, public_key;
    char       hex[2 * P256_PUBLIC_LEN + 1];

    if (vector_prepare(t, v) != S3O_OK) {
        ok(0, "%s: it cannot be prepared", v->id);

    } else if (sign(t, v, &canonical, &text, &signature) != S3O_OK) {
        ok(0, "%s: it cannot be signed", v->id);

    } else {
        if (!ok(s3o_str_eq(&canonical, &v->canonical_request),
                "%s: canonical request (%s)", v->id, v->doc))
        {
            tap_show("got     ", canonical.data, canonical.len);
            tap_show("expected", v->canonical_request.data,
                     v->canonical_request.len);
        }

        public_key = p256_public(&t->signer.ecdsa, hex);

        ok(s3o_str_eq(&text, &v->string_to_sign), "%s: string to sign", v->id);
        ok(s3o_str_eq(&public_key, &v->public_key), "%s: public key", v->id);

        check_signatures(v, &text, &signature);
    }

    s3o_signer_free(&t->signer);
    tap_free();
}


/* In the form of the vector, or below it where a body is hashed. */

static s3o_int_t
sign(test_t *t, const vector_t *v, s3o_str_t *canonical, s3o_str_t *text,
    s3o_str_t *signature)
{
    s3o_int_t  rc;
    s3o_str_t  out;

    rc = test_canonical(t, v->expires, 0, canonical);

    if (rc != S3O_OK) {
        return rc;
    }

    if (v->expires && !s3o_str_is(&v->payload_hash, S3O_UNSIGNED_PAYLOAD)) {
        canonical->len -= sizeof(S3O_UNSIGNED_PAYLOAD) - 1;

        return sign_hash(t, canonical, &v->payload_hash, text, signature);
    }

    rc = v->expires ? test_presign(t, v->expires, &out)
                    : test_authorization(t, &out);

    *text = test_string_to_sign(t);
    *signature = signature_of(&out);

    return rc;
}


static s3o_int_t
sign_hash(test_t *t, s3o_str_t *canonical, const s3o_str_t *payload_hash,
    s3o_str_t *text, s3o_str_t *signature)
{
    s3o_int_t  rc;
    s3o_buf_t  b;
    u_char     digest[S3O_SHA256_LEN];

    tap_buf(&b, canonical->len + payload_hash->len);
    s3o_buf_put_str(&b, canonical);
    s3o_buf_put_str(&b, payload_hash);
    *canonical = tap_written(&b);

    s3o_sha256_begin(&t->crypto);
    s3o_sha256_add(&t->crypto, canonical->data, canonical->len);
    s3o_sha256_end(&t->crypto, digest);

    tap_buf(&b, t->signer.prologue.len + S3O_SHA256_HEX_LEN);
    s3o_buf_put_str(&b, &t->signer.prologue);
    s3o_hex(&b, digest, S3O_SHA256_LEN);
    *text = tap_written(&b);

    tap_buf(&b, S3O_SIGV4A_HEX_MAX);
    rc = s3o_sigv4a_sign(&t->crypto, &t->signer.ecdsa, text->data,
                         text->len, &b);
    *signature = tap_written(&b);

    return rc;
}


/* What stands behind the last "Signature=". */

static s3o_str_t
signature_of(const s3o_str_t *signed_text)
{
    size_t     i;
    s3o_str_t  s;

    static const s3o_str_t  name = s3o_string("Signature=");

    s3o_str_set(&s, signed_text->data, 0);

    for (i = signed_text->len; i >= name.len; i--) {

        if (memcmp(signed_text->data + i - name.len, name.data, name.len)
            == 0)
        {
            s3o_str_set(&s, signed_text->data + i, signed_text->len - i);
            break;
        }
    }

    return s;
}


static void
check_signatures(const vector_t *v, const s3o_str_t *text,
    const s3o_str_t *signature)
{
    s3o_str_t  other;

    ok(p256_verify(&v->public_key, text, signature), "%s: our signature",
       v->id);
    ok(p256_verify(&v->public_key, &v->string_to_sign, &v->signature),
       "%s: the published signature", v->id);

    other = *text;
    other.len--;
    ok(!p256_verify(&v->public_key, &other, signature)
       && !p256_verify(&v->public_key, &other, &v->signature),
       "%s: neither is right for another text", v->id);
}


static void
list(test_t *t, const vector_t *v)
{
    const char  *p;
    s3o_str_t    canonical, text, signature;

    /* preparing it may write a line of TAP */

    if (vector_prepare(t, v) == S3O_OK
        && sign(t, v, &canonical, &text, &signature) == S3O_OK)
    {
        printf("signed ");

        for (p = v->id; *p; p++) {
            putchar(*p == ' ' ? '-' : *p);
        }

        putchar(' ');
        show_hex(&v->access_key, " ");
        show_hex(&v->secret_key, " ");
        show_hex(&text, " ");
        printf("%.*s\n", (int) signature.len, signature.data);
    }

    s3o_signer_free(&t->signer);
    tap_free();
}


static void
show_hex(const s3o_str_t *s, const char *end)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        printf("%02x", s->data[i]);
    }

    printf("%s", end);
}
