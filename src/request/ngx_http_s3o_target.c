
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Access points.  A constant one is resolved when the configuration is read.
 * One from a variable is resolved when a worker sees it first, and each worker
 * keeps the last used ones.
 */


#include "ngx_http_s3o_target.h"
#include "s3o_sigv4.h"
#include "s3o_region_set.h"
#include "s3o_target.h"
#include "s3o_target_error.h"
#include "ngx_http_s3o_tally.h"
#include "ngx_http_s3o_eval.h"
#include "ngx_http_s3o_refuse.h"


#define NGX_HTTP_S3O_TARGETS_MAX        16384    /* about 500 bytes each */
#define NGX_HTTP_S3O_ACCESS_POINT_MAX   256

/* "https://" host "\nhost:" host "\n\nhost\nUNSIGNED-PAYLOAD" region */

#define NGX_HTTP_S3O_EPILOGUE  "\nhost\n" S3O_UNSIGNED_PAYLOAD


/* the access point, and the settings that it was resolved with */

typedef struct {
    size_t                  len;
    u_char                  data[NGX_HTTP_S3O_ACCESS_POINT_MAX
                                 + 2 * sizeof(u_char *)];
} ngx_http_s3o_target_key_t;


typedef struct {
    ngx_str_node_t          node;
    ngx_queue_t             queue;
    ngx_http_s3o_target_t   target;
} ngx_http_s3o_target_node_t;


struct ngx_http_s3o_targets_s {
    ngx_rbtree_t            rbtree;
    ngx_rbtree_node_t       sentinel;
    ngx_queue_t             queue;           /* the last used one is first */
    ngx_uint_t              n;
};


static ngx_int_t ngx_http_s3o_target_value(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *value);
static void ngx_http_s3o_target_key(ngx_http_s3o_target_key_t *key,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *value);
static ngx_http_s3o_target_t *ngx_http_s3o_target_find(
    ngx_http_s3o_targets_t *targets, uint32_t hash,
    ngx_http_s3o_target_key_t *key);
static ngx_http_s3o_target_t *ngx_http_s3o_target_add(
    ngx_http_s3o_targets_t *targets, uint32_t hash,
    ngx_http_s3o_target_key_t *key, s3o_target_t *resolved);
static s3o_target_error_e ngx_http_s3o_target_resolve(s3o_target_t *target,
    ngx_str_t *access_point, ngx_http_s3o_loc_conf_t *conf);
static size_t ngx_http_s3o_target_size(s3o_target_t *t);
static void ngx_http_s3o_target_texts(ngx_http_s3o_target_t *target,
    s3o_target_t *t, u_char *p);
static ngx_http_s3o_targets_t *ngx_http_s3o_targets(ngx_http_request_t *r);
static void ngx_http_s3o_target_delete(ngx_http_s3o_targets_t *targets,
    ngx_queue_t *q);
static ngx_int_t ngx_http_s3o_target_copy(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_target_t *target);


