
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_copy.h"
#include "s3o_encode.h"
#include "s3o_text.h"


#define S3O_COPY_ARN_PARTS  5    /* parts of an ARN before its resource */


static s3o_copy_error_e s3o_copy_version(s3o_copy_t *copy, s3o_str_t *path);
static s3o_copy_error_e s3o_copy_arn(s3o_copy_t *copy, s3o_str_t text,
    const s3o_str_t *arn);
static s3o_uint_t s3o_copy_is_arn(const s3o_str_t *text);
static void s3o_copy_put_arn(s3o_buf_t *b, const s3o_str_t *arn);


s3o_copy_error_e
s3o_copy_parse(s3o_copy_t *copy, const s3o_str_t *value,
    const s3o_copy_conf_t *conf, u_char *buf)
{
    s3o_str_t          path, name, text;
    s3o_uint_t         i;
    s3o_copy_error_e   err;

    path = *value;
    err = s3o_copy_version(copy, &path);

    if (err != S3O_COPY_OK) {
        return err;
    }

    if ((path.len && memchr(path.data, '+', path.len))
        || s3o_decode(buf, &text.len, path.data, path.len, 0) != S3O_OK)
    {
        return S3O_COPY_ENCODING;
    }

    text.data = buf;

    if (text.len && text.data[0] == '/') {
        text.data++;
        text.len--;
    }

    if (s3o_copy_is_arn(&text)) {
        return s3o_copy_arn(copy, text, &conf->access_point);
    }

    if (!s3o_str_split(&text, &name, '/')) {
        return S3O_COPY_KEY;
    }

    for (i = 0; i < conf->nnames; i++) {
        if (s3o_str_eq(&name, &conf->names[i])) {
            break;
        }
    }

    if (i == conf->nnames && !s3o_str_eq(&name, &conf->access_point)) {
        return S3O_COPY_BUCKET;
    }

    copy->key = text;

    return text.len ? S3O_COPY_OK : S3O_COPY_KEY;
}


/*
 * Cuts the query off "path", which is still encoded: it begins at the first
 * "?", and may only be "versionId=ID".
 */

static s3o_copy_error_e
s3o_copy_version(s3o_copy_t *copy, s3o_str_t *path)
{
    size_t     i;
    u_char     c;
    s3o_str_t  query, name;

    s3o_str_set(&copy->version, NULL, 0);

    query = *path;

    if (!s3o_str_split(&query, path, '?')) {
        *path = query;
        return S3O_COPY_OK;
    }

    if (!s3o_str_split(&query, &name, '=')
        || !s3o_str_is(&name, "versionId")
        || query.len == 0)
    {
        return S3O_COPY_QUERY;
    }

    for (i = 0; i < query.len; i++) {
        c = query.data[i];

        if (!s3o_is_alnum(c) && c != '-' && c != '.' && c != '_' && c != '~') {
            return S3O_COPY_QUERY;
        }
    }

    copy->version = query;

    return S3O_COPY_OK;
}


static s3o_uint_t
s3o_copy_is_arn(const s3o_str_t *text)
{
    static const s3o_str_t  arn = s3o_string("arn:");

    return s3o_str_starts(text, &arn);
}


/*
 * Compares the ARN that a client wrote with that of the access point, and
 * sets the key to the rest.  In the resource, the sixth part, "/" and ":" are
 * equal.
 */

static s3o_copy_error_e
s3o_copy_arn(s3o_copy_t *copy, s3o_str_t text, const s3o_str_t *arn)
{
    size_t      i;
    u_char      c, d;
    s3o_uint_t  parts;

    static const s3o_str_t  object = s3o_string("object/");

    if (text.len <= arn->len || text.data[arn->len] != '/') {
        return S3O_COPY_BUCKET;
    }

    parts = 0;

    for (i = 0; i < arn->len; i++) {
        c = text.data[i];
        d = arn->data[i];

        if (parts == S3O_COPY_ARN_PARTS) {
            c = c == ':' ? '/' : c;
            d = d == ':' ? '/' : d;

        } else if (d == ':') {
            parts++;
        }

        if (c != d) {
            return S3O_COPY_BUCKET;
        }
    }

    s3o_str_set(&copy->key, text.data + arn->len + 1,
                text.len - arn->len - 1);

    if (s3o_str_starts(&copy->key, &object)) {
        copy->key.data += object.len;
        copy->key.len -= object.len;
    }

    return copy->key.len ? S3O_COPY_OK : S3O_COPY_KEY;
}


size_t
s3o_copy_len(const s3o_copy_t *copy, const s3o_str_t *access_point,
    const s3o_str_t *host)
{
    return 3 * (access_point->len + copy->key.len) + host->len
           + sizeof("/object/" "?versionId=") + copy->version.len;
}


void
s3o_copy_write(s3o_buf_t *b, const s3o_copy_t *copy,
    const s3o_str_t *access_point, const s3o_str_t *host)
{
    s3o_str_t  rest, label;

    if (host->len) {
        rest = *host;

        if (!s3o_str_split(&rest, &label, '.')) {
            label = rest;
        }

        s3o_buf_put_str(b, &label);
        s3o_buf_putc(b, '/');

    } else if (s3o_copy_is_arn(access_point)) {
        s3o_copy_put_arn(b, access_point);
        s3o_buf_put_literal(b, "/object/");

    } else {
        s3o_buf_put_str(b, access_point);
        s3o_buf_putc(b, '/');
    }

    s3o_encode(b, copy->key.data, copy->key.len, S3O_ENCODE_PATH);

    if (copy->version.len) {
        s3o_buf_put_literal(b, "?versionId=");
        s3o_buf_put_str(b, &copy->version);
    }
}


static void
s3o_copy_put_arn(s3o_buf_t *b, const s3o_str_t *arn)
{
    size_t      i;
    u_char      c;
    s3o_uint_t  parts;

    parts = 0;

    for (i = 0; i < arn->len; i++) {
        c = arn->data[i];

        if (c == ':') {

            if (parts == S3O_COPY_ARN_PARTS) {
                c = '/';

            } else {
                parts++;
            }
        }

        s3o_encode(b, &c, 1, S3O_ENCODE_PATH);
    }
}


const char *
s3o_copy_strerror(s3o_copy_error_e err)
{
    switch (err) {

    case S3O_COPY_ENCODING:
        return "has a bad escape, or a \"+\" that is not escaped";

    case S3O_COPY_QUERY:
        return "has a query other than \"?versionId=ID\"";

    case S3O_COPY_KEY:
        return "has no key";

    case S3O_COPY_BUCKET:
        return "names a bucket that is not in \"s3o_presign_copy\"";

    default:
        return "no error";
    }
}
