
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The headers of an answer to the client.
 */


#include "ngx_http_s3o_push_header.h"
#include "ngx_http_s3o_compat.h"


ngx_int_t
ngx_http_s3o_push_header(ngx_http_request_t *r, const char *name, size_t len,
    ngx_str_t *value, ngx_table_elt_t **header)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = len;
    h->value = *value;
    h->lowcase_key = NULL;
    ngx_http_s3o_header_end(h);

    if (header) {
        *header = h;
    }

    return NGX_OK;
}
