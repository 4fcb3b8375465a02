
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What differs between the versions of nginx, 1.22 to 1.31, and the servers
 * that are derived from it.
 */


#ifndef _NGX_HTTP_S3O_COMPAT_H_INCLUDED_
#define _NGX_HTTP_S3O_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


#if (nginx_version >= 1023000)

#define ngx_http_s3o_header_end(h)  (h)->next = NULL

#else

#define ngx_http_s3o_header_end(h)

#endif


/*
 * ngx_http_s3o_resolver_asks() is 1 when the resolver has servers to ask;
 * Angie keeps them in a list.  ngx_http_s3o_log_always() writes a line of any
 * level, whatever "error_log" says; Angie's function also takes the name of
 * the source file.
 */

#ifdef ANGIE_VERSION

#define ngx_http_s3o_resolver_asks(resolver)                                 \
    ((resolver)->connections != NULL)

#define ngx_http_s3o_log_always(level, log, ...)                             \
    ngx_log_error_core(level, log, ngx_src_file(), __VA_ARGS__)

#else

#define ngx_http_s3o_log_always  ngx_log_error_core

#define ngx_http_s3o_resolver_asks(resolver)                                 \
    ((resolver)->connections.nelts != 0)

#endif


/*
 * nginx's "expires" and other modules find the header Cache-Control by this
 * field.  A header that is not registered here would be sent beside a second
 * one of theirs.
 */

static ngx_inline ngx_int_t
ngx_http_s3o_register_cache_control(ngx_http_request_t *r, ngx_table_elt_t *h)
{
#if (nginx_version >= 1023000)

    r->headers_out.cache_control = h;

#else

    ngx_table_elt_t  **cc;

    if (r->headers_out.cache_control.elts == NULL
        && ngx_array_init(&r->headers_out.cache_control, r->pool, 1,
                          sizeof(ngx_table_elt_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    cc = ngx_array_push(&r->headers_out.cache_control);
    if (cc == NULL) {
        return NGX_ERROR;
    }

    *cc = h;

#endif

    return NGX_OK;
}


#endif /* _NGX_HTTP_S3O_COMPAT_H_INCLUDED_ */
