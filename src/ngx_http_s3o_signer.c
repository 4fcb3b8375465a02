
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signers: what a credentials source, an algorithm, a region and a window
 * have in common over all requests of a worker.  Those of constant access
 * points are found once, when the configuration is read; those of access
 * points from a variable in a small table.
 */


#include "ngx_http_s3o_presign.h"


#define NGX_HTTP_S3O_SIGNER_SLOTS  64


struct ngx_http_s3o_signer_s {
    ngx_queue_t               queue;
    ngx_http_s3o_source_t    *source;
    ngx_uint_t                algorithm;
    time_t                    window;
    ngx_uint_t                generation;   /* of the set, 0: none yet */
    s3o_signer_t              signer;
    u_char                   *mem;
    ngx_str_t                 region;       /* a copy, or SigV4A's set of the
                                               configuration */
    u_char                    copy[S3O_REGION_MAX];
};


static ngx_str_t *ngx_http_s3o_signer_region(ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *region);
static ngx_uint_t ngx_http_s3o_signer_is(ngx_http_s3o_signer_t *signer,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);
static void ngx_http_s3o_signer_fill(ngx_http_s3o_signer_t *signer,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);
static void ngx_http_s3o_signer_reset(ngx_http_s3o_signer_t *signer);
static ngx_int_t ngx_http_s3o_signer_init(ngx_http_request_t *r,
    ngx_http_s3o_signer_t *signer, const ngx_http_s3o_set_t *set);


ngx_http_s3o_signer_t *
ngx_http_s3o_signer_add(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *region, time_t window)
{
    ngx_queue_t               *q;
    ngx_http_s3o_signer_t     *signer;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);

    region = ngx_http_s3o_signer_region(conf, region);

    for (q = ngx_queue_head(&smcf->signers);
         q != ngx_queue_sentinel(&smcf->signers);
         q = ngx_queue_next(q))
    {
        signer = ngx_queue_data(q, ngx_http_s3o_signer_t, queue);

        if (ngx_http_s3o_signer_is(signer, conf, region, window)) {
            return signer;
        }
    }

    signer = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_signer_t));
    if (signer == NULL) {
        return NULL;
    }

    ngx_http_s3o_signer_fill(signer, conf, region, window);
    ngx_queue_insert_tail(&smcf->signers, &signer->queue);

    return signer;
}


/* the signer of an access point from a variable; NULL when out of memory */

ngx_http_s3o_signer_t *
ngx_http_s3o_signer_find(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *region, time_t window)
{
    uint32_t                   hash;
    ngx_http_s3o_signer_t    **slot;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    if (smcf->signer_slots == NULL) {
        smcf->signer_slots = ngx_calloc(NGX_HTTP_S3O_SIGNER_SLOTS
                                        * sizeof(ngx_http_s3o_signer_t *),
                                        ngx_cycle->log);
        if (smcf->signer_slots == NULL) {
            return NULL;
        }
    }

    region = ngx_http_s3o_signer_region(conf, region);
    hash = ngx_murmur_hash2(region->data, region->len)
           ^ (uint32_t) ((uintptr_t) conf->source >> 4)
           ^ (uint32_t) (conf->algorithm << 5)
           ^ (uint32_t) window;

    slot = &smcf->signer_slots[hash % NGX_HTTP_S3O_SIGNER_SLOTS];

    if (*slot == NULL) {
        *slot = ngx_calloc(sizeof(ngx_http_s3o_signer_t), ngx_cycle->log);
        if (*slot == NULL) {
            return NULL;
        }

    } else if (ngx_http_s3o_signer_is(*slot, conf, region, window)) {
        return *slot;

    } else {
        ngx_http_s3o_signer_reset(*slot);
    }

    ngx_http_s3o_signer_fill(*slot, conf, region, window);

    return *slot;
}


/*
 * Makes a signer ready for a set and a time.  What it returns is good until
 * the next call for the same signer; NULL after an error line.
 */

s3o_signer_t *
ngx_http_s3o_signer_prepare(ngx_http_request_t *r,
    ngx_http_s3o_signer_t *signer, const ngx_http_s3o_set_t *set, time_t t)
{
    if (signer->generation != set->generation
        && ngx_http_s3o_signer_init(r, signer, set) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "s3o_presign: preparing a signer failed");
        return NULL;
    }

    if (s3o_signer_time(&signer->signer, t) != S3O_OK) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "s3o_presign: deriving a signing key failed");
        return NULL;
    }

    return &signer->signer;
}


