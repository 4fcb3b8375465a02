
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What only proxy mode needs of the context of a request.
 */


#ifndef _NGX_HTTP_S3O_PROXIED_H_INCLUDED_
#define _NGX_HTTP_S3O_PROXIED_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


typedef struct ngx_http_s3o_stream_s  ngx_http_s3o_stream_t;
typedef struct ngx_http_s3o_decoder_s  ngx_http_s3o_decoder_t;
typedef struct ngx_http_s3o_held_s  ngx_http_s3o_held_t;


/* what "proxy_pass" has set, and what is called in place of it */

typedef struct {
    ngx_int_t                     (*create_request)(ngx_http_request_t *r);
    ngx_int_t                     (*create_key)(ngx_http_request_t *r);
    ngx_int_t                     (*reinit_request)(ngx_http_request_t *r);
} ngx_http_s3o_hooks_t;


struct ngx_http_s3o_proxied_s {
    ngx_http_s3o_hooks_t            hooks;
    ngx_http_s3o_stream_t          *stream;    /* of signed chunks */
    ngx_http_s3o_decoder_t         *decoder;   /* of the client's chunks */
    ngx_http_s3o_held_t            *held;      /* an answer's body */

    unsigned                        withheld:1;    /* that body */
    unsigned                        trailer:1;     /* sent as it came */
    unsigned                        hop:1;         /* Connection has names */
    unsigned                        reads_body:1;  /* proxy_pass, or we do */
};


/*
 * Sets ctx->proxied.  Each context whose mode is proxy has one, from the
 * beginning.  NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_proxied_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_PROXIED_H_INCLUDED_ */
