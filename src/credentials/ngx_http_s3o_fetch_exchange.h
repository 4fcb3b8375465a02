
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * One exchange on the connection of a fetch: a request and its answer.
 */


#ifndef _NGX_HTTP_S3O_FETCH_EXCHANGE_H_INCLUDED_
#define _NGX_HTTP_S3O_FETCH_EXCHANGE_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/*
 * How an answer is read, and the errors of an exchange that fails.  parse() is
 * called when "n" more bytes are in f->buf, 0 at the end of the connection.
 * It returns NGX_AGAIN to read more; otherwise it has ended the fetch or called
 * ngx_http_s3o_fetch_tunneled().
 */

struct ngx_http_s3o_exchange_s {
    size_t                   max;            /* bytes of an answer */
    ngx_int_t              (*parse)(ngx_http_s3o_fetch_t *f, ssize_t n);
    const char              *send_timeout;
    const char              *send_error;
    const char              *read_timeout;
    const char              *read_error;
    const char              *too_long;
};


/*
 * Sends a request on the connection, and reads its answer to f->buf.  Ends the
 * fetch with a sentence of "exchange" when that fails.
 */

void ngx_http_s3o_fetch_exchange(ngx_http_s3o_fetch_t *f,
    const ngx_http_s3o_exchange_t *exchange, ngx_str_t *request);


/* For an event that is not waited for: ends the fetch when the worker ends. */

void ngx_http_s3o_fetch_idle_handler(ngx_event_t *ev);


#endif /* _NGX_HTTP_S3O_FETCH_EXCHANGE_H_INCLUDED_ */
