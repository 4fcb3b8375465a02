
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The text of the request that "proxy_pass" has written.
 */


#ifndef _NGX_HTTP_S3O_MESSAGE_H_INCLUDED_
#define _NGX_HTTP_S3O_MESSAGE_H_INCLUDED_


#include "ngx_http_s3o_sign.h"


/* the most headers that announce an aws-chunked body */
#define NGX_HTTP_S3O_FRAMING_HEADERS  3

/* the room for the lines of most requests, in bytes; they are not kept */
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

    ngx_http_s3o_line_t    *lines;        /* that are sent;
                                             ngx_http_s3o_filter_lines()
                                             joins neighbours, which then
                                             have no name */
    ngx_uint_t              nlines;

    ngx_http_s3o_line_t    *added;        /* of "s3o_presign_header", and those
                                             that announce chunks */
    ngx_uint_t              nadded;

    s3o_header_t           *headers;      /* that are signed */
    ngx_uint_t              nheaders;

    uintptr_t               room[NGX_HTTP_S3O_MESSAGE_ROOM
                                 / sizeof(uintptr_t)];
} ngx_http_s3o_message_t;


/*
 * Splits the text in the buffer "b"; the lines point into it.  NGX_OK;
 * NGX_ABORT when it is not an HTTP/1.x request; NGX_DECLINED when one of its
 * lines is not a header line; NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_parse_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_buf_t *b, ngx_http_s3o_message_t *msg);


/*
 * 1 when the request is as long as its headers say.  A line break in a header
 * of the configuration could make two requests of it, one of them made by the
 * client.
 */

ngx_uint_t ngx_http_s3o_is_framed(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);


/*
 * The length of the signed request in bytes, without the headers of the
 * signature.
 */

size_t ngx_http_s3o_message_len(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg);


/*
 * Writes the signed request to form->text, and sets the buffer "b" to it.
 * b->start is where a retry at the next server begins again.  NGX_OK, or
 * NGX_ERROR after a line in the log.
 */

ngx_int_t ngx_http_s3o_write_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg,
    ngx_http_s3o_form_t *form, ngx_buf_t *b);


#endif /* _NGX_HTTP_S3O_MESSAGE_H_INCLUDED_ */
