
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_canonical.h"
#include "s3o_encode.h"
#include "s3o_sort.h"
#include "s3o_text.h"

#if (defined __SSE2__)
#include <emmintrin.h>
#define s3o_load_16(p)  _mm_loadu_si128((const __m128i *) (p))
#endif


/* up to so many elements insertion is faster; its steps grow by the square */
#define S3O_INSERTION_MAX  16


static s3o_int_t s3o_param_cmp(const void *a, const void *b);
static s3o_int_t s3o_header_cmp(const void *a, const void *b);


void
s3o_query_init(s3o_query_t *q, s3o_param_t *params, s3o_uint_t max,
    u_char *text, size_t size)
{
    q->params = params;
    q->nparams = 0;
    q->max = max;

    s3o_buf_init(&q->text, text, size);
}


size_t
s3o_query_param_len(const s3o_str_t *name, const s3o_str_t *value)
{
    return s3o_encode_len(name->data, name->len, S3O_ENCODE_QUERY)
           + 1
           + s3o_encode_len(value->data, value->len, S3O_ENCODE_QUERY);
}


s3o_int_t
s3o_query_add(s3o_query_t *q, const s3o_str_t *name, const s3o_str_t *value)
{
    u_char       *start;
    s3o_param_t   param;

    if (q->nparams == q->max) {
        return S3O_OVERFLOW;
    }

    start = q->text.pos;

    s3o_encode(&q->text, name->data, name->len, S3O_ENCODE_QUERY);
    s3o_str_set(&param.name, start, q->text.pos - start);

    s3o_buf_putc(&q->text, '=');

    param.value.data = q->text.pos;
    s3o_encode(&q->text, value->data, value->len, S3O_ENCODE_QUERY);
    param.value.len = q->text.pos - param.value.data;

    if (q->text.overflow) {
        q->text.pos = start;
        return S3O_OVERFLOW;
    }

    q->params[q->nparams++] = param;

    return S3O_OK;
}


void
s3o_query_sort(s3o_query_t *q)
{
    s3o_uint_t   i, j;
    s3o_param_t  param;

    if (q->nparams > S3O_INSERTION_MAX) {
        s3o_sort(q->params, q->nparams, sizeof(s3o_param_t), s3o_param_cmp);
        return;
    }

    for (i = 1; i < q->nparams; i++) {
        param = q->params[i];

        for (j = i; j > 0; j--) {
            if (s3o_param_cmp(&q->params[j - 1], &param) <= 0) {
                break;
            }

            q->params[j] = q->params[j - 1];
        }

        q->params[j] = param;
    }
}


static s3o_int_t
s3o_param_cmp(const void *a, const void *b)
{
    s3o_int_t           rc;
    const s3o_param_t  *x = a;
    const s3o_param_t  *y = b;

    rc = s3o_str_cmp(&x->name, &y->name);

    return rc ? rc : s3o_str_cmp(&x->value, &y->value);
}


size_t
s3o_query_len(const s3o_query_t *q)
{
    size_t      len;
    s3o_uint_t  i;

    if (q->nparams == 0) {
        return 0;
    }

    len = q->nparams - 1;

    for (i = 0; i < q->nparams; i++) {
        len += q->params[i].name.len + 1 + q->params[i].value.len;
    }

    return len;
}


void
s3o_query_write(s3o_buf_t *b, const s3o_query_t *q, s3o_uint_t from,
    s3o_uint_t to)
{
    s3o_uint_t    i;
    s3o_param_t  *param;

    for (i = from; i < to; i++) {

        if (i > from) {
            s3o_buf_putc(b, '&');
        }

        param = &q->params[i];
        s3o_buf_put(b, param->name.data,
                    param->name.len + 1 + param->value.len);
    }
}


void
s3o_headers_sort(s3o_header_t *headers, s3o_uint_t n)
{
    s3o_uint_t    i, j;
    s3o_header_t  header;

    if (n > S3O_INSERTION_MAX) {

        for (i = 0; i < n; i++) {
            headers[i].order = i;
        }

        s3o_sort(headers, n, sizeof(s3o_header_t), s3o_header_cmp);
        return;
    }

    for (i = 1; i < n; i++) {
        header = headers[i];

        for (j = i; j > 0; j--) {
            if (s3o_str_cmp(&headers[j - 1].name, &header.name) <= 0) {
                break;
            }

            headers[j] = headers[j - 1];
        }

        headers[j] = header;
    }
}


