
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The text of the request that "proxy_pass" has written.
 */


#ifndef _NGX_HTTP_S3O_MESSAGE_H_INCLUDED_
#define _NGX_HTTP_S3O_MESSAGE_H_INCLUDED_


#include "ngx_http_s3o_sign.h"


/* of an aws-chunked body */
#define NGX_HTTP_S3O_FRAMING_HEADERS  3

/* for the lines of most requests, which are looked at and not kept */
#define NGX_HTTP_S3O_MESSAGE_ROOM     4096


typedef struct {
    ngx_str_t               line;         /* with its CR LF */
    s3o_str_t               name;         /* lower case */
    s3o_str_t               value;
} ngx_http_s3o_line_t;


typedef struct {
    ngx_str_t               method;
    ngx_str_t               version;      /* " HTTP/1.x" CR LF */
    ngx_str_t               body;         /* what follows the headers */

    ngx_http_s3o_line_t    *lines;        /* that are sent; in the end each is
                                             a run of them, without a name */
    ngx_uint_t              nlines;

    ngx_http_s3o_line_t    *added;        /* "s3o_presign_header", framing */
    ngx_uint_t              nadded;

    s3o_header_t           *headers;      /* that are signed */
    ngx_uint_t              nheaders;

    uintptr_t               room[NGX_HTTP_S3O_MESSAGE_ROOM
                                 / sizeof(uintptr_t)];
} ngx_http_s3o_message_t;


/*
 * Takes the text in the buffer apart; the lines point into it.  NGX_OK,
 * NGX_ABORT for what is no HTTP/1.x request, NGX_DECLINED where it has a line
 * that is no header line, NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_parse_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_buf_t *b, ngx_http_s3o_message_t *msg);


/*
 * 1 when the text ends where its headers say: a line break in a configured
 * header could make it two requests.
 */

ngx_uint_t ngx_http_s3o_is_framed(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);


/* The length that it will have, but for the headers of the signature. */

size_t ngx_http_s3o_message_len(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg);


/*
 * Writes it where form->text is, signed, and makes the buffer that.  NGX_OK,
 * or NGX_ERROR after an error line.
 */

ngx_int_t ngx_http_s3o_write_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg,
    ngx_http_s3o_form_t *form, ngx_buf_t *b);


#endif /* _NGX_HTTP_S3O_MESSAGE_H_INCLUDED_ */
