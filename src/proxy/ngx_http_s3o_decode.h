
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the files of decoding share.
 */


#ifndef _NGX_HTTP_S3O_DECODE_H_INCLUDED_
#define _NGX_HTTP_S3O_DECODE_H_INCLUDED_


#include "ngx_http_s3o_proxy.h"


typedef struct ngx_http_s3o_decode_late_s  ngx_http_s3o_decode_late_t;


/* of the body of a request, whatever locations it comes to */

struct ngx_http_s3o_decoder_s {
    s3o_unchunk_t                unchunk;
    ngx_http_s3o_decode_late_t  *late;

    unsigned                     begun:1;
    unsigned                     ended:1;   /* well, and the body with it */
    unsigned                     told:1;    /* by the request's headers */
};


/*
 * ngx_http_s3o_decode.c.  The decoder of the body, or NULL; leaves the data of
 * a buffer in it; refuses an upload.
 */

ngx_http_s3o_decoder_t *ngx_http_s3o_decoder_find(ngx_http_request_t *r);
s3o_unchunk_error_e ngx_http_s3o_decode_buf(ngx_http_s3o_decoder_t *d,
    ngx_buf_t *b);
ngx_int_t ngx_http_s3o_decode_failed(ngx_http_request_t *r,
    const char *reason);

/* ngx_http_s3o_decode_late.c: when the request ends before it has */

void ngx_http_s3o_decode_late_leave(ngx_http_s3o_decode_late_t *late);


#endif /* _NGX_HTTP_S3O_DECODE_H_INCLUDED_ */
