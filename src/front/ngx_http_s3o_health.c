
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the status page tells about a source of credentials: its set, its
 * fetches, and whether it can sign.
 */


#include "ngx_http_s3o_health.h"


void
ngx_http_s3o_read_health(ngx_http_s3o_source_t *source,
    ngx_http_s3o_health_t *health)
{
    time_t                 now;
    ngx_uint_t             have;
    ngx_http_s3o_state_t  *state;

    now = ngx_time();

    ngx_memzero(health, sizeof(ngx_http_s3o_health_t));
    health->age = -1;
    health->left = -1;

    if (source->slot) {
        state = &health->slot;

        ngx_http_s3o_store_state(source, state);

        have = state->have;
        health->expires = have ? state->expires : 0;

        health->fetches = state->fetches;
        health->failures = state->failures;
        health->error.data = state->error;
        health->error.len = state->error_len;

        if (have) {
            health->fetched = state->fetched;
            health->age = ngx_max(now - state->fetched, 0);
        }

    } else {
        have = source->set.generation != 0;
        health->expires = have ? source->set.expires : 0;
    }

    if (health->expires) {
        health->left = ngx_max(health->expires - now, 0);
    }

    health->state = !have ? "none" : health->left == 0 ? "expired" : "valid";

    health->signs = have
                    && (health->left < 0
                        || health->left >= ngx_max(source->floor, 1));
}


u_char *
ngx_http_s3o_put_source_id(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf, ngx_uint_t n)
{
    ngx_http_s3o_source_t  **source;

    source = smcf->sources.elts;

    return source[n]->name.len ? ngx_slprintf(p, last, "%V", &source[n]->name)
                               : ngx_slprintf(p, last, "%ui", n);
}


ngx_uint_t
ngx_http_s3o_ready(ngx_http_s3o_main_conf_t *smcf, u_char **p, u_char *last)
{
    ngx_uint_t               i;
    ngx_http_s3o_health_t    health;
    ngx_http_s3o_source_t  **source;

    source = smcf->sources.elts;

    for (i = 0; i < smcf->sources.nelts; i++) {
        ngx_http_s3o_read_health(source[i], &health);

        if (health.signs) {
            continue;
        }

        *p = ngx_slprintf(*p, last, "not ready: credentials \"%V\" \"",
                          &source[i]->provider->name);
        *p = ngx_http_s3o_put_source_id(*p, last, smcf, i);
        *p = ngx_slprintf(*p, last, "\": %s%s%V\n",
                          health.state[0] == 'n' ? "there are none"
                          : health.left ? "they end too soon"
                          : "they have expired",
                          health.error.len ? ": " : "", &health.error);

        return 0;
    }

    *p = ngx_slprintf(*p, last, "ready\n");

    return 1;
}
