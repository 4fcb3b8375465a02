
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_s3o_tunnel.h"
#include "s3o_encode.h"
#include "s3o_text.h"
#include "ngx_http_s3o_str.h"
#include "ngx_http_s3o_fetch_connect.h"
#include "ngx_http_s3o_fetch_exchange.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_peer.h"


/* the longest head of the proxy's answer, in bytes */
#define NGX_HTTP_S3O_TUNNEL_MAX  8192


static char *ngx_http_s3o_tunnel_parse(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_http_s3o_peer_t *peer, ngx_str_t *url,
    const char *what);
static ngx_int_t ngx_http_s3o_tunnel_user(ngx_conf_t *cf, u_char *p,
    u_char *last, ngx_str_t *authorization);
static ngx_uint_t ngx_http_s3o_tunnel_bypass(ngx_http_s3o_peer_t *peer);
static ngx_uint_t ngx_http_s3o_tunnel_exempt(ngx_http_s3o_peer_t *peer,
    ngx_str_t entry);
static ngx_uint_t ngx_http_s3o_tunnel_in_net(ngx_http_s3o_peer_t *peer,
    ngx_str_t *net);
static void ngx_http_s3o_tunnel_open(ngx_http_s3o_fetch_t *f);
static ngx_int_t ngx_http_s3o_tunnel_request(ngx_http_s3o_fetch_t *f);
static ngx_int_t ngx_http_s3o_tunnel_answer(ngx_http_s3o_fetch_t *f,
    ssize_t n);


static const ngx_http_s3o_exchange_t  ngx_http_s3o_tunnel_connect = {
    NGX_HTTP_S3O_TUNNEL_MAX,
    ngx_http_s3o_tunnel_answer,
    "asking the proxy timed out",
    "asking the proxy failed",
    "waiting for the proxy timed out",
    "reading the proxy's answer failed",
    "the proxy's answer is over 8k"
};


char *
ngx_http_s3o_tunnel_init(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_peer_t *peer)
{
    char        *env;
    ngx_str_t   *value, url;
    const char  *name;

    value = ngx_http_s3o_source_param(source, "proxy");
    env = ngx_http_s3o_tunnel_env(&name);

    if (value == NULL) {

        if (env) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "\"s3o_presign_credentials %V\" does not use "
                               "the proxy that %s names in the environment: "
                               "expected \"proxy=environment\" to use it, or "
                               "\"proxy=off\" to avoid this warning",
                               &source->provider->name, name);
        }

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "off") == 0) {
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "environment") != 0) {
        return ngx_http_s3o_tunnel_parse(cf, source, peer, value,
                                         "\"proxy=\"");
    }

    if (env == NULL || ngx_http_s3o_tunnel_bypass(peer)) {
        return NGX_CONF_OK;
    }

    url.data = (u_char *) ngx_http_s3o_source_env(cf, source, "proxy", name);
    if (url.data == NULL) {
        return NGX_CONF_ERROR;
    }

    url.len = ngx_strlen(url.data);

    return ngx_http_s3o_tunnel_parse(cf, source, peer, &url, name);
}


/* lower case goes first, as in Python and curl */

char *
ngx_http_s3o_tunnel_env(const char **name)
{
    char  *value;

    *name = "https_proxy";
    value = ngx_http_s3o_env(*name);

    if (value == NULL) {
        *name = "HTTPS_PROXY";
        value = ngx_http_s3o_env(*name);
    }

    return value;
}


/*
 * Parses "http://[user[:password]@]host[:port]".  Messages show no part of
 * it, as it may hold a password.
 */

