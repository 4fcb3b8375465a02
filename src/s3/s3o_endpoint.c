
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_endpoint.h"
#include "s3o_text.h"


#define S3O_PORT_MAX  65535


static s3o_target_error_e s3o_endpoint_scheme(s3o_endpoint_t *ep,
    s3o_str_t *rest);
static s3o_target_error_e s3o_endpoint_authority(s3o_str_t *rest);
static s3o_target_error_e s3o_endpoint_host(s3o_endpoint_t *ep,
    const s3o_str_t *host);
static s3o_target_error_e s3o_endpoint_port(s3o_endpoint_t *ep,
    const s3o_str_t *port);
static s3o_uint_t s3o_endpoint_refused(const s3o_str_t *label);


s3o_target_error_e
s3o_endpoint_parse(s3o_endpoint_t *ep, const s3o_str_t *s)
{
    s3o_str_t           rest, host;
    s3o_uint_t          port;
    s3o_target_error_e  err;

    memset(ep, 0, sizeof(s3o_endpoint_t));

    rest = *s;

    err = s3o_endpoint_scheme(ep, &rest);
    if (err != S3O_TARGET_OK) {
        return err;
    }

    err = s3o_endpoint_authority(&rest);
    if (err != S3O_TARGET_OK) {
        return err;
    }

    port = s3o_str_split(&rest, &host, ':');

    err = s3o_endpoint_host(ep, port ? &host : &rest);
    if (err != S3O_TARGET_OK) {
        return err;
    }

    return port ? s3o_endpoint_port(ep, &rest) : S3O_TARGET_OK;
}


static s3o_target_error_e
s3o_endpoint_scheme(s3o_endpoint_t *ep, s3o_str_t *rest)
{
    s3o_str_t   scheme;
    s3o_uint_t  n;

    static const s3o_str_t  schemes[] = {
        s3o_string("http://"),
        s3o_string("https://")
    };

    for (n = 0; n < 2; n++) {

        scheme = *rest;

        if (scheme.len > schemes[n].len) {
            scheme.len = schemes[n].len;
        }

        if (s3o_is_nocase(&scheme, &schemes[n])) {
            ep->https = n;
            rest->data += scheme.len;
            rest->len -= scheme.len;

            return S3O_TARGET_OK;
        }
    }

    return S3O_TARGET_ENDPOINT_SCHEME;
}


/*
 * Checks that the rest of the URL is an authority without user information,
 * and takes a "/" off its end.
 */

static s3o_target_error_e
s3o_endpoint_authority(s3o_str_t *rest)
{
    size_t  i;

    if (rest->len && rest->data[rest->len - 1] == '/') {
        rest->len--;
    }

    for (i = 0; i < rest->len; i++) {

        switch (rest->data[i]) {

        case '/':
        case '\\':
        case '?':
        case '#':
        case '@':
            return S3O_TARGET_ENDPOINT_PATH;
        }
    }

    return S3O_TARGET_OK;
}


static s3o_target_error_e
s3o_endpoint_host(s3o_endpoint_t *ep, const s3o_str_t *host)
{
    size_t     i;
    s3o_str_t  rest, label;

    if (host->len > S3O_HOST_NAME_MAX) {
        return S3O_TARGET_ENDPOINT_HOST;
    }

    for (i = 0; i < host->len; i++) {
        ep->host[i] = s3o_lower(host->data[i]);
    }

    ep->host_len = host->len;

    s3o_str_set(&rest, ep->host, ep->host_len);

    while (s3o_str_next(&rest, &label, '.')) {

        if (label.len > S3O_LABEL_MAX || !s3o_endpoint_label(&label)) {
            return S3O_TARGET_ENDPOINT_HOST;
        }

        if (s3o_endpoint_refused(&label)) {
            return S3O_TARGET_ENDPOINT_FIPS;
        }
    }

    if (s3o_str_is_digits(&label)) {
        return S3O_TARGET_ENDPOINT_HOST;
    }

    return S3O_TARGET_OK;
}


s3o_uint_t
s3o_endpoint_label(const s3o_str_t *s)
{
    size_t  i;
    u_char  c;

    if (s->len == 0 || s->data[0] == '-' || s->data[s->len - 1] == '-') {
        return 0;
    }

    for (i = 0; i < s->len; i++) {
        c = s->data[i];

        if (!s3o_is_lower(c) && !s3o_is_digit(c) && c != '-') {
            return 0;
        }
    }

    return 1;
}


/* 1 for "s3-accelerate" and for labels with the word "fips" or "dualstack" */

static s3o_uint_t
s3o_endpoint_refused(const s3o_str_t *label)
{
    s3o_str_t  rest, word;

    if (s3o_str_is(label, "s3-accelerate")) {
        return 1;
    }

    rest = *label;

    while (s3o_str_next(&rest, &word, '-')) {

        if (s3o_str_is(&word, "fips") || s3o_str_is(&word, "dualstack")) {
            return 1;
        }
    }

    return 0;
}


static s3o_target_error_e
s3o_endpoint_port(s3o_endpoint_t *ep, const s3o_str_t *port)
{
    s3o_uint_t  n;

    if (s3o_parse_decimal(port, S3O_PORT_MAX, &n) != S3O_OK
        || port->data[0] == '0')
    {
        return S3O_TARGET_ENDPOINT_PORT;
    }

    if (n != (ep->https ? 443 : 80)) {
        ep->port = *port;
    }

    return S3O_TARGET_OK;
}
