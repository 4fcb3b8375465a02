
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The services that credentials are fetched from.
 */


#ifndef _NGX_HTTP_S3O_PEER_H_INCLUDED_
#define _NGX_HTTP_S3O_PEER_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/*
 * From a URL; "what" names it in messages.  *path is set to what follows the
 * authority.  "certificate" are trusted CA certificates, NULL: the system's.
 */

char *ngx_http_s3o_peer_init(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer,
    const char *what, ngx_str_t *url, ngx_str_t *certificate,
    ngx_str_t *path);


/* In postconfiguration: addresses, or the resolver. */

char *ngx_http_s3o_peer_ready(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer);


/*
 * Sets the request of a fetch: a method, a URI, header lines with their
 * CR LF, and a body, which may be empty.  NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_peer_request(ngx_http_s3o_fetch_t *f,
    const char *method, ngx_str_t *uri, ngx_str_t *headers, ngx_str_t *body);


/* Appends a header line to a text in the pool.  NGX_OK or NGX_ERROR. */

ngx_int_t ngx_http_s3o_peer_header(ngx_pool_t *pool, ngx_str_t *headers,
    const char *name, const ngx_str_t *value);


#endif /* _NGX_HTTP_S3O_PEER_H_INCLUDED_ */
