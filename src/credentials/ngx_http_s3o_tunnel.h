
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A proxy between the workers and STS, by CONNECT: TLS is that of STS, and
 * the proxy sees no more of it than its name.
 */


#ifndef _NGX_HTTP_S3O_TUNNEL_H_INCLUDED_
#define _NGX_HTTP_S3O_TUNNEL_H_INCLUDED_


#include "ngx_http_s3o_fetch.h"


/*
 * Reads "proxy" of a source, and what it may name in the environment of the
 * master process: sets peer->proxy, or leaves it.
 */

char *ngx_http_s3o_tunnel_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_peer_t *peer);


/* A variable of the environment that names a proxy, or NULL. */

char *ngx_http_s3o_tunnel_env(const char **name);


#endif /* _NGX_HTTP_S3O_TUNNEL_H_INCLUDED_ */
