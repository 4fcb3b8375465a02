
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_sigv4.h"
#include "s3o_encode.h"
#include "s3o_sigv4a.h"


#define S3O_PARAM_PREFIX     "X-Amz-"
#define S3O_PARAM_SIGNATURE  "&X-Amz-Signature="

#define S3O_HEADER_SHA256    "x-amz-content-sha256:"

#define S3O_MASK             "***"
#define S3O_SECRET_HEADERS   3

#define s3o_literal_len(s)  (sizeof(s) - 1)


static size_t s3o_presign_gap(const s3o_request_t *r,
    const s3o_query_form_t *q);
static size_t s3o_signature_len(const s3o_signer_t *s);
static s3o_int_t s3o_sigv4_ready(const s3o_signer_t *s,
    const s3o_request_t *r, size_t len, s3o_buf_t *b);
static s3o_int_t s3o_presign_sign(s3o_signer_t *s, const u_char *hash,
    u_char *start, s3o_buf_t *b);
static s3o_int_t s3o_presign_overflow(s3o_buf_t *b, u_char *start);
static s3o_int_t s3o_presign_split(const s3o_query_t *q);
static void s3o_presign_query(s3o_buf_t *b, const s3o_signer_t *s,
    const s3o_request_t *r, const s3o_query_form_t *q, s3o_uint_t mask,
    s3o_uint_t before);
static void s3o_put_start(s3o_buf_t *b, const s3o_request_t *r);
static u_char *s3o_header_request(s3o_buf_t *b, const s3o_signer_t *s,
    const s3o_request_t *r, const s3o_header_form_t *h);
static s3o_int_t s3o_sign(s3o_signer_t *s, const u_char *hash,
    s3o_buf_t *b);
static void s3o_mask_headers(s3o_buf_t *b, u_char *p);
static size_t s3o_secret_header(const u_char *line, size_t len);


/* the length of the longest signature in hexadecimal */

static size_t
s3o_signature_len(const s3o_signer_t *s)
{
    return s->algorithm == S3O_SIGV4A ? S3O_SIGV4A_HEX_MAX
                                      : S3O_SHA256_HEX_LEN;
}


static s3o_int_t
s3o_sigv4_ready(const s3o_signer_t *s, const s3o_request_t *r, size_t len,
    s3o_buf_t *b)
{
    if (s->time < 0 || (!s->key.set && s->ecdsa.ctx == NULL)) {
        return S3O_ERROR;
    }

    if (r->path.len == 0 || r->path.data[0] != '/') {
        return S3O_ERROR;
    }

    if (!s3o_buf_has(b, len)) {
        b->overflow = 1;
        return S3O_OVERFLOW;
    }

    return S3O_OK;
}


/* the room before the path, for the URL's beginning or the method's line */

static size_t
s3o_presign_gap(const s3o_request_t *r, const s3o_query_form_t *q)
{
    size_t  line;

    line = r->method.len + 1;

    return line > q->origin.len ? line : q->origin.len;
}


size_t
s3o_presign_len(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q)
{
    size_t  signature, epilogue;

    signature = s3o_literal_len(S3O_PARAM_SIGNATURE) + s3o_signature_len(s);
    epilogue = q->epilogue.len + S3O_SHA256_PAD_MAX;

    return s3o_presign_gap(r, q) + r->path.len + 1
           + s3o_query_len(r->query) + (r->query->nparams > 0)
           + s->query_head.len + S3O_EXPIRES_LEN + s->query_tail.len
           + 3 * q->names.len
           + (signature > epilogue ? signature : epilogue);
}


/*
 * The canonical request and the URL are the same text but for the two ends,
 * and "\n" in place of "?".  So the canonical request is written where the
 * URL will be, hashed, and then turned into the URL.
 */

