
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Metrics in the text format of Prometheus.
 */


#ifndef _NGX_HTTP_S3O_METRICS_H_INCLUDED_
#define _NGX_HTTP_S3O_METRICS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* Writes all metrics to "p", up to "last".  Returns the end of the text. */

u_char *ngx_http_s3o_put_metrics(u_char *p, u_char *last,
    ngx_http_s3o_main_conf_t *smcf);


#endif /* _NGX_HTTP_S3O_METRICS_H_INCLUDED_ */
