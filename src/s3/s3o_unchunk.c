
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_unchunk.h"
#include "s3o_text.h"


#define S3O_UNCHUNK_SIGNATURE  "x-amz-trailer-signature"


static s3o_unchunk_error_e s3o_unchunk_line(s3o_unchunk_t *u, u_char c);
static s3o_unchunk_error_e s3o_unchunk_header(s3o_unchunk_t *u,
    s3o_str_t *line);
static s3o_unchunk_error_e s3o_unchunk_data_end(s3o_unchunk_t *u,
    s3o_str_t *line);
static s3o_unchunk_error_e s3o_unchunk_trailer(s3o_unchunk_t *u,
    s3o_str_t *line);
static s3o_unchunk_error_e s3o_unchunk_verify(s3o_unchunk_t *u,
    s3o_str_t *value);
static s3o_unchunk_error_e s3o_unchunk_end(s3o_unchunk_t *u);


s3o_int_t
s3o_unchunk_init(s3o_unchunk_t *u, s3o_crypto_t *crypto, uint64_t size,
    s3o_checksum_e checksum)
{
    u->size = size;

    return s3o_checksum_begin(&u->checksum, crypto, checksum);
}


void
s3o_unchunk_free(s3o_unchunk_t *u)
{
    s3o_checksum_free(&u->checksum);
}


s3o_unchunk_error_e
s3o_unchunk(s3o_unchunk_t *u, u_char **pos, u_char *end, s3o_str_t *data)
{
    size_t               len;
    s3o_unchunk_error_e  err;

    s3o_str_set(data, *pos, 0);

    while (*pos < end) {

        if (u->state != S3O_UNCHUNK_AT_DATA) {
            err = s3o_unchunk_line(u, *(*pos)++);

            if (err != S3O_UNCHUNK_OK) {
                u->state = S3O_UNCHUNK_FAILED;
                return err;
            }

            continue;
        }

        len = end - *pos;

        if (len > u->left) {
            len = (size_t) u->left;
        }

        s3o_str_set(data, *pos, len);

        *pos += len;
        u->left -= len;

        if (u->left == 0) {
            u->state = S3O_UNCHUNK_AT_DATA_END;
        }

        if (s3o_checksum_add(&u->checksum, data->data, len) != S3O_OK) {
            u->state = S3O_UNCHUNK_FAILED;
            return S3O_UNCHUNK_INTERNAL;
        }

        return S3O_UNCHUNK_OK;
    }

    return S3O_UNCHUNK_OK;
}


/* Takes a byte that is not data.  All such bytes are parts of lines. */

static s3o_unchunk_error_e
s3o_unchunk_line(s3o_unchunk_t *u, u_char c)
{
    s3o_str_t  line;

    if (u->state == S3O_UNCHUNK_AT_END
        || u->state == S3O_UNCHUNK_FAILED
        || u->line_len == S3O_UNCHUNK_LINE_MAX)
    {
        return S3O_UNCHUNK_FRAMING;
    }

    u->line[u->line_len++] = c;

    if (c != '\n') {
        return S3O_UNCHUNK_OK;
    }

    if (u->line_len < 2 || u->line[u->line_len - 2] != '\r') {
        return S3O_UNCHUNK_FRAMING;
    }

    s3o_str_set(&line, u->line, u->line_len - 2);
    u->line_len = 0;

    switch (u->state) {

    case S3O_UNCHUNK_AT_HEADER:
        return s3o_unchunk_header(u, &line);

    case S3O_UNCHUNK_AT_DATA_END:
        return s3o_unchunk_data_end(u, &line);

    default: /* S3O_UNCHUNK_AT_TRAILER */
        return s3o_unchunk_trailer(u, &line);
    }
}


/* parses "{size in hexadecimal}", perhaps with ";chunk-signature={...}" */

