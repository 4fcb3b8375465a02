
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_s3o_skew.h"


/* in seconds; S3 refuses signatures that are more than 15 minutes off */
#define NGX_HTTP_S3O_SKEW_MAX    300

/* in seconds between warnings, should two servers disagree about the time */
#define NGX_HTTP_S3O_SKEW_AGAIN  3600


void
ngx_http_s3o_skew_check(ngx_http_s3o_skew_t *skew, ngx_log_t *log,
    u_char *date, size_t len, const char *who)
{
    time_t  t, now, off;

    t = ngx_parse_http_time(date, len);

    if (t == NGX_ERROR) {
        return;
    }

    now = ngx_time();
    off = now > t ? now - t : t - now;

    if (off < NGX_HTTP_S3O_SKEW_MAX) {

        if (skew->lasts) {
            skew->lasts = 0;
        }

        return;
    }

    if (!ngx_atomic_cmp_set(&skew->lasts, 0, 1)) {
        return;
    }

    if (skew->at && now - (time_t) skew->at < NGX_HTTP_S3O_SKEW_AGAIN
        && now >= (time_t) skew->at)
    {
        return;
    }

    skew->at = now;

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "s3o_presign: the clock of this host is %T s %s that of %s; "
                  "signatures that are off by 900 s are refused",
                  off, now > t ? "ahead of" : "behind", who);
}
