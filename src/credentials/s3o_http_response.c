
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_http_response.h"
#include "s3o_text.h"


#define S3O_HTTP_LENGTH_MAX  0x7fffffff


typedef enum {
    S3O_HTTP_STATUS = 0,
    S3O_HTTP_FIELDS,
    S3O_HTTP_BODY,
    S3O_HTTP_CHUNK,              /* the line with the size */
    S3O_HTTP_DATA,
    S3O_HTTP_DATA_END,           /* the line end after the data */
    S3O_HTTP_TRAILER,
    S3O_HTTP_DONE
} s3o_http_state_e;


typedef struct {
    u_char               *data;
    size_t                len;
    s3o_uint_t            eof;
    s3o_http_response_t  *r;
} s3o_http_parser_t;


static s3o_int_t s3o_http_step(s3o_http_parser_t *p);
static s3o_int_t s3o_http_line(s3o_http_parser_t *p, s3o_str_t *line);
static s3o_int_t s3o_http_status(const s3o_str_t *line, s3o_uint_t *status);
static s3o_int_t s3o_http_fields(s3o_http_response_t *r,
    const s3o_str_t *line);
static s3o_int_t s3o_http_field(s3o_http_response_t *r,
    const s3o_str_t *line);
static s3o_int_t s3o_http_body(s3o_http_parser_t *p);
static s3o_int_t s3o_http_chunk(s3o_http_response_t *r,
    const s3o_str_t *line);
static s3o_int_t s3o_http_data(s3o_http_parser_t *p);
static s3o_int_t s3o_http_chunk_size(const s3o_str_t *line, size_t *size);


void
s3o_http_response_init(s3o_http_response_t *r)
{
    memset(r, 0, sizeof(s3o_http_response_t));
}


s3o_int_t
s3o_http_response(u_char *data, size_t len, s3o_uint_t eof,
    s3o_http_response_t *r)
{
    s3o_int_t          rc;
    s3o_http_parser_t  p;

    p.data = data;
    p.len = len;
    p.eof = eof;
    p.r = r;

    do {
        rc = s3o_http_step(&p);

    } while (rc == S3O_OK && r->state != S3O_HTTP_DONE);

    return rc == S3O_AGAIN && eof ? S3O_ERROR : rc;
}


/* parses a line, or the data between two lines */

static s3o_int_t
s3o_http_step(s3o_http_parser_t *p)
{
    s3o_int_t             rc;
    s3o_str_t             line;
    s3o_http_response_t  *r;

    r = p->r;

    switch (r->state) {

    case S3O_HTTP_BODY:
        return s3o_http_body(p);

    case S3O_HTTP_DATA:
        return s3o_http_data(p);

    case S3O_HTTP_DONE:
        return S3O_OK;

    default:
        break;
    }

    rc = s3o_http_line(p, &line);

    if (rc != S3O_OK) {
        return rc;
    }

    switch (r->state) {

    case S3O_HTTP_STATUS:
        r->state = S3O_HTTP_FIELDS;
        return s3o_http_status(&line, &r->status);

    case S3O_HTTP_FIELDS:
        return s3o_http_fields(r, &line);

    case S3O_HTTP_CHUNK:
        return s3o_http_chunk(r, &line);

    case S3O_HTTP_DATA_END:
        r->state = S3O_HTTP_CHUNK;
        return line.len ? S3O_ERROR : S3O_OK;

    default: /* S3O_HTTP_TRAILER */

        if (line.len == 0) {
            r->state = S3O_HTTP_DONE;
        }

        return S3O_OK;
    }
}


/* finds the next line, without its line end */

