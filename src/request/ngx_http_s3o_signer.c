
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signers: the keys and texts that all requests with the same source of
 * credentials, algorithm, region and window share in one worker.  The signers
 * of constant access points are made when the configuration is read, and stay.
 * The others are made when a request needs them, and a worker keeps the last
 * used ones.
 */


#include "ngx_http_s3o_signer.h"
#include "s3o_target.h"
#include "ngx_http_s3o_ctx.h"


/* about 2 kB each with a session token, half of that without one */
#define NGX_HTTP_S3O_SIGNERS_MAX  4096


struct ngx_http_s3o_signer_s {
    ngx_rbtree_node_t         node;         /* the key is a hash */
    ngx_queue_t               queue;
    ngx_http_s3o_source_t    *source;
    ngx_uint_t                algorithm;
    time_t                    window;
    ngx_uint_t                generation;   /* of its set, 0: none */
    s3o_signer_t              signer;
    u_char                   *mem;
    ngx_str_t                 region;       /* points to "copy", or for SigV4A
                                               to the region set of the
                                               configuration */
    u_char                    copy[S3O_REGION_MAX];
    ngx_uint_t                constant;     /* of a location, never deleted */
};


static ngx_int_t ngx_http_s3o_signer_look_up(ngx_http_s3o_main_conf_t *smcf,
    ngx_http_s3o_signer_t *wanted, ngx_http_s3o_signer_t **signer);
static void ngx_http_s3o_signer_insert_value(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);
static ngx_int_t ngx_http_s3o_signer_cmp(ngx_http_s3o_signer_t *a,
    ngx_http_s3o_signer_t *b);
static void ngx_http_s3o_signer_fill(ngx_http_s3o_signer_t *signer,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);
static void ngx_http_s3o_signer_delete(ngx_http_s3o_main_conf_t *smcf,
    ngx_queue_t *q);
static void ngx_http_s3o_signer_disown(void *data);
static void ngx_http_s3o_signer_reset(ngx_http_s3o_signer_t *signer);
static ngx_int_t ngx_http_s3o_signer_init(ngx_http_request_t *r,
    ngx_http_s3o_signer_t *signer, const ngx_http_s3o_set_t *set);


void
ngx_http_s3o_signers_init(ngx_http_s3o_main_conf_t *smcf)
{
    ngx_rbtree_init(&smcf->signers, &smcf->signers_sentinel,
                    ngx_http_s3o_signer_insert_value);
    ngx_queue_init(&smcf->constant_signers);
    ngx_queue_init(&smcf->used_signers);
}


ngx_http_s3o_signer_t *
ngx_http_s3o_signer_add(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *region, time_t window)
{
    ngx_http_s3o_signer_t     *signer, wanted;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);

    ngx_http_s3o_signer_fill(&wanted, conf, region, window);

    if (ngx_http_s3o_signer_look_up(smcf, &wanted, &signer) == NGX_OK) {
        return signer;
    }

    signer = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_signer_t));
    if (signer == NULL) {
        return NULL;
    }

    ngx_http_s3o_signer_fill(signer, conf, region, window);

    ngx_rbtree_insert(&smcf->signers, &signer->node);
    ngx_queue_insert_tail(&smcf->constant_signers, &signer->queue);
    signer->constant = 1;

    return signer;
}


ngx_http_s3o_signer_t *
ngx_http_s3o_signer_find(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *region, time_t window)
{
    ngx_http_s3o_signer_t     *signer, wanted;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    ngx_http_s3o_signer_fill(&wanted, conf, region, window);

    if (ngx_http_s3o_signer_look_up(smcf, &wanted, &signer) == NGX_OK) {

        if (!signer->constant) {
            ngx_queue_remove(&signer->queue);
            ngx_queue_insert_head(&smcf->used_signers, &signer->queue);
        }

        return signer;
    }

    if (smcf->nsigners == NGX_HTTP_S3O_SIGNERS_MAX) {
        ngx_http_s3o_signer_delete(smcf, ngx_queue_last(&smcf->used_signers));
    }

    signer = ngx_calloc(sizeof(ngx_http_s3o_signer_t), ngx_cycle->log);
    if (signer == NULL) {
        return NULL;
    }

    ngx_http_s3o_signer_fill(signer, conf, region, window);

    ngx_rbtree_insert(&smcf->signers, &signer->node);
    ngx_queue_insert_head(&smcf->used_signers, &signer->queue);
    smcf->nsigners++;

    return signer;
}


static ngx_int_t
ngx_http_s3o_signer_look_up(ngx_http_s3o_main_conf_t *smcf,
    ngx_http_s3o_signer_t *wanted, ngx_http_s3o_signer_t **signer)
{
    ngx_int_t           rc;
    ngx_rbtree_node_t  *node;

    node = smcf->signers.root;

    while (node != smcf->signers.sentinel) {
        *signer = ngx_rbtree_data(node, ngx_http_s3o_signer_t, node);

        rc = ngx_http_s3o_signer_cmp(wanted, *signer);

        if (rc == 0) {
            return NGX_OK;
        }

        node = rc < 0 ? node->left : node->right;
    }

    return NGX_DECLINED;
}


