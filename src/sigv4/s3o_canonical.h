
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The lists of a canonical request (SigV4, "Create a canonical request"):
 * query parameters and headers in the order and form in which they are
 * signed.
 */


#ifndef _S3O_CANONICAL_H_INCLUDED_
#define _S3O_CANONICAL_H_INCLUDED_


#include "s3o_core.h"


/* an encoded query parameter; "name=value" lie next to each other */

typedef struct {
    s3o_str_t      name;
    s3o_str_t      value;
} s3o_param_t;


/*
 * A query: parameters over the caller's array, their encoded text over the
 * caller's buffer.  Zero parameters are a valid query.
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
    s3o_uint_t     order;           /* s3o_headers_sort()'s own */
} s3o_header_t;


/* An empty query over an array of "max" and a text of "size" bytes. */

void s3o_query_init(s3o_query_t *q, s3o_param_t *params, s3o_uint_t max,
    u_char *text, size_t size);


/* The room that a parameter takes in the text of a query. */

size_t s3o_query_param_len(const s3o_str_t *name, const s3o_str_t *value);


/*
 * Encodes a decoded name and value and appends them.
 *
 * Returns S3O_OK, or S3O_OVERFLOW when the array or the text is full.
 */

s3o_int_t s3o_query_add(s3o_query_t *q, const s3o_str_t *name,
    const s3o_str_t *value);


/*
 * Sorts what was added: by encoded name, then by encoded value, as bytes;
 * equal pairs all stay.  To be called after the last s3o_query_add() and
 * before the query is signed.
 */

void s3o_query_sort(s3o_query_t *q);


/*
 * Appends "name=value&name=value" (an empty value keeps its "="), of the
 * parameters from one to before another; of none, nothing.  s3o_query_len()
 * is the length of all.
 */

size_t s3o_query_len(const s3o_query_t *q);
void s3o_query_write(s3o_buf_t *b, const s3o_query_t *q, s3o_uint_t from,
    s3o_uint_t to);


/*
 * Sorts headers by name, in place and stable: repeats keep their order.  Takes
 * n log n steps.
 */

void s3o_headers_sort(s3o_header_t *headers, s3o_uint_t n);


/*
 * Appends a header value trimmed, with each run of blanks (space, tab, CR,
 * LF) folded to one space.  Writes at most value->len bytes.
 */

void s3o_header_value(s3o_buf_t *b, const s3o_str_t *value);


/*
 * Appends the canonical headers ("name:value\n" each, the values of repeats
 * joined with ",") of a sorted list; and the list of their names ("a;b;c").
 * They take at most s3o_headers_len() and s3o_headers_names_len() bytes.
 */

size_t s3o_headers_len(const s3o_header_t *headers, s3o_uint_t n);
size_t s3o_headers_names_len(const s3o_header_t *headers, s3o_uint_t n);
void s3o_headers_text(s3o_buf_t *b, const s3o_header_t *headers,
    s3o_uint_t n);
void s3o_headers_names(s3o_buf_t *b, const s3o_header_t *headers,
    s3o_uint_t n);


/* Both at once.  Returns S3O_OK or S3O_OVERFLOW. */

s3o_int_t s3o_headers_write(s3o_buf_t *text, s3o_buf_t *names,
    const s3o_header_t *headers, s3o_uint_t n);


#endif /* _S3O_CANONICAL_H_INCLUDED_ */
