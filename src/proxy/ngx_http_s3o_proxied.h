
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The part of a request's context that only proxy mode needs.
 */


#ifndef _NGX_HTTP_S3O_PROXIED_H_INCLUDED_
#define _NGX_HTTP_S3O_PROXIED_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


typedef struct ngx_http_s3o_stream_s  ngx_http_s3o_stream_t;
typedef struct ngx_http_s3o_decoder_s  ngx_http_s3o_decoder_t;
typedef struct ngx_http_s3o_held_s  ngx_http_s3o_held_t;


/* the upstream's callbacks that "proxy_pass" has set; ours call them */

typedef struct {
    ngx_int_t                     (*create_request)(ngx_http_request_t *r);
    ngx_int_t                     (*create_key)(ngx_http_request_t *r);
    ngx_int_t                     (*reinit_request)(ngx_http_request_t *r);
} ngx_http_s3o_hooks_t;


struct ngx_http_s3o_proxied_s {
    ngx_http_s3o_hooks_t            hooks;
    ngx_http_s3o_stream_t          *stream;    /* makes signed chunks */
    ngx_http_s3o_decoder_t         *decoder;   /* reads aws-chunked bodies */
    ngx_http_s3o_held_t            *held;      /* the body of a refusal */

    unsigned                        withheld:1;    /* the answer is not sent */
    unsigned                        trailer:1;     /* aws-chunked, not
                                                      decoded */
    unsigned                        hop:1;         /* Connection has names */
    unsigned                        reads_body:1;  /* this mode reads the
                                                      body */
};


/*
 * Makes ctx->proxied, which each context of proxy mode has from its
 * beginning.  NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_proxied_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_PROXIED_H_INCLUDED_ */
