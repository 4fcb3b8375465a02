
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * "s3o_presign_status": the counters of all workers and the state of each
 * source of credentials, as JSON or for Prometheus, or only whether all sources
 * are ready.  The page shows nothing of the credentials.
 */


#include "ngx_http_s3o_status.h"
#include "ngx_http_s3o_compat.h"
#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_push_header.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_conf_slot.h"
#include "ngx_http_s3o_health.h"
#include "ngx_http_s3o_metrics.h"
#include "ngx_http_s3o_neighbours.h"


#define NGX_HTTP_S3O_STATUS_JSON        1
#define NGX_HTTP_S3O_STATUS_PROMETHEUS  2
#define NGX_HTTP_S3O_STATUS_READY       3

/* room for each source, and for everything else, in bytes */
#define NGX_HTTP_S3O_STATUS_SOURCE      4096
#define NGX_HTTP_S3O_STATUS_SIZE        65536


static ngx_int_t ngx_http_s3o_status_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_status_no_store(ngx_http_request_t *r);
static u_char *ngx_http_s3o_status_json(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf);


static ngx_conf_enum_t  ngx_http_s3o_status_formats[] = {
    { ngx_string("json"), NGX_HTTP_S3O_STATUS_JSON },
    { ngx_string("prometheus"), NGX_HTTP_S3O_STATUS_PROMETHEUS },
    { ngx_string("ready"), NGX_HTTP_S3O_STATUS_READY },
    { ngx_null_string, 0 }
};

static ngx_http_s3o_words_t  ngx_http_s3o_status_words = {
    ngx_http_s3o_status_formats,
    "expected \"json\", \"prometheus\" or \"ready\""
};


char *
ngx_http_s3o_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_s3o_loc_conf_t *slcf = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_s3o_main_conf_t  *smcf;

    if (slcf->status_format) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 1) {
        slcf->status_format = NGX_HTTP_S3O_STATUS_JSON;

    } else if (ngx_http_s3o_find_word(cf, cmd, &ngx_http_s3o_status_words,
                                      &value[1], &slcf->status_format)
               != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* a handler that is set later is found by ngx_http_s3o_check_status() */

    if (clcf->handler) {
        return "cannot be combined with another content handler";
    }

    clcf->handler = ngx_http_s3o_status_handler;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);
    smcf->status_page = 1;

    return NGX_CONF_OK;
}


char *
ngx_http_s3o_check_status(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->status_format == 0) {
        return NGX_CONF_OK;
    }

    if (ngx_http_s3o_returns(cf, clcf)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_status\" in location \"%V\" is "
                           "never reached: \"return\" comes before it",
                           &conf->name);
        return NGX_CONF_ERROR;
    }

    if (clcf->handler == ngx_http_s3o_status_handler) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_status\" in location \"%V\" cannot be "
                       "combined with another content handler", &conf->name);

    return NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_s3o_status_handler(ngx_http_request_t *r)
{
    u_char                    *p, *last;
    size_t                     size;
    ngx_int_t                  rc;
    ngx_str_t                  type;
    ngx_uint_t                 status;
    ngx_http_s3o_loc_conf_t   *slcf;
    ngx_http_s3o_main_conf_t  *smcf;
    ngx_http_complex_value_t   cv;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_s3o_status_no_store(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_s3o_presign_module);
    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);

    size = NGX_HTTP_S3O_STATUS_SIZE
           + smcf->sources.nelts * NGX_HTTP_S3O_STATUS_SOURCE;

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));

    cv.value.data = p;
    last = p + size;
    status = NGX_HTTP_OK;

    switch (slcf->status_format) {

    case NGX_HTTP_S3O_STATUS_JSON:
        ngx_str_set(&type, "application/json");
        p = ngx_http_s3o_status_json(p, last, smcf);
        break;

    case NGX_HTTP_S3O_STATUS_PROMETHEUS:
        ngx_str_set(&type, "text/plain; version=0.0.4");
        p = ngx_http_s3o_put_metrics(p, last, smcf);
        break;

    default: /* NGX_HTTP_S3O_STATUS_READY */
        ngx_str_set(&type, "text/plain");

        if (!ngx_http_s3o_ready(smcf, &p, last)) {
            status = NGX_HTTP_SERVICE_UNAVAILABLE;
        }

        break;
    }

    cv.value.len = p - cv.value.data;

    return ngx_http_send_response(r, status, &type, &cv);
}


/* the page is true for this moment and this server only */

static ngx_int_t
ngx_http_s3o_status_no_store(ngx_http_request_t *r)
{
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    ngx_str_set(&value, "no-store");

    if (ngx_http_s3o_add_header(r, "Cache-Control", &value, &h) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_s3o_register_cache_control(r, h);
}


static u_char *
ngx_http_s3o_status_json(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf)
{
    ngx_uint_t               i;
    ngx_http_s3o_health_t    st;
    ngx_http_s3o_source_t  **source;

    source = smcf->sources.elts;

    p = ngx_slprintf(p, last, "{\"sources\":[");

    for (i = 0; i < smcf->sources.nelts; i++) {
        ngx_http_s3o_read_health(source[i], &st);

        p = ngx_slprintf(p, last, "%s{\"source\":\"%V\",\"id\":",
                         i ? "," : "", &source[i]->provider->name);

        p = source[i]->name.len
            ? ngx_slprintf(p, last, "\"%V\"", &source[i]->name)
            : ngx_slprintf(p, last, "%ui", i);

        p = ngx_slprintf(p, last, ",\"state\":\"%s\",\"fetches\":%ui,"
                         "\"failures\":%ui,",
                         st.state, st.fetches, st.failures);

        p = st.age < 0 ? ngx_slprintf(p, last, "\"age\":null,")
                       : ngx_slprintf(p, last, "\"age\":%T,", st.age);
        p = st.left < 0 ? ngx_slprintf(p, last, "\"left\":null,")
                        : ngx_slprintf(p, last, "\"left\":%T,", st.left);

        p = ngx_slprintf(p, last, "\"error\":\"");

        /* the message may contain quotes */

        if ((size_t) (last - p) > 6 * st.error.len) {
            p = (u_char *) ngx_escape_json(p, st.error.data, st.error.len);
        }

        p = ngx_slprintf(p, last, "\"}");
    }

    p = ngx_slprintf(p, last, "],\"signed\":{");

    for (i = NGX_HTTP_S3O_ON; i <= NGX_HTTP_S3O_PROXY; i++) {
        p = ngx_slprintf(p, last, "%s\"%V\":%uA",
                         i > NGX_HTTP_S3O_ON ? "," : "",
                         &ngx_http_s3o_mode_names[i],
                         ngx_http_s3o_read_counter(smcf,
                                           ngx_http_s3o_signed_counter(i)));
    }

    p = ngx_slprintf(p, last, "},\"refused\":{");

    for (i = NGX_HTTP_S3O_RESULT_METHOD; i < NGX_HTTP_S3O_RESULT_MAX; i++) {
        p = ngx_slprintf(p, last, "%s\"%s\":%uA",
                         i > NGX_HTTP_S3O_RESULT_METHOD ? "," : "",
                         ngx_http_s3o_results[i],
                         ngx_http_s3o_read_counter(smcf,
                                           ngx_http_s3o_refusal_counter(i)));
    }

    return ngx_slprintf(p, last, "},\"waited\":%uA}\n",
                        ngx_http_s3o_read_counter(smcf,
                                                  NGX_HTTP_S3O_COUNT_WAITED));
}
