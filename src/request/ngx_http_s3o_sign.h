
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The two forms of a signature: in the query string, and in the header
 * Authorization.
 */


#ifndef _NGX_HTTP_S3O_SIGN_H_INCLUDED_
#define _NGX_HTTP_S3O_SIGN_H_INCLUDED_


#include "ngx_http_s3o_presign.h"

#include "s3o_sigv4.h"
#include "s3o_sigv4a.h"


/* the most headers that ngx_http_s3o_sign_header() adds */
#define NGX_HTTP_S3O_AUTH_HEADERS  5


/*
 * What the header form signs, and the memory for it.  The caller sets the
 * members up to "room".
 */

typedef struct {
    ngx_str_t                       method;
    s3o_header_t                   *headers;   /* in any order, with room for
                                                  NGX_HTTP_S3O_AUTH_HEADERS
                                                  more behind them */
    ngx_uint_t                      nheaders;
    size_t                          room;      /* bytes of "text" that the
                                                  caller needs besides what
                                                  ngx_http_s3o_put_signature()
                                                  writes */

    /* set by ngx_http_s3o_sign_header(), valid until the next event */

    u_char                         *text;      /* contains a token */
    size_t                          size;      /* of "text" */
    s3o_signer_t                   *signer;
    s3o_buf_t                       signature; /* written to "hex" */
    u_char                          hex[S3O_SIGV4A_HEX_MAX];
} ngx_http_s3o_form_t;


/*
 * Sets what the query-string form of a request signs to texts of the context,
 * which are not copied.
 */

void ngx_http_s3o_query_form(ngx_http_s3o_ctx_t *ctx, s3o_request_t *req,
    s3o_query_form_t *q);


/*
 * Signs in the query string: sets ctx->url to the presigned URL, and
 * ctx->signed_at, ctx->expires_at and ctx->expires_in.  "before" and "after"
 * are the bytes that the caller needs before and behind the URL in the same
 * memory.  A URL that was signed before is kept, without such room.  NGX_OK,
 * or NGX_ERROR after a line in the log.
 */

ngx_int_t ngx_http_s3o_sign_query(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, size_t before, size_t after);


/*
 * Signs in the header Authorization, in three steps.  This is the first:
 * signs what "form" says, and sets form->text, in whose memory the caller
 * then writes the request.  NGX_OK, or NGX_ERROR after a line in the log.
 */

ngx_int_t ngx_http_s3o_sign_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form);


/*
 * The second step, when the caller writes the request to form->text, over the
 * canonical request: writes the headers from x-amz-date to Authorization, the
 * last one, at "p".  Sets the values of ctx that point into these headers.
 * Returns the end.
 */

u_char *ngx_http_s3o_put_signature(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_form_t *form, u_char *p);


/*
 * The third step: wipes what is left of the canonical request, which may
 * contain a token, from "last" on, the end of what was written.  NGX_OK; or
 * NGX_ERROR when the signature is not whole, and the request must not be
 * sent.
 */

ngx_int_t ngx_http_s3o_end_signature(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form, u_char *last);


/*
 * Sets ctx->url to the URL without a signature, to which proxy mode sends the
 * request.  NGX_OK, or NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_bare_url(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


#endif /* _NGX_HTTP_S3O_SIGN_H_INCLUDED_ */
