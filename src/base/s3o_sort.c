
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_sort.h"


static void s3o_sort_sift(u_char *elts, s3o_uint_t i, s3o_uint_t n,
    size_t size, s3o_sort_pt cmp);
static s3o_int_t s3o_sort_name_cmp(const void *a, const void *b);


void
s3o_sort(void *elts, s3o_uint_t n, size_t size, s3o_sort_pt cmp)
{
    u_char      *p, last[S3O_SORT_SIZE_MAX];
    s3o_uint_t   i;

    p = elts;

    /* make a heap, where no element is smaller than its two children */

    for (i = n / 2; i > 0; i--) {
        s3o_sort_sift(p, i - 1, n, size, cmp);
    }

    /* the first of the heap is the greatest: it goes behind the others */

    for (i = n; i > 1; i--) {
        memcpy(last, p + (i - 1) * size, size);
        memcpy(p + (i - 1) * size, p, size);
        memcpy(p, last, size);

        s3o_sort_sift(p, 0, i - 1, size, cmp);
    }
}


/*
 * Moves element i down until none of its children is greater.  The rest of
 * the n elements is a heap already.
 */

static void
s3o_sort_sift(u_char *elts, s3o_uint_t i, s3o_uint_t n, size_t size,
    s3o_sort_pt cmp)
{
    u_char      elt[S3O_SORT_SIZE_MAX];
    s3o_uint_t  child;

    memcpy(elt, elts + i * size, size);

    for (child = 2 * i + 1; child < n; child = 2 * i + 1) {

        if (child + 1 < n
            && cmp(elts + child * size, elts + (child + 1) * size) < 0)
        {
            child++;
        }

        if (cmp(elt, elts + child * size) >= 0) {
            break;
        }

        memcpy(elts + i * size, elts + child * size, size);
        i = child;
    }

    memcpy(elts + i * size, elt, size);
}


void
s3o_sort_names(s3o_str_t *names, s3o_uint_t n)
{
    s3o_sort(names, n, sizeof(s3o_str_t), s3o_sort_name_cmp);
}


static s3o_int_t
s3o_sort_name_cmp(const void *a, const void *b)
{
    u_char            c, d;
    size_t            i, len;
    const s3o_str_t  *x = a;
    const s3o_str_t  *y = b;

    len = x->len < y->len ? x->len : y->len;

    for (i = 0; i < len; i++) {
        c = s3o_lower(x->data[i]);
        d = s3o_lower(y->data[i]);

        if (c != d) {
            return c < d ? -1 : 1;
        }
    }

    return (x->len > y->len) - (x->len < y->len);
}


s3o_uint_t
s3o_sorted_has(const s3o_str_t *names, s3o_uint_t n, const s3o_str_t *name)
{
    s3o_int_t   rc;
    s3o_uint_t  i, from;

    from = 0;

    while (from < n) {
        i = from + (n - from) / 2;
        rc = s3o_sort_name_cmp(&names[i], name);

        if (rc == 0) {
            return 1;
        }

        if (rc < 0) {
            from = i + 1;

        } else {
            n = i;
        }
    }

    return 0;
}
