
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: the held body of an answer that refuses a request.
 */


#ifndef _NGX_HTTP_S3O_HELD_H_INCLUDED_
#define _NGX_HTTP_S3O_HELD_H_INCLUDED_


#include "ngx_http_s3o_presign.h"
#include "ngx_http_s3o_proxied.h"
#include "ngx_http_s3o_xml.h"
#include "s3o_leak.h"


#define NGX_HTTP_S3O_ANSWER_MAX  65536
#define NGX_HTTP_S3O_CODE_MAX    64


struct ngx_http_s3o_held_s {
    ngx_buf_t                 *buf;     /* NULL after the decision */
    u_char                    *parsed;
    u_char                    *searched; /* for codes, if not XML */
    const ngx_str_t           *word;
    ngx_http_s3o_xml_t        *xml;
    ngx_http_s3o_xml_field_t   code[2];
    s3o_leak_t                 leak;
    size_t                     code_len;
    u_char                     kept[NGX_HTTP_S3O_CODE_MAX];

    unsigned                   tells:1;
    unsigned                   too_long:1;
    unsigned                   broken:1;
    unsigned                   no_xml:1;
};


/*
 * The codes of S3 that refuse our signature or our credentials, in the order
 * of their counters.  The last one is empty and stands for all other codes.
 */

#define NGX_HTTP_S3O_ANSWER_CODES  9

extern const ngx_str_t  ngx_http_s3o_answer_codes[];


/* Makes the parser.  NGX_OK, or NGX_ERROR without memory. */

ngx_int_t ngx_http_s3o_answer_parser(ngx_http_request_t *r,
    ngx_http_s3o_held_t *held);


/* Appends a buffer.  NGX_OK or NGX_ERROR. */

ngx_int_t ngx_http_s3o_answer_copy(ngx_http_s3o_held_t *held, ngx_buf_t *b);


/* Parses what was appended. */

void ngx_http_s3o_answer_parse(ngx_http_s3o_held_t *held, ngx_uint_t last);


/* 1 when the held body may contain secrets. */

ngx_uint_t ngx_http_s3o_answer_leaks(ngx_http_s3o_held_t *held,
    ngx_str_t *code);


/* The index of a code in the list above. */

ngx_uint_t ngx_http_s3o_answer_find_code(const ngx_str_t *code);


#endif /* _NGX_HTTP_S3O_HELD_H_INCLUDED_ */
