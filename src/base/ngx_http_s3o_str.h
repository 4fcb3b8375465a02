
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Converts strings of nginx (ngx_str_t) to those of the pure half (s3o_str_t)
 * and back.  The bytes are not copied.
 */


#ifndef _NGX_HTTP_S3O_STR_H_INCLUDED_
#define _NGX_HTTP_S3O_STR_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "s3o_core.h"


/* both types have the same two members: a length and a pointer */

static ngx_inline s3o_str_t
ngx_http_s3o_str(const ngx_str_t *s)
{
    s3o_str_t  str;

    str.len = s->len;
    str.data = s->data;

    return str;
}


static ngx_inline ngx_str_t
ngx_http_s3o_ngx_str(const s3o_str_t *s)
{
    ngx_str_t  str;

    str.len = s->len;
    str.data = s->data;

    return str;
}


#endif /* _NGX_HTTP_S3O_STR_H_INCLUDED_ */
