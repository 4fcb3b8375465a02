
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The two lists of a canonical request (SigV4, "Create a canonical request"):
 * query parameters and headers, in the order and form in which they are signed.
 */


#ifndef _S3O_CANONICAL_H_INCLUDED_
#define _S3O_CANONICAL_H_INCLUDED_


#include "s3o_core.h"


/* An encoded query parameter.  Its text is "name=value" in one piece. */

typedef struct {
    s3o_str_t      name;
    s3o_str_t      value;
} s3o_param_t;


/*
 * A query.  The caller brings the array of parameters, which has room for
 * "max", and the buffer for their encoded text.  A query may be empty.
 */

typedef struct {
    s3o_param_t   *params;
    s3o_uint_t     nparams;
    s3o_uint_t     max;
    s3o_buf_t      text;
} s3o_query_t;


typedef struct {
    s3o_str_t      name;            /* lower case */
    s3o_str_t      value;           /* as received */
    s3o_uint_t     order;           /* used by s3o_headers_sort() */
} s3o_header_t;


/*
 * Makes an empty query of an array of "max" parameters and a buffer of "size"
 * bytes.
 */

void s3o_query_init(s3o_query_t *q, s3o_param_t *params, s3o_uint_t max,
    u_char *text, size_t size);


/* The number of bytes that a parameter takes in the buffer of a query. */

size_t s3o_query_param_len(const s3o_str_t *name, const s3o_str_t *value);


/*
 * Encodes a name and a value, which are decoded, and appends them.
 *
 * Returns S3O_OK; or S3O_OVERFLOW, with nothing appended, when the array or
 * the buffer is full.
 */

s3o_int_t s3o_query_add(s3o_query_t *q, const s3o_str_t *name,
    const s3o_str_t *value);


/*
 * Sorts the parameters by encoded name, then by encoded value, as bytes.
 * Equal parameters all stay.  Must be called after the last s3o_query_add()
 * and before the query is signed.
 */

void s3o_query_sort(s3o_query_t *q);


/*
 * s3o_query_write() appends the parameters number "from" to "to" - 1 as
 * "name=value&name=value"; an empty value keeps its "=".  s3o_query_len() is
 * the length of all parameters, written so.
 */

size_t s3o_query_len(const s3o_query_t *q);
void s3o_query_write(s3o_buf_t *b, const s3o_query_t *q, s3o_uint_t from,
    s3o_uint_t to);


/*
 * Sorts headers by name, in place; headers of the same name keep their order.
 * Takes n log n steps.
 */

void s3o_headers_sort(s3o_header_t *headers, s3o_uint_t n);


/*
 * Appends a header's value trimmed, with each run of white space (space, tab,
 * CR, LF) replaced by one space.  Writes at most value->len bytes.
 */

void s3o_header_fold(s3o_buf_t *b, const s3o_str_t *value);


/*
 * For a sorted list of headers: s3o_headers_text() appends the canonical
 * headers, "name:value\n" each, with the values of headers of the same name
 * joined by ","; s3o_headers_names() appends their names, "a;b;c".  They
 * write at most s3o_headers_len() and s3o_headers_names_len() bytes.
 */

size_t s3o_headers_len(const s3o_header_t *headers, s3o_uint_t n);
size_t s3o_headers_names_len(const s3o_header_t *headers, s3o_uint_t n);
void s3o_headers_text(s3o_buf_t *b, const s3o_header_t *headers,
    s3o_uint_t n);
void s3o_headers_names(s3o_buf_t *b, const s3o_header_t *headers,
    s3o_uint_t n);


/* Appends both.  Returns S3O_OK or S3O_OVERFLOW. */

s3o_int_t s3o_headers_write(s3o_buf_t *text, s3o_buf_t *names,
    const s3o_header_t *headers, s3o_uint_t n);


#endif /* _S3O_CANONICAL_H_INCLUDED_ */
