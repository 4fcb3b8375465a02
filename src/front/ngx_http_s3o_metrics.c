
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Metrics in the text format of Prometheus.  A metric keeps its labels as long
 * as the configuration stays the same, so that alerts find it.
 */


#include "ngx_http_s3o_metrics.h"
#include "ngx_http_s3o_version.h"
#include "ngx_http_s3o_mode.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_held.h"
#include "ngx_http_s3o_health.h"
#include "ngx_http_s3o_tally.h"


/*
 * a metric of a source; value() returns -1 when the source has no such number
 */

typedef struct {
    const char    *name;
    const char    *type;
    const char    *help;
    time_t       (*value)(const ngx_http_s3o_health_t *health);
} ngx_http_s3o_gauge_t;


static u_char *ngx_http_s3o_put_build(u_char *p, u_char *last);
static u_char *ngx_http_s3o_put_tallies(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf);
static u_char *ngx_http_s3o_put_outpost(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf);
static u_char *ngx_http_s3o_put_gauge(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf, const ngx_http_s3o_gauge_t *gauge);
static time_t ngx_http_s3o_gauge_valid(const ngx_http_s3o_health_t *health);
static time_t ngx_http_s3o_gauge_age(const ngx_http_s3o_health_t *health);
static time_t ngx_http_s3o_gauge_left(const ngx_http_s3o_health_t *health);
static time_t ngx_http_s3o_gauge_expiry(const ngx_http_s3o_health_t *health);
static time_t ngx_http_s3o_gauge_success(const ngx_http_s3o_health_t *health);
static time_t ngx_http_s3o_gauge_fetches(const ngx_http_s3o_health_t *health);
static time_t ngx_http_s3o_gauge_failures(const ngx_http_s3o_health_t *health);


static const ngx_http_s3o_gauge_t  ngx_http_s3o_gauges[] = {

    { "valid", "gauge", "1 when the source has valid credentials.",
      ngx_http_s3o_gauge_valid },

    { "age_seconds", "gauge", "Seconds since they were fetched.",
      ngx_http_s3o_gauge_age },

    { "left_seconds", "gauge", "Seconds until they expire.",
      ngx_http_s3o_gauge_left },

    { "expiry_timestamp_seconds", "gauge", "When they expire.",
      ngx_http_s3o_gauge_expiry },

    { "last_success_timestamp_seconds", "gauge", "When they were fetched.",
      ngx_http_s3o_gauge_success },

    { "fetches_total", "counter", "Fetches that were started.",
      ngx_http_s3o_gauge_fetches },

    { "failures_total", "counter", "Fetches that failed.",
      ngx_http_s3o_gauge_failures },

    { NULL, NULL, NULL, NULL }
};


u_char *
ngx_http_s3o_put_metrics(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf)
{
    ngx_uint_t                   i;
    const ngx_http_s3o_gauge_t  *gauge;

    p = ngx_slprintf(p, last,
                     "# HELP s3o_presign_signed_total Requests signed.\n"
                     "# TYPE s3o_presign_signed_total counter\n");

    for (i = NGX_HTTP_S3O_ON; i <= NGX_HTTP_S3O_PROXY; i++) {
        p = ngx_slprintf(p, last,
                         "s3o_presign_signed_total{mode=\"%V\"} %uA\n",
                         &ngx_http_s3o_mode_names[i],
                         ngx_http_s3o_read_counter(smcf,
                                           ngx_http_s3o_signed_counter(i)));
    }

    p = ngx_slprintf(p, last,
                     "# HELP s3o_presign_refused_total Requests not signed, "
                     "or refused by the Outpost.\n"
                     "# TYPE s3o_presign_refused_total counter\n");

    for (i = NGX_HTTP_S3O_RESULT_METHOD; i < NGX_HTTP_S3O_RESULT_MAX; i++) {
        p = ngx_slprintf(p, last,
                         "s3o_presign_refused_total{reason=\"%s\"} %uA\n",
                         i == NGX_HTTP_S3O_RESULT_REFUSED
                         ? "outpost" : ngx_http_s3o_results[i],
                         ngx_http_s3o_read_counter(smcf,
                                           ngx_http_s3o_refusal_counter(i)));
    }

    p = ngx_slprintf(p, last,
                     "# HELP s3o_presign_waited_total Requests that waited "
                     "for credentials.\n"
                     "# TYPE s3o_presign_waited_total counter\n"
                     "s3o_presign_waited_total %uA\n",
                     ngx_http_s3o_read_counter(smcf,
                                               NGX_HTTP_S3O_COUNT_WAITED));

    p = ngx_http_s3o_put_tallies(p, last, smcf);
    p = ngx_http_s3o_put_outpost(p, last, smcf);

    for (gauge = ngx_http_s3o_gauges; gauge->name; gauge++) {
        p = ngx_http_s3o_put_gauge(p, last, smcf, gauge);
    }

    return ngx_http_s3o_put_build(p, last);
}