static char *
ngx_http_s3o_tunnel_parse(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_peer_t *peer, ngx_str_t *url, const char *what)
{
    u_char               *p, *last, *at, *s;
    ngx_str_t             plain, path;
    ngx_http_s3o_peer_t  *proxy;

    p = url->data;
    last = p + url->len;

    if (url->len > 7 && ngx_strncasecmp(p, (u_char *) "http://", 7) == 0) {
        p += 7;

    } else if (ngx_strnstr(p, "://", url->len)) {
        goto invalid;
    }

    if (last > p && last[-1] == '/') {
        last--;
    }

    /* the last "@": a password that is not encoded may have others */

    for (at = NULL, s = p; s < last; s++) {

        if (*s == '@') {
            at = s;
        }

        if (!s3o_is_visible(*s)) {
            goto invalid;
        }
    }

    proxy = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_peer_t));
    if (proxy == NULL) {
        return NGX_CONF_ERROR;
    }

    s = at ? at + 1 : p;

    if (s == last || ngx_strlchr(s, last, '/') || ngx_strlchr(s, last, '?')) {
        goto invalid;
    }

    plain.len = sizeof("http://") - 1 + (last - s);
    plain.data = ngx_pnalloc(cf->pool, plain.len);
    if (plain.data == NULL) {
        return NGX_CONF_ERROR;
    }

    (void) ngx_sprintf(plain.data, "http://%*s", (size_t) (last - s), s);

    if (ngx_http_s3o_peer_init(cf, proxy, "proxy", &plain, NULL, &path)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    proxy->open = ngx_http_s3o_tunnel_open;
    peer->proxy = proxy;

    if (at && ngx_http_s3o_tunnel_user(cf, p, at, &proxy->authorization)
              != NGX_OK)
    {
        goto invalid;
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials %V\": %s names no proxy that "
                       "can be used: expected http://host[:port] or "
                       "http://user:password@host[:port], percent-encoded",
                       &source->provider->name, what);
    return NGX_CONF_ERROR;
}


/*
 * Makes the value of Proxy-Authorization, "Basic ...", of "user:password" in
 * its form in a URL.
 */

static ngx_int_t
ngx_http_s3o_tunnel_user(ngx_conf_t *cf, u_char *p, u_char *last,
    ngx_str_t *authorization)
{
    size_t      len;
    u_char     *user;
    ngx_str_t   dst, src;

    static const char  basic[] = "Basic ";

    len = last - p;

    user = ngx_pnalloc(cf->pool, len + 1);
    if (user == NULL) {
        return NGX_ERROR;
    }

    src.data = user;
    src.len = 0;

    if (s3o_decode(user, &src.len, p, len, 0) != S3O_OK) {
        ngx_explicit_memzero(user, len);
        return NGX_ERROR;
    }

    if (ngx_strlchr(user, user + src.len, ':') == NULL) {

        /* Basic needs a ":", also when there is no password */

        user[src.len++] = ':';
    }

    authorization->data = ngx_pnalloc(cf->pool, sizeof(basic)
                                      + ngx_base64_encoded_length(src.len));

    if (authorization->data) {
        dst.data = ngx_cpymem(authorization->data, basic, sizeof(basic) - 1);
        ngx_encode_base64(&dst, &src);

        authorization->len = sizeof(basic) - 1 + dst.len;
    }

    ngx_explicit_memzero(user, src.len);

    return authorization->data ? NGX_OK : NGX_ERROR;
}


/* 1 when NO_PROXY has the service, so that it is asked without the proxy */

static ngx_uint_t
ngx_http_s3o_tunnel_bypass(ngx_http_s3o_peer_t *peer)
{
    char       *env;
    s3o_str_t   rest, entry;

    env = ngx_http_s3o_env("no_proxy");

    if (env == NULL) {
        env = ngx_http_s3o_env("NO_PROXY");
    }

    if (env == NULL) {
        return 0;
    }

    s3o_str_set(&rest, (u_char *) env, ngx_strlen(env));

    while (s3o_next_word(&rest, &entry)) {
        if (ngx_http_s3o_tunnel_exempt(peer, ngx_http_s3o_ngx_str(&entry))) {
            return 1;
        }
    }

    return 0;
}


/*
 * 1 when an entry of NO_PROXY matches: "*", a name and all names in its
 * domain, an address, or a network.  A port may follow.
 */

static ngx_uint_t
ngx_http_s3o_tunnel_exempt(ngx_http_s3o_peer_t *peer, ngx_str_t entry)
{
    u_char     *colon;
    ngx_int_t   port;
    ngx_str_t  *name;

    name = &peer->name;

    if (entry.len == 1 && entry.data[0] == '*') {
        return 1;
    }

    if (peer->literal && ngx_http_s3o_tunnel_in_net(peer, &entry)) {
        return 1;
    }

    colon = ngx_strlchr(entry.data, entry.data + entry.len, ':');

    if (colon && !ngx_strlchr(colon + 1, entry.data + entry.len, ':')) {
        port = ngx_atoi(colon + 1, entry.data + entry.len - (colon + 1));

        if (port != peer->port) {
            return 0;
        }

        entry.len = colon - entry.data;
    }

    if (peer->literal) {
        return ngx_http_s3o_tunnel_in_net(peer, &entry);
    }

    if (entry.len && entry.data[0] == '.') {
        entry.data++;
        entry.len--;
    }

    if (entry.len == 0 || entry.len > name->len
        || ngx_strncasecmp(name->data + name->len - entry.len, entry.data,
                           entry.len)
           != 0)
    {
        return 0;
    }

    return entry.len == name->len
           || name->data[name->len - entry.len - 1] == '.';
}