static s3o_unchunk_error_e
s3o_unchunk_header(s3o_unchunk_t *u, s3o_str_t *line)
{
    size_t     i;
    uint64_t   size;
    s3o_int_t  digit;

    size = 0;

    for (i = 0; i < line->len && line->data[i] != ';'; i++) {
        digit = s3o_hex_digit(line->data[i]);

        if (digit < 0 || i == 15) {
            return S3O_UNCHUNK_FRAMING;
        }

        size = size << 4 | (uint64_t) digit;
    }

    if (i == 0) {
        return S3O_UNCHUNK_FRAMING;
    }

    if (size > u->size - u->seen) {
        return S3O_UNCHUNK_LENGTH;
    }

    u->seen += size;
    u->left = size;

    if (size) {
        u->state = S3O_UNCHUNK_AT_DATA;
        return S3O_UNCHUNK_OK;
    }

    u->state = S3O_UNCHUNK_AT_TRAILER;

    return u->seen == u->size ? S3O_UNCHUNK_OK : S3O_UNCHUNK_LENGTH;
}


static s3o_unchunk_error_e
s3o_unchunk_data_end(s3o_unchunk_t *u, s3o_str_t *line)
{
    u->state = S3O_UNCHUNK_AT_HEADER;

    return line->len ? S3O_UNCHUNK_FRAMING : S3O_UNCHUNK_OK;
}


static s3o_unchunk_error_e
s3o_unchunk_trailer(s3o_unchunk_t *u, s3o_str_t *line)
{
    size_t     i;
    s3o_str_t  name;

    if (line->len == 0) {
        return s3o_unchunk_end(u);
    }

    if (!s3o_str_split(line, &name, ':')) {
        return S3O_UNCHUNK_FRAMING;
    }

    for (i = 0; i < name.len; i++) {
        name.data[i] = s3o_lower(name.data[i]);
    }

    if (s3o_str_is(&name, S3O_UNCHUNK_SIGNATURE)) {
        return S3O_UNCHUNK_OK;
    }

    if (u->verified
        || u->checksum.type == S3O_CHECKSUM_NONE
        || s3o_checksum_type(&name) != u->checksum.type)
    {
        return S3O_UNCHUNK_TRAILER;
    }

    return s3o_unchunk_verify(u, line);
}


static s3o_unchunk_error_e
s3o_unchunk_verify(s3o_unchunk_t *u, s3o_str_t *value)
{
    u_char     text[S3O_CHECKSUM_MAX];
    s3o_buf_t  b;
    s3o_str_t  expected;

    s3o_trim(value);

    s3o_buf_init(&b, text, sizeof(text));

    if (s3o_checksum_end(&u->checksum, &b) != S3O_OK) {
        return S3O_UNCHUNK_INTERNAL;
    }

    s3o_str_set(&expected, b.start, b.pos - b.start);

    if (!s3o_str_eq(&expected, value)) {
        return S3O_UNCHUNK_CHECKSUM;
    }

    u->verified = 1;

    return S3O_UNCHUNK_OK;
}


static s3o_unchunk_error_e
s3o_unchunk_end(s3o_unchunk_t *u)
{
    if (u->checksum.type != S3O_CHECKSUM_NONE && !u->verified) {
        return S3O_UNCHUNK_TRAILER;
    }

    u->state = S3O_UNCHUNK_AT_END;

    return S3O_UNCHUNK_OK;
}


s3o_uint_t
s3o_unchunk_complete(const s3o_unchunk_t *u)
{
    return u->state == S3O_UNCHUNK_AT_END;
}


const char *
s3o_unchunk_strerror(s3o_unchunk_error_e err)
{
    switch (err) {

    case S3O_UNCHUNK_OK:
        return "no error";

    case S3O_UNCHUNK_FRAMING:
        return "the body is not in the aws-chunked encoding";

    case S3O_UNCHUNK_LENGTH:
        return "the body is not as long as \"x-amz-decoded-content-length\"";

    case S3O_UNCHUNK_TRAILER:
        return "the trailer is not what \"x-amz-trailer\" announced";

    case S3O_UNCHUNK_CHECKSUM:
        return "the checksum in the trailer is not the body's";

    default: /* S3O_UNCHUNK_INTERNAL */
        return "computing a checksum failed";
    }
}