static s3o_int_t
s3o_http_line(s3o_http_parser_t *p, s3o_str_t *line)
{
    size_t                from;
    u_char               *lf;
    s3o_http_response_t  *r;

    r = p->r;
    from = r->seen > r->pos ? r->seen : r->pos;

    if (from >= p->len) {
        return S3O_AGAIN;
    }

    lf = memchr(p->data + from, '\n', p->len - from);

    if (lf == NULL) {
        r->seen = p->len;
        return S3O_AGAIN;
    }

    line->data = p->data + r->pos;
    line->len = lf - line->data;
    r->pos += line->len + 1;

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


/* parses "HTTP/1.x NNN", perhaps with a reason after it */

static s3o_int_t
s3o_http_status(const s3o_str_t *line, s3o_uint_t *status)
{
    s3o_str_t      digits;
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

    s3o_str_set(&digits, p + 9, 3);

    return s3o_parse_decimal(&digits, 599, status) == S3O_OK && *status >= 100
           ? S3O_OK : S3O_ERROR;
}


/* parses a header line, or the empty line after the headers */

static s3o_int_t
s3o_http_fields(s3o_http_response_t *r, const s3o_str_t *line)
{
    if (line->len) {
        return s3o_http_field(r, line);
    }

    if (r->status >= 200) {
        r->state = S3O_HTTP_BODY;
        return S3O_OK;
    }

    /* an interim response (1xx) is followed by another response */

    r->state = S3O_HTTP_STATUS;
    r->chunked = 0;
    r->have_length = 0;
    r->length = 0;

    return S3O_OK;
}


static s3o_int_t
s3o_http_field(s3o_http_response_t *r, const s3o_str_t *line)
{
    s3o_str_t   name, value;
    s3o_uint_t  n;

    static const s3o_str_t  length = s3o_string("content-length");
    static const s3o_str_t  encoding = s3o_string("transfer-encoding");
    static const s3o_str_t  chunked = s3o_string("chunked");

    value = *line;

    if (!s3o_str_split(&value, &name, ':')
        || name.len == 0
        || s3o_is_blank(name.data[0])
        || s3o_is_blank(name.data[name.len - 1]))
    {
        return S3O_ERROR;
    }

    s3o_trim(&value);

    if (s3o_is_nocase(&name, &length)) {

        if (s3o_parse_decimal(&value, S3O_HTTP_LENGTH_MAX, &n) != S3O_OK
            || (r->have_length && r->length != n))
        {
            return S3O_ERROR;
        }

        r->have_length = 1;
        r->length = n;
    }

    if (s3o_is_nocase(&name, &encoding)) {

        if (r->chunked || !s3o_is_nocase(&value, &chunked)) {
            return S3O_ERROR;
        }

        r->chunked = 1;
    }

    return S3O_OK;
}


static s3o_int_t
s3o_http_body(s3o_http_parser_t *p)
{
    size_t                here;
    s3o_http_response_t  *r;

    r = p->r;
    here = p->len - r->pos;

    r->body.data = p->data + r->pos;
    r->body.len = 0;

    if (r->chunked) {
        r->decoded = r->pos;
        r->state = S3O_HTTP_CHUNK;

        return r->have_length ? S3O_ERROR : S3O_OK;
    }

    if (r->status == 204 || r->status == 304) {
        r->state = S3O_HTTP_DONE;
        return S3O_OK;
    }

    if (r->have_length ? here < r->length : !p->eof) {
        return S3O_AGAIN;
    }

    r->body.len = r->have_length ? r->length : here;
    r->state = S3O_HTTP_DONE;

    return S3O_OK;
}


static s3o_int_t
s3o_http_chunk(s3o_http_response_t *r, const s3o_str_t *line)
{
    if (s3o_http_chunk_size(line, &r->length) != S3O_OK) {
        return S3O_ERROR;
    }

    r->state = r->length ? S3O_HTTP_DATA : S3O_HTTP_TRAILER;

    return S3O_OK;
}


/* moves the data of a chunk to the end of the data before */

static s3o_int_t
s3o_http_data(s3o_http_parser_t *p)
{
    s3o_http_response_t  *r;

    r = p->r;

    if (p->len - r->pos < r->length) {
        return S3O_AGAIN;
    }

    memmove(p->data + r->decoded, p->data + r->pos, r->length);

    r->pos += r->length;
    r->decoded += r->length;
    r->body.len += r->length;
    r->state = S3O_HTTP_DATA_END;

    return S3O_OK;
}


/* parses hexadecimal digits; an extension after them is ignored */

static s3o_int_t
s3o_http_chunk_size(const s3o_str_t *line, size_t *size)
{
    size_t     i;
    u_char     c;
    s3o_int_t  digit;

    *size = 0;

    for (i = 0; i < line->len; i++) {
        digit = s3o_hex_digit(line->data[i]);

        if (digit < 0) {
            break;
        }

        if (*size > S3O_HTTP_LENGTH_MAX / 16 - 1) {
            return S3O_ERROR;
        }

        *size = *size * 16 + (size_t) digit;
    }

    if (i == 0) {
        return S3O_ERROR;
    }

    if (i == line->len) {
        return S3O_OK;
    }

    c = line->data[i];

    return c == ';' || s3o_is_blank(c) ? S3O_OK : S3O_ERROR;
}


s3o_int_t
s3o_http_header(const u_char *data, size_t len, const s3o_str_t *name,
    s3o_str_t *value)
{
    s3o_str_t      rest, field;
    s3o_uint_t     first, interim;
    const u_char  *p, *last, *lf, *end;

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

            /* after "HTTP/1.1 1xx" another head follows */

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

        s3o_str_set(&rest, p, end - p);

        if (interim
            || !s3o_str_split(&rest, &field, ':')
            || !s3o_is_nocase(&field, name))
        {
            continue;
        }

        s3o_trim(&rest);
        *value = rest;

        return S3O_OK;
    }

    return S3O_ERROR;
}


s3o_int_t
s3o_http_connect(u_char *data, size_t len, size_t seen, s3o_uint_t *status,
    size_t *head)
{
    u_char     *p, *last, *lf;
    s3o_str_t   line;

    last = data + len;

    /* the empty line may have begun among the last bytes that were seen */

    p = data + (seen > 3 ? seen - 3 : 0);

    for ( ;; ) {
        lf = p < last ? memchr(p, '\n', last - p) : NULL;

        if (lf == NULL) {
            return S3O_AGAIN;
        }

        p = lf + 1;

        if (p < last && *p == '\n') {
            p++;
            break;
        }

        if (last - p > 1 && p[0] == '\r' && p[1] == '\n') {
            p += 2;
            break;
        }
    }

    *head = p - data;

    lf = memchr(data, '\n', *head);

    line.data = data;
    line.len = lf - data;

    if (line.len && lf[-1] == '\r') {
        line.len--;
    }

    return s3o_http_status(&line, status) == S3O_OK && *status >= 200
           ? S3O_OK : S3O_ERROR;
}
