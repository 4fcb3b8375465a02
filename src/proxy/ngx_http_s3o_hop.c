
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: the client's headers in the request that "proxy_pass" writes.
 * Headers that the client's Connection names are hidden from "proxy_pass", and
 * a mark before the others separates them from the headers of
 * "proxy_set_header".
 */


#include "ngx_http_s3o_hop.h"
#include "s3o_sort.h"
#include "s3o_text.h"
#include "s3o_policy_header.h"
#include "ngx_http_s3o_refuse.h"


typedef struct {
    ngx_table_elt_t         *header;
    ngx_str_t                key;
    u_char                  *lowcase_key;
    ngx_uint_t               hash;
} ngx_http_s3o_hidden_t;


static ngx_int_t ngx_http_s3o_connection(ngx_http_request_t *r,
    s3o_str_t **names, ngx_uint_t *n, ngx_table_elt_t **connection);
static ngx_uint_t ngx_http_s3o_connection_names(ngx_http_request_t *r,
    s3o_str_t *names, ngx_table_elt_t **connection);
static ngx_uint_t ngx_http_s3o_list_names(const ngx_str_t *list,
    s3o_str_t *names);
static ngx_uint_t ngx_http_s3o_acts(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_s3o_hide_named(ngx_http_request_t *r,
    ngx_array_t **hidden, ngx_table_elt_t *connection, s3o_str_t *names,
    ngx_uint_t n);


/* a name that no client and no configuration uses */

static u_char  ngx_http_s3o_mark_name[] = "x-s3o-client-headers";


/*
 * The proxy module writes the headers of the configuration first, then those
 * of the client.  So the mark is one more header, put in front of the
 * client's headers.
 */

void
ngx_http_s3o_mark_headers(ngx_http_request_t *r, ngx_http_s3o_mark_t *mark)
{
    ngx_memzero(&mark->header, sizeof(ngx_table_elt_t));

    mark->header.hash = 1;
    mark->header.key.data = ngx_http_s3o_mark_name;
    mark->header.key.len = sizeof(ngx_http_s3o_mark_name) - 1;
    mark->header.lowcase_key = ngx_http_s3o_mark_name;
    ngx_str_set(&mark->header.value, "1");

    mark->part = r->headers_in.headers.part;

    r->headers_in.headers.part.elts = &mark->header;
    r->headers_in.headers.part.nelts = 1;

    /* nginx expects that each part after the first has elements */

    r->headers_in.headers.part.next = mark->part.nelts ? &mark->part : NULL;
}


void
ngx_http_s3o_unmark_headers(ngx_http_request_t *r, ngx_http_s3o_mark_t *mark)
{
    r->headers_in.headers.part = mark->part;
}


ngx_uint_t
ngx_http_s3o_is_mark(const s3o_str_t *name)
{
    return name->len == sizeof(ngx_http_s3o_mark_name) - 1
           && ngx_memcmp(name->data, ngx_http_s3o_mark_name, name->len) == 0;
}


/*
 * Hides the headers that the client's Connection names, because they are for
 * this hop only.  Each one gets the name "Connection", which is never passed
 * on.  Headers that the configuration sets under such a name stay.  All
 * Connection headers are read here, because not every version of nginx sets
 * r->headers_in.connection.
 */

ngx_int_t
ngx_http_s3o_hide_headers(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_array_t **hidden)
{
    ngx_int_t         rc;
    s3o_str_t        *names;
    ngx_uint_t        n;
    ngx_table_elt_t  *connection;

    *hidden = NULL;

    if (!ctx->proxied->hop) {
        return NGX_OK;
    }

    if (ngx_http_s3o_connection(r, &names, &n, &connection) != NGX_OK) {
        return NGX_ERROR;
    }

    if (n == 0) {
        return NGX_OK;
    }

    rc = ngx_http_s3o_hide_named(r, hidden, connection, names, n);

    (void) ngx_pfree(r->pool, names);

    return rc;
}


/*
 * The names in all Connection headers, and one of these headers.  A client may
 * send thousands of names and of headers: the names are sorted once, and each
 * header is looked up among them.
 */

static ngx_int_t
ngx_http_s3o_connection(ngx_http_request_t *r, s3o_str_t **names,
    ngx_uint_t *n, ngx_table_elt_t **connection)
{
    *n = ngx_http_s3o_connection_names(r, NULL, connection);

    if (*n == 0) {
        return NGX_OK;
    }

    *names = ngx_palloc(r->pool, *n * sizeof(s3o_str_t));
    if (*names == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_s3o_connection_names(r, *names, connection);
    s3o_sort_names(*names, *n);

    return NGX_OK;
}


/*
 * Counts the names in all Connection headers, and writes them to "names"
 * unless it is NULL.  Sets "connection" to one of these headers.
 */

static ngx_uint_t
ngx_http_s3o_connection_names(ngx_http_request_t *r, s3o_str_t *names,
    ngx_table_elt_t **connection)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len != sizeof("connection") - 1
                || ngx_strncmp(h[i].lowcase_key, "connection", h[i].key.len)
                   != 0)
            {
                continue;
            }

            n += ngx_http_s3o_list_names(&h[i].value, names ? names + n : NULL);
            *connection = &h[i];
        }
    }

    return n;
}