s3o_int_t
s3o_presign(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q, uint32_t expires, s3o_buf_t *b)
{
    u_char     *start, *line, *path, *end, hash[S3O_SHA256_LEN];
    s3o_int_t   before;

    if (expires < 1 || expires > S3O_EXPIRES_MAX) {
        return S3O_ERROR;
    }

    before = s3o_presign_split(r->query);
    if (before < 0 || s3o_sigv4_ready(s, r, 0, b) != S3O_OK) {
        return S3O_ERROR;
    }

    s3o_signer_expires(s, expires);

    start = b->pos;

    if (!s3o_buf_has(b, s3o_presign_gap(r, q))) {
        return s3o_presign_overflow(b, start);
    }

    path = start + s3o_presign_gap(r, q);
    line = path - r->method.len - 1;

    b->pos = line;
    s3o_put_start(b, r);
    s3o_presign_query(b, s, r, q, 0, before);
    end = b->pos;
    s3o_buf_put_str(b, &q->epilogue);

    if (b->overflow || !s3o_buf_has(b, S3O_SHA256_PAD_MAX)) {
        return s3o_presign_overflow(b, start);
    }

    if (s3o_sha256(s->crypto, line, b->pos - line, hash) != S3O_OK) {
        b->pos = start;
        return S3O_ERROR;
    }

    path[r->path.len] = '?';

    b->pos = start;
    s3o_buf_put_str(b, &q->origin);

    if (b->pos != path) {
        memmove(b->pos, path, end - path);
    }

    b->pos += end - path;

    return s3o_presign_sign(s, hash, start, b);
}


s3o_uint_t
s3o_signature_formed(const s3o_signer_t *s, size_t len)
{
    if (s->algorithm == S3O_SIGV4A) {
        return len >= 2 * S3O_ECDSA_MIN && len <= S3O_SIGV4A_HEX_MAX
               && len % 2 == 0;
    }

    return len == S3O_SHA256_HEX_LEN;
}


static s3o_int_t
s3o_presign_sign(s3o_signer_t *s, const u_char *hash, u_char *start,
    s3o_buf_t *b)
{
    u_char  *signature;

    if (!s3o_buf_has(b, s3o_literal_len(S3O_PARAM_SIGNATURE)
                        + s3o_signature_len(s)))
    {
        return s3o_presign_overflow(b, start);
    }

    s3o_buf_put_literal(b, S3O_PARAM_SIGNATURE);
    signature = b->pos;

    if (s3o_sign(s, hash, b) != S3O_OK
        || !s3o_signature_formed(s, b->pos - signature))
    {
        b->pos = start;
        return S3O_ERROR;
    }

    return S3O_OK;
}


static s3o_int_t
s3o_presign_overflow(s3o_buf_t *b, u_char *start)
{
    b->pos = start;
    b->overflow = 1;

    return S3O_OVERFLOW;
}


/*
 * The number of parameters that sort before those that begin with "X-Amz-";
 * the others sort after them.  -1 when the query has a parameter of such a
 * name.
 */

static s3o_int_t
s3o_presign_split(const s3o_query_t *q)
{
    int               rc;
    size_t            len;
    s3o_uint_t        i;
    const s3o_str_t  *name;

    for (i = 0; i < q->nparams; i++) {
        name = &q->params[i].name;
        len = s3o_literal_len(S3O_PARAM_PREFIX);

        if (name->len < len) {
            len = name->len;
        }

        rc = memcmp(name->data, S3O_PARAM_PREFIX, len);

        if (rc == 0 && name->len >= s3o_literal_len(S3O_PARAM_PREFIX)) {
            return -1;
        }

        if (rc > 0) {
            break;
        }
    }

    return (s3o_int_t) i;
}


static void
s3o_presign_query(s3o_buf_t *b, const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q, s3o_uint_t mask, s3o_uint_t before)
{
    size_t             head;
    s3o_uint_t         host;
    const s3o_str_t   *names;

    names = &q->names;
    host = s3o_str_is(names, S3O_QUERY_HOST);

    if (before) {
        s3o_query_write(b, r->query, 0, before);
        s3o_buf_putc(b, '&');
    }

    head = s->query_tail.data - s->query_head.data;

    if (mask && s->session_token.len) {
        s3o_buf_put(b, s->query_head.data, head + s->query_set);
        s3o_buf_put_literal(b, S3O_PARAM_TOKEN S3O_MASK S3O_PARAM_HEADERS);
        host = 0;

    } else {
        s3o_buf_put(b, s->query_head.data,
                    head + s->query_tail.len + (host ? names->len : 0));
    }

    if (!host) {
        s3o_encode(b, names->data, names->len, S3O_ENCODE_QUERY);
    }

    if (before < r->query->nparams) {
        s3o_buf_putc(b, '&');
        s3o_query_write(b, r->query, before, r->query->nparams);
    }
}


/* the beginning of every canonical request: the method and the path */

