
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * $s3o_presign_segment_NAME.  A user name in a key must not reach beyond its
 * place: with "alice/../bob", "alice/private" or an empty name the key would be
 * another place.  So a request whose configuration uses this variable is
 * refused when the value of NAME is not exactly one segment of a path.
 */


#include "ngx_http_s3o_segment.h"
#include "s3o_text.h"
#include "ngx_http_s3o_eval.h"


static const char *ngx_http_s3o_segment_fault(
    const ngx_http_variable_value_t *vv);


ngx_int_t
ngx_http_s3o_segments_init(ngx_conf_t *cf)
{
    ngx_str_t                   name;
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    /* nginx refuses to start when an indexed variable is not defined */

    for (i = 0; i < cmcf->variables.nelts; i++) {
        v = cmcf->variables.elts;
        name = v[i].name;

        if (name.len < sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1
            || ngx_strncmp(name.data, NGX_HTTP_S3O_SEGMENT_PREFIX,
                           sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1)
               != 0)
        {
            continue;
        }

        name.data += sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1;
        name.len -= sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1;

        if (name.len == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"$%V\" needs the name of a variable after it",
                          &v[i].name);
            return NGX_ERROR;
        }

        if (ngx_http_get_variable_index(cf, &name) == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_s3o_segment_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    ngx_str_t                   inner;
    ngx_uint_t                  key;
    const char                 *fault;
    ngx_http_variable_value_t  *vv;

    inner.len = name->len - (sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1);
    inner.data = name->data + sizeof(NGX_HTTP_S3O_SEGMENT_PREFIX) - 1;

    key = ngx_hash_key(inner.data, inner.len);
    vv = ngx_http_get_variable(r, &inner, key);

    if (vv == NULL) {
        return ngx_http_s3o_variable_failed(r);
    }

    fault = ngx_http_s3o_segment_fault(vv);

    if (fault) {
        return ngx_http_s3o_variable_unfit(v, &inner, fault);
    }

    v->data = vv->data;
    v->len = vv->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* why a value is not one segment of a path, or NULL when it is one */

static const char *
ngx_http_s3o_segment_fault(const ngx_http_variable_value_t *vv)
{
    size_t  i;

    if (vv->not_found || vv->len == 0) {
        return "is empty";
    }

    if (vv->data[0] == '.'
        && (vv->len == 1 || (vv->len == 2 && vv->data[1] == '.')))
    {
        return "is \".\" or \"..\"";
    }

    for (i = 0; i < vv->len; i++) {

        if (vv->data[i] == '/') {
            return "has a \"/\"";
        }

        if (s3o_is_control(vv->data[i])) {
            return "has a control character";
        }
    }

    return NULL;
}
