
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Sorting of what clients send: in place, and in n log n steps for any order,
 * so that no order costs more than others.
 */


#ifndef _S3O_SORT_H_INCLUDED_
#define _S3O_SORT_H_INCLUDED_


#include "s3o_core.h"


/* the size of the largest element, in bytes */
#define S3O_SORT_SIZE_MAX  64


/*
 * Compares two elements: less than 0, 0 or more than 0 when "a" goes before,
 * is equal to, or goes after "b".
 */

typedef s3o_int_t (*s3o_sort_pt)(const void *a, const void *b);


/*
 * Sorts n elements of "size" bytes each, at most S3O_SORT_SIZE_MAX, by heap
 * sort.  Equal elements may change their order; where that matters "cmp" has
 * to tell them apart.
 */

void s3o_sort(void *elts, s3o_uint_t n, size_t size, s3o_sort_pt cmp);


/* Sorts names of headers, as bytes of their lower-case form. */

void s3o_sort_names(s3o_str_t *names, s3o_uint_t n);


/*
 * 1 when a name is among the n names that s3o_sort_names() has sorted; upper
 * and lower case are the same.  Takes log n steps.
 */

s3o_uint_t s3o_sorted_has(const s3o_str_t *names, s3o_uint_t n,
    const s3o_str_t *name);


#endif /* _S3O_SORT_H_INCLUDED_ */
