
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Forms, in which STS is asked.
 */


#include "ngx_http_s3o_sts_form.h"
#include "s3o_core.h"
#include "s3o_encode.h"


ngx_int_t
ngx_http_s3o_sts_field(ngx_array_t *fields, const char *name,
    const ngx_str_t *value)
{
    ngx_keyval_t  *kv;

    kv = ngx_array_push(fields);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key.data = (u_char *) name;
    kv->key.len = ngx_strlen(name);
    kv->value = *value;

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_sts_write(ngx_pool_t *pool, ngx_array_t *fields, ngx_str_t *form)
{
    u_char        *p;
    size_t         len;
    s3o_buf_t      b;
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = fields->elts;
    len = 0;

    for (i = 0; i < fields->nelts; i++) {
        len += 1 + kv[i].key.len + 1
               + s3o_encode_len(kv[i].value.data, kv[i].value.len,
                                S3O_ENCODE_QUERY);
    }

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, p, len);

    for (i = 0; i < fields->nelts; i++) {

        if (i) {
            s3o_buf_putc(&b, '&');
        }

        s3o_buf_put(&b, kv[i].key.data, kv[i].key.len);
        s3o_buf_putc(&b, '=');
        s3o_encode(&b, kv[i].value.data, kv[i].value.len, S3O_ENCODE_QUERY);
    }

    form->data = b.start;
    form->len = b.pos - b.start;

    return NGX_OK;
}