static ngx_uint_t
ngx_http_s3o_tunnel_in_net(ngx_http_s3o_peer_t *peer, ngx_str_t *net)
{
    ngx_str_t           text;
    ngx_cidr_t          cidr;
    ngx_array_t         cidrs;
    struct sockaddr    *sa;

    text = *net;

    if (text.len > 2 && text.data[0] == '[' && text.data[text.len - 1] == ']')
    {
        text.data++;
        text.len -= 2;
    }

    if (ngx_ptocidr(&text, &cidr) == NGX_ERROR) {
        return 0;
    }

    sa = peer->addrs[0].sockaddr;

    ngx_memzero(&cidrs, sizeof(ngx_array_t));
    cidrs.elts = &cidr;
    cidrs.nelts = 1;

    return ngx_cidr_match(sa, &cidrs) == NGX_OK;
}


/* called when the connection to the proxy is made */

static void
ngx_http_s3o_tunnel_open(ngx_http_s3o_fetch_t *f)
{
    if (ngx_http_s3o_tunnel_request(f) != NGX_OK) {
        ngx_http_s3o_fetch_done(f, "no memory");
        return;
    }

    ngx_http_s3o_fetch_exchange(f, &ngx_http_s3o_tunnel_connect, &f->tunnel);
}


static ngx_int_t
ngx_http_s3o_tunnel_request(ngx_http_s3o_fetch_t *f)
{
    u_char               *p;
    ngx_uint_t            ipv6;
    ngx_http_s3o_peer_t  *peer;

    static const char     form[] = "CONNECT %s%V%s:%ui HTTP/1.1" CRLF
                                   "Host: %s%V%s:%ui" CRLF
                                   "User-Agent: ngx_http_s3o_presign_module"
                                   CRLF "%s%V%s" CRLF;

    static const char     field[] = "Proxy-Authorization: ";

    peer = f->peer;

    if (f->tunnel.data) {

        /* made before, for another address of the proxy */

        return NGX_OK;
    }

    p = ngx_pnalloc(f->pool, sizeof(form) + 2 * (peer->name.len + 8)
                             + sizeof(field) + peer->proxy->authorization.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ipv6 = peer->literal && ngx_strlchr(peer->name.data, peer->name.data
                                        + peer->name.len, ':') != NULL;

    f->tunnel.data = p;

    p = ngx_sprintf(p, form,
                    ipv6 ? "[" : "", &peer->name, ipv6 ? "]" : "",
                    (ngx_uint_t) peer->port,
                    ipv6 ? "[" : "", &peer->name, ipv6 ? "]" : "",
                    (ngx_uint_t) peer->port,
                    peer->proxy->authorization.len ? field : "",
                    &peer->proxy->authorization,
                    peer->proxy->authorization.len ? CRLF : "");

    f->tunnel.len = p - f->tunnel.data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_tunnel_answer(ngx_http_s3o_fetch_t *f, ssize_t n)
{
    size_t       len;
    s3o_int_t    rc;
    s3o_uint_t   status;
    const char  *error;

    if (n == 0) {
        ngx_http_s3o_fetch_done(f, "the proxy closed the connection");
        return NGX_DONE;
    }

    rc = s3o_http_connect(f->buf, f->received, f->received - n, &status,
                          &len);

    if (rc == S3O_AGAIN) {
        return NGX_AGAIN;
    }

    if (rc == S3O_OK && status / 100 != 2) {
        error = ngx_http_s3o_fetch_why(f, "the proxy answers %ui%s", status,
                                       status == 407
                                       ? ": the user or password is missing "
                                         "or wrong" : "");

        ngx_http_s3o_fetch_done(f, error);
        return NGX_DONE;
    }

    /* a server with TLS, and a proxy, send nothing before the client does */

    if (rc != S3O_OK || len < f->received || f->sent < f->sending.len) {
        ngx_http_s3o_fetch_done(f, "the proxy's answer is malformed");
        return NGX_DONE;
    }

    ngx_http_s3o_fetch_tunneled(f);

    return NGX_DONE;
}
