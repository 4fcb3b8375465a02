
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: the clock of this machine, compared with the date of answers.
 */


#include "ngx_http_s3o_answer_clock.h"


static ngx_uint_t ngx_http_s3o_answer_is_kept(ngx_http_request_t *r);


/* when the date of an answer was last compared with the clock */

static time_t  ngx_http_s3o_answer_dated;


/* Once a second is enough: the difference does not depend on the answer. */

void
ngx_http_s3o_answer_clock(ngx_http_request_t *r)
{
    ngx_table_elt_t            *date;
    ngx_http_s3o_skew_t        *skew;
    ngx_http_s3o_main_conf_t   *smcf;

    static ngx_http_s3o_skew_t  own;

    if (ngx_http_s3o_answer_dated == ngx_time()
        || r->upstream == NULL
        || r->upstream->headers_in.date == NULL)
    {
        return;
    }

    ngx_http_s3o_answer_dated = ngx_time();

    if (ngx_http_s3o_answer_is_kept(r)) {
        return;
    }

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    skew = smcf->store.shared ? &smcf->store.shared->skew : &own;
    date = r->upstream->headers_in.date;

    ngx_http_s3o_skew_check(skew, r->connection->log, date->value.data,
                            date->value.len, "the Outpost");
}


/* 1 when the answer comes from a cache, whose Date may be old */

static ngx_uint_t
ngx_http_s3o_answer_is_kept(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

#if (NGX_HTTP_CACHE)

    if (r->cached) {
        return 1;
    }

#endif

    for (part = &r->upstream->headers_in.headers.part;
         part;
         part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == 3
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Age", 3) == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}
