
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The credentials of a container's role, from the agent of ECS or of EKS Pod
 * Identity.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_provider_container.h"
#include "s3o_text.h"
#include "ngx_http_s3o_ask.h"
#include "ngx_http_s3o_fetch.h"
#include "ngx_http_s3o_json.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_peer.h"
#include "ngx_http_s3o_refresh.h"
#include "ngx_http_s3o_token_file.h"


typedef struct {
    ngx_http_s3o_peer_t     peer;
    ngx_str_t               uri;
    ngx_str_t               token_file;
    ngx_str_t               token;
} ngx_http_s3o_container_t;


static char *ngx_http_s3o_container_load(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);
static ngx_int_t ngx_http_s3o_container_url(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *url);
static char *ngx_http_s3o_container_check(ngx_conf_t *cf,
    ngx_http_s3o_container_t *container, ngx_str_t *url);
static ngx_uint_t ngx_http_s3o_container_allowed(struct sockaddr *sa);
static char *ngx_http_s3o_container_token(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_http_s3o_container_t *container);
static void ngx_http_s3o_container_fetch(ngx_http_s3o_source_t *source);
static const char *ngx_http_s3o_container_request(
    ngx_http_s3o_source_t *source, ngx_http_s3o_fetch_t *f);
static void ngx_http_s3o_container_handler(ngx_http_s3o_fetch_t *f);


static const char *const  ngx_http_s3o_container_params[] = {
    "uri",
    "token_file",
    "trusted_certificate",
    "renew",
    NULL
};


const ngx_http_s3o_provider_t  ngx_http_s3o_provider_container = {
    ngx_string("container"),
    ngx_http_s3o_container_params,
    ngx_http_s3o_container_load,
    NULL,
    NULL,
    ngx_http_s3o_container_fetch
};


static char *
ngx_http_s3o_container_load(ngx_conf_t *cf, ngx_http_s3o_source_t *source)
{
    ngx_str_t                  url;
    ngx_http_s3o_container_t  *container;

    container = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_container_t));
    if (container == NULL) {
        return NGX_CONF_ERROR;
    }

    source->conf = container;

    switch (ngx_http_s3o_container_url(cf, source, &url)) {

    case NGX_OK:
        break;

    case NGX_DECLINED:
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials container\" needs "
                           "\"uri=\", or AWS_CONTAINER_CREDENTIALS_"
                           "RELATIVE_URI or _FULL_URI in the environment of "
                           "the master process");
        /* fall through */

    default:
        return NGX_CONF_ERROR;
    }

    if (ngx_http_s3o_peer_init(cf, &container->peer, "uri", &url,
                               ngx_http_s3o_source_param(source,
                                                      "trusted_certificate"),
                               &container->uri)
        != NGX_CONF_OK
        || ngx_http_s3o_container_check(cf, container, &url) != NGX_CONF_OK
        || ngx_http_s3o_container_token(cf, source, container)
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    source->peer = &container->peer;

    if (container->token_file.len) {
        source->file = &container->token_file;
    }

    return NGX_CONF_OK;
}


/* Sets *url; a path alone is that of the agent of ECS. */

static ngx_int_t
ngx_http_s3o_container_url(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *url)
{
    u_char     *p;
    ngx_str_t  *uri;

    static const char  ecs[] = "http://169.254.170.2";

    uri = ngx_http_s3o_source_value(cf, source, "uri",
                                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                    "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (uri == NULL) {
        return NGX_DECLINED;
    }

    url->len = uri->len + (uri->data[0] == '/' ? sizeof(ecs) - 1 : 0);

    url->data = ngx_pnalloc(cf->pool, url->len);
    if (url->data == NULL) {
        return NGX_ERROR;
    }

    p = url->data;

    if (uri->data[0] == '/') {
        p = ngx_cpymem(p, ecs, sizeof(ecs) - 1);
    }

    ngx_memcpy(p, uri->data, uri->len);

    return NGX_OK;
}


/*
 * Without TLS the token is sent to loopback and the addresses of the agents
 * only.  A name is refused, as it could be the name of any address.
 */

