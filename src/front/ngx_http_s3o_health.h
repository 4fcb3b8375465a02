
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What is told of a source: its set, its fetches, and whether it can sign.
 */


#ifndef _NGX_HTTP_S3O_HEALTH_H_INCLUDED_
#define _NGX_HTTP_S3O_HEALTH_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


typedef struct {
    const char              *state;        /* "none", "expired" or "valid" */
    ngx_uint_t               signs;        /* it has life enough for any */
    time_t                   fetched;      /* 0: unknown */
    time_t                   age;          /* -1: unknown */
    time_t                   expires;      /* 0: never, or there is none */
    time_t                   left;         /* -1: for ever, or none */
    ngx_uint_t               fetches;
    ngx_uint_t               failures;
    ngx_str_t                error;        /* in "slot" */
    ngx_http_s3o_state_t     slot;
} ngx_http_s3o_health_t;


/* Sets all of "health".  Nothing of a set is in it. */

void ngx_http_s3o_read_health(ngx_http_s3o_source_t *source,
    ngx_http_s3o_health_t *health);


/* Writes the name of the source "n", or its number. */

u_char *ngx_http_s3o_put_source_id(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf, ngx_uint_t n);


/*
 * 1 when each source can sign.  Writes a line that says so, or what is wrong
 * with the first that cannot; moves *p.
 */

ngx_uint_t ngx_http_s3o_ready(ngx_http_s3o_main_conf_t *smcf, u_char **p,
    u_char *last);


/* a counter over all workers, ngx_http_s3o_count_e */

static ngx_inline ngx_atomic_uint_t
ngx_http_s3o_read_counter(ngx_http_s3o_main_conf_t *smcf, ngx_uint_t counter)
{
    return smcf->store.shared ? smcf->store.shared->counters[counter] : 0;
}


#endif /* _NGX_HTTP_S3O_HEALTH_H_INCLUDED_ */
