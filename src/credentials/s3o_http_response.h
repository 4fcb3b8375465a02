
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Parses the answer of an HTTP server (RFC 9112) when credentials are fetched.
 * The answer arrives in pieces; no byte is parsed again because of later ones.
 */


#ifndef _S3O_HTTP_RESPONSE_H_INCLUDED_
#define _S3O_HTTP_RESPONSE_H_INCLUDED_


#include "s3o_core.h"


#define S3O_AGAIN  -3


typedef struct {
    s3o_uint_t     status;          /* 200 to 599 */
    s3o_str_t      body;            /* decoded */

    /* where the next call continues */

    s3o_uint_t     state;
    size_t         pos;             /* everything before is parsed */
    size_t         seen;            /* no line ends from "pos" to here */
    size_t         decoded;         /* end of the decoded body */
    size_t         length;          /* of the body, or of the chunk */
    s3o_uint_t     have_length;
    s3o_uint_t     chunked;
} s3o_http_response_t;


/* Must be called before the first bytes of a response. */

void s3o_http_response_init(s3o_http_response_t *r);


/*
 * Parses a response.  "data" are the "len" bytes that have arrived so far, at
 * the same place in each call; "eof" is 1 when no more will arrive.  Lines
 * end with CR LF or LF.  HTTP/1.0 and 1.1 are known, and bodies in chunked
 * transfer coding, with Content-Length, or up to the end of the connection.
 * Interim responses (1xx) are skipped.
 *
 * A chunked body is decoded in place, chunk by chunk.
 *
 * Returns S3O_OK with *r set; S3O_AGAIN when more is needed; S3O_ERROR for
 * another version, a malformed line, a folded header, two different lengths,
 * Content-Length beside chunks, another transfer coding, a bad chunk, or an
 * end before the announced one.
 */

s3o_int_t s3o_http_response(u_char *data, size_t len, s3o_uint_t eof,
    s3o_http_response_t *r);


/*
 * Sets *value to the value of the first header of a name, which is given in
 * lower case.  "data" was parsed with S3O_OK; *value points into it.  Returns
 * S3O_OK, or S3O_ERROR when there is no such header.
 */

s3o_int_t s3o_http_header(const u_char *data, size_t len,
    const s3o_str_t *name, s3o_str_t *value);


/*
 * Parses the head of a proxy's answer to CONNECT; its body, if any, is
 * ignored. "data" are the "len" bytes that have arrived so far, of which
 * "seen" were there in the call before.
 *
 * Returns S3O_OK with *status set and the length of the head in *head;
 * S3O_AGAIN when more is needed; S3O_ERROR when this is no such answer.
 */

s3o_int_t s3o_http_connect(u_char *data, size_t len, size_t seen,
    s3o_uint_t *status, size_t *head);


#endif /* _S3O_HTTP_RESPONSE_H_INCLUDED_ */
