
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "ngx_http_s3o_wiped.h"


/* room for a size before each block, which keeps the block aligned */
#define NGX_HTTP_S3O_WIPED_HEAD  16


ngx_uint_t  ngx_http_s3o_wiped_failed;


void *
ngx_http_s3o_wiped_malloc(size_t size)
{
    u_char  *p;

    p = size > NGX_MAX_SIZE_T_VALUE - NGX_HTTP_S3O_WIPED_HEAD
        ? NULL : ngx_alloc(NGX_HTTP_S3O_WIPED_HEAD + size, ngx_cycle->log);

    if (p == NULL) {
        ngx_http_s3o_wiped_failed = 1;
        return NULL;
    }

    ngx_memcpy(p, &size, sizeof(size_t));

    return p + NGX_HTTP_S3O_WIPED_HEAD;
}


void *
ngx_http_s3o_wiped_realloc(void *p, size_t size)
{
    void    *new;
    size_t   old;

    if (p == NULL) {
        return ngx_http_s3o_wiped_malloc(size);
    }

    new = ngx_http_s3o_wiped_malloc(size);
    if (new == NULL) {
        return NULL;
    }

    ngx_memcpy(&old, (u_char *) p - NGX_HTTP_S3O_WIPED_HEAD, sizeof(size_t));
    ngx_memcpy(new, p, ngx_min(old, size));

    ngx_http_s3o_wiped_free(p);

    return new;
}


void
ngx_http_s3o_wiped_free(void *p)
{
    u_char  *block;
    size_t   size;

    if (p == NULL) {
        return;
    }

    block = (u_char *) p - NGX_HTTP_S3O_WIPED_HEAD;

    ngx_memcpy(&size, block, sizeof(size_t));
    ngx_explicit_memzero(p, size);

    ngx_free(block);
}
