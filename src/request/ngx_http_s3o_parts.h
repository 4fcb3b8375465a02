
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The range of part numbers that a request asks for.
 */


#ifndef _NGX_HTTP_S3O_PARTS_H_INCLUDED_
#define _NGX_HTTP_S3O_PARTS_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


struct ngx_http_s3o_parts_s {
    ngx_http_request_t      *request;

    ngx_uint_t               first;
    ngx_uint_t               last;
    ngx_uint_t               next;

    s3o_signer_t            *signer;
    uint32_t                 life;       /* of a URL, in seconds */
    s3o_param_t             *param;      /* "partNumber" of the query */
    u_char                   text[sizeof("partNumber=10000")];
    size_t                   room;       /* the most that a part takes */

    size_t                   size;       /* of a buffer */
    ngx_chain_t             *free;
    ngx_chain_t             *busy;

    ngx_queue_t              queue;
    ngx_uint_t               waiting;    /* 1 while in the queue */
};


/*
 * Looks for a range of part numbers among the client's arguments, such as
 * "partNumber=1-100".  For a range, sets ctx->parts and replaces the range
 * with its first number, so that later checks see a single number.  NGX_OK,
 * also without a range, or the status of a refusal.
 */

ngx_int_t ngx_http_s3o_find_parts(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs);


#endif /* _NGX_HTTP_S3O_PARTS_H_INCLUDED_ */
