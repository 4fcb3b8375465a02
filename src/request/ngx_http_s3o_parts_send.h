
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The answer with the URLs of many parts of a multipart upload, sent in slices.
 */


#ifndef _NGX_HTTP_S3O_PARTS_SEND_H_INCLUDED_
#define _NGX_HTTP_S3O_PARTS_SEND_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/*
 * Sends a URL for each number of ctx->parts.  All URLs are signed with the
 * same set and the same time, a few in each turn of the event loop.  However
 * slow the client is, only one or two buffers of URLs exist at a time, of 32k
 * each or of what one long URL needs.  Returns as a content handler does: 500
 * when nothing can be signed, or without memory.
 */

ngx_int_t ngx_http_s3o_send_parts(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_PARTS_SEND_H_INCLUDED_ */
