
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The services from which credentials are fetched.
 */


#ifndef _NGX_HTTP_S3O_PEER_H_INCLUDED_
#define _NGX_HTTP_S3O_PEER_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/*
 * Fills a peer by a URL.  "what" is the name of the URL's parameter in
 * messages.  *path is set to what follows the authority.  "certificate" is a
 * file of trusted CA certificates, or NULL for those of the system.  Returns
 * NGX_CONF_OK, or NGX_CONF_ERROR after an error line.
 */

char *ngx_http_s3o_peer_init(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer,
    const char *what, ngx_str_t *url, ngx_str_t *certificate,
    ngx_str_t *path);


/*
 * In postconfiguration: sets the addresses or the resolver of a peer.
 * Returns NGX_CONF_OK, or NGX_CONF_ERROR after an error line.
 */

char *ngx_http_s3o_peer_ready(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer);


/*
 * Sets the request of a fetch: a method, a URI, header lines that each end
 * with CR LF, and a body, which may be empty.  Returns NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_peer_request(ngx_http_s3o_fetch_t *f,
    const char *method, ngx_str_t *uri, ngx_str_t *headers, ngx_str_t *body);


/*
 * Appends a header line to *headers, in the pool.  Returns NGX_OK or
 * NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_peer_header(ngx_pool_t *pool, ngx_str_t *headers,
    const char *name, const ngx_str_t *value);


#endif /* _NGX_HTTP_S3O_PEER_H_INCLUDED_ */
