
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


/* What is signed; every text encoded and canonical already. */

typedef struct {
    s3o_str_t            origin;          /* query-string form: what goes
                                             before the path, or empty */
    s3o_str_t            method;
    s3o_str_t            path;            /* begins with "/" */
    const s3o_query_t   *query;           /* never NULL; none of it named
                                             X-Amz-* */
    s3o_str_t            headers;         /* "host:...\n..." */
    s3o_str_t            signed_headers;  /* "host;..." */
    const s3o_header_t  *list;            /* header form: sorted, what the two
                                             are made of; or NULL */
    s3o_uint_t           nlist;
    s3o_uint_t           bare;            /* header form: "headers" is the host
                                             alone, the other headers and the
                                             names are the signer's */
    s3o_str_t            epilogue;        /* query-string form: what the two
                                             and UNSIGNED-PAYLOAD make with
                                             "\n" around them; empty: made */
    s3o_str_t            payload_hash;    /* header form; a query-string form
                                             always says UNSIGNED-PAYLOAD */
} s3o_request_t;


/*
 * Query-string form.  Appends "[origin]path?query" with the signature: the
 * caller's parameters and the X-Amz-* ones sorted, X-Amz-Signature last.
 * "expires" is 1..S3O_EXPIRES_MAX seconds from the signing time.
 * s3o_presign_len() is more than what is written: the canonical request is
 * made in the same place.
 *
 * Returns S3O_OK; S3O_ERROR, also where a time was never set, "expires" or the
 * path is not what is said here or a parameter's name begins with "X-Amz-";
 * S3O_OVERFLOW when "b" has no room, and it has with s3o_presign_len() bytes.
 * After an error "b" is what it was, with the overflow latched in the last
 * case.
 */

size_t s3o_presign_len(const s3o_signer_t *s, const s3o_request_t *r);
s3o_int_t s3o_presign(s3o_signer_t *s, const s3o_request_t *r,
    uint32_t expires, s3o_buf_t *b);


/*
 * Header form.  Appends the value of "Authorization".  The headers, be they
 * texts or a list, contain host, x-amz-date (equal to s->date),
 * x-amz-content-sha256 (equal to r->payload_hash), with SigV4A
 * x-amz-region-set (equal to s->region) and, with temporary credentials,
 * x-amz-security-token.
 *
 * The canonical request is made in the same place: from
 * s3o_authorization_len() bytes on, the length of the longest value, to
 * s3o_authorization_room().  It is left there, and with it a token, for the
 * caller to wipe, also after S3O_ERROR.  r->headers and r->signed_headers are
 * then the texts in it, and "list" and "bare" are zeroed.
 *
 * Returns what s3o_presign() returns, with s3o_authorization_room().
 */

size_t s3o_authorization_len(const s3o_signer_t *s, const s3o_request_t *r);
size_t s3o_authorization_room(const s3o_signer_t *s, const s3o_request_t *r);
s3o_int_t s3o_authorization(s3o_signer_t *s, s3o_request_t *r, s3o_buf_t *b);


/*
 * The same in parts: makes the canonical request in "text", which has
 * s3o_header_signature_room() bytes, and appends the signature alone.  What
 * goes before it, up to the names, is in s->lines.
 */

size_t s3o_header_signature_room(const s3o_signer_t *s,
    const s3o_request_t *r);
s3o_int_t s3o_header_signature(s3o_signer_t *s, s3o_request_t *r,
    s3o_buf_t *text, s3o_buf_t *signature);


/*
 * 1 when a signature of the signer's algorithm can have so many digits: 64, or
 * those of a signature in DER.
 */

s3o_uint_t s3o_signature_formed(const s3o_signer_t *s, size_t len);


/*
 * For debug logs and tests: appends the canonical request of either form;
 * with "expires" 0 the header form.  When "mask" is set, a session token is
 * replaced by "***", in the query and in x-amz-security-token alike, and so
 * are the keys of SSE-C headers.
 *
 * Returns what s3o_presign() returns, with s3o_canonical_request_len().
 */

size_t s3o_canonical_request_len(const s3o_signer_t *s,
    const s3o_request_t *r);
s3o_int_t s3o_canonical_request(s3o_signer_t *s, const s3o_request_t *r,
    uint32_t expires, s3o_uint_t mask, s3o_buf_t *b);


#endif /* _S3O_SIGV4_H_INCLUDED_ */
