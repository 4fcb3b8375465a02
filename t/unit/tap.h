
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * TAP for the unit tests, and memory that ends where a page without access
 * begins: one byte read or written too far ends the program.
 */


#ifndef _TAP_H_INCLUDED_
#define _TAP_H_INCLUDED_


#include "s3o_core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>


#define TAP_MAPS  1024

#define tap_unused  __attribute__((unused))


typedef struct {
    u_char        *start;
    size_t         size;
} tap_map_t;


static int         tap_tests;
static int         tap_failed;
static int         tap_nmaps;
static tap_map_t   tap_maps[TAP_MAPS];
static uint64_t    tap_seed = 0x9e3779b97f4a7c15;


static tap_unused void
diag(const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
}


static tap_unused int
ok(int good, const char *format, ...)
{
    va_list  args;

    tap_tests++;

    if (!good) {
        tap_failed++;
    }

    va_start(args, format);
    printf("%sok %d - ", good ? "" : "not ", tap_tests);
    vprintf(format, args);
    printf("\n");
    va_end(args);

    return good;
}


/* Prints a text of any bytes on one line. */

static tap_unused void
tap_show(const char *what, const u_char *data, size_t len)
{
    size_t  i;

    printf("# %s: \"", what);

    for (i = 0; i < len; i++) {
        if (data[i] < 0x20 || data[i] > 0x7e) {
            printf("\\x%02x", data[i]);

        } else {
            printf("%c", data[i]);
        }
    }

    printf("\"\n");
}


static tap_unused int
is_str(const s3o_str_t *got, const s3o_str_t *expected, const char *name)
{
    int  good;

    good = s3o_str_eq(got, expected);

    ok(good, "%s", name);

    if (!good) {
        tap_show("got     ", got->data, got->len);
        tap_show("expected", expected->data, expected->len);
    }

    return good;
}


static tap_unused s3o_str_t
tap_str(const char *text)
{
    s3o_str_t  s;

    s3o_str_set(&s, (const u_char *) text, strlen(text));

    return s;
}


/* What has been written to a buffer. */

static tap_unused s3o_str_t
tap_written(const s3o_buf_t *b)
{
    s3o_str_t  s;

    s3o_str_set(&s, b->start, b->pos - b->start);

    return s;
}


/* What has been written is this text, and nothing overflowed. */

static tap_unused int
is_buf(const s3o_buf_t *b, const char *expected, const char *name)
{
    s3o_str_t  got, text;

    got = tap_written(b);
    text = tap_str(expected);

    if (b->overflow) {
        return ok(0, "%s: overflow", name);
    }

    return is_str(&got, &text, name);
}


static tap_unused int
is_int(intmax_t got, intmax_t expected, const char *name)
{
    int  good;

    good = got == expected;

    ok(good, "%s", name);

    if (!good) {
        diag("got %jd, expected %jd", got, expected);
    }

    return good;
}


/* Memory of this size that ends where a page without access begins. */

static tap_unused u_char *
tap_room(size_t size)
{
    u_char  *p;
    size_t   page, len;

    page = sysconf(_SC_PAGESIZE);
    len = (size / page + 2) * page;

    if (tap_nmaps == TAP_MAPS) {
        printf("Bail out! too many guarded pages\n");
        exit(1);
    }

    p = mmap(NULL, len, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1,
             0);

    if (p == MAP_FAILED || mprotect(p + len - page, page, PROT_NONE) == -1) {
        printf("Bail out! no guarded pages\n");
        exit(1);
    }

    tap_maps[tap_nmaps].start = p;
    tap_maps[tap_nmaps].size = len;
    tap_nmaps++;

    return p + len - page - size;
}


/* A copy of some bytes at such a place. */

static tap_unused s3o_str_t
tap_guard(const void *data, size_t len)
{
    s3o_str_t  s;

    s.len = len;
    s.data = tap_room(len);

    if (len) {
        memcpy(s.data, data, len);
    }

    return s;
}


static tap_unused s3o_str_t
tap_guard_str(const s3o_str_t *s)
{
    return tap_guard(s->data, s->len);
}


static tap_unused s3o_str_t
tap_guard_text(const char *text)
{
    return tap_guard(text, strlen(text));
}


/* A guarded output buffer. */

static tap_unused void
tap_buf(s3o_buf_t *b, size_t size)
{
    s3o_buf_init(b, tap_room(size), size);
}


/* Gives back the last, or all, that tap_room() gave. */

static tap_unused void
tap_unmap(void)
{
    tap_nmaps--;
    munmap(tap_maps[tap_nmaps].start, tap_maps[tap_nmaps].size);
}


static tap_unused void
tap_free(void)
{
    while (tap_nmaps) {
        tap_unmap();
    }
}


/* xorshift64*: the same numbers in each run */

static tap_unused uint32_t
tap_random(uint32_t limit)
{
    tap_seed ^= tap_seed >> 12;
    tap_seed ^= tap_seed << 25;
    tap_seed ^= tap_seed >> 27;

    return (uint32_t) ((tap_seed * 0x2545f4914f6cdd1d) >> 32) % limit;
}


static tap_unused int
done(void)
{
    tap_free();

    printf("1..%d\n", tap_tests);

    return tap_failed ? 1 : 0;
}


#endif /* _TAP_H_INCLUDED_ */
