
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What a program of t/glue needs of nginx to link a file or two of the glue
 * without it.
 */


#ifndef _GLUE_H_INCLUDED_
#define _GLUE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <stdio.h>
#include <stdarg.h>


static ngx_uint_t  ok_n, ok_failed;


static inline ngx_uint_t
ok(ngx_uint_t good, const char *fmt, ...)
{
    va_list  args;

    printf("%sok %u - ", good ? "" : "not ", (unsigned) ++ok_n);

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    printf("\n");
    fflush(stdout);

    ok_failed += !good;

    return good;
}


static inline int
done(void)
{
    printf("1..%u\n", (unsigned) ok_n);

    return ok_failed ? 1 : 0;
}


/* nginx's own, as far as the linker asks for them */

static ngx_log_t     glue_log;
static ngx_cycle_t   glue_cycle = { .log = &glue_log };

volatile ngx_cycle_t  *ngx_cycle = &glue_cycle;
ngx_pid_t              ngx_pid = 1;
volatile ngx_msec_t    ngx_current_msec = 1000000;

static ngx_time_t      glue_time = { 1700000000, 0, 0 };
volatile ngx_time_t   *ngx_cached_time = &glue_time;


void
ngx_explicit_memzero(void *buf, size_t n)
{
    ngx_memzero(buf, n);
    ngx_memory_barrier();
}


void ngx_cdecl
ngx_log_error_core(ngx_uint_t level, ngx_log_t *log, ngx_err_t err,
    const char *fmt, ...)
{
}


#endif /* _GLUE_H_INCLUDED_ */