static u_char *
ngx_http_s3o_put_build(u_char *p, u_char *last)
{
    return ngx_slprintf(p, last,
                        "# HELP s3o_presign_build_info Always 1.\n"
                        "# TYPE s3o_presign_build_info gauge\n"
                        "s3o_presign_build_info{version=\"%s\",nginx=\"%s\","
                        "openssl=\"%s\"} 1\n",
                        S3O_PRESIGN_VERSION, NGINX_VERSION,
                        s3o_crypto_version());
}


/*
 * the counters of the access points that the current configuration names, and
 * "other" for the rest
 */

static u_char *
ngx_http_s3o_put_tallies(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf)
{
    u_char                 own[NGX_HTTP_S3O_TALLIES];
    ngx_str_t              name;
    ngx_uint_t             i, k;
    ngx_http_s3o_tally_t  *tally;

    static const char *const  what[] = { "signed", "refused" };

    if (smcf->store.shared == NULL) {
        return p;
    }

    ngx_http_s3o_tally_own(&smcf->store, own);

    for (k = 0; k < 2; k++) {
        p = ngx_slprintf(p, last,
                         "# HELP s3o_presign_access_point_%s_total Requests "
                         "%s, by access point.\n"
                         "# TYPE s3o_presign_access_point_%s_total counter\n",
                         what[k], what[k], what[k]);

        for (i = 0; i < NGX_HTTP_S3O_TALLIES; i++) {
            tally = &smcf->store.shared->tallies[i];
            ngx_str_set(&name, "other");

            if (i) {

                if (!own[i]) {
                    continue;
                }

                name.len = tally->len;
                name.data = tally->name;
            }

            p = ngx_slprintf(p, last, "s3o_presign_access_point_%s_total"
                             "{access_point=\"%V\"} %uA\n", what[k], &name,
                             k ? tally->refused_n : tally->signed_n);
        }
    }

    return p;
}


/*
 * Credentials that the Outpost refuses are still "valid" for this module, so
 * the Outpost's refusals are counted, by their code.
 */

static u_char *
ngx_http_s3o_put_outpost(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf)
{
    ngx_uint_t        i;
    const ngx_str_t  *code;

    static const ngx_str_t  other = ngx_string("other");

    p = ngx_slprintf(p, last,
                     "# HELP s3o_presign_outpost_refusals_total Signatures "
                     "refused by the Outpost, by the code of its answer.\n"
                     "# TYPE s3o_presign_outpost_refusals_total counter\n");

    for (i = 0; i < NGX_HTTP_S3O_ANSWER_CODES; i++) {
        code = &ngx_http_s3o_answer_codes[i];

        p = ngx_slprintf(p, last, "s3o_presign_outpost_refusals_total"
                         "{code=\"%V\"} %uA\n", code->len ? code : &other,
                         ngx_http_s3o_read_counter(smcf,
                                           NGX_HTTP_S3O_COUNT_OUTPOST + i));
    }

    return p;
}


static u_char *
ngx_http_s3o_put_gauge(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf, const ngx_http_s3o_gauge_t *gauge)
{
    time_t                   value;
    ngx_uint_t               i;
    ngx_http_s3o_health_t    health;
    ngx_http_s3o_source_t  **source;

    source = smcf->sources.elts;

    p = ngx_slprintf(p, last,
                     "# HELP s3o_presign_credentials_%s %s\n"
                     "# TYPE s3o_presign_credentials_%s %s\n",
                     gauge->name, gauge->help, gauge->name, gauge->type);

    for (i = 0; i < smcf->sources.nelts; i++) {
        ngx_http_s3o_read_health(source[i], &health);

        value = gauge->value(&health);

        if (value < 0) {
            continue;
        }

        p = ngx_slprintf(p, last, "s3o_presign_credentials_%s{source=\"%V\","
                         "id=\"", gauge->name, &source[i]->provider->name);
        p = ngx_http_s3o_put_source_id(p, last, smcf, i);

        if (source[i]->name.len) {
            p = ngx_slprintf(p, last, "\",name=\"%V", &source[i]->name);
        }

        p = ngx_slprintf(p, last, "\"} %T\n", value);
    }

    return p;
}


static time_t
ngx_http_s3o_gauge_valid(const ngx_http_s3o_health_t *health)
{
    return health->state[0] == 'v';
}


static time_t
ngx_http_s3o_gauge_age(const ngx_http_s3o_health_t *health)
{
    return health->age;
}


static time_t
ngx_http_s3o_gauge_left(const ngx_http_s3o_health_t *health)
{
    return health->left;
}


static time_t
ngx_http_s3o_gauge_expiry(const ngx_http_s3o_health_t *health)
{
    return health->expires ? health->expires : -1;
}


static time_t
ngx_http_s3o_gauge_success(const ngx_http_s3o_health_t *health)
{
    return health->fetched ? health->fetched : -1;
}


static time_t
ngx_http_s3o_gauge_fetches(const ngx_http_s3o_health_t *health)
{
    return (time_t) health->fetches;
}


static time_t
ngx_http_s3o_gauge_failures(const ngx_http_s3o_health_t *health)
{
    return (time_t) health->failures;
}
