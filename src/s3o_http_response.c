
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_http_response.h"


#define S3O_HTTP_LENGTH_MAX  0x7fffffff


typedef struct {
    u_char        *pos;
    u_char        *end;
    s3o_uint_t     chunked;
    s3o_uint_t     have_length;
    size_t         length;
} s3o_http_parser_t;


static s3o_int_t s3o_http_head(s3o_http_parser_t *p, s3o_http_response_t *r);
static s3o_int_t s3o_http_line(s3o_http_parser_t *p, s3o_str_t *line);
static s3o_int_t s3o_http_status(const s3o_str_t *line, s3o_uint_t *status);
static s3o_int_t s3o_http_field(s3o_http_parser_t *p, const s3o_str_t *line);
static s3o_uint_t s3o_http_name(const u_char *p, size_t len,
    const char *lower, size_t lower_len);
static s3o_int_t s3o_http_number(const u_char *p, size_t len, size_t *n);
static s3o_int_t s3o_http_body(s3o_http_parser_t *p, s3o_uint_t eof,
    s3o_http_response_t *r);
static s3o_int_t s3o_http_chunks(s3o_http_parser_t *p, s3o_uint_t decode,
    s3o_str_t *body);
static s3o_int_t s3o_http_chunk_size(const s3o_str_t *line, size_t *size);
static s3o_int_t s3o_http_trailer(s3o_http_parser_t *p);


s3o_int_t
s3o_http_response(u_char *data, size_t len, s3o_uint_t eof,
    s3o_http_response_t *r)
{
    s3o_int_t          rc;
    s3o_http_parser_t  p;

    p.pos = data;
    p.end = data + len;

    do {
        p.chunked = 0;
        p.have_length = 0;
        p.length = 0;

        rc = s3o_http_head(&p, r);

    } while (rc == S3O_OK && r->status < 200);

    if (rc == S3O_OK) {
        rc = s3o_http_body(&p, eof, r);
    }

    return rc == S3O_AGAIN && eof ? S3O_ERROR : rc;
}


static s3o_int_t
s3o_http_head(s3o_http_parser_t *p, s3o_http_response_t *r)
{
    s3o_int_t  rc;
    s3o_str_t  line;

    rc = s3o_http_line(p, &line);

    if (rc == S3O_OK) {
        rc = s3o_http_status(&line, &r->status);
    }

    while (rc == S3O_OK) {
        rc = s3o_http_line(p, &line);

        if (rc == S3O_OK) {

            if (line.len == 0) {
                return S3O_OK;
            }

            rc = s3o_http_field(p, &line);
        }
    }

    return rc;
}


/* the next line without its end */

static s3o_int_t
s3o_http_line(s3o_http_parser_t *p, s3o_str_t *line)
{
    u_char  *lf;

    if (p->pos == p->end) {
        return S3O_AGAIN;
    }

    lf = memchr(p->pos, '\n', p->end - p->pos);

    if (lf == NULL) {
        return S3O_AGAIN;
    }

    line->data = p->pos;
    line->len = lf - p->pos;
    p->pos = lf + 1;

    if (line->len && lf[-1] == '\r') {
        line->len--;
    }

    if (line->len
        && (memchr(line->data, '\0', line->len)
            || memchr(line->data, '\r', line->len)))
    {
        return S3O_ERROR;
    }

    return S3O_OK;
}


/* "HTTP/1.x NNN" and perhaps a reason */

static s3o_int_t
s3o_http_status(const s3o_str_t *line, s3o_uint_t *status)
{
    size_t         i;
    const u_char  *p;

    p = line->data;

    if (line->len < sizeof("HTTP/1.1 200") - 1
        || memcmp(p, "HTTP/1.", sizeof("HTTP/1.") - 1) != 0
        || (p[7] != '0' && p[7] != '1')
        || p[8] != ' '
        || (line->len > 12 && p[12] != ' '))
    {
        return S3O_ERROR;
    }

    *status = 0;

    for (i = 9; i < 12; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return S3O_ERROR;
        }

        *status = *status * 10 + (p[i] - '0');
    }

    return *status >= 100 && *status <= 599 ? S3O_OK : S3O_ERROR;
}


static s3o_int_t
s3o_http_field(s3o_http_parser_t *p, const s3o_str_t *line)
{
    size_t         len, n;
    const u_char  *colon, *value;

    colon = memchr(line->data, ':', line->len);

    if (colon == NULL
        || colon == line->data
        || line->data[0] == ' '
        || line->data[0] == '\t'
        || colon[-1] == ' '
        || colon[-1] == '\t')
    {
        return S3O_ERROR;
    }

    value = colon + 1;
    len = line->data + line->len - value;

    while (len && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }

    while (len && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
        len--;
    }

    if (s3o_http_name(line->data, colon - line->data, "content-length", 14)) {

        if (s3o_http_number(value, len, &n) != S3O_OK
            || (p->have_length && p->length != n))
        {
            return S3O_ERROR;
        }

        p->have_length = 1;
        p->length = n;
    }

    if (s3o_http_name(line->data, colon - line->data,
                      "transfer-encoding", 17))
    {
        if (p->chunked || !s3o_http_name(value, len, "chunked", 7)) {
            return S3O_ERROR;
        }

        p->chunked = 1;
    }

    return S3O_OK;
}