static void
s3o_put_start(s3o_buf_t *b, const s3o_request_t *r)
{
    s3o_buf_put_str(b, &r->method);
    s3o_buf_putc(b, '\n');
    s3o_buf_put_str(b, &r->path);
    s3o_buf_putc(b, '\n');
}


size_t
s3o_authorization_len(const s3o_signer_t *s, const s3o_header_form_t *h)
{
    return s->credential.len
           + (h->list ? s3o_headers_names_len(h->list, h->nlist)
                      : s->names.len)
           + s3o_literal_len(S3O_AUTH_SIGNATURE) + s3o_signature_len(s);
}


size_t
s3o_authorization_room(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h)
{
    return s3o_authorization_len(s, h) + s3o_header_signature_room(s, r, h);
}


size_t
s3o_header_signature_room(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h)
{
    size_t  headers;

    if (h->list) {
        headers = s3o_headers_len(h->list, h->nlist)
                  + 1 + s3o_headers_names_len(h->list, h->nlist) + 1;

    } else {
        headers = h->host.len + s3o_literal_len(S3O_HEADER_SHA256 "\n")
                  + h->payload_hash.len + s->headers.len;
    }

    return r->method.len + 1 + r->path.len + 1 + s3o_query_len(r->query) + 1
           + headers + h->payload_hash.len + S3O_SHA256_PAD_MAX;
}


s3o_int_t
s3o_authorization(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_buf_t *b)
{
    s3o_int_t   rc;
    u_char      text[S3O_SIGV4A_HEX_MAX];
    s3o_buf_t   request, signature;

    rc = s3o_sigv4_ready(s, r, s3o_authorization_room(s, r, h), b);
    if (rc != S3O_OK) {
        return rc;
    }

    request = *b;
    request.pos += s3o_authorization_len(s, h);

    s3o_buf_init(&signature, text, sizeof(text));

    rc = s3o_header_signature(s, r, h, &request, &signature);
    if (rc != S3O_OK) {
        return rc;
    }

    s3o_buf_put_str(b, &s->credential);

    if (h->list) {
        s3o_headers_names(b, h->list, h->nlist);

    } else {
        s3o_buf_put_str(b, &s->names);
    }

    s3o_buf_put_literal(b, S3O_AUTH_SIGNATURE);
    s3o_buf_put(b, text, signature.pos - text);

    return b->overflow ? S3O_OVERFLOW : S3O_OK;
}


s3o_int_t
s3o_header_signature(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_buf_t *text, s3o_buf_t *signature)
{
    u_char     *start, *sign, hash[S3O_SHA256_LEN];
    s3o_int_t   rc;

    rc = s3o_sigv4_ready(s, r, 0, text);
    if (rc != S3O_OK) {
        return rc;
    }

    start = text->pos;

    (void) s3o_header_request(text, s, r, h);

    if (text->overflow
        || (size_t) (text->end - text->pos) < S3O_SHA256_PAD_MAX)
    {
        text->overflow = 1;
        return S3O_OVERFLOW;
    }

    if (s3o_sha256(s->crypto, start, text->pos - start, hash) != S3O_OK) {
        return S3O_ERROR;
    }

    sign = signature->pos;
    rc = s3o_sign(s, hash, signature);

    if (rc == S3O_OK && !s3o_signature_formed(s, signature->pos - sign)) {
        return S3O_ERROR;
    }

    return rc;
}


/*
 * Writes the canonical request of the header form, and returns where its
 * headers begin.
 */

static u_char *
s3o_header_request(s3o_buf_t *b, const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h)
{
    u_char  *headers;

    s3o_put_start(b, r);
    s3o_query_write(b, r->query, 0, r->query->nparams);
    s3o_buf_putc(b, '\n');

    headers = b->pos;

    if (h->list) {
        s3o_headers_text(b, h->list, h->nlist);
        s3o_buf_putc(b, '\n');
        s3o_headers_names(b, h->list, h->nlist);
        s3o_buf_putc(b, '\n');

    } else {
        s3o_buf_put_str(b, &h->host);
        s3o_buf_put_literal(b, S3O_HEADER_SHA256);
        s3o_buf_put_str(b, &h->payload_hash);
        s3o_buf_putc(b, '\n');
        s3o_buf_put_str(b, &s->headers);
    }

    s3o_buf_put_str(b, &h->payload_hash);

    return headers;
}


/* Appends the signature of the canonical request that has this hash. */

