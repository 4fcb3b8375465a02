
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: headers that are for the connection of the client only.
 */


#ifndef _NGX_HTTP_S3O_HOP_H_INCLUDED_
#define _NGX_HTTP_S3O_HOP_H_INCLUDED_


#include "ngx_http_s3o_proxied.h"


/* the mark, and the first part of the client's headers before it was marked */

typedef struct {
    ngx_list_part_t         part;
    ngx_table_elt_t         header;
} ngx_http_s3o_mark_t;


/*
 * Refuses a request whose Connection names a header that the request needs:
 * one with an effect, the digest of a body, or the condition of a write.
 * Sets ctx->proxied->hop when Connection has names.  NGX_OK, or the status of
 * a refusal.
 */

ngx_int_t ngx_http_s3o_check_hop(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * Hides the client's headers that its Connection names, and sets *hidden,
 * NULL when there are none.  ngx_http_s3o_show_headers(*hidden) shows them
 * again, also after an error.  NGX_OK or NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_hide_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_array_t **hidden);
void ngx_http_s3o_show_headers(ngx_array_t *hidden);


/* Puts a mark before the client's headers, and removes it. */

void ngx_http_s3o_mark_headers(ngx_http_request_t *r,
    ngx_http_s3o_mark_t *mark);
void ngx_http_s3o_unmark_headers(ngx_http_request_t *r,
    ngx_http_s3o_mark_t *mark);


/* 1 when "name" is the name of the mark. */

ngx_uint_t ngx_http_s3o_is_mark(const s3o_str_t *name);


#endif /* _NGX_HTTP_S3O_HOP_H_INCLUDED_ */
