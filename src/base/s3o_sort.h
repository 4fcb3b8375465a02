
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Sorting what a client sends: in place, and in n log n steps whatever the
 * order is that it came in.
 */


#ifndef _S3O_SORT_H_INCLUDED_
#define _S3O_SORT_H_INCLUDED_


#include "s3o_core.h"


/* the largest element, in bytes */
#define S3O_SORT_SIZE_MAX  64


/* Less than 0, 0 or more than 0, as a goes before, beside or behind b. */

typedef s3o_int_t (*s3o_sort_pt)(const void *a, const void *b);


/*
 * Sorts n elements of "size" bytes, at most S3O_SORT_SIZE_MAX, by heap sort:
 * not stable.  Where the order of equals matters "cmp" has to tell them apart.
 */

void s3o_sort(void *elts, s3o_uint_t n, size_t size, s3o_sort_pt cmp);


/*
 * Sorts strings by their bytes, upper case as lower case: the names of
 * headers.
 */

void s3o_sort_names(s3o_str_t *names, s3o_uint_t n);


/* 1 when a name, in any case, is among names that s3o_sort_names() sorted. */

s3o_uint_t s3o_sorted_has(const s3o_str_t *names, s3o_uint_t n,
    const s3o_str_t *name);


#endif /* _S3O_SORT_H_INCLUDED_ */