static ngx_int_t
ngx_http_s3o_signer_init(ngx_http_request_t *r, ngx_http_s3o_signer_t *signer,
    const ngx_http_s3o_set_t *set)
{
    s3o_str_t           region;
    s3o_crypto_t       *crypto;
    s3o_credentials_t   credentials;

    static s3o_str_t    service = s3o_string(S3O_SERVICE);

    crypto = ngx_http_s3o_crypto(r);
    if (crypto == NULL) {
        return NGX_ERROR;
    }

    ngx_http_s3o_signer_reset(signer);

    region = ngx_http_s3o_str(&signer->region);

    credentials.access_key_id = ngx_http_s3o_str(&set->access_key_id);
    credentials.secret_access_key = ngx_http_s3o_str(&set->secret_access_key);
    credentials.session_token = ngx_http_s3o_str(&set->session_token);

    signer->mem = ngx_alloc(s3o_signer_size(signer->algorithm, &credentials,
                                            &region, &service),
                            ngx_cycle->log);
    if (signer->mem == NULL) {
        return NGX_ERROR;
    }

    if (s3o_signer_init(&signer->signer, crypto, signer->mem,
                        signer->algorithm, &credentials, &region, &service)
        != S3O_OK)
    {
        ngx_http_s3o_signer_reset(signer);
        return NGX_ERROR;
    }

    signer->generation = set->generation;

    return NGX_OK;
}


/* the digest, ready since the configuration was read */

s3o_crypto_t *
ngx_http_s3o_crypto(ngx_http_request_t *r)
{
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    return smcf->crypto.md ? &smcf->crypto : NULL;
}


void
ngx_http_s3o_signer_cleanup(ngx_http_s3o_main_conf_t *smcf)
{
    ngx_uint_t    i;
    ngx_queue_t  *q;

    for (q = ngx_queue_head(&smcf->signers);
         q != ngx_queue_sentinel(&smcf->signers);
         q = ngx_queue_next(q))
    {
        ngx_http_s3o_signer_reset(ngx_queue_data(q, ngx_http_s3o_signer_t,
                                                 queue));
    }

    if (smcf->signer_slots == NULL) {
        return;
    }

    for (i = 0; i < NGX_HTTP_S3O_SIGNER_SLOTS; i++) {
        if (smcf->signer_slots[i]) {
            ngx_http_s3o_signer_reset(smcf->signer_slots[i]);
            ngx_free(smcf->signer_slots[i]);
        }
    }

    ngx_free(smcf->signer_slots);

    smcf->signer_slots = NULL;
}


static ngx_str_t *
ngx_http_s3o_signer_region(ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region)
{
    return conf->algorithm == S3O_SIGV4A ? &conf->region_set : region;
}


static ngx_uint_t
ngx_http_s3o_signer_is(ngx_http_s3o_signer_t *signer,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window)
{
    return signer->source == conf->source
           && signer->algorithm == conf->algorithm
           && signer->window == window
           && signer->region.len == region->len
           && ngx_memcmp(signer->region.data, region->data, region->len) == 0;
}


static void
ngx_http_s3o_signer_fill(ngx_http_s3o_signer_t *signer,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window)
{
    signer->source = conf->source;
    signer->algorithm = conf->algorithm;
    signer->window = window;
    signer->region = *region;

    if (conf->algorithm == S3O_SIGV4) {
        signer->region.data = signer->copy;
        signer->region.len = ngx_min(region->len, S3O_REGION_MAX);
        ngx_memcpy(signer->copy, region->data, signer->region.len);
    }
}


static void
ngx_http_s3o_signer_reset(ngx_http_s3o_signer_t *signer)
{
    signer->generation = 0;

    if (signer->mem == NULL) {
        return;
    }

    /* wipes the memory, too */

    s3o_signer_free(&signer->signer);
    ngx_memzero(&signer->signer, sizeof(s3o_signer_t));

    ngx_free(signer->mem);
    signer->mem = NULL;
}
