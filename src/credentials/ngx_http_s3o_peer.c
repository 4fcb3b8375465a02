
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The services from which credentials are fetched: their addresses and TLS, by
 * the URL in the configuration, and requests to them.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_s3o_peer.h"
#include "ngx_http_s3o_compat.h"
#include "s3o_text.h"


static char *ngx_http_s3o_peer_ssl(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer,
    ngx_uint_t https, ngx_str_t *certificate);
static ngx_int_t ngx_http_s3o_peer_addrs(ngx_conf_t *cf,
    ngx_http_s3o_peer_t *peer, ngx_url_t *u);
static ngx_int_t ngx_http_s3o_peer_localhost(ngx_conf_t *cf,
    ngx_http_s3o_peer_t *peer);
static char *ngx_http_s3o_peer_resolve(ngx_conf_t *cf,
    ngx_http_s3o_peer_t *peer);


char *
ngx_http_s3o_peer_init(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer,
    const char *what, ngx_str_t *url, ngx_str_t *certificate, ngx_str_t *path)
{
    u_char      *p, *last;
    ngx_url_t    u;
    ngx_uint_t   https;

    ngx_memzero(peer, sizeof(ngx_http_s3o_peer_t));
    ngx_memzero(&u, sizeof(ngx_url_t));

    https = url->len > 8 && ngx_strncmp(url->data, "https://", 8) == 0;

    if (!https
        && (url->len <= 7 || ngx_strncmp(url->data, "http://", 7) != 0))
    {
        goto invalid;
    }

    p = url->data + (https ? 8 : 7);
    last = url->data + url->len;

    u.url.data = p;

    while (p < last && *p != '/' && *p != '?') {

        if (!s3o_is_visible(*p) || *p == '@' || *p == '#') {
            goto invalid;
        }

        p++;
    }

    u.url.len = p - u.url.data;
    path->data = p;
    path->len = last - p;

    u.default_port = https ? 443 : 80;
    u.no_resolve = 1;

    peer->authority = u.url;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK || u.host.len == 0) {
        goto invalid;
    }

    if (ngx_http_s3o_peer_addrs(cf, peer, &u) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    /* the name is zero-terminated, an IPv6 address without brackets */

    if (u.host.data[0] == '[') {
        u.host.data++;
        u.host.len -= 2;
    }

    peer->name.len = u.host.len;
    peer->name.data = ngx_pnalloc(cf->pool, u.host.len + 1);
    if (peer->name.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_cpystrn(peer->name.data, u.host.data, u.host.len + 1);

    return ngx_http_s3o_peer_ssl(cf, peer, https, certificate);

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials\" has invalid %s \"%V\": "
                       "expected http://host[:port] or https://host[:port]",
                       what, url);
    return NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_s3o_peer_addrs(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer,
    ngx_url_t *u)
{
    peer->port = u->port;
    peer->addrs = u->addrs;
    peer->naddrs = u->naddrs;
    peer->literal = u->naddrs != 0;

    if (u->host.len == sizeof("localhost") - 1
        && ngx_strncasecmp(u->host.data, (u_char *) "localhost", u->host.len)
           == 0)
    {
        return ngx_http_s3o_peer_localhost(cf, peer);
    }

    return NGX_OK;
}


/*
 * "localhost" always means this host (RFC 6761), whatever a resolver or
 * /etc/hosts say.  So a token that is sent without TLS does not leave the
 * host.
 */

static ngx_int_t
ngx_http_s3o_peer_localhost(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer)
{
    ngx_url_t    u;
    ngx_uint_t   i;

    static ngx_str_t  addrs[] = {
        ngx_string("127.0.0.1"),
#if (NGX_HAVE_INET6)
        ngx_string("[::1]")
#endif
    };

    peer->naddrs = sizeof(addrs) / sizeof(addrs[0]);

    peer->addrs = ngx_pcalloc(cf->pool, peer->naddrs * sizeof(ngx_addr_t));
    if (peer->addrs == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < peer->naddrs; i++) {
        ngx_memzero(&u, sizeof(ngx_url_t));

        u.url = addrs[i];
        u.default_port = peer->port;
        u.no_resolve = 1;

        if (ngx_parse_url(cf->pool, &u) != NGX_OK || u.naddrs == 0) {
            return NGX_ERROR;
        }

        peer->addrs[i] = u.addrs[0];
    }

    return NGX_OK;
}


static char *
ngx_http_s3o_peer_ssl(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer,
    ngx_uint_t https, ngx_str_t *certificate)
{
    ngx_str_t            file;
    ngx_pool_cleanup_t  *cln;

    if (!https) {
        if (certificate == NULL) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials\" has "
                           "\"trusted_certificate=\" for \"%V\": expected an "
                           "https:// URL", &peer->authority);
        return NGX_CONF_ERROR;
    }

    peer->ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    if (peer->ssl == NULL) {
        return NGX_CONF_ERROR;
    }

    peer->ssl->log = cf->log;

    if (ngx_ssl_create(peer->ssl, NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        ngx_ssl_cleanup_ctx(peer->ssl);
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = peer->ssl;

#ifdef SSL_OP_CLEANSE_PLAINTEXT

    /* OpenSSL wipes secrets in buffers before it frees them */

    SSL_CTX_set_options(peer->ssl->ctx, SSL_OP_CLEANSE_PLAINTEXT);

#endif

    if (certificate) {

        /*
         * ngx_ssl_trusted_certificate() changes the name; parameters must not
         * change
         */

        file = *certificate;

        return ngx_ssl_trusted_certificate(cf, peer->ssl, &file, 10)
               == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    if (SSL_CTX_set_default_verify_paths(peer->ssl->ctx) == 0) {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_CTX_set_default_verify_paths() failed");
        return NGX_CONF_ERROR;
    }

    SSL_CTX_set_verify_depth(peer->ssl->ctx, 10);

    return NGX_CONF_OK;
}


/*
 * Called when all of http{} is known.  Names are given to its resolver;
 * without one they are looked up now, as names in "proxy_pass" are.
 */

char *
ngx_http_s3o_peer_ready(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (peer->proxy) {

        /* the proxy looks up the name of the service itself */

        return ngx_http_s3o_peer_ready(cf, peer->proxy);
    }

    if (peer->naddrs) {
        return NGX_CONF_OK;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->resolver && ngx_http_s3o_resolver_asks(clcf->resolver)) {
        peer->resolver = clcf->resolver;

        /* nginx has not merged http{} itself: the default of nginx is 30 s */

        peer->resolver_timeout = clcf->resolver_timeout == NGX_CONF_UNSET_MSEC
                                 ? 30000 : clcf->resolver_timeout;

        return NGX_CONF_OK;
    }

    return ngx_http_s3o_peer_resolve(cf, peer);
}


static char *
ngx_http_s3o_peer_resolve(ngx_conf_t *cf, ngx_http_s3o_peer_t *peer)
{
    ngx_url_t  u;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = peer->authority;
    u.default_port = peer->port;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"s3o_presign_credentials\" \"%V\"; "
                           "a \"resolver\" in http{} looks names up while "
                           "nginx runs", u.err ? u.err : "host not found",
                           &u.url);
        return NGX_CONF_ERROR;
    }

    peer->addrs = u.addrs;
    peer->naddrs = u.naddrs;

    return NGX_CONF_OK;
}


/*
 * The request is in the pool of the fetch, which wipes the request at its
 * end.
 */

ngx_int_t
ngx_http_s3o_peer_request(ngx_http_s3o_fetch_t *f, const char *method,
    ngx_str_t *uri, ngx_str_t *headers, ngx_str_t *body)
{
    u_char  *p;
    size_t   len;

    len = sizeof("PUT  HTTP/1.1" CRLF
                 "Host: " CRLF
                 "User-Agent: ngx_http_s3o_presign_module" CRLF
                 "Accept: */*" CRLF
                 "Connection: close" CRLF
                 "Content-Length: " CRLF CRLF)
          + ngx_strlen(method) + uri->len + f->peer->authority.len
          + headers->len + NGX_SIZE_T_LEN + body->len;

    p = ngx_pnalloc(f->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    f->request.data = p;

    p = ngx_sprintf(p, "%s %V HTTP/1.1" CRLF
                       "Host: %V" CRLF
                       "User-Agent: ngx_http_s3o_presign_module" CRLF
                       "Accept: */*" CRLF
                       "Connection: close" CRLF,
                    method, uri, &f->peer->authority);

    if (headers->len) {
        p = ngx_cpymem(p, headers->data, headers->len);
    }

    if (ngx_strcmp(method, "GET") != 0) {
        p = ngx_sprintf(p, "Content-Length: %uz" CRLF, body->len);
    }

    *p++ = CR;
    *p++ = LF;

    if (body->len) {
        p = ngx_cpymem(p, body->data, body->len);
    }

    f->request.len = p - f->request.data;

    return NGX_OK;
}


/*
 * The lines so far are copied together with the new one, and wiped where they
 * were, as they may hold a token.
 */

ngx_int_t
ngx_http_s3o_peer_header(ngx_pool_t *pool, ngx_str_t *headers,
    const char *name, const ngx_str_t *value)
{
    u_char  *p;
    size_t   len;

    len = headers->len + ngx_strlen(name) + sizeof(": " CRLF) + value->len;

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    len = ngx_sprintf(p, "%V%s: %V" CRLF, headers, name, value) - p;

    ngx_explicit_memzero(headers->data, headers->len);

    headers->data = p;
    headers->len = len;

    return NGX_OK;
}
