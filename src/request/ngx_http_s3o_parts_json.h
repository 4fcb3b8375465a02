
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The JSON text with the URLs of many parts, written piece by piece.
 */


#ifndef _NGX_HTTP_S3O_PARTS_JSON_H_INCLUDED_
#define _NGX_HTTP_S3O_PARTS_JSON_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* what all parts have in common, and how far the text is written */

typedef struct {
    size_t                   size;       /* the least of a buffer, in bytes */

    /* private */

    ngx_uint_t               next;       /* number of the next part */
    s3o_signer_t            *signer;
    uint32_t                 life;       /* of a URL, in seconds */
    s3o_param_t             *param;      /* "partNumber" of the query */
    u_char                   text[sizeof("partNumber=10000")];
    size_t                   room;       /* the most that a part takes */
} ngx_http_s3o_parts_json_t;


/*
 * Makes what all parts of ctx->parts need, with one set and one time for all
 * of them, and sets "json".  Signs the URL of the first part, too, which the
 * variables yield.  NGX_OK; or NGX_ERROR without a live set, or when nothing
 * can be signed.
 */

ngx_int_t ngx_http_s3o_parts_prepare(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_parts_json_t *json);


/*
 * Adds up to "n" parts to an empty buffer of json->size bytes or more, as many
 * as it has room for, and the end of the text behind the last part.  NGX_OK
 * when the text is complete; NGX_AGAIN when the rest needs another buffer;
 * NGX_ERROR when a part cannot be signed, or the end of the URLs' life cannot
 * be written as a date.
 */

ngx_int_t ngx_http_s3o_parts_write(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_parts_json_t *json, ngx_uint_t n,
    ngx_buf_t *b);


#endif /* _NGX_HTTP_S3O_PARTS_JSON_H_INCLUDED_ */
