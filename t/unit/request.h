
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A signer and a request in guarded memory, each text in exactly the room
 * that its function says it takes.
 */


#ifndef _REQUEST_H_INCLUDED_
#define _REQUEST_H_INCLUDED_


#include "tap.h"
#include "s3o_canonical.h"
#include "s3o_encode.h"
#include "s3o_sigv4.h"


#define TEST_PAIRS  16


typedef struct {
    s3o_crypto_t       crypto;
    s3o_signer_t       signer;
    s3o_query_t        query;
    s3o_param_t        params[TEST_PAIRS];
    s3o_header_t       headers[TEST_PAIRS];
    s3o_uint_t         nheaders;
    s3o_request_t      request;

    s3o_str_t          text;          /* of the headers, canonical */
    s3o_query_form_t   query_form;
    s3o_header_form_t  header_form;
} test_t;


/* Makes a signer of an algorithm; the time is not set yet. */

static tap_unused s3o_int_t
test_signer_of(test_t *t, s3o_algorithm_e algorithm,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service)
{
    s3o_str_t          reg, srv;
    s3o_credentials_t  copy;

    copy.access_key_id = tap_guard_str(&credentials->access_key_id);
    copy.secret_access_key = tap_guard_str(&credentials->secret_access_key);
    copy.session_token = tap_guard_str(&credentials->session_token);
    reg = tap_guard_str(region);
    srv = tap_guard_str(service);

    memset(&t->signer, 0, sizeof(s3o_signer_t));

    return s3o_signer_init(&t->signer, &t->crypto,
                           tap_room(s3o_signer_size(algorithm, &copy, &reg,
                                                    &srv)),
                           algorithm, &copy, &reg, &srv);
}


static tap_unused s3o_int_t
test_signer(test_t *t, const s3o_credentials_t *credentials,
    const s3o_str_t *region, const s3o_str_t *service)
{
    return test_signer_of(t, S3O_SIGV4, credentials, region, service);
}


/* A request without a query; headers are added and written afterwards. */

static tap_unused void
test_request(test_t *t, const s3o_str_t *method, const s3o_str_t *path)
{
    memset(&t->request, 0, sizeof(s3o_request_t));
    memset(&t->query_form, 0, sizeof(s3o_query_form_t));
    memset(&t->header_form, 0, sizeof(s3o_header_form_t));

    t->nheaders = 0;
    t->request.method = tap_guard_str(method);
    t->request.path = tap_guard_str(path);
    t->request.query = &t->query;

    s3o_query_init(&t->query, t->params, TEST_PAIRS, tap_room(4096), 4096);
}


static tap_unused s3o_int_t
test_param(test_t *t, const char *name, const char *value)
{
    s3o_int_t  rc;
    s3o_str_t  n, v;

    n = tap_guard_text(name);
    v = tap_guard_text(value);

    rc = s3o_query_add(&t->query, &n, &v);
    s3o_query_sort(&t->query);

    return rc;
}


static tap_unused void
test_header(test_t *t, const s3o_str_t *name, const s3o_str_t *value)
{
    t->headers[t->nheaders].name = tap_guard_str(name);
    t->headers[t->nheaders].value = tap_guard_str(value);
    t->nheaders++;
}


static tap_unused s3o_int_t
test_headers_done(test_t *t)
{
    size_t     size;
    s3o_int_t  rc;
    s3o_buf_t  text, names, b;

    s3o_headers_sort(t->headers, t->nheaders);

    size = s3o_headers_len(t->headers, t->nheaders);
    tap_buf(&text, size);
    tap_buf(&names, size);

    rc = s3o_headers_write(&text, &names, t->headers, t->nheaders);

    /* the canonical texts end at a page that cannot be read */

    t->text = tap_guard(text.start, text.pos - text.start);
    t->query_form.names = tap_guard(names.start, names.pos - names.start);

    tap_buf(&b, t->text.len + t->query_form.names.len
                + sizeof("\n\n\n" S3O_UNSIGNED_PAYLOAD) - 1);
    s3o_buf_putc(&b, '\n');
    s3o_buf_put_str(&b, &t->text);
    s3o_buf_putc(&b, '\n');
    s3o_buf_put_str(&b, &t->query_form.names);
    s3o_buf_put_literal(&b, "\n" S3O_UNSIGNED_PAYLOAD);
    t->query_form.epilogue = tap_written(&b);

    t->header_form.host = t->text;
    t->header_form.list = t->headers;
    t->header_form.nlist = t->nheaders;

    return rc;
}


