
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_xml.h"


static const u_char *s3o_xml_open(const u_char *p, const u_char *last,
    const s3o_str_t *name);


s3o_int_t
s3o_xml_text(const u_char *data, size_t len, const s3o_str_t *name,
    s3o_str_t *text)
{
    const u_char  *p, *end, *last;

    last = data + len;

    p = s3o_xml_open(data, last, name);

    if (p == NULL || s3o_xml_open(p, last, name)) {
        return S3O_ERROR;
    }

    for (end = p; end < last && *end != '<'; end++) {
        if (*end == '&') {
            return S3O_ERROR;
        }
    }

    if ((size_t) (last - end) < name->len + 3
        || end[1] != '/'
        || memcmp(end + 2, name->data, name->len) != 0
        || end[name->len + 2] != '>')
    {
        return S3O_ERROR;
    }

    while (p < end && *p <= ' ') {
        p++;
    }

    while (end > p && end[-1] <= ' ') {
        end--;
    }

    s3o_str_set(text, p, end - p);

    return S3O_OK;
}


/* what follows the next "<name>" */

static const u_char *
s3o_xml_open(const u_char *p, const u_char *last, const s3o_str_t *name)
{
    for ( /* void */ ; (size_t) (last - p) >= name->len + 2; p++) {
        if (*p == '<'
            && memcmp(p + 1, name->data, name->len) == 0
            && p[name->len + 1] == '>')
        {
            return p + name->len + 2;
        }
    }

    return NULL;
}
