
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A proxy between the workers and STS, by CONNECT.  TLS is between the worker
 * and STS; the proxy sees only the name of STS.
 */


#ifndef _NGX_HTTP_S3O_TUNNEL_H_INCLUDED_
#define _NGX_HTTP_S3O_TUNNEL_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/*
 * Reads "proxy=" of a source, and the variables of the environment that it
 * may refer to.  Sets peer->proxy when there is a proxy.  Returns
 * NGX_CONF_OK, or NGX_CONF_ERROR after an error line.
 */

char *ngx_http_s3o_tunnel_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_peer_t *peer);


/*
 * The value of the variable of the environment that names a proxy, or NULL.
 * *name is set to the name of the variable.
 */

char *ngx_http_s3o_tunnel_env(const char **name);


#endif /* _NGX_HTTP_S3O_TUNNEL_H_INCLUDED_ */
