
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Uploads in the aws-chunked encoding that one location has decoded, and that
 * "error_page" leads to another location, which may not sign at all.  The
 * headers that announced the encoding and its length do not describe the body
 * any more, so they are changed, and the request becomes an ordinary upload.
 */


#include "ngx_http_s3o_unframe.h"
#include "ngx_http_s3o_decode.h"
#include "ngx_http_s3o_hash_pace.h"
#include "ngx_http_s3o_lines.h"
#include "ngx_http_s3o_payload.h"


static ngx_int_t ngx_http_s3o_unframe_headers(ngx_http_request_t *r,
    ngx_list_t *list, off_t size);
static ngx_int_t ngx_http_s3o_unframe_header(ngx_http_request_t *r,
    ngx_table_elt_t *h, ngx_table_elt_t *old, off_t size);
static ngx_int_t ngx_http_s3o_unframe_codings(ngx_http_request_t *r,
    ngx_str_t *value);


/*
 * Does nothing for a body that is not complete: it is shorter than its
 * encoding announces, so no server takes it for a complete one.
 */

ngx_int_t
ngx_http_s3o_unframe_body(ngx_http_request_t *r)
{
    off_t                    size;
    ngx_list_t               list, *headers;
    ngx_http_s3o_decoder_t  *d;

    d = ngx_http_s3o_decoder_find(r);

    if (d == NULL || !d->ended || d->told) {
        return NGX_OK;
    }

    size = ngx_http_s3o_decoder_size(d);

    if (ngx_http_s3o_hash_size(r->request_body->bufs) != size) {
        return NGX_OK;
    }

    if (ngx_list_init(&list, r->pool, 20, sizeof(ngx_table_elt_t)) != NGX_OK
        || ngx_http_s3o_unframe_headers(r, &list, size) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    headers = &r->headers_in.headers;
    *headers = list;

    if (list.last == &list.part) {
        headers->last = &headers->part;
    }

    r->headers_in.content_length_n = size;
    d->told = 1;

    return NGX_OK;
}


/*
 * makes a new list: a mirror may not have sent the headers of the old one yet
 */

static ngx_int_t
ngx_http_s3o_unframe_headers(ngx_http_request_t *r, ngx_list_t *list,
    off_t size)
{
    ngx_int_t         rc;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *old, copy;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        old = part->elts;

        for (i = 0; i < part->nelts; i++) {
            rc = ngx_http_s3o_unframe_header(r, &copy, &old[i], size);

            if (rc == NGX_DECLINED) {
                continue;
            }

            h = rc == NGX_OK ? ngx_list_push(list) : NULL;

            if (h == NULL) {
                return NGX_ERROR;
            }

            *h = copy;

            if (r->headers_in.content_length == &old[i]) {
                r->headers_in.content_length = h;
            }
        }
    }

    return NGX_OK;
}


/*
 * Sets "h" to the header for the decoded body.  NGX_OK; NGX_DECLINED for a
 * header that only the encoding needs; NGX_ERROR without memory.
 */

static ngx_int_t
ngx_http_s3o_unframe_header(ngx_http_request_t *r, ngx_table_elt_t *h,
    ngx_table_elt_t *old, off_t size)
{
    s3o_str_t  name;

    *h = *old;

    s3o_str_set(&name, h->lowcase_key, h->key.len);

    if (s3o_str_is(&name, "content-encoding")) {
        return ngx_http_s3o_unframe_codings(r, &h->value);
    }

    if (ngx_http_s3o_frames_upload(&name)) {
        return NGX_DECLINED;
    }

    if (s3o_str_is(&name, "x-amz-content-sha256")) {
        return ngx_http_s3o_is_streaming(&h->value) ? NGX_DECLINED : NGX_OK;
    }

    if (h->value.data && s3o_str_is(&name, "content-length")) {
        h->value.data = ngx_pnalloc(r->pool, NGX_OFF_T_LEN + 1);
        if (h->value.data == NULL) {
            return NGX_ERROR;
        }

        h->value.len = ngx_sprintf(h->value.data, "%O%Z", size)
                       - h->value.data - 1;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_unframe_codings(ngx_http_request_t *r, ngx_str_t *value)
{
    u_char     *p;
    s3o_buf_t   b;

    p = ngx_pnalloc(r->pool, value->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, p, value->len);
    ngx_http_s3o_put_codings(&b, ngx_http_s3o_str(value));

    value->data = p;
    value->len = b.pos - p;
    p[value->len] = '\0';

    return value->len ? NGX_OK : NGX_DECLINED;
}
