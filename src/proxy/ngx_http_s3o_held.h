
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


/* the most bytes of a body that are held, and the longest code that is kept */
#define NGX_HTTP_S3O_HELD_MAX       65536
#define NGX_HTTP_S3O_HELD_CODE_MAX  64


struct ngx_http_s3o_held_s {

    /* for the filters: "buf" has the body so far */

    ngx_buf_t                 *buf;      /* NULL after the decision */
    u_char                     kept[NGX_HTTP_S3O_HELD_CODE_MAX];
    size_t                     code_len; /* of the code in "kept" */

    unsigned                   broken:1;    /* the body ends too early */
    unsigned                   too_long:1;  /* "buf" has its beginning */
    unsigned                   no_xml:1;

    /* private */

    unsigned                   tells:1;     /* a secret was found */
    ngx_http_s3o_xml_t        *xml;         /* NULL: nothing more to parse */
    ngx_http_s3o_xml_field_t   code[2];
    u_char                    *parsed;      /* the end of what xml has got */
    u_char                    *searched;    /* for codes, if not XML */
    const ngx_str_t           *word;        /* the code that was found so */
    s3o_leak_t                 leak;
};


/*
 * The codes of S3 that refuse our signature or our credentials, in the order
 * of their counters.  The last one is empty and stands for all other codes.
 */

#define NGX_HTTP_S3O_ANSWER_CODES  9

extern const ngx_str_t  ngx_http_s3o_answer_codes[];


/*
 * Sets ctx->proxied->held to an empty body, for which the secrets of the
 * request are known.  The parser is freed with the request.  NGX_OK, or
 * NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_held_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);


/*
 * Appends a buffer, and marks it as read.  What is beyond the most that is held
 * is left out, and sets held->too_long.  NGX_OK, or NGX_ERROR when a buffer in
 * a file cannot be read.
 */

ngx_int_t ngx_http_s3o_held_add(ngx_http_s3o_held_t *held, ngx_buf_t *b);


/*
 * Parses what was appended; "last" is 1 at the end of the body.  Sets
 * held->no_xml when the body is something else.
 */

void ngx_http_s3o_held_parse(ngx_http_s3o_held_t *held, ngx_uint_t last);


/*
 * 1 when the body may contain parts of the canonical request or the token: a
 * secret was found in it, its code is one of those above, or it is not XML and
 * has such a code as a word.  Sets "code" to this word in the last case;
 * otherwise to the text of the first <Code>, which stays in "held", or to an
 * empty string when it is not made of letters and digits.
 */

ngx_uint_t ngx_http_s3o_held_leaks(ngx_http_s3o_held_t *held,
    ngx_str_t *code);


/*
 * The index of a code in the list above; for other codes the index of its
 * last, empty element.
 */

ngx_uint_t ngx_http_s3o_find_code(const ngx_str_t *code);


#endif /* _NGX_HTTP_S3O_HELD_H_INCLUDED_ */