/* The same for the value of one header: names between commas and blanks. */

static ngx_uint_t
ngx_http_s3o_list_names(const ngx_str_t *list, s3o_str_t *names)
{
    s3o_str_t   rest, name;
    ngx_uint_t  n;

    n = 0;
    rest = ngx_http_s3o_str(list);

    while (s3o_next_word(&rest, &name)) {

        if (names) {
            names[n] = name;
        }

        n++;
    }

    return n;
}


/*
 * Headers that Connection names are not sent.  The request is refused when it
 * would be another request without such a header: one with an effect, the
 * digest of a body, or the condition of a write.
 */

ngx_int_t
ngx_http_s3o_check_hop(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    s3o_str_t         name, *names;
    ngx_str_t         shown;
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    if (ngx_http_s3o_connection(r, &names, &n, &h) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (n == 0) {
        return NGX_OK;
    }

    ctx->proxied->hop = 1;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            s3o_str_set(&name, h[i].lowcase_key, h[i].key.len);

            if (!ngx_http_s3o_acts(r, &h[i])
                || !s3o_sorted_has(names, n, &name))
            {
                continue;
            }

            return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                       NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO,
                                       "\"%V\" would not be sent, as the "
                                       "client's \"Connection\" names it",
                                       ngx_http_s3o_shown(&shown, &h[i].key));
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_acts(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    s3o_str_t  name;

    s3o_str_set(&name, h->lowcase_key, h->key.len);

    switch (s3o_policy_header(&name)) {

    case S3O_HEADER_INTEGRITY:
    case S3O_HEADER_FRAME:
    case S3O_HEADER_EFFECT:
    case S3O_HEADER_COPY:
    case S3O_HEADER_LACKED:
    case S3O_HEADER_ACCESS:
        return 1;

    default:
        return r->method != NGX_HTTP_GET
               && r->method != NGX_HTTP_HEAD
               && name.len > sizeof("if-") - 1
               && ngx_strncmp(name.data, "if-", sizeof("if-") - 1) == 0;
    }
}


static ngx_int_t
ngx_http_s3o_hide_named(ngx_http_request_t *r, ngx_array_t **hidden,
    ngx_table_elt_t *connection, s3o_str_t *names, ngx_uint_t n)
{
    s3o_str_t                name;
    ngx_str_t                key;
    ngx_uint_t               i;
    ngx_list_part_t         *part;
    ngx_table_elt_t         *h;
    ngx_http_s3o_hidden_t   *hide;

    *hidden = ngx_array_create(r->pool, 4, sizeof(ngx_http_s3o_hidden_t));
    if (*hidden == NULL) {
        return NGX_ERROR;
    }

    key = connection->key;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            s3o_str_set(&name, h[i].lowcase_key, h[i].key.len);

            if (!s3o_sorted_has(names, n, &name)) {
                continue;
            }

            hide = ngx_array_push(*hidden);
            if (hide == NULL) {
                return NGX_ERROR;
            }

            hide->header = &h[i];
            hide->key = h[i].key;
            hide->lowcase_key = h[i].lowcase_key;
            hide->hash = h[i].hash;

            h[i].key = key;
            h[i].lowcase_key = connection->lowcase_key;
            h[i].hash = connection->hash;
        }
    }

    return NGX_OK;
}


void
ngx_http_s3o_show_headers(ngx_array_t *hidden)
{
    ngx_uint_t              i;
    ngx_http_s3o_hidden_t  *hide;

    if (hidden == NULL) {
        return;
    }

    hide = hidden->elts;

    for (i = 0; i < hidden->nelts; i++) {
        hide[i].header->key = hide[i].key;
        hide[i].header->lowcase_key = hide[i].lowcase_key;
        hide[i].header->hash = hide[i].hash;
    }
}
