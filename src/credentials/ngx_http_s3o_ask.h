
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * How a source asks a service.
 */


#ifndef _NGX_HTTP_S3O_ASK_H_INCLUDED_
#define _NGX_HTTP_S3O_ASK_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/* Makes the request of a fetch: NULL, or why there is none, a sentence. */

typedef const char *(*ngx_http_s3o_ask_pt)(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f);


/*
 * Asks a service of a source: creates a fetch, makes its request, and starts
 * it.  The handler is called once, perhaps before this returns, with the
 * source as f->data.  NGX_OK; or NGX_ERROR, after
 * ngx_http_s3o_refresh_done(), where it does not come to that.
 */

ngx_int_t ngx_http_s3o_ask(ngx_http_s3o_source_t *source, ngx_http_s3o_peer_t
    *peer, ngx_http_s3o_ask_pt request, ngx_http_s3o_fetch_pt handler);


#endif /* _NGX_HTTP_S3O_ASK_H_INCLUDED_ */