static char *
ngx_http_s3o_container_check(ngx_conf_t *cf,
    ngx_http_s3o_container_t *container, ngx_str_t *url)
{
    size_t      i;
    ngx_uint_t  n;

    if (container->uri.len == 0) {
        ngx_str_set(&container->uri, "/");
    }

    for (i = 0; i < container->uri.len; i++) {
        if (!s3o_is_visible(container->uri.data[i])) {
            goto invalid;
        }
    }

    if (container->uri.data[0] != '/') {
        goto invalid;
    }

    if (container->peer.ssl) {
        return NGX_CONF_OK;
    }

    for (n = 0; n < container->peer.naddrs; n++) {
        if (!ngx_http_s3o_container_allowed(
                                          container->peer.addrs[n].sockaddr))
        {
            goto invalid;
        }
    }

    if (n) {
        return NGX_CONF_OK;
    }

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials container\" has invalid "
                       "uri \"%V\": expected a path, an https:// URL, or an "
                       "http:// URL of a loopback address, 169.254.170.2, "
                       "169.254.170.23 or [fd00:ec2::23]", url);
    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_s3o_container_allowed(struct sockaddr *sa)
{
    in_addr_t             addr;
    struct sockaddr_in   *sin;

#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;

    static const u_char   eks[16] = { 0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0,
                                      0, 0, 0, 0, 0, 0, 0, 0x23 };
    static const u_char   loopback[16] = { 0, 0, 0, 0, 0, 0, 0, 0,
                                           0, 0, 0, 0, 0, 0, 0, 1 };

    if (sa->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) sa;

        return ngx_memcmp(sin6->sin6_addr.s6_addr, eks, 16) == 0
               || ngx_memcmp(sin6->sin6_addr.s6_addr, loopback, 16) == 0;
    }

#endif

    if (sa->sa_family != AF_INET) {
        return 0;
    }

    sin = (struct sockaddr_in *) sa;
    addr = ntohl(sin->sin_addr.s_addr);

    return addr >> 24 == 127
           || addr == 0xa9feaa02      /* 169.254.170.2 */
           || addr == 0xa9feaa17;     /* 169.254.170.23 */
}


static char *
ngx_http_s3o_container_token(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_http_s3o_container_t *container)
{
    ngx_str_t  *value;

    value = ngx_http_s3o_source_value(cf, source, "token_file",
                                      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                      NULL);
    if (value) {
        return ngx_http_s3o_token_file_name(cf, value, &container->token_file);
    }

    value = ngx_http_s3o_source_value(cf, source, NULL,
                                      "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                      NULL);
    if (value == NULL) {
        return NGX_CONF_OK;
    }

    container->token = *value;

    if (ngx_http_s3o_token_check(&container->token)) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "AWS_CONTAINER_AUTHORIZATION_TOKEN has characters that "
                       "a header cannot have");
    return NGX_CONF_ERROR;
}


static void
ngx_http_s3o_container_fetch(ngx_http_s3o_source_t *source)
{
    ngx_http_s3o_container_t *container = source->conf;

    (void) ngx_http_s3o_ask(source, &container->peer,
                            ngx_http_s3o_container_request,
                            ngx_http_s3o_container_handler);
}


static const char *
ngx_http_s3o_container_request(ngx_http_s3o_source_t *source,
    ngx_http_s3o_fetch_t *f)
{
    ngx_http_s3o_container_t *container = source->conf;

    ngx_int_t    rc;
    ngx_str_t    token, headers;
    const char  *why;

    static ngx_str_t  body = ngx_null_string;

    ngx_str_null(&headers);
    token = container->token;

    if (container->token_file.len) {

        /* read at each fetch, as the file gets new tokens */

        f->file = &container->token_file;

        why = ngx_http_s3o_token_file_read(f->pool, f->log, f->file, &token,
                                           &f->err);
        if (why) {
            return why;
        }

        f->file = NULL;
    }

    rc = token.len ? ngx_http_s3o_peer_header(f->pool, &headers,
                                              "Authorization", &token)
                   : NGX_OK;

    if (rc == NGX_OK) {
        rc = ngx_http_s3o_peer_request(f, "GET", &container->uri, &headers,
                                       &body);
    }

    if (container->token_file.len) {
        ngx_explicit_memzero(token.data, token.len);
    }

    ngx_explicit_memzero(headers.data, headers.len);

    return rc == NGX_OK ? NULL : "no memory";
}


static void
ngx_http_s3o_container_handler(ngx_http_s3o_fetch_t *f)
{
    void                   *root;
    ngx_str_t               text;
    const char             *why;
    ngx_http_s3o_set_t      set;
    ngx_http_s3o_source_t  *source;

    source = f->data;
    source->fetch = NULL;

    root = NULL;
    why = f->error;

    if (why == NULL && f->response.status != 200) {
        why = ngx_http_s3o_fetch_why(f, "the service answers %ui",
                                     f->response.status);
    }

    if (why == NULL) {
        text.data = f->response.body.data;
        text.len = f->response.body.len;

        why = ngx_http_s3o_json_parse(&text, NGX_HTTP_S3O_JSON_CONTAINER,
                                      &set, &root);
    }

    ngx_http_s3o_refresh_done(source, &set, f->log, f->err, why);
    ngx_http_s3o_json_free(root);
}
