
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The two forms of a signature.
 */


#ifndef _NGX_HTTP_S3O_SIGN_H_INCLUDED_
#define _NGX_HTTP_S3O_SIGN_H_INCLUDED_


#include "ngx_http_s3o_presign.h"

#include "s3o_sigv4a.h"


/* what ngx_http_s3o_sign_header() adds to the headers, at most */
#define NGX_HTTP_S3O_AUTH_HEADERS  5


/* what the header form signs, and where */

typedef struct {
    ngx_str_t                       method;
    s3o_header_t                   *headers;   /* in any order, with room for
                                                  NGX_HTTP_S3O_AUTH_HEADERS
                                                  more behind them */
    ngx_uint_t                      nheaders;
    size_t                          room;      /* wanted in "text", but for
                                                  what is written by
                                                  ngx_http_s3o_put_signature()
                                                */

    /* set by ngx_http_s3o_sign_header(), good for now */

    u_char                         *text;      /* has a token in it */
    size_t                          size;
    s3o_signer_t                   *signer;
    s3o_buf_t                       signature;
    u_char                          hex[S3O_SIGV4A_HEX_MAX];
} ngx_http_s3o_form_t;


/*
 * The query-string form: sets ctx->url, the presigned URL, and its times.  So
 * many bytes for the caller's own are before and after it, where the request
 * has not been signed before.  NGX_OK, or NGX_ERROR after an error line.
 */

ngx_int_t ngx_http_s3o_sign_query(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, size_t before, size_t after);


/*
 * The header form, in three steps.  First, of a form whose first four members
 * are set: signs, and sets form->text, with "room" bytes for what is to be
 * sent.  NGX_OK, or NGX_ERROR after an error line.
 */

ngx_int_t ngx_http_s3o_sign_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form);


/*
 * Then, for a part of what is written to form->text, over the canonical
 * request: the headers from x-amz-date to Authorization, which is the last,
 * at "p".  Keeps their values in ctx where they are written; returns the end.
 */

u_char *ngx_http_s3o_put_signature(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_form_t *form, u_char *p);


/*
 * At last: wipes what is left of the canonical request behind "last", the end
 * of what was written.  NGX_ERROR when that is not a whole signature; it must
 * not be sent then.
 */

ngx_int_t ngx_http_s3o_end_signature(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form, u_char *last);


/*
 * Proxy mode: sets ctx->url to the URL without a signature.  NGX_OK, or
 * NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_bare_url(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_SIGN_H_INCLUDED_ */