/* compares in any case */

static s3o_uint_t
s3o_http_name(const u_char *p, size_t len, const char *lower,
    size_t lower_len)
{
    size_t  i;
    u_char  c;

    if (len != lower_len) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        c = p[i];

        if (c >= 'A' && c <= 'Z') {
            c |= 0x20;
        }

        if (c != (u_char) lower[i]) {
            return 0;
        }
    }

    return 1;
}


static s3o_int_t
s3o_http_number(const u_char *p, size_t len, size_t *n)
{
    size_t  i;

    if (len == 0) {
        return S3O_ERROR;
    }

    *n = 0;

    for (i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9' || *n > S3O_HTTP_LENGTH_MAX / 10 - 1) {
            return S3O_ERROR;
        }

        *n = *n * 10 + (p[i] - '0');
    }

    return S3O_OK;
}


static s3o_int_t
s3o_http_body(s3o_http_parser_t *p, s3o_uint_t eof, s3o_http_response_t *r)
{
    s3o_int_t          rc;
    s3o_http_parser_t  start;

    r->body.data = p->pos;
    r->body.len = 0;

    if (p->chunked) {

        if (p->have_length) {
            return S3O_ERROR;
        }

        /* decoding moves bytes, so first see whether all have come */

        start = *p;

        rc = s3o_http_chunks(p, 0, &r->body);

        if (rc == S3O_OK) {
            rc = s3o_http_chunks(&start, 1, &r->body);
        }

        return rc;
    }

    if (r->status == 204 || r->status == 304) {
        return S3O_OK;
    }

    if (p->have_length) {
        r->body.len = p->length;

        return (size_t) (p->end - p->pos) >= p->length ? S3O_OK : S3O_AGAIN;
    }

    r->body.len = p->end - p->pos;

    return eof ? S3O_OK : S3O_AGAIN;
}


static s3o_int_t
s3o_http_chunks(s3o_http_parser_t *p, s3o_uint_t decode, s3o_str_t *body)
{
    size_t     size;
    u_char    *dst;
    s3o_int_t  rc;
    s3o_str_t  line;

    dst = p->pos;

    for ( ;; ) {
        rc = s3o_http_line(p, &line);

        if (rc != S3O_OK) {
            return rc;
        }

        rc = s3o_http_chunk_size(&line, &size);

        if (rc != S3O_OK) {
            return rc;
        }

        if (size == 0) {
            break;
        }

        if ((size_t) (p->end - p->pos) < size) {
            return S3O_AGAIN;
        }

        if (decode) {
            memmove(dst, p->pos, size);
            dst += size;
        }

        p->pos += size;

        rc = s3o_http_line(p, &line);

        if (rc != S3O_OK) {
            return rc;
        }

        if (line.len) {
            return S3O_ERROR;
        }
    }

    body->len = dst - body->data;

    return s3o_http_trailer(p);
}


/* hex digits, and perhaps an extension that says nothing here */

static s3o_int_t
s3o_http_chunk_size(const s3o_str_t *line, size_t *size)
{
    size_t  i;
    u_char  c;

    *size = 0;

    for (i = 0; i < line->len; i++) {
        c = line->data[i];

        if (c >= '0' && c <= '9') {
            c -= '0';

        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            c = (c | 0x20) - 'a' + 10;

        } else {
            break;
        }

        if (*size > S3O_HTTP_LENGTH_MAX / 16 - 1) {
            return S3O_ERROR;
        }

        *size = *size * 16 + c;
    }

    if (i == 0) {
        return S3O_ERROR;
    }

    if (i == line->len) {
        return S3O_OK;
    }

    c = line->data[i];

    return c == ';' || c == ' ' || c == '\t' ? S3O_OK : S3O_ERROR;
}


static s3o_int_t
s3o_http_trailer(s3o_http_parser_t *p)
{
    s3o_int_t  rc;
    s3o_str_t  line;

    do {
        rc = s3o_http_line(p, &line);

    } while (rc == S3O_OK && line.len);

    return rc;
}


s3o_int_t
s3o_http_header(const u_char *data, size_t len, const s3o_str_t *name,
    s3o_str_t *value)
{
    s3o_uint_t     first, interim;
    const u_char  *p, *last, *lf, *end, *colon;

    last = data + len;
    first = 1;
    interim = 0;

    for (p = data; p < last; p = lf + 1) {
        lf = memchr(p, '\n', last - p);

        if (lf == NULL) {
            break;
        }

        end = lf > p && lf[-1] == '\r' ? lf - 1 : lf;

        if (first) {

            /* "HTTP/1.1 100" comes before another head */

            first = 0;
            interim = end - p > 9 && p[9] == '1';
            continue;
        }

        if (end == p) {

            if (!interim) {
                break;
            }

            first = 1;
            continue;
        }

        colon = memchr(p, ':', end - p);

        if (interim
            || colon == NULL
            || !s3o_http_name(p, colon - p, (const char *) name->data,
                              name->len))
        {
            continue;
        }

        for (p = colon + 1; p < end && (*p == ' ' || *p == '\t'); p++) {
            /* void */
        }

        while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
            end--;
        }

        s3o_str_set(value, p, end - p);

        return S3O_OK;
    }

    return S3O_ERROR;
}
