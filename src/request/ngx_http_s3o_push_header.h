
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The headers of an answer to the client.
 */


#ifndef _NGX_HTTP_S3O_PUSH_HEADER_H_INCLUDED_
#define _NGX_HTTP_S3O_PUSH_HEADER_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


#define ngx_http_s3o_add_header(r, name, value, header)                      \
    ngx_http_s3o_push_header(r, name, sizeof(name) - 1, value, header)


/*
 * Adds a header to the answer.  "name" has "len" bytes; neither the name nor
 * the bytes of the value are copied.  Sets *header to the new element, unless
 * "header" is NULL.  NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_push_header(ngx_http_request_t *r, const char *name,
    size_t len, ngx_str_t *value, ngx_table_elt_t **header);


#endif /* _NGX_HTTP_S3O_PUSH_HEADER_H_INCLUDED_ */