/* Signs in the query-string form, in exactly the room that it needs. */

static tap_unused s3o_int_t
test_presign(test_t *t, uint32_t expires, s3o_str_t *url)
{
    s3o_int_t  rc;
    s3o_buf_t  b;

    tap_buf(&b, s3o_presign_len(&t->signer, &t->request, &t->query_form));
    rc = s3o_presign(&t->signer, &t->request, &t->query_form, expires, &b);
    *url = tap_written(&b);

    return rc;
}


static tap_unused s3o_int_t
test_authorization(test_t *t, s3o_str_t *value)
{
    s3o_int_t  rc;
    s3o_buf_t  b;

    tap_buf(&b, s3o_authorization_room(&t->signer, &t->request,
                                       &t->header_form));
    rc = s3o_authorization(&t->signer, &t->request, &t->header_form, &b);
    *value = tap_written(&b);

    return rc;
}


static tap_unused s3o_int_t
test_canonical(test_t *t, uint32_t expires, s3o_uint_t mask, s3o_str_t *text)
{
    s3o_int_t  rc;
    s3o_buf_t  b;

    if (expires) {
        tap_buf(&b, s3o_query_canonical_len(&t->signer, &t->request,
                                            &t->query_form));
        rc = s3o_query_canonical(&t->signer, &t->request, &t->query_form,
                                 expires, mask, &b);

    } else {
        tap_buf(&b, s3o_header_canonical_len(&t->signer, &t->request,
                                             &t->header_form));
        rc = s3o_header_canonical(&t->signer, &t->request, &t->header_form,
                                  mask, &b);
    }

    *text = tap_written(&b);

    return rc;
}


/* The string to sign of the last signature. */

static tap_unused s3o_str_t
test_string_to_sign(test_t *t)
{
    s3o_str_t  s;

    s3o_str_set(&s, t->signer.prologue.data,
                t->signer.prologue.len + S3O_SHA256_HEX_LEN);

    return s;
}


/*
 * 1 when a request with the host header alone has the same string to sign,
 * whether the signer adds its own headers or all headers are given.  "t" must
 * not have signed yet.
 */

static tap_unused s3o_uint_t
test_bare(test_t *t)
{
    size_t     i;
    s3o_str_t  value, bare, all, name;

    const struct {
        const char  *name;
        s3o_str_t    value;
    } headers[] = {
        { "x-amz-content-sha256", t->header_form.payload_hash },
        { "x-amz-date", t->signer.date },
        { "x-amz-region-set", t->signer.region },
        { "x-amz-security-token", t->signer.session_token }
    };

    t->header_form.list = NULL;

    if (test_authorization(t, &value) != S3O_OK) {
        return 0;
    }

    bare = test_string_to_sign(t);
    bare = tap_guard_str(&bare);

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {

        if ((i == 2 && t->signer.algorithm == S3O_SIGV4)
            || (i == 3 && headers[i].value.len == 0))
        {
            continue;
        }

        name = tap_str(headers[i].name);
        test_header(t, &name, &headers[i].value);
    }

    test_headers_done(t);

    if (!s3o_str_eq(&t->query_form.names, &t->signer.names)
        || test_authorization(t, &value) != S3O_OK)
    {
        return 0;
    }

    all = test_string_to_sign(t);

    return s3o_str_eq(&bare, &all);
}


#endif /* _REQUEST_H_INCLUDED_ */
