
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The answer of an HTTP server to a request that credentials are fetched
 * with (RFC 9112), parsed as it comes in: no byte is looked at again because
 * another one has come.
 */


#ifndef _S3O_HTTP_RESPONSE_H_INCLUDED_
#define _S3O_HTTP_RESPONSE_H_INCLUDED_


#include "s3o_core.h"


#define S3O_AGAIN  -3


typedef struct {
    s3o_uint_t     status;          /* 200 to 599 */
    s3o_str_t      body;            /* decoded */

    /* where the next call goes on */

    s3o_uint_t     state;
    size_t         pos;             /* all before it is parsed */
    size_t         seen;            /* no line ends between them */
    size_t         decoded;         /* the end of the body so far */
    size_t         length;          /* of the body, or of a chunk */
    s3o_uint_t     have_length;
    s3o_uint_t     chunked;
} s3o_http_response_t;


/* Before the first bytes of a response. */

void s3o_http_response_init(s3o_http_response_t *r);


/*
 * "data" holds what has come so far of one response, at the same place each
 * time; "eof" says that no more will come.  Status line and header lines end
 * with CR LF or LF alone; HTTP/1.0 and 1.1; a body by chunked transfer coding,
 * by Content-Length, or to the end of the connection.  Interim 1xx responses
 * are skipped.
 *
 * A chunked body is decoded in place, chunk by chunk.
 *
 * Returns S3O_OK with *r set, S3O_AGAIN when more is needed, S3O_ERROR for
 * what is no such response: another version, a malformed line, a folded
 * header, two different lengths, a length beside chunks, another transfer
 * coding, a bad chunk, an end before the announced one.
 */

s3o_int_t s3o_http_response(u_char *data, size_t len, s3o_uint_t eof,
    s3o_http_response_t *r);


/*
 * The value of the first header of that name, in lower case, in what was
 * parsed with S3O_OK; it points into "data".  Returns S3O_OK, or S3O_ERROR
 * where there is none.
 */

s3o_int_t s3o_http_header(const u_char *data, size_t len,
    const s3o_str_t *name, s3o_str_t *value);


/*
 * The head of a proxy's answer to CONNECT, which has no body that matters.
 * "data" holds what has come so far, of which "seen" bytes were looked at.
 *
 * Returns S3O_OK with the status and the length of the head, S3O_AGAIN when
 * more is needed, S3O_ERROR for what is no such answer.
 */

s3o_int_t s3o_http_connect(u_char *data, size_t len, size_t seen,
    s3o_uint_t *status, size_t *head);


#endif /* _S3O_HTTP_RESPONSE_H_INCLUDED_ */