static void
ngx_http_s3o_signer_insert_value(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t      **p;
    ngx_http_s3o_signer_t   *signer;

    signer = ngx_rbtree_data(node, ngx_http_s3o_signer_t, node);

    for ( ;; ) {
        p = ngx_http_s3o_signer_cmp(signer,
                                    ngx_rbtree_data(temp,
                                                    ngx_http_s3o_signer_t,
                                                    node))
            < 0 ? &temp->left : &temp->right;

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


#define ngx_http_s3o_order(a, b)  ((a) < (b) ? -1 : 1)


static ngx_int_t
ngx_http_s3o_signer_cmp(ngx_http_s3o_signer_t *a, ngx_http_s3o_signer_t *b)
{
    if (a->node.key != b->node.key) {
        return ngx_http_s3o_order(a->node.key, b->node.key);
    }

    if (a->source != b->source) {
        return ngx_http_s3o_order((uintptr_t) a->source,
                                  (uintptr_t) b->source);
    }

    if (a->algorithm != b->algorithm) {
        return ngx_http_s3o_order(a->algorithm, b->algorithm);
    }

    if (a->window != b->window) {
        return ngx_http_s3o_order(a->window, b->window);
    }

    return ngx_memn2cmp(a->region.data, b->region.data, a->region.len,
                        b->region.len);
}


/*
 * Sets the members by which signers are told apart.  A signer of SigV4A has
 * the region set of the location instead of the region of the access point.
 */

static void
ngx_http_s3o_signer_fill(ngx_http_s3o_signer_t *signer,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window)
{
    signer->source = conf->source;
    signer->algorithm = conf->algorithm;
    signer->window = window;

    if (conf->algorithm == S3O_SIGV4A) {
        signer->region = conf->region_set;

    } else {
        signer->region.data = signer->copy;
        signer->region.len = ngx_min(region->len, S3O_REGION_MAX);
        ngx_memcpy(signer->copy, region->data, signer->region.len);
    }

    signer->node.key = ngx_murmur_hash2(signer->region.data,
                                        signer->region.len)
                       ^ (uint32_t) ((uintptr_t) conf->source >> 4)
                       ^ (uint32_t) window;
}


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


s3o_signer_t *
ngx_http_s3o_signer_own(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    const ngx_http_s3o_set_t *set, time_t t)
{
    ngx_pool_cleanup_t     *cln;
    ngx_http_s3o_signer_t  *signer;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_s3o_signer_t));
    if (cln == NULL) {
        return NULL;
    }

    signer = cln->data;
    ngx_memzero(signer, sizeof(ngx_http_s3o_signer_t));

    cln->handler = ngx_http_s3o_signer_disown;

    ngx_http_s3o_signer_fill(signer, ctx->conf, &ctx->target->region, 0);

    return ngx_http_s3o_signer_prepare(r, signer, set, t);
}


static void
ngx_http_s3o_signer_disown(void *data)
{
    ngx_http_s3o_signer_reset(data);
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


void
ngx_http_s3o_signer_cleanup(ngx_http_s3o_main_conf_t *smcf)
{
    ngx_queue_t  *q;

    for (q = ngx_queue_head(&smcf->constant_signers);
         q != ngx_queue_sentinel(&smcf->constant_signers);
         q = ngx_queue_next(q))
    {
        ngx_http_s3o_signer_reset(ngx_queue_data(q, ngx_http_s3o_signer_t,
                                                 queue));
    }

    while (!ngx_queue_empty(&smcf->used_signers)) {
        ngx_http_s3o_signer_delete(smcf, ngx_queue_head(&smcf->used_signers));
    }
}


/* Deletes one of smcf->used_signers. */

static void
ngx_http_s3o_signer_delete(ngx_http_s3o_main_conf_t *smcf, ngx_queue_t *q)
{
    ngx_http_s3o_signer_t  *signer;

    signer = ngx_queue_data(q, ngx_http_s3o_signer_t, queue);

    ngx_queue_remove(q);
    ngx_rbtree_delete(&smcf->signers, &signer->node);
    smcf->nsigners--;

    ngx_http_s3o_signer_reset(signer);
    ngx_free(signer);
}


static void
ngx_http_s3o_signer_reset(ngx_http_s3o_signer_t *signer)
{
    signer->generation = 0;

    if (signer->mem == NULL) {
        return;
    }

    /* s3o_signer_free() wipes the keys and "mem", too */

    s3o_signer_free(&signer->signer);
    ngx_memzero(&signer->signer, sizeof(s3o_signer_t));

    ngx_free(signer->mem);
    signer->mem = NULL;
}
