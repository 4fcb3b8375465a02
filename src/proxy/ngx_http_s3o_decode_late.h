
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Bodies in aws-chunked framing that were read before they are decoded.
 */


#ifndef _NGX_HTTP_S3O_DECODE_LATE_H_INCLUDED_
#define _NGX_HTTP_S3O_DECODE_LATE_H_INCLUDED_


#include "ngx_http_s3o_decode.h"


/*
 * Decodes a body that is there, in turns.  The data take its place in this
 * request, and nowhere else.  NGX_AGAIN when the handler will be called then,
 * with the caller's reference of the request; NGX_DECLINED when some of it is
 * missing, or was decoded; NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_decode_late(ngx_http_request_t *r,
    ngx_http_s3o_decoder_t *d, void (*handler)(ngx_http_request_t *r));


#endif /* _NGX_HTTP_S3O_DECODE_LATE_H_INCLUDED_ */
