
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The module itself: its directives, their merging, and the functions that
 * nginx calls.
 */


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_version.h"
#include "s3o_core.h"
#include "s3o_crypto.h"
#include "s3o_policy.h"
#include "ngx_http_s3o_credentials.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_peer.h"
#include "ngx_http_s3o_readable.h"
#include "ngx_http_s3o_refresh.h"
#include "ngx_http_s3o_source.h"
#include "ngx_http_s3o_zone.h"
#include "ngx_http_s3o_segment.h"
#include "ngx_http_s3o_signer.h"
#include "ngx_http_s3o_target.h"
#include "ngx_http_s3o_answer.h"
#include "ngx_http_s3o_payload.h"
#include "ngx_http_s3o_algorithm.h"
#include "ngx_http_s3o_check.h"
#include "ngx_http_s3o_conf.h"
#include "ngx_http_s3o_conf_operation.h"
#include "ngx_http_s3o_conf_slot.h"
#include "ngx_http_s3o_errors.h"
#include "ngx_http_s3o_identity.h"
#include "ngx_http_s3o_precontent.h"
#include "ngx_http_s3o_status.h"
#include "ngx_http_s3o_variables.h"
#include "ngx_http_s3o_warn.h"


static ngx_int_t ngx_http_s3o_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_s3o_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_s3o_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_s3o_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_s3o_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static void ngx_http_s3o_merge_mode(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_merge_location(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *prev, ngx_http_s3o_loc_conf_t *conf);
static char *ngx_http_s3o_merge_target(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *prev, ngx_http_s3o_loc_conf_t *conf);
static void ngx_http_s3o_cleanup(void *data);
static ngx_int_t ngx_http_s3o_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_s3o_init_process(ngx_cycle_t *cycle);
static void ngx_http_s3o_exit_process(ngx_cycle_t *cycle);


#define NGX_HTTP_S3O_CONF                                                    \
    (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF                  \
     |NGX_HTTP_LIF_CONF)


static ngx_command_t  ngx_http_s3o_commands[] = {

    { ngx_string("s3o_presign"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE12,
      ngx_http_s3o_set_mode,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_access_point"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, access_point),
      &ngx_http_s3o_access_point_post },

    { ngx_string("s3o_presign_region"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, region),
      &ngx_http_s3o_region_post },

    { ngx_string("s3o_presign_endpoint"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, endpoint),
      &ngx_http_s3o_endpoint_post },

    { ngx_string("s3o_presign_key"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, key),
      &ngx_http_s3o_key_post },

    { ngx_string("s3o_presign_require"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_require,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_methods"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_bits_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, methods),
      &ngx_http_s3o_methods_post },

    { ngx_string("s3o_presign_sign_method"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, sign_method),
      &ngx_http_s3o_sign_method_post },

    { ngx_string("s3o_presign_multipart"),
      NGX_HTTP_S3O_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, multipart),
      NULL },

    { ngx_string("s3o_presign_list"),
      NGX_HTTP_S3O_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, list),
      NULL },

    { ngx_string("s3o_presign_operations"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_bits_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, operations),
      &ngx_http_s3o_operations_post },

    { ngx_string("s3o_presign_expires"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_expires,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_window"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_window,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_args"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_names_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, args),
      &ngx_http_s3o_args_post },

    { ngx_string("s3o_presign_param"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE2,
      ngx_http_s3o_set_param,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_signed_headers"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_names_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, signed_headers),
      &ngx_http_s3o_signed_headers_post },

    { ngx_string("s3o_presign_copy"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_names_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, copy),
      &ngx_http_s3o_copy_post },

    { ngx_string("s3o_presign_header"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE2,
      ngx_http_s3o_set_header,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_max_size"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_off_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, max_size),
      NULL },

    { ngx_string("s3o_presign_payload"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_word_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, payload),
      &ngx_http_s3o_payload_post },

    { ngx_string("s3o_presign_credentials_wait"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, wait),
      NULL },

    { ngx_string("s3o_presign_discard"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE12,
      ngx_http_s3o_set_discard,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_errors"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_word_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, errors),
      &ngx_http_s3o_errors_post },

    { ngx_string("s3o_presign_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_s3o_set_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_algorithm"),
      NGX_HTTP_S3O_CONF|NGX_CONF_TAKE1,
      ngx_http_s3o_set_word_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_s3o_loc_conf_t, algorithm),
      &ngx_http_s3o_algorithm_post },

    { ngx_string("s3o_presign_region_set"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_region_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("s3o_presign_credentials"),
      NGX_HTTP_S3O_CONF|NGX_CONF_1MORE,
      ngx_http_s3o_set_credentials,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_s3o_presign_module_ctx = {
    ngx_http_s3o_preconfiguration,         /* preconfiguration */
    ngx_http_s3o_postconfiguration,        /* postconfiguration */

    ngx_http_s3o_create_main_conf,         /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_s3o_create_loc_conf,          /* create location configuration */
    ngx_http_s3o_merge_loc_conf            /* merge location configuration */
};


ngx_module_t  ngx_http_s3o_presign_module = {
    NGX_MODULE_V1,
    &ngx_http_s3o_presign_module_ctx,      /* module context */
    ngx_http_s3o_commands,                 /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_s3o_init_module,              /* init module */
    ngx_http_s3o_init_process,             /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_s3o_exit_process,             /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_s3o_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_s3o_add_variables(cf);
}


static ngx_int_t
ngx_http_s3o_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_http_handler_pt        *h;
    ngx_http_s3o_source_t     **source;
    ngx_http_s3o_main_conf_t   *smcf;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    /*
     * PRECONTENT is the first phase after all access checks, so nothing is
     * signed for a request that has not passed them.
     */

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_s3o_precontent_handler;

    ngx_http_s3o_answer_init();
    ngx_http_s3o_errors_init();
    ngx_http_s3o_payload_init();

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);
    source = smcf->sources.elts;

    /*
     * in the master process: finding the digest takes memory, once for all
     * workers
     */

    if (smcf->sources.nelts && s3o_crypto_init(&smcf->crypto) != S3O_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "s3o_presign: OpenSSL has no SHA-256");
        return NGX_ERROR;
    }

    if (ngx_http_s3o_segments_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_s3o_name_check(cf, &smcf->sources) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < smcf->sources.nelts; i++) {
        if (source[i]->peer
            && ngx_http_s3o_peer_ready(cf, source[i]->peer) != NGX_CONF_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_s3o_store_add(cf, &smcf->store, &smcf->sources,
                                  smcf->status_page,
                                  &ngx_http_s3o_presign_module);
}


/*
 * Called when the configuration is accepted and can no longer fail.
 *
 * Without a master process nginx calls ngx_http_s3o_init_process() at start
 * only, before the first events.  So a reload calls it here, and detaches the
 * old configuration, whose zone may be freed after this.
 */

static ngx_int_t
ngx_http_s3o_init_module(ngx_cycle_t *cycle)
{
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_s3o_presign_module);
    if (smcf) {
        ngx_http_s3o_check_readable(cycle, &smcf->sources);
    }

    if (ngx_test_config) {

        if (smcf && !ngx_quiet_mode) {
            ngx_http_s3o_origin_tell(&smcf->sources);
        }

        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "s3o_presign: " NGX_HTTP_S3O_SIGNBOARD ", with %s",
                  s3o_crypto_version());

    if (smcf) {
        ngx_http_s3o_store_use(&smcf->store);
    }

    if (ngx_process != NGX_PROCESS_SINGLE
        || ngx_is_init_cycle(cycle->old_cycle))
    {
        return NGX_OK;
    }

    smcf = ngx_http_cycle_get_module_main_conf(cycle->old_cycle,
                                               ngx_http_s3o_presign_module);
    if (smcf) {
        ngx_http_s3o_refresh_exit(&smcf->store);
        ngx_http_s3o_store_detach(&smcf->store);
    }

    return ngx_http_s3o_init_process(cycle);
}


static ngx_int_t
ngx_http_s3o_init_process(ngx_cycle_t *cycle)
{
    ngx_http_s3o_main_conf_t  *smcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_s3o_presign_module);
    if (smcf == NULL) {
        return NGX_OK;
    }

    return ngx_http_s3o_refresh_init(cycle, &smcf->store);
}


static void
ngx_http_s3o_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_s3o_presign_module);
    if (smcf) {
        ngx_http_s3o_refresh_exit(&smcf->store);
    }
}


static void *
ngx_http_s3o_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     smcf->store = { NULL };
     *     smcf->status_page = 0;
     *     smcf->nsigners = 0;
     *     smcf->targets = NULL;
     *     smcf->crypto = { NULL };
     *     smcf->proxy_pass = NULL;
     */

    if (ngx_array_init(&smcf->sources, cf->pool, 4,
                       sizeof(ngx_http_s3o_source_t *))
        != NGX_OK)
    {
        return NULL;
    }

    ngx_http_s3o_signers_init(smcf);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_s3o_cleanup;
    cln->data = smcf;

    return smcf;
}


