
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Uploads in the aws-chunked encoding that were read before they are decoded.
 */


#ifndef _NGX_HTTP_S3O_DECODE_LATE_H_INCLUDED_
#define _NGX_HTTP_S3O_DECODE_LATE_H_INCLUDED_


#include "ngx_http_s3o_decode.h"


/*
 * Decodes a body that was read already, in turns; the decoded data become the
 * body of this request only.  NGX_AGAIN: the handler will be called at the
 * end, with the caller's reference of the request.  NGX_DECLINED: a part of
 * the body is missing, or it was decoded already.  NGX_ERROR.
 */

ngx_int_t ngx_http_s3o_decode_late(ngx_http_request_t *r,
    ngx_http_s3o_decoder_t *d, void (*handler)(ngx_http_request_t *r));


#endif /* _NGX_HTTP_S3O_DECODE_LATE_H_INCLUDED_ */
