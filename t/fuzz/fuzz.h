
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the fuzz targets share: an input is split into texts, each text is in
 * memory of exactly its length, and properties are checked.
 */


#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3o_core.h"


#define FUZZ_MAX  65536


typedef struct {
    const u_char  *pos;
    const u_char  *end;
} fuzz_t;


#define fuzz_check(cond)                                                     \
    if (!(cond)) {                                                           \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);           \
        abort();                                                             \
    }


int LLVMFuzzerTestOneInput(const u_char *data, size_t len);


static inline void
fuzz_init(fuzz_t *f, const u_char *data, size_t len)
{
    f->pos = data;
    f->end = data + len;
}


/* the next byte, 0 behind the last */

static inline u_char
fuzz_byte(fuzz_t *f)
{
    return f->pos < f->end ? *f->pos++ : 0;
}


/*
 * memory of exactly "len" bytes to write to; and a copy of a string in such
 * memory
 */

static inline u_char *
fuzz_room(size_t len)
{
    u_char  *p;

    p = malloc(len ? len : 1);
    fuzz_check(p);

    return p;
}


static inline s3o_str_t
fuzz_copy(const u_char *data, size_t len)
{
    s3o_str_t  s;

    s.data = fuzz_room(len);
    s.len = len;

    if (len) {
        memcpy(s.data, data, len);
    }

    return s;
}


/* the next line, without its end; the caller frees it */

static inline s3o_str_t
fuzz_line(fuzz_t *f)
{
    s3o_str_t      s;
    const u_char  *lf;

    lf = f->pos < f->end ? memchr(f->pos, '\n', f->end - f->pos) : NULL;

    s = fuzz_copy(f->pos, (lf ? lf : f->end) - f->pos);
    f->pos = lf ? lf + 1 : f->end;

    return s;
}


/* all that is left */

static inline s3o_str_t
fuzz_rest(fuzz_t *f)
{
    s3o_str_t  s;

    s = fuzz_copy(f->pos, f->end - f->pos);
    f->pos = f->end;

    return s;
}


static inline s3o_uint_t
fuzz_inside(const s3o_str_t *part, const s3o_str_t *whole)
{
    return part->len == 0
           || (part->data >= whole->data
               && part->data + part->len <= whole->data + whole->len);
}


#endif /* _FUZZ_H_INCLUDED_ */
