
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signatures of requests, Signature Version 4 and 4A, in the query string or in
 * headers (Amazon S3 API Reference, "Authenticating Requests").  The version is
 * that of the signer.
 */


#ifndef _S3O_SIGV4_H_INCLUDED_
#define _S3O_SIGV4_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_canonical.h"
#include "s3o_signer.h"


#define S3O_UNSIGNED_PAYLOAD  "UNSIGNED-PAYLOAD"


/*
 * What is signed in both forms.  All texts are encoded and canonical already.
 */

typedef struct {
    s3o_str_t            method;
    s3o_str_t            path;            /* begins with "/" */
    const s3o_query_t   *query;           /* never NULL; sorted, and no name
                                             begins with "X-Amz-" */
} s3o_request_t;


/*
 * The form that puts the signature into the query string.  The hash of the
 * payload is always UNSIGNED-PAYLOAD.
 */

typedef struct {
    s3o_str_t            origin;          /* scheme and host, before the path,
                                             or empty */
    s3o_str_t            names;           /* of signed headers, "host;..." */
    s3o_str_t            epilogue;        /* "\n" "host:...\n..." "\n" names
                                             "\n" S3O_UNSIGNED_PAYLOAD */
} s3o_query_form_t;


/*
 * The form that puts the signature into headers.  The signed headers have to
 * contain host, x-amz-date (with s->date), x-amz-content-sha256 (with
 * payload_hash), for SigV4A x-amz-region-set (with s->region) and, for
 * temporary credentials, x-amz-security-token.  Where a request has no other
 * headers to sign, "list" is NULL: the signer has all of these lines but
 * those of host and x-amz-content-sha256.
 */

typedef struct {
    s3o_str_t            payload_hash;
    s3o_str_t            host;            /* "host:...\n", used when list is
                                             NULL */
    const s3o_header_t  *list;            /* all headers, sorted, or NULL */
    s3o_uint_t           nlist;
} s3o_header_form_t;


/*
 * Appends the presigned URL, "[origin]path?query": the parameters of r->query
 * and those that begin with X-Amz- are sorted, X-Amz-Signature is the last.
 * "expires" is 1..S3O_EXPIRES_MAX seconds from the signing time.  "b" needs
 * room for s3o_presign_len() bytes, which is more than what is written, as
 * the canonical request is made in the same place.
 *
 * Returns S3O_OK; S3O_ERROR, also when no time was set, "expires" or the path
 * is not as said here, or the name of a parameter begins with "X-Amz-";
 * S3O_OVERFLOW, with the overflow set in "b", when it has no room.  After an
 * error b->pos is what it was before.
 */

size_t s3o_presign_len(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q);
s3o_int_t s3o_presign(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_query_form_t *q, uint32_t expires, s3o_buf_t *b);


/*
 * Appends the value of the header "Authorization".
 *
 * The canonical request is made in the same buffer, after the first
 * s3o_authorization_len() bytes, which is the greatest length of the value;
 * both together take s3o_authorization_room() bytes.  The canonical request,
 * which holds the session token, is left there for the caller to wipe, also
 * after S3O_ERROR.
 *
 * Returns what s3o_presign() returns; "b" needs s3o_authorization_room()
 * bytes.
 */

size_t s3o_authorization_len(const s3o_signer_t *s,
    const s3o_header_form_t *h);
size_t s3o_authorization_room(const s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h);
s3o_int_t s3o_authorization(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_buf_t *b);


/*
 * The same in parts: makes the canonical request in "text", which needs
 * s3o_header_signature_room() bytes, and appends only the signature to
 * "signature".  The rest of the value, from the algorithm to the names, is in
 * s->lines.  The caller wipes "text".
 */

size_t s3o_header_signature_room(const s3o_signer_t *s,
    const s3o_request_t *r, const s3o_header_form_t *h);
s3o_int_t s3o_header_signature(s3o_signer_t *s, const s3o_request_t *r,
    const s3o_header_form_t *h, s3o_buf_t *text, s3o_buf_t *signature);


/*
 * 1 when a signature of the signer's algorithm can have "len" hexadecimal
 * digits: 64 with SigV4, with SigV4A as many as a signature in DER can have.
 */

s3o_uint_t s3o_signature_formed(const s3o_signer_t *s, size_t len);


/*
 * Appends the canonical request of a form, for debug logs and tests.  When
 * "mask" is 1 "***" replaces secrets: the session token, in the query and in
 * x-amz-security-token, and the keys of SSE-C headers.
 *
 * Returns what s3o_presign() returns; "b" needs s3o_query_canonical_len() or
 * s3o_header_canonical_len() bytes.
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
