
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The connection of a fetch: addresses, TLS, and then the exchange.
 */


#ifndef _NGX_HTTP_S3O_FETCH_CONNECT_H_INCLUDED_
#define _NGX_HTTP_S3O_FETCH_CONNECT_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/*
 * Connects, sends the request and reads the answer.  f->handler is called
 * once, perhaps before this function returns.  After the handler the fetch is
 * freed.
 */

void ngx_http_s3o_fetch_start(ngx_http_s3o_fetch_t *f);


/*
 * For peer->open(): the tunnel through the proxy is open.  Goes on with TLS, as
 * only services with TLS have proxies.
 */

void ngx_http_s3o_fetch_tunneled(ngx_http_s3o_fetch_t *f);


#endif /* _NGX_HTTP_S3O_FETCH_CONNECT_H_INCLUDED_ */
