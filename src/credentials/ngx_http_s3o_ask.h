
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Asks a service for the next set of a source.
 */


#ifndef _NGX_HTTP_S3O_ASK_H_INCLUDED_
#define _NGX_HTTP_S3O_ASK_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/*
 * Makes the request of a fetch, f->request.  Returns NULL, or a sentence that
 * says why there is none.
 */

typedef const char *(*ngx_http_s3o_ask_pt)(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f);


/*
 * Asks a service: creates a fetch for "peer", calls "request" to make its
 * request, and starts it.  "handler" is called once, perhaps before this
 * function returns; f->data is the source.  Returns NGX_OK; or NGX_ERROR,
 * after a call of ngx_http_s3o_refresh_done(), when the request could not be
 * made: "handler" is not called then.
 */

ngx_int_t ngx_http_s3o_ask(ngx_http_s3o_source_t *source, ngx_http_s3o_peer_t
    *peer, ngx_http_s3o_ask_pt request, ngx_http_s3o_fetch_pt handler);


#endif /* _NGX_HTTP_S3O_ASK_H_INCLUDED_ */
