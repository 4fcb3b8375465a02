
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * From a vector to what is signed.
 */


#ifndef _VECTOR_REQUEST_H_INCLUDED_
#define _VECTOR_REQUEST_H_INCLUDED_


#include "request.h"
#include "vectors.h"


/*
 * A signer and the request of a vector.  A key gives the path, and the path
 * must be what is expected.
 */

static tap_unused s3o_int_t
vector_prepare(test_t *t, const vector_t *v)
{
    s3o_int_t          rc;
    s3o_str_t          key, path, value;
    s3o_buf_t          b;
    s3o_uint_t         i;
    s3o_credentials_t  credentials;

    credentials.access_key_id = v->access_key;
    credentials.secret_access_key = v->secret_key;
    credentials.session_token = v->token;

    rc = test_signer_of(t, v->algorithm, &credentials, &v->region,
                        &v->service);

    if (rc != S3O_OK || s3o_signer_time(&t->signer, v->time) != S3O_OK) {
        return S3O_ERROR;
    }

    path = v->path;

    if (v->host.len) {
        key = tap_guard_str(&v->key);
        tap_buf(&b, 1 + s3o_encode_len(key.data, key.len, S3O_ENCODE_PATH));
        s3o_buf_putc(&b, '/');
        s3o_encode(&b, key.data, key.len, S3O_ENCODE_PATH);
        path = tap_written(&b);

        ok(b.pos == b.end && s3o_str_eq(&path, &v->path), "%s: path", v->id);
    }

    test_request(t, &v->method, &path);
    t->header_form.payload_hash = tap_guard_str(&v->payload_hash);

    for (i = 0; i < v->nquery; i++) {
        key = tap_guard_str(&v->query[i].name);
        value = tap_guard_str(&v->query[i].value);

        if (s3o_query_add(&t->query, &key, &value) != S3O_OK) {
            return S3O_ERROR;
        }
    }

    s3o_query_sort(&t->query);

    for (i = 0; i < v->nheaders; i++) {
        test_header(t, &v->headers[i].name, &v->headers[i].value);
    }

    return test_headers_done(t);
}


#endif /* _VECTOR_REQUEST_H_INCLUDED_ */
