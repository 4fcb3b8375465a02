
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signature Version 4 and 4A, query-string and header form (Amazon S3 API
 * Reference, "Authenticating Requests"); the signer knows which.
 */


#ifndef _S3O_SIGV4_H_INCLUDED_
#define _S3O_SIGV4_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_canonical.h"
#include "s3o_signer.h"


#define S3O_UNSIGNED_PAYLOAD  "UNSIGNED-PAYLOAD"


/* What is signed in either form; every text encoded and canonical already. */

typedef struct {
    s3o_str_t            method;
    s3o_str_t            path;            /* begins with "/" */
    const s3o_query_t   *query;           /* never NULL; none of it named
                                             X-Amz-* */
} s3o_request_t;


/* The query-string form, which always says UNSIGNED-PAYLOAD. */

typedef struct {
    s3o_str_t            origin;          /* what goes before the path, or
                                             empty */
    s3o_str_t            names;           /* of the headers, "host;..." */
    s3o_str_t            epilogue;        /* "\n" "host:...\n..." "\n" names
                                             "\n" S3O_UNSIGNED_PAYLOAD */
} s3o_query_form_t;


/*
 * The header form.  Its headers contain host, x-amz-date (equal to s->date),
 * x-amz-content-sha256 (equal to payload_hash), with SigV4A x-amz-region-set
 * (equal to s->region) and, with temporary credentials, x-amz-security-token.
 * Where these are all, the signer has them but for two.
 */

typedef struct {
    s3o_str_t            payload_hash;
    s3o_str_t            host;            /* "host:...\n", without a list */
    const s3o_header_t  *list;            /* all headers, sorted, or NULL */
    s3o_uint_t           nlist;
} s3o_header_form_t;


/*
 * Appends "[origin]path?query" with the signature: the caller's parameters and
 * the X-Amz-* ones sorted, X-Amz-Signature last.  "expires" is
 * 1..S3O_EXPIRES_MAX seconds from the signing time.  s3o_presign_len() is more
 * than what is written: the canonical request is made in the same place.
 *
 * Returns S3O_OK; S3O_ERROR, also where a time was never set, "expires" or the
 * path is not what is said here or a parameter's name begins with "X-Amz-";
 * S3O_OVERFLOW when "b" has no room, and it has with s3o_presign_len() bytes.
 * After an error "b" is what it was, with the overflow latched in the last
 * case.
 */

size_t s3o_presign_len(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q);
s3o_int_t s3o_presign(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q, uint32_t expires, s3o_buf_t *b);


/*
 * Appends the value of "Authorization".
 *
 * The canonical request is made in the same place: from
 * s3o_authorization_len() bytes on, which no value is longer than, to
 * s3o_authorization_room().  It is left there, and with it a token, for the
 * caller to wipe, also after S3O_ERROR.
 *
 * Returns what s3o_presign() returns, with s3o_authorization_room().
 */

size_t s3o_authorization_len(const s3o_signer_t *s,
    const s3o_header_form_t *h);
size_t s3o_authorization_room(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h);
s3o_int_t s3o_authorization(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_buf_t *b);


/*
 * The same in parts: makes the canonical request in "text", which has
 * s3o_header_signature_room() bytes, and appends the signature alone.  What
 * goes before it, up to the names, is in s->lines.
 */

size_t s3o_header_signature_room(const s3o_signer_t *s,
    const s3o_request_t *r, const s3o_header_form_t *h);
s3o_int_t s3o_header_signature(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_buf_t *text, s3o_buf_t *signature);


/*
 * 1 when a signature of the signer's algorithm can have so many digits: 64, or
 * those of a signature in DER.
 */

s3o_uint_t s3o_signature_formed(const s3o_signer_t *s, size_t len);


/*
 * For debug logs and tests: appends the canonical request of a form.  When
 * "mask" is set, a session token is replaced by "***", in the query and in
 * x-amz-security-token alike, and so are the keys of SSE-C headers.
 *
 * Returns what s3o_presign() returns, with so much room.
 */

size_t s3o_query_canonical_len(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q);
s3o_int_t s3o_query_canonical(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q, uint32_t expires, s3o_uint_t mask,
    s3o_buf_t *b);
size_t s3o_header_canonical_len(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h);
s3o_int_t s3o_header_canonical(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_uint_t mask, s3o_buf_t *b);


#endif /* _S3O_SIGV4_H_INCLUDED_ */