char *
ngx_http_s3o_target_init(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    u_char                    *p;
    ngx_str_t                 *value;
    const char                *directive;
    s3o_target_t               target;
    s3o_target_error_e         err;
    ngx_http_s3o_main_conf_t  *smcf;

    static const char         *directives[] = {
        "s3o_presign_access_point",
        "s3o_presign_region",
        "s3o_presign_endpoint"
    };

    err = ngx_http_s3o_target_resolve(&target, &conf->access_point->value,
                                      conf);

    if (err == S3O_TARGET_OK) {
        p = ngx_palloc(cf->pool, sizeof(ngx_http_s3o_target_t)
                                 + ngx_http_s3o_target_size(&target));
        if (p == NULL) {
            return NGX_CONF_ERROR;
        }

        conf->target = (ngx_http_s3o_target_t *) p;

        ngx_http_s3o_target_texts(conf->target, &target,
                                  p + sizeof(ngx_http_s3o_target_t));

        smcf = ngx_http_conf_get_module_main_conf(cf,
                                                 ngx_http_s3o_presign_module);

        ngx_http_s3o_tally_add(&smcf->store, &conf->target->counted,
                               &conf->target->host);

        return NGX_CONF_OK;
    }

    if (conf->name.data == NULL) {

        /*
         * on the level of a server: its locations may still change these
         * settings
         */

        return NGX_CONF_OK;
    }

    switch (s3o_target_fault(err)) {

    case S3O_TARGET_FAULT_REGION:
        directive = directives[1];
        value = &conf->region;
        break;

    case S3O_TARGET_FAULT_ENDPOINT:
        directive = directives[2];
        value = &conf->endpoint;
        break;

    default:
        directive = directives[0];
        value = &conf->access_point->value;
        break;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%s\" \"%V\" in location \"%V\": %s",
                       directive, value, &conf->name,
                       s3o_target_strerror(err));

    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_s3o_find_target(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    uint32_t                    hash;
    ngx_int_t                   rc;
    ngx_str_t                   value;
    s3o_target_t                resolved;
    s3o_target_error_e          err;
    ngx_http_s3o_target_t      *target;
    ngx_http_s3o_targets_t     *targets;
    ngx_http_s3o_target_key_t   key;

    if (ctx->conf->target) {
        ctx->target = ctx->conf->target;
        return NGX_OK;
    }

    rc = ngx_http_s3o_target_value(r, ctx->conf, &value);

    if (rc != NGX_OK) {
        return rc;
    }

    targets = ngx_http_s3o_targets(r);
    if (targets == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_s3o_target_key(&key, ctx->conf, &value);
    hash = ngx_murmur_hash2(key.data, key.len);

    target = ngx_http_s3o_target_find(targets, hash, &key);

    if (target == NULL) {
        err = ngx_http_s3o_target_resolve(&resolved, &value, ctx->conf);

        if (err != S3O_TARGET_OK) {
            return ngx_http_s3o_refuse_value(
                       r, NGX_HTTP_S3O_RESULT_ACCESS_POINT,
                       "s3o_presign_access_point", &value,
                       s3o_target_strerror(err));
        }

        target = ngx_http_s3o_target_add(targets, hash, &key, &resolved);
        if (target == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_s3o_target_copy(r, ctx, target);
}


static ngx_int_t
ngx_http_s3o_target_value(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *value)
{
    if (conf->access_point == NULL) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ACCESS_POINT,
                                   NGX_HTTP_INTERNAL_SERVER_ERROR, NGX_LOG_ERR,
                                   "\"s3o_presign_access_point\" is not set");
    }

    if (ngx_http_s3o_eval(r, conf->access_point, value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (value->len == 0) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_ACCESS_POINT,
                                   NGX_HTTP_NOT_FOUND,
                                   NGX_LOG_INFO, "the access point is empty");
    }

    if (value->len > NGX_HTTP_S3O_ACCESS_POINT_MAX) {
        return ngx_http_s3o_refuse_value(r, NGX_HTTP_S3O_RESULT_ACCESS_POINT,
                                         "s3o_presign_access_point", value,
                                         "expected 256 bytes or less");
    }

    return NGX_OK;
}


/*
 * The address of a string of the configuration identifies it, so the region
 * and the endpoint enter the key as addresses.
 */

static void
ngx_http_s3o_target_key(ngx_http_s3o_target_key_t *key,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *value)
{
    u_char  *p;

    /* a refusal, after which there is no value, is never NGX_OK */

    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
    p = ngx_cpymem(key->data, value->data, value->len);
    p = ngx_cpymem(p, &conf->region.data, sizeof(u_char *));
    p = ngx_cpymem(p, &conf->endpoint.data, sizeof(u_char *));

    key->len = p - key->data;
}


static ngx_http_s3o_target_t *
ngx_http_s3o_target_find(ngx_http_s3o_targets_t *targets, uint32_t hash,
    ngx_http_s3o_target_key_t *key)
{
    ngx_str_t                    str;
    ngx_http_s3o_target_node_t  *node;

    str.len = key->len;
    str.data = key->data;

    node = (ngx_http_s3o_target_node_t *)
               ngx_str_rbtree_lookup(&targets->rbtree, &str, hash);

    if (node == NULL) {
        return NULL;
    }

    ngx_queue_remove(&node->queue);
    ngx_queue_insert_head(&targets->queue, &node->queue);

    return &node->target;
}


static ngx_http_s3o_target_t *
ngx_http_s3o_target_add(ngx_http_s3o_targets_t *targets, uint32_t hash,
    ngx_http_s3o_target_key_t *key, s3o_target_t *resolved)
{
    u_char                      *p;
    ngx_http_s3o_target_node_t  *node;

    if (targets->n == NGX_HTTP_S3O_TARGETS_MAX) {
        ngx_http_s3o_target_delete(targets, ngx_queue_last(&targets->queue));
    }

    p = ngx_alloc(sizeof(ngx_http_s3o_target_node_t) + key->len
                  + ngx_http_s3o_target_size(resolved), ngx_cycle->log);
    if (p == NULL) {
        return NULL;
    }

    node = (ngx_http_s3o_target_node_t *) p;
    p += sizeof(ngx_http_s3o_target_node_t);

    node->node.node.key = hash;
    node->node.str.len = key->len;
    node->node.str.data = p;
    p = ngx_cpymem(p, key->data, key->len);

    ngx_http_s3o_target_texts(&node->target, resolved, p);

    ngx_rbtree_insert(&targets->rbtree, &node->node.node);
    ngx_queue_insert_head(&targets->queue, &node->queue);
    targets->n++;

    return &node->target;
}


static s3o_target_error_e
ngx_http_s3o_target_resolve(s3o_target_t *target, ngx_str_t *access_point,
    ngx_http_s3o_loc_conf_t *conf)
{
    s3o_target_conf_t  tcf;

    tcf.access_point = ngx_http_s3o_str(access_point);
    tcf.region = ngx_http_s3o_str(&conf->region);
    tcf.endpoint = ngx_http_s3o_str(&conf->endpoint);

    return s3o_target_resolve(target, &tcf);
}


static size_t
ngx_http_s3o_target_size(s3o_target_t *t)
{
    return sizeof("https://" "\nhost:\n" NGX_HTTP_S3O_EPILOGUE) - 1
           + 2 * t->host_len + t->region_len;
}


static void
ngx_http_s3o_target_texts(ngx_http_s3o_target_t *target, s3o_target_t *t,
    u_char *p)
{
    target->counted.number = 0;
    target->counted.named = 0;
    target->origin.data = p;

    if (t->https) {
        p = ngx_cpymem(p, "https://", sizeof("https://") - 1);

    } else {
        p = ngx_cpymem(p, "http://", sizeof("http://") - 1);
    }

    p = ngx_cpymem(p, t->host, t->host_len);
    target->origin.len = p - target->origin.data;

    target->epilogue.data = p;
    *p++ = '\n';

    target->headers.data = p;
    p = ngx_cpymem(p, "host:", sizeof("host:") - 1);

    target->host.data = p;
    target->host.len = t->host_len;
    p = ngx_cpymem(p, t->host, t->host_len);

    *p++ = '\n';
    target->headers.len = p - target->headers.data;

    p = ngx_cpymem(p, NGX_HTTP_S3O_EPILOGUE, sizeof(NGX_HTTP_S3O_EPILOGUE) - 1);
    target->epilogue.len = p - target->epilogue.data;

    target->region.data = p;
    target->region.len = t->region_len;
    p = ngx_cpymem(p, t->region, t->region_len);

    target->len = p - target->origin.data;
}


/*
 * The access points of this worker, allocated at the first call.  NULL
 * without memory.
 */

static ngx_http_s3o_targets_t *
ngx_http_s3o_targets(ngx_http_request_t *r)
{
    ngx_http_s3o_targets_t    *targets;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    if (smcf->targets) {
        return smcf->targets;
    }

    targets = ngx_alloc(sizeof(ngx_http_s3o_targets_t), ngx_cycle->log);
    if (targets == NULL) {
        return NULL;
    }

    ngx_rbtree_init(&targets->rbtree, &targets->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&targets->queue);
    targets->n = 0;

    smcf->targets = targets;

    return targets;
}


static void
ngx_http_s3o_target_delete(ngx_http_s3o_targets_t *targets, ngx_queue_t *q)
{
    ngx_http_s3o_target_node_t  *node;

    node = ngx_queue_data(q, ngx_http_s3o_target_node_t, queue);

    ngx_queue_remove(q);
    ngx_rbtree_delete(&targets->rbtree, &node->node.node);
    targets->n--;

    ngx_free(node);
}


/*
 * Sets ctx->target to a copy in the request's pool, because the access point
 * may be deleted while the request waits for its upstream.
 */

static ngx_int_t
ngx_http_s3o_target_copy(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_target_t *target)
{
    u_char                 *p;
    ngx_http_s3o_target_t  *copy;

    copy = ngx_palloc(r->pool, sizeof(ngx_http_s3o_target_t) + target->len);
    if (copy == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = (u_char *) copy + sizeof(ngx_http_s3o_target_t);
    ngx_memcpy(p, target->origin.data, target->len);

    *copy = *target;

    copy->host.data = p + (target->host.data - target->origin.data);
    copy->headers.data = p + (target->headers.data - target->origin.data);
    copy->epilogue.data = p + (target->epilogue.data - target->origin.data);
    copy->region.data = p + (target->region.data - target->origin.data);
    copy->origin.data = p;

    ctx->target = copy;

    return NGX_OK;
}


void
ngx_http_s3o_target_cleanup(ngx_http_s3o_main_conf_t *smcf)
{
    ngx_http_s3o_targets_t  *targets;

    targets = smcf->targets;

    if (targets == NULL) {
        return;
    }

    while (!ngx_queue_empty(&targets->queue)) {
        ngx_http_s3o_target_delete(targets, ngx_queue_head(&targets->queue));
    }

    ngx_free(targets);

    smcf->targets = NULL;
}


ngx_int_t
ngx_http_s3o_check_target_region(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_str_t                 value;
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ctx->conf;

    if (conf->algorithm == S3O_SIGV4A) {
        ctx->region_set = conf->region_set;
    }

    if (ctx->target == conf->target
        || ngx_http_s3o_region_covered(conf, &ctx->target->region))
    {
        return NGX_OK;
    }

    if (ngx_http_s3o_eval(r, conf->access_point, &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_s3o_refuse_value(r, NGX_HTTP_S3O_RESULT_ACCESS_POINT,
                                     "s3o_presign_access_point", &value,
                                     NGX_HTTP_S3O_NOT_COVERED);
}


ngx_uint_t
ngx_http_s3o_region_covered(ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region)
{
    s3o_str_t  set, reg;

    if (conf->algorithm != S3O_SIGV4A) {
        return 1;
    }

    set = ngx_http_s3o_str(&conf->region_set);
    reg = ngx_http_s3o_str(region);

    return s3o_region_set_covers(&set, &reg);
}
