
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Strings of nginx and of the pure half.
 */


#ifndef _NGX_HTTP_S3O_STR_H_INCLUDED_
#define _NGX_HTTP_S3O_STR_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "s3o_core.h"


/* s3o_str_t and ngx_str_t hold the same two members */

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