static s3o_int_t
s3o_sign(s3o_signer_t *s, const u_char *hash, s3o_buf_t *b)
{
    size_t     len;
    u_char     mac[S3O_SHA256_LEN];
    s3o_buf_t  text;

    len = s->prologue.len + S3O_SHA256_HEX_LEN;

    s3o_buf_init(&text, s->prologue.data + s->prologue.len,
                 S3O_SHA256_HEX_LEN);
    s3o_hex(&text, hash, S3O_SHA256_LEN);

    if (s->algorithm == S3O_SIGV4A) {
        return s3o_sigv4a_sign(s->crypto, &s->ecdsa, s->prologue.data, len, b);
    }

    if (s3o_hmac_end(s->crypto, &s->key, &s->begun,
                     s->prologue.data + s->nbegun, len - s->nbegun, mac)
        != S3O_OK)
    {
        return S3O_ERROR;
    }

    s3o_hex(b, mac, S3O_SHA256_LEN);

    return b->overflow ? S3O_OVERFLOW : S3O_OK;
}


/* room for masks, which may be longer than what they replace */

size_t
s3o_query_canonical_len(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q)
{
    return s3o_presign_len(s, r, q)
           + (1 + S3O_SECRET_HEADERS) * s3o_literal_len(S3O_MASK);
}


s3o_int_t
s3o_query_canonical(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q, uint32_t expires, s3o_uint_t mask, s3o_buf_t *b)
{
    u_char     *epilogue;
    s3o_int_t   rc, before;

    if (expires < 1 || expires > S3O_EXPIRES_MAX) {
        return S3O_ERROR;
    }

    before = s3o_presign_split(r->query);
    if (before < 0) {
        return S3O_ERROR;
    }

    rc = s3o_sigv4_ready(s, r, s3o_query_canonical_len(s, r, q), b);
    if (rc != S3O_OK) {
        return rc;
    }

    s3o_signer_expires(s, expires);

    s3o_put_start(b, r);
    s3o_presign_query(b, s, r, q, mask, before);

    epilogue = b->pos;
    s3o_buf_put_str(b, &q->epilogue);

    if (mask) {
        s3o_mask_headers(b, epilogue);
    }

    return S3O_OK;
}


size_t
s3o_header_canonical_len(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h)
{
    return s3o_header_signature_room(s, r, h)
           + S3O_SECRET_HEADERS * s3o_literal_len(S3O_MASK);
}


s3o_int_t
s3o_header_canonical(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_uint_t mask, s3o_buf_t *b)
{
    u_char     *headers;
    s3o_int_t   rc;

    rc = s3o_sigv4_ready(s, r, s3o_header_canonical_len(s, r, h), b);
    if (rc != S3O_OK) {
        return rc;
    }

    headers = s3o_header_request(b, s, r, h);

    if (mask) {
        s3o_mask_headers(b, headers);
    }

    return S3O_OK;
}


/*
 * Masks secrets in lines of headers from "p" to the end.  The lines after the
 * headers (names, hash of the payload) hold no ":" and stay as they are.
 */

static void
s3o_mask_headers(s3o_buf_t *b, u_char *p)
{
    size_t   name, rest;
    u_char  *end;

    while (p < b->pos) {
        end = memchr(p, '\n', b->pos - p);

        if (end == NULL) {
            end = b->pos;
        }

        name = s3o_secret_header(p, end - p);

        if (name) {
            rest = b->pos - end;
            p += name;

            memmove(p + s3o_literal_len(S3O_MASK), end, rest);
            memcpy(p, S3O_MASK, s3o_literal_len(S3O_MASK));

            end = p + s3o_literal_len(S3O_MASK);
            b->pos = end + rest;
        }

        p = end + 1;
    }
}


/*
 * The length of "name:" when the line is that of a secret header, otherwise
 * 0.
 */

static size_t
s3o_secret_header(const u_char *line, size_t len)
{
    s3o_uint_t  i;

    static const s3o_str_t  names[] = {
        s3o_string("x-amz-security-token:"),
        s3o_string("x-amz-server-side-encryption-customer-key:"),
        s3o_string("x-amz-copy-source-server-side-encryption-customer-key:")
    };

    for (i = 0; i < S3O_SECRET_HEADERS; i++) {
        if (len >= names[i].len
            && memcmp(line, names[i].data, names[i].len) == 0)
        {
            return names[i].len;
        }
    }

    return 0;
}
