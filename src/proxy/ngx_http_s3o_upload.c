
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Proxy mode: checks the client's headers, and whether a body in the form that
 * they announce can be signed.
 */


#include "ngx_http_s3o_upload.h"
#include "ngx_http_s3o_headers.h"
#include "ngx_http_s3o_length.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_signed_headers.h"
#include "ngx_http_s3o_decode.h"
#include "ngx_http_s3o_hop.h"


/* what the client's headers say of the body; NULL: there is no such header */

typedef struct {
    ngx_uint_t               aws_chunked;  /* in Content-Encoding */
    ngx_str_t               *sha256;       /* x-amz-content-sha256 */
    ngx_str_t               *length;       /* x-amz-decoded-content-length */
    ngx_str_t               *trailer;      /* x-amz-trailer */
} ngx_http_s3o_upload_t;


static ngx_int_t ngx_http_s3o_check_names(ngx_http_request_t *r);
static void ngx_http_s3o_find_upload(ngx_http_request_t *r,
    ngx_http_s3o_upload_t *upload);
static void ngx_http_s3o_note_upload(ngx_table_elt_t *h,
    ngx_http_s3o_upload_t *upload);
static ngx_int_t ngx_http_s3o_check_upload(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_upload_t *upload);
static ngx_int_t ngx_http_s3o_upload_size(ngx_http_request_t *r,
    ngx_http_s3o_upload_t *upload, off_t *size);


ngx_int_t
ngx_http_s3o_check_proxied(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_http_s3o_upload_t  upload;

    rc = ngx_http_s3o_check_names(r);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_s3o_check_headers(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_s3o_find_upload(r, &upload);

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
 * "ignore_invalid_headers off" lets the client send header names that are not
 * tokens, and the request that "proxy_pass" writes with them could not be
 * split into lines.  So the client is told its error, before that request is
 * written.
 */

static ngx_int_t
ngx_http_s3o_check_names(ngx_http_request_t *r)
{
    ngx_int_t         rc;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    if (!ngx_http_s3o_takes_any_name(r)) {
        return NGX_OK;
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            rc = ngx_http_s3o_check_name(r, &h[i]);

            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return NGX_OK;
}


static void
ngx_http_s3o_find_upload(ngx_http_request_t *r, ngx_http_s3o_upload_t *upload)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_memzero(upload, sizeof(ngx_http_s3o_upload_t));

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            ngx_http_s3o_note_upload(&h[i], upload);
        }
    }
}


static void
ngx_http_s3o_note_upload(ngx_table_elt_t *h, ngx_http_s3o_upload_t *upload)
{
    s3o_str_t  name;

    s3o_str_set(&name, h->lowcase_key, h->key.len);

    if (s3o_str_is(&name, "content-encoding")) {

        if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                             (u_char *) "aws-chunked",
                             sizeof("aws-chunked") - 2))
        {
            upload->aws_chunked = 1;
        }

    } else if (s3o_str_is(&name, "x-amz-content-sha256")) {
        upload->sha256 = &h->value;

    } else if (s3o_str_is(&name, "x-amz-decoded-content-length")) {
        upload->length = &h->value;

    } else if (s3o_str_is(&name, "x-amz-trailer")) {
        upload->trailer = &h->value;
    }
}


/*
 * Decides about an aws-chunked body.  S3 decodes such a body only when
 * x-amz-content-sha256 announces it.  A body without chunk signatures is
 * still valid when the request is signed again; the chunk signatures of other
 * bodies are made with the client's key.  A location that signs the payload
 * decodes all of them.
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
                                   "an aws-chunked body has chunk signatures "
                                   "of the client: see "
                                   "\"s3o_presign_payload\"");
    }

    return NGX_OK;
}


/*
 * Sets "size" to the length of the decoded data in bytes.  When the client
 * does not announce this length, nobody can tell whether all data have come,
 * and S3 refuses the upload.
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
                                   NGX_LOG_INFO, "an aws-chunked body is "
                                   "missing, or its "
                                   "\"x-amz-decoded-content-length\" is "
                                   "malformed");
    }

    return NGX_OK;
}
