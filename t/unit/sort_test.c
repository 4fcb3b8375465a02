
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_sort.h"


#define MANY  4096


static s3o_uint_t  compared;


static s3o_int_t
compare(const void *a, const void *b)
{
    uint32_t  x, y;

    x = *(const uint32_t *) a;
    y = *(const uint32_t *) b;

    compared++;

    return (x > y) - (x < y);
}


/* the elements of one kind of input; their sum shows that none is lost */

static uint32_t
element(s3o_uint_t kind, s3o_uint_t i, s3o_uint_t n)
{
    switch (kind) {

    case 0:
        return i;

    case 1:
        return n - i;

    case 2:
        return 7;

    case 3:
        return i % 2 ? i : n - i;

    default:
        return (uint32_t) tap_random(n);
    }
}


static void
test_sort(void)
{
    uint64_t       sum;
    uint32_t      *elts;
    s3o_uint_t     i, n, log, kind, wrong;
    const char    *kinds[] = { "rising", "falling", "equal", "mixed",
                               "random" };

    for (kind = 0; kind < 5; kind++) {
        wrong = 0;

        for (n = 1, log = 1; n <= MANY; n *= 2, log++) {
            elts = (uint32_t *) tap_room(n * sizeof(uint32_t));
            sum = 0;
            compared = 0;

            for (i = 0; i < n; i++) {
                elts[i] = element(kind, i, n);
                sum += elts[i];
            }

            s3o_sort(elts, n, sizeof(uint32_t), compare);

            for (i = 0; i < n; i++) {
                sum -= elts[i];
                wrong += i && elts[i - 1] > elts[i];
            }

            wrong += sum != 0 || compared > 2 * n * log;
            tap_free();
        }

        ok(wrong == 0, "%s: sorted, with 2 n log n comparisons at most",
           kinds[kind]);
    }

    s3o_sort(NULL, 0, sizeof(uint32_t), compare);
}


static void
test_names(void)
{
    s3o_str_t   name;
    s3o_uint_t  i;
    s3o_str_t   names[] = {
        s3o_string("X-Foo"),
        s3o_string("close"),
        s3o_string("TE"),
        s3o_string("x-FO"),
        s3o_string("close"),
        s3o_string("x-foo-bar")
    };

    static const char *in[] = { "x-foo", "CLOSE", "te", "X-Fo", "x-foo-BAR" };
    static const char *out[] = { "", "x", "x-f", "x-foo-", "t", "tea", "z" };

    s3o_sort_names(names, 6);

    for (i = 0; i < 5; i++) {
        name = tap_guard_text(in[i]);
        ok(s3o_sorted_has(names, 6, &name), "\"%s\" is found", in[i]);
    }

    for (i = 0; i < 7; i++) {
        name = tap_guard_text(out[i]);
        ok(!s3o_sorted_has(names, 6, &name), "\"%s\" is not", out[i]);
    }

    ok(!s3o_sorted_has(NULL, 0, &name), "nor is anything among none");

    tap_free();
}


int
main(void)
{
    test_sort();
    test_names();

    return done();
}