static void
ngx_http_s3o_cleanup(void *data)
{
    ngx_http_s3o_main_conf_t *smcf = data;

    ngx_uint_t               i;
    ngx_http_s3o_source_t  **source;

    ngx_http_s3o_refresh_exit(&smcf->store);
    ngx_http_s3o_store_discard(&smcf->store);
    ngx_http_s3o_signer_cleanup(smcf);
    ngx_http_s3o_target_cleanup(smcf);

    s3o_crypto_free(&smcf->crypto);

    source = smcf->sources.elts;

    for (i = 0; i < smcf->sources.nelts; i++) {
        ngx_http_s3o_source_wipe(source[i]);
    }
}


static void *
ngx_http_s3o_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->redirect_status = 0;
     *     conf->mode_value = NULL;
     *     conf->access_point = NULL;
     *     conf->region = { 0, NULL };
     *     conf->endpoint = { 0, NULL };
     *     conf->target = NULL;
     *     conf->require = NULL;
     *     conf->key = NULL;
     *     conf->methods = 0;
     *     conf->sign_method = NULL;
     *     conf->operations = 0;
     *     conf->allowed = 0;
     *     conf->policy = { 0, 0, NULL, 0 };
     *     conf->expires_value = NULL;
     *     conf->args = NULL;
     *     conf->params = NULL;
     *     conf->signed_headers = NULL;
     *     conf->headers = NULL;
     *     conf->copy = NULL;
     *     conf->region_set = { 0, NULL };
     *     conf->source = NULL;
     *     conf->status_format = 0;
     *     conf->prefix = { 0, NULL };
     *     conf->name = { 0, NULL };
     *     conf->allow = { 0, NULL };
     *     conf->exact = 0;
     *     conf->is_regex = 0;
     *     conf->regex = NULL;
     *     conf->ncaptures = 0;
     *     conf->signer = NULL;
     *     conf->header_signer = NULL;
     *     conf->handler = NULL;
     *     conf->region_set_unused = 0;
     *     conf->payload_set = 0;
     *     conf->copy_set = 0;
     */

    conf->mode = NGX_CONF_UNSET_UINT;
    conf->multipart = NGX_CONF_UNSET;
    conf->list = NGX_CONF_UNSET;
    conf->expires = NGX_CONF_UNSET;
    conf->window = NGX_CONF_UNSET;
    conf->max_size = NGX_CONF_UNSET;
    conf->errors = NGX_CONF_UNSET_UINT;
    conf->discard_size = NGX_CONF_UNSET;
    conf->discard_time = NGX_CONF_UNSET_MSEC;
    conf->payload = NGX_CONF_UNSET_UINT;
    conf->algorithm = NGX_CONF_UNSET_UINT;
    conf->wait = NGX_CONF_UNSET_MSEC;

    return conf;
}


