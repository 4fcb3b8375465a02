
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Access points.  A constant one is resolved when the configuration is read;
 * one from a variable once per distinct value, in a small table of the
 * worker's in which a newcomer takes the place of what hashed to its slot.
 */


#include "ngx_http_s3o_presign.h"


#define NGX_HTTP_S3O_TARGET_SLOTS       256
#define NGX_HTTP_S3O_ACCESS_POINT_MAX   256


typedef struct {
    uint32_t                hash;
    size_t                  len;
    const u_char           *region;
    const u_char           *endpoint;
    u_char                  access_point[NGX_HTTP_S3O_ACCESS_POINT_MAX];
    ngx_http_s3o_target_t   target;
} ngx_http_s3o_target_slot_t;


static s3o_target_error_e ngx_http_s3o_target_resolve(
    ngx_http_s3o_target_t *target, ngx_str_t *access_point,
    ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_target_texts(ngx_http_s3o_target_t *target);
static ngx_http_s3o_target_slot_t **ngx_http_s3o_target_slot(
    ngx_http_request_t *r, uint32_t hash);
static ngx_int_t ngx_http_s3o_target_copy(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_target_t *target);


char *
ngx_http_s3o_target_init(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_str_t            *value;
    const char           *directive;
    s3o_target_error_e    err;

    static const char    *directives[] = {
        "s3o_presign_access_point",
        "s3o_presign_region",
        "s3o_presign_endpoint"
    };

    conf->target = ngx_palloc(cf->pool, sizeof(ngx_http_s3o_target_t));
    if (conf->target == NULL) {
        return NGX_CONF_ERROR;
    }

    err = ngx_http_s3o_target_resolve(conf->target, &conf->access_point->value,
                                      conf);

    if (err == S3O_TARGET_OK) {
        return NGX_CONF_OK;
    }

    conf->target = NULL;

    if (conf->name.data == NULL) {

        /* a server's own level: its locations may still set it right */

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


/*
 * Sets ctx->target.  An access point from a variable that is empty is 404:
 * the usual "map" without a match.  A malformed one is the administrator's
 * mistake: 500 and an error line.
 */

ngx_int_t
ngx_http_s3o_target(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    uint32_t                      hash;
    ngx_str_t                     value;
    s3o_target_error_e            err;
    ngx_http_s3o_loc_conf_t      *conf;
    ngx_http_s3o_target_slot_t   *slot, **slotp;

    conf = ctx->conf;

    if (conf->target) {
        ctx->target = conf->target;
        return NGX_OK;
    }

    if (conf->access_point == NULL) {
        return ngx_http_s3o_refuse(r, "access_point",
                                   NGX_HTTP_INTERNAL_SERVER_ERROR, NGX_LOG_ERR,
                                   "\"s3o_presign_access_point\" is not set");
    }

    if (ngx_http_complex_value(r, conf->access_point, &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (value.len == 0) {
        return ngx_http_s3o_refuse(r, "access_point", NGX_HTTP_NOT_FOUND,
                                   NGX_LOG_INFO, "the access point is empty");
    }

    if (value.len > NGX_HTTP_S3O_ACCESS_POINT_MAX) {
        return ngx_http_s3o_refuse_value(r, "access_point",
                                         "s3o_presign_access_point", &value,
                                         "expected 256 bytes or less");
    }

    hash = ngx_crc32_short(value.data, value.len);

    slotp = ngx_http_s3o_target_slot(r, hash);
    if (slotp == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    slot = *slotp;

    if (slot->hash == hash
        && slot->len == value.len
        && slot->region == conf->region.data
        && slot->endpoint == conf->endpoint.data
        && ngx_memcmp(slot->access_point, value.data, value.len) == 0)
    {
        return ngx_http_s3o_target_copy(r, ctx, &slot->target);
    }

    slot->len = 0;

    err = ngx_http_s3o_target_resolve(&slot->target, &value, conf);

    if (err != S3O_TARGET_OK) {
        return ngx_http_s3o_refuse_value(r, "access_point",
                                         "s3o_presign_access_point", &value,
                                         s3o_target_strerror(err));
    }

    slot->hash = hash;
    slot->len = value.len;
    slot->region = conf->region.data;
    slot->endpoint = conf->endpoint.data;
    ngx_memcpy(slot->access_point, value.data, value.len);

    return ngx_http_s3o_target_copy(r, ctx, &slot->target);
}


static s3o_target_error_e
ngx_http_s3o_target_resolve(ngx_http_s3o_target_t *target,
    ngx_str_t *access_point, ngx_http_s3o_loc_conf_t *conf)
{
    s3o_target_conf_t   tcf;
    s3o_target_error_e  err;

    tcf.access_point = ngx_http_s3o_str(access_point);
    tcf.region = ngx_http_s3o_str(&conf->region);
    tcf.endpoint = ngx_http_s3o_str(&conf->endpoint);

    err = s3o_target_resolve(&target->target, &tcf);

    if (err == S3O_TARGET_OK) {
        ngx_http_s3o_target_texts(target);
    }

    return err;
}


static void
ngx_http_s3o_target_texts(ngx_http_s3o_target_t *target)
{
    u_char        *p;
    s3o_target_t  *t;

    t = &target->target;
    p = target->text;

    target->region.data = t->region;
    target->region.len = t->region_len;

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
}


static ngx_http_s3o_target_slot_t **
ngx_http_s3o_target_slot(ngx_http_request_t *r, uint32_t hash)
{
    ngx_http_s3o_main_conf_t     *smcf;
    ngx_http_s3o_target_slot_t  **slot;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    if (smcf->target_slots == NULL) {
        smcf->target_slots = ngx_calloc(NGX_HTTP_S3O_TARGET_SLOTS
                                        * sizeof(ngx_http_s3o_target_slot_t *),
                                        ngx_cycle->log);
        if (smcf->target_slots == NULL) {
            return NULL;
        }
    }

    slot = smcf->target_slots;
    slot += hash % NGX_HTTP_S3O_TARGET_SLOTS;

    if (*slot == NULL) {
        *slot = ngx_calloc(sizeof(ngx_http_s3o_target_slot_t),
                           ngx_cycle->log);
        if (*slot == NULL) {
            return NULL;
        }
    }

    return slot;
}


/*
 * Another request may take over the slot while this one still waits for its
 * upstream.
 */

static ngx_int_t
ngx_http_s3o_target_copy(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_target_t *target)
{
    ctx->target = ngx_palloc(r->pool, sizeof(ngx_http_s3o_target_t));
    if (ctx->target == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->target->target = target->target;
    ngx_http_s3o_target_texts(ctx->target);

    return NGX_OK;
}


void
ngx_http_s3o_target_cleanup(ngx_http_s3o_main_conf_t *smcf)
{
    ngx_uint_t                    i;
    ngx_http_s3o_target_slot_t  **slot;

    slot = smcf->target_slots;

    if (slot == NULL) {
        return;
    }

    for (i = 0; i < NGX_HTTP_S3O_TARGET_SLOTS; i++) {
        if (slot[i]) {
            ngx_free(slot[i]);
        }
    }

    ngx_free(slot);

    smcf->target_slots = NULL;
}
