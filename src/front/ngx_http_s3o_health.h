
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the status page tells about a source of credentials: its set, its
 * fetches, and whether it can sign.
 */


#ifndef _NGX_HTTP_S3O_HEALTH_H_INCLUDED_
#define _NGX_HTTP_S3O_HEALTH_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


typedef struct {
    const char              *state;        /* "none", "expired" or "valid" */
    ngx_uint_t               signs;        /* 1: lives long enough for all
                                              locations */
    time_t                   fetched;      /* time; 0: unknown */
    time_t                   age;          /* in seconds; -1: unknown */
    time_t                   expires;      /* time; 0: never, or no set */
    time_t                   left;         /* in seconds; -1: for ever, or no
                                              set */
    ngx_uint_t               fetches;
    ngx_uint_t               failures;
    ngx_str_t                error;        /* points into "slot" */
    ngx_http_s3o_state_t     slot;
} ngx_http_s3o_health_t;


/* Sets all members of "health", which contain nothing of the credentials. */

void ngx_http_s3o_read_health(ngx_http_s3o_source_t *source,
    ngx_http_s3o_health_t *health);


/*
 * Writes the name of the source with the index "n", or its index when it has
 * no name, up to "last".  Returns the end.
 */

u_char *ngx_http_s3o_put_source_id(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf, ngx_uint_t n);


/*
 * 1 when all sources can sign.  Writes a line to *p that says so, or says
 * what is wrong with the first source that cannot sign; moves *p to its end,
 * at most to "last".
 */

ngx_uint_t ngx_http_s3o_ready(ngx_http_s3o_main_conf_t *smcf, u_char **p,
    u_char *last);


/* the value of a counter, an ngx_http_s3o_count_e, over all workers */

static ngx_inline ngx_atomic_uint_t
ngx_http_s3o_read_counter(ngx_http_s3o_main_conf_t *smcf, ngx_uint_t counter)
{
    return smcf->store.shared ? smcf->store.shared->counters[counter] : 0;
}


#endif /* _NGX_HTTP_S3O_HEALTH_H_INCLUDED_ */