#define ngx_http_s3o_inherit(conf, prev, field)                              \
    if ((conf)->field == NULL) {                                             \
        (conf)->field = (prev)->field;                                       \
    }


static char *
ngx_http_s3o_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_s3o_loc_conf_t *prev = parent;
    ngx_http_s3o_loc_conf_t *conf = child;

    conf->payload_set = conf->payload != NGX_CONF_UNSET_UINT;
    conf->copy_set = conf->copy && conf->copy->nelts;

    ngx_http_s3o_merge_mode(prev, conf);

    ngx_http_s3o_inherit(conf, prev, access_point);

    ngx_conf_merge_str_value(conf->region, prev->region, "");
    ngx_conf_merge_str_value(conf->endpoint, prev->endpoint, "");

    ngx_http_s3o_inherit(conf, prev, require);
    ngx_http_s3o_inherit(conf, prev, key);

    if (conf->methods == 0) {
        conf->methods = prev->methods ? prev->methods
                                      : S3O_METHOD_GET|S3O_METHOD_HEAD;
    }

    ngx_http_s3o_inherit(conf, prev, sign_method);

    if (conf->expires == NGX_CONF_UNSET) {
        conf->expires_value = prev->expires_value;
    }

    ngx_conf_merge_sec_value(conf->expires, prev->expires, 900);
    ngx_conf_merge_sec_value(conf->window, prev->window, 0);

    ngx_http_s3o_inherit(conf, prev, args);

    ngx_http_s3o_merge_operations(prev, conf);

    ngx_http_s3o_inherit(conf, prev, params);
    ngx_http_s3o_inherit(conf, prev, signed_headers);
    ngx_http_s3o_inherit(conf, prev, headers);
    ngx_http_s3o_inherit(conf, prev, copy);

    ngx_conf_merge_off_value(conf->max_size, prev->max_size, 0);
    ngx_conf_merge_uint_value(conf->errors, prev->errors,
                              NGX_HTTP_S3O_ERRORS_BY_MODE);
    ngx_conf_merge_off_value(conf->discard_size, prev->discard_size,
                             64 * 1024 * 1024);
    ngx_conf_merge_msec_value(conf->discard_time, prev->discard_time, 30000);
    ngx_conf_merge_uint_value(conf->payload, prev->payload,
                              NGX_HTTP_S3O_PAYLOAD_UNSIGNED);

    ngx_http_s3o_merge_algorithm(prev, conf);

    ngx_http_s3o_inherit(conf, prev, source);

    ngx_conf_merge_msec_value(conf->wait, prev->wait, 2000);

    ngx_http_s3o_merge_location(cf, prev, conf);

    if (ngx_http_s3o_check_location(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_http_s3o_wrap_handler(cf, prev, conf);

    if (ngx_http_s3o_merge_target(cf, prev, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_http_s3o_warn_location(cf, prev, conf);

    return NGX_CONF_OK;
}


static void
ngx_http_s3o_merge_mode(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->mode == NGX_CONF_UNSET_UINT && conf->status_format) {
        conf->mode = NGX_HTTP_S3O_OFF;
    }

    if (conf->mode == NGX_CONF_UNSET_UINT) {
        conf->mode_value = prev->mode_value;
        conf->redirect_status = prev->redirect_status;
    }

    ngx_conf_merge_uint_value(conf->mode, prev->mode, NGX_HTTP_S3O_OFF);
}


static void
ngx_http_s3o_merge_location(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {

        /* "if" and "limit_except" blocks have the name of their location */

        conf->name = prev->name;
        conf->prefix = prev->prefix;
        conf->exact = prev->exact;
        conf->is_regex = prev->is_regex;
#if (NGX_PCRE)
        conf->regex = prev->regex;
#endif
        conf->ncaptures = prev->ncaptures;

        return;
    }

    conf->name = clcf->name;
    conf->exact = clcf->exact_match;

#if (NGX_PCRE)

    if (clcf->regex) {
        conf->is_regex = 1;
        conf->regex = clcf->regex->regex;
        conf->ncaptures = clcf->regex->ncaptures;
    }

#endif

    if (clcf->name.len == 0
        || clcf->named
        || clcf->exact_match
#if (NGX_PCRE)
        || clcf->regex
#endif
       )
    {
        ngx_str_set(&conf->prefix, "/");
        return;
    }

    conf->prefix = clcf->name;
}


static char *
ngx_http_s3o_merge_target(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->access_point == NULL || conf->access_point->lengths) {
        return NGX_CONF_OK;
    }

    if (conf->access_point == prev->access_point
        && conf->region.data == prev->region.data
        && conf->endpoint.data == prev->endpoint.data)
    {
        conf->target = prev->target;
    }

    if (conf->mode == NGX_HTTP_S3O_OFF) {
        return NGX_CONF_OK;
    }

    if (conf->target == NULL
        && ngx_http_s3o_target_init(cf, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_check_region_set(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_http_s3o_warn_region(cf, conf);

    if (conf->target == NULL || conf->source == NULL) {
        return NGX_CONF_OK;
    }

    conf->signer = ngx_http_s3o_signer_add(cf, conf, &conf->target->region,
                                           conf->window);
    if (conf->signer == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->header_signer = ngx_http_s3o_signer_add(cf, conf,
                                                  &conf->target->region, 0);
    if (conf->header_signer == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