static s3o_int_t
s3o_header_cmp(const void *a, const void *b)
{
    s3o_int_t            rc;
    const s3o_header_t  *x = a;
    const s3o_header_t  *y = b;

    rc = s3o_str_cmp(&x->name, &y->name);

    return rc ? rc : (x->order > y->order) - (x->order < y->order);
}


/*
 * 1 when the text has a space or a control byte.  Session tokens are long and
 * have none, so this is made fast: the smallest byte of the text is found,
 * sixteen bytes at a time.  The last sixteen may overlap those before.
 */

static s3o_uint_t
s3o_has_blank(const u_char *p, const u_char *last)
{
#if (defined __SSE2__)

    size_t   i, len;
    __m128i  low, n;

    len = last - p;

    if (len >= sizeof(__m128i)) {
        low = s3o_load_16(last - sizeof(__m128i));

        for (i = 0; len - i > 4 * sizeof(__m128i); i += 4 * sizeof(__m128i)) {
            low = _mm_min_epu8(low, s3o_load_16(p + i));
            low = _mm_min_epu8(low, s3o_load_16(p + i + 16));
            low = _mm_min_epu8(low, s3o_load_16(p + i + 32));
            low = _mm_min_epu8(low, s3o_load_16(p + i + 48));
        }

        for ( /* void */ ; len - i > sizeof(__m128i); i += sizeof(__m128i)) {
            low = _mm_min_epu8(low, s3o_load_16(p + i));
        }

        n = _mm_min_epu8(low, _mm_set1_epi8(' '));

        return _mm_movemask_epi8(_mm_cmpeq_epi8(n, low)) != 0;
    }

#endif

    for ( /* void */ ; p < last; p++) {
        if (*p <= ' ') {
            return 1;
        }
    }

    return 0;
}


void
s3o_header_fold(s3o_buf_t *b, const s3o_str_t *value)
{
    u_char      *p, *last, *word;
    s3o_uint_t   first;

    if (value->len == 0) {
        return;
    }

    p = value->data;
    last = p + value->len;
    first = 1;

    while (p < last && s3o_is_space(*p)) {
        p++;
    }

    if (!s3o_has_blank(p, last)) {
        s3o_buf_put(b, p, last - p);
        return;
    }

    for ( ;; ) {

        while (p < last && s3o_is_space(*p)) {
            p++;
        }

        if (p == last) {
            return;
        }

        word = p;

        while (p < last && !s3o_is_space(*p)) {
            p++;
        }

        if (!first) {
            s3o_buf_putc(b, ' ');
        }

        s3o_buf_put(b, word, p - word);
        first = 0;
    }
}


size_t
s3o_headers_len(const s3o_header_t *headers, s3o_uint_t n)
{
    size_t      len;
    s3o_uint_t  i;

    len = 0;

    for (i = 0; i < n; i++) {
        len += headers[i].name.len + 1 + headers[i].value.len + 1;
    }

    return len;
}


size_t
s3o_headers_names_len(const s3o_header_t *headers, s3o_uint_t n)
{
    size_t      len;
    s3o_uint_t  i;

    len = 0;

    for (i = 0; i < n; i++) {
        len += headers[i].name.len + 1;
    }

    return len;
}


void
s3o_headers_text(s3o_buf_t *b, const s3o_header_t *headers, s3o_uint_t n)
{
    s3o_uint_t  i;

    for (i = 0; i < n; i++) {

        if (i > 0 && s3o_str_eq(&headers[i].name, &headers[i - 1].name)) {
            s3o_buf_putc(b, ',');
            s3o_header_fold(b, &headers[i].value);
            continue;
        }

        if (i > 0) {
            s3o_buf_putc(b, '\n');
        }

        s3o_buf_put_str(b, &headers[i].name);
        s3o_buf_putc(b, ':');
        s3o_header_fold(b, &headers[i].value);
    }

    if (n) {
        s3o_buf_putc(b, '\n');
    }
}


void
s3o_headers_names(s3o_buf_t *b, const s3o_header_t *headers, s3o_uint_t n)
{
    s3o_uint_t  i;

    for (i = 0; i < n; i++) {

        if (i > 0) {
            if (s3o_str_eq(&headers[i].name, &headers[i - 1].name)) {
                continue;
            }

            s3o_buf_putc(b, ';');
        }

        s3o_buf_put_str(b, &headers[i].name);
    }
}


s3o_int_t
s3o_headers_write(s3o_buf_t *text, s3o_buf_t *names,
    const s3o_header_t *headers, s3o_uint_t n)
{
    s3o_headers_text(text, headers, n);
    s3o_headers_names(names, headers, n);

    return text->overflow || names->overflow ? S3O_OVERFLOW : S3O_OK;
}
