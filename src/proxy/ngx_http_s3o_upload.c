
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: the headers of a request, and whether a body in the form that
 * they announce can be signed.
 */


#include "ngx_http_s3o_upload.h"
#include "s3o_encode.h"
#include "ngx_http_s3o_headers.h"
#include "ngx_http_s3o_length.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_decode.h"
#include "ngx_http_s3o_hop.h"


static ngx_int_t ngx_http_s3o_check_names(ngx_http_request_t *r);
static ngx_int_t ngx_http_s3o_check_upload(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_upload_t *upload);
static ngx_int_t ngx_http_s3o_upload_size(ngx_http_request_t *r,
    ngx_http_s3o_upload_t *upload, off_t *size);


ngx_int_t
ngx_http_s3o_check_proxied(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_http_s3o_upload_t  upload;

    ngx_memzero(&upload, sizeof(ngx_http_s3o_upload_t));

    rc = ngx_http_s3o_check_names(r);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_s3o_check_headers(r, ctx, &upload);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_s3o_check_hop(r, ctx);

    if (rc == NGX_OK && (ctx->conf->headers || ctx->conf->max_size)) {
        rc = ngx_http_s3o_check_sent_length(r, ctx,
                                            upload.length
                                            ? ngx_atoof(upload.length->data,
                                                        upload.length->len)
                                            : r->headers_in.content_length_n);
    }

    return rc == NGX_OK ? ngx_http_s3o_check_upload(r, ctx, &upload) : rc;
}


/*
 * "ignore_invalid_headers off" lets names of headers in that are no tokens.
 * What would be sent could not be taken apart: it is the client that is told,
 * before a request is made.
 */

static ngx_int_t
ngx_http_s3o_check_names(ngx_http_request_t *r)
{
    ngx_uint_t                 i;
    ngx_list_part_t           *part;
    ngx_table_elt_t           *h;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    if (cscf->ignore_invalid_headers) {
        return NGX_OK;
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (!s3o_is_token(h[i].key.data, h[i].key.len)) {
                return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                           NGX_HTTP_BAD_REQUEST,
                                           NGX_LOG_INFO,
                                           "the name of a header has a byte "
                                           "that no name has, and "
                                           "\"ignore_invalid_headers\" is "
                                           "off");
            }
        }
    }

    return NGX_OK;
}


/*
 * A body in aws-chunked framing is understood by S3 only under the payload
 * hash that announces it.  The form without chunk signatures stays right when
 * the request is signed anew; the others are signed with the client's key.
 * Where the payload is signed here, any framing of the client's is taken off.
 */

static ngx_int_t
ngx_http_s3o_check_upload(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_upload_t *upload)
{
    off_t       size;
    ngx_int_t   rc;
    ngx_str_t  *sha256;

    sha256 = upload->sha256;

    if (ctx->conf->payload == NGX_HTTP_S3O_PAYLOAD_UNSIGNED
        && sha256
        && s3o_str_is(sha256, NGX_HTTP_S3O_TRAILER_PAYLOAD))
    {
        ngx_str_set(&ctx->payload, NGX_HTTP_S3O_TRAILER_PAYLOAD);
        ctx->proxied->trailer = 1;

        return ngx_http_s3o_upload_size(r, upload, &size);
    }

    if (upload->aws_chunked
        || (sha256 && ngx_http_s3o_is_streaming(sha256)))
    {
        if (ctx->conf->payload != NGX_HTTP_S3O_PAYLOAD_UNSIGNED) {
            rc = ngx_http_s3o_upload_size(r, upload, &size);

            return rc == NGX_OK
                   ? ngx_http_s3o_decoder_create(r, ctx, size, upload->trailer)
                   : rc;
        }

        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_NOT_IMPLEMENTED,
                                   NGX_LOG_INFO,
                                   "an aws-chunked body with signatures of "
                                   "the client would be stored with its "
                                   "framing");
    }

    return NGX_OK;
}


/*
 * Of the data in the framing.  Where the client does not tell it nobody can
 * tell whether all of it has come, and S3 takes none of it.
 */

static ngx_int_t
ngx_http_s3o_upload_size(ngx_http_request_t *r, ngx_http_s3o_upload_t *upload,
    off_t *size)
{
    *size = 0;

    if (upload->length == NULL) {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_LENGTH,
                                   NGX_HTTP_LENGTH_REQUIRED,
                                   NGX_LOG_INFO, "an aws-chunked body without "
                                   "\"x-amz-decoded-content-length\"");
    }

    *size = ngx_atoof(upload->length->data, upload->length->len);

    if (*size < 0
        || (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked))
    {
        return ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_HEADERS,
                                   NGX_HTTP_BAD_REQUEST,
                                   NGX_LOG_INFO, "an aws-chunked body without "
                                   "a right length");
    }

    return NGX_OK;
}
