
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_canonical.h"
#include "s3o_encode.h"


#define ROUNDS  1500
#define PARAMS  40
#define MANY    200


static void test_query(void);
static void test_query_order(void);
static void test_query_full(void);
static void test_query_random(void);
static s3o_str_t random_text(const char *alphabet, size_t max);
static int naive_query(const s3o_str_t *names, const s3o_str_t *values,
    s3o_uint_t n, s3o_buf_t *b);
static int compare_texts(const void *a, const void *b);
static void test_sort(void);
static void test_sort_many(void);
static void test_value(void);
static void test_value_random(void);
static void test_value_long(void);
static size_t naive_fold(u_char *dst, const s3o_str_t *value);
static void test_headers(void);
static void test_headers_full(void);


int
main(void)
{
    test_query();
    test_query_order();
    test_query_full();
    test_query_random();
    test_sort();
    test_sort_many();
    test_value();
    test_value_random();
    test_value_long();
    test_headers();
    test_headers_full();

    return done();
}


static s3o_int_t
add(s3o_query_t *q, const char *name, const char *value)
{
    s3o_int_t  rc;
    s3o_str_t  n, v;

    n = tap_guard_text(name);
    v = tap_guard_text(value);

    rc = s3o_query_add(q, &n, &v);
    s3o_query_sort(q);

    return rc;
}


static void
is_query(const s3o_query_t *q, const char *expected, const char *name)
{
    s3o_buf_t  b;

    tap_buf(&b, s3o_query_len(q));
    s3o_query_write(&b, q, 0, q->nparams);

    is_buf(&b, expected, name);
    ok(b.pos == b.end, "%s: as long as it says", name);
}


static void
test_query(void)
{
    u_char       text[256];
    s3o_str_t    name, value;
    s3o_query_t  q;
    s3o_param_t  params[PARAMS];

    s3o_query_init(&q, params, PARAMS, text, sizeof(text));
    is_query(&q, "", "no parameters");

    ok(add(&q, "uploads", "") == S3O_OK, "an empty value");
    is_query(&q, "uploads=", "keeps its \"=\"");

    ok(add(&q, "prefix", "a b/+&=") == S3O_OK, "a value with delimiters");
    is_query(&q, "prefix=a%20b%2F%2B%26%3D&uploads=", "is encoded");

    ok(add(&q, "", "x") == S3O_OK, "an empty name");
    is_query(&q, "=x&prefix=a%20b%2F%2B%26%3D&uploads=", "sorts first");

    name = tap_str("a/b");
    value = tap_str("\xc3\xbc");
    is_int(s3o_query_param_len(&name, &value), 12, "the room of a parameter");

    tap_free();
}


static void
test_query_order(void)
{
    u_char       text[256];
    s3o_query_t  q;
    s3o_param_t  params[PARAMS];

    s3o_query_init(&q, params, PARAMS, text, sizeof(text));

    add(&q, "delimiter", "/");
    add(&q, "list-type", "2");
    add(&q, "Delimiter", "/");
    add(&q, "a", "2");
    add(&q, "a", "10");
    add(&q, "a", "1");
    add(&q, "a", "1");
    add(&q, "aa", "");
    add(&q, "a-", "");
    add(&q, "a~", "");
    add(&q, "a\xff", "");

    is_query(&q, "Delimiter=%2F&a=1&a=1&a=10&a=2&a%FF=&a-=&aa=&a~="
             "&delimiter=%2F&list-type=2",
             "sorted by encoded name, then by value, as bytes");

    tap_free();
}


static void
test_query_full(void)
{
    u_char       text[64];
    s3o_query_t  q;
    s3o_param_t  params[2];

    s3o_query_init(&q, params, 2, text, sizeof(text));
    ok(add(&q, "b", "1") == S3O_OK, "one of two");
    ok(add(&q, "a", "1") == S3O_OK, "two of two");
    ok(add(&q, "c", "1") == S3O_OVERFLOW, "no room for a third");
    is_query(&q, "a=1&b=1", "the two are still there");

    s3o_query_init(&q, params, 2, tap_room(6), 6);
    ok(add(&q, "a", "\n") == S3O_OK,
       "a text of five bytes fits in six");
    ok(add(&q, "b", "1") == S3O_OVERFLOW, "three more do not");
    is_query(&q, "a=%0A", "the first is still there");

    s3o_query_init(&q, params, 2, text, 0);
    ok(add(&q, "", "") == S3O_OVERFLOW, "no room even for \"=\"");

    tap_free();
}


static s3o_str_t
random_text(const char *alphabet, size_t max)
{
    size_t      i, n;
    s3o_str_t   s;

    n = strlen(alphabet);
    s.len = tap_random(max + 1);
    s.data = tap_room(s.len);

    for (i = 0; i < s.len; i++) {
        s.data[i] = tap_random(8) ? (u_char) alphabet[tap_random(n)]
                                  : (u_char) tap_random(256);
    }

    return s;
}


/* "name\0value" in a row sorts as pairs do: no encoded text has a zero byte */

static int
compare_texts(const void *a, const void *b)
{
    size_t            len;
    int               rc;
    const s3o_str_t  *one, *other;

    one = a;
    other = b;

    len = one->len < other->len ? one->len : other->len;
    rc = memcmp(one->data, other->data, len);

    return rc ? rc : (one->len > other->len) - (one->len < other->len);
}


static int
naive_query(const s3o_str_t *names, const s3o_str_t *values, s3o_uint_t n,
    s3o_buf_t *b)
{
    u_char      *p, text[PARAMS][128];
    s3o_buf_t    one;
    s3o_str_t    pairs[PARAMS];
    s3o_uint_t   i;

    for (i = 0; i < n; i++) {
        s3o_buf_init(&one, text[i], sizeof(text[i]));
        s3o_encode(&one, names[i].data, names[i].len, S3O_ENCODE_QUERY);
        s3o_buf_putc(&one, '\0');
        s3o_encode(&one, values[i].data, values[i].len, S3O_ENCODE_QUERY);
        pairs[i] = tap_written(&one);
    }

    qsort(pairs, n, sizeof(s3o_str_t), compare_texts);

    for (i = 0; i < n; i++) {
        p = memchr(pairs[i].data, '\0', pairs[i].len);
        *p = '=';

        if (i) {
            s3o_buf_putc(b, '&');
        }

        s3o_buf_put_str(b, &pairs[i]);
    }

    return !b->overflow;
}


static void
test_query_random(void)
{
    u_char        expected[PARAMS * 128];
    size_t        size;
    s3o_int_t     rc;
    s3o_buf_t     b, naive;
    s3o_str_t     names[PARAMS], values[PARAMS], got, text;
    s3o_uint_t    i, n, round, wrong;
    s3o_query_t   q;
    s3o_param_t  *params;

    wrong = 0;

    for (round = 0; round < ROUNDS; round++) {
        n = tap_random(PARAMS + 1);
        size = 0;

        for (i = 0; i < n; i++) {
            names[i] = random_text("abAB-/", 4);
            values[i] = random_text("01 +/", 5);
            size += s3o_query_param_len(&names[i], &values[i]);
        }

        params = (s3o_param_t *) tap_room(n * sizeof(s3o_param_t));
        s3o_query_init(&q, params, n, tap_room(size), size);
        rc = S3O_OK;

        for (i = 0; i < n; i++) {
            if (s3o_query_add(&q, &names[i], &values[i]) != S3O_OK) {
                rc = S3O_ERROR;
            }
        }

        s3o_query_sort(&q);

        s3o_buf_init(&naive, expected, sizeof(expected));
        naive_query(names, values, n, &naive);
        text = tap_written(&naive);

        tap_buf(&b, s3o_query_len(&q));
        s3o_query_write(&b, &q, 0, q.nparams);
        got = tap_written(&b);

        if (rc != S3O_OK || b.overflow || b.pos != b.end
            || !s3o_str_eq(&got, &text))
        {
            wrong++;
        }

        tap_free();
    }

    ok(wrong == 0, "%d random queries are sorted and encoded right", ROUNDS);
}


static void
test_sort(void)
{
    u_char        seen[7 + 1];
    s3o_uint_t    i;
    s3o_header_t  headers[] = {
        { s3o_string("x-amz-date"), s3o_string("1"), 0 },
        { s3o_string("host"), s3o_string("2"), 0 },
        { s3o_string("my"), s3o_string("3"), 0 },
        { s3o_string("my-header"), s3o_string("4"), 0 },
        { s3o_string("my"), s3o_string("5"), 0 },
        { s3o_string("content-type"), s3o_string("6"), 0 },
        { s3o_string("my"), s3o_string("7"), 0 }
    };

    s3o_headers_sort(headers, 7);

    for (i = 0; i < 7; i++) {
        seen[i] = headers[i].value.data[0];
    }

    seen[7] = '\0';

    ok(strcmp((char *) seen, "6235741") == 0,
       "headers are sorted, repeats keep their order");

    s3o_headers_sort(headers, 0);
    s3o_headers_sort(NULL, 0);
    s3o_headers_sort(headers, 1);
    ok(headers[0].value.data[0] == '6', "one header is sorted");
}


/* the values show in which order the repeats of a name came */

static void
test_sort_many(void)
{
    u_char        numbers[MANY];
    s3o_int_t     rc;
    s3o_uint_t    i, n, wrong;
    s3o_header_t  headers[MANY], *h;

    wrong = 0;

    for (n = 0; n < MANY; n++) {

        for (i = 0; i < n; i++) {
            numbers[i] = (u_char) i;
            headers[i].name = random_text("ab", 3);
            s3o_str_set(&headers[i].value, &numbers[i], 1);
        }

        s3o_headers_sort(headers, n);

        for (i = 1; i < n; i++) {
            h = &headers[i];
            rc = s3o_str_cmp(&h[-1].name, &h->name);

            if (rc > 0 || (rc == 0 && *h[-1].value.data >= *h->value.data)) {
                wrong++;
            }
        }

        tap_free();
    }

    ok(wrong == 0, "up to %d headers are sorted, repeats in order", MANY);
}


static void
test_value(void)
{
    size_t      i;
    s3o_str_t   in;
    s3o_buf_t   b;

    static const struct {
        const char  *in;
        const char  *out;
    } values[] = {
        { "", "" },
        { " ", "" },
        { "\t \r\n ", "" },
        { "a", "a" },
        { " a", "a" },
        { "a ", "a" },
        { "  a  b  ", "a b" },
        { "\"a   b   c\"", "\"a b c\"" },
        { "value1\n  value2\r\n\tvalue3", "value1 value2 value3" },
        { "a\tb", "a b" },
        { "a, b,c", "a, b,c" },
        { "\xc3\xbc  \xff", "\xc3\xbc \xff" }
    };

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        in = tap_guard_text(values[i].in);
        tap_buf(&b, strlen(values[i].out));

        s3o_header_fold(&b, &in);

        is_buf(&b, values[i].out, "a value is trimmed and folded");
    }

    s3o_str_set(&in, NULL, 0);
    s3o_header_fold(&b, &in);
    ok(!b.overflow, "a value without memory");

    tap_free();
}


/* blanks become spaces, then doubles are removed one by one, then the ends */

static size_t
naive_fold(u_char *dst, const s3o_str_t *value)
{
    size_t  i, len;

    len = value->len;

    for (i = 0; i < len; i++) {
        dst[i] = value->data[i];

        if (dst[i] == '\t' || dst[i] == '\r' || dst[i] == '\n') {
            dst[i] = ' ';
        }
    }

    for (i = 0; i + 1 < len; /* void */ ) {

        if (dst[i] == ' ' && dst[i + 1] == ' ') {
            memmove(dst + i, dst + i + 1, len - i - 1);
            len--;
            continue;
        }

        i++;
    }

    if (len && dst[len - 1] == ' ') {
        len--;
    }

    if (len && dst[0] == ' ') {
        memmove(dst, dst + 1, --len);
    }

    return len;
}


static void
test_value_random(void)
{
    u_char      expected[40];
    size_t      n, len, wrong;
    s3o_str_t   in;
    s3o_buf_t   b;

    wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        in = random_text("  \t\r\nab,\"", sizeof(expected));
        len = naive_fold(expected, &in);

        tap_buf(&b, len);
        s3o_header_fold(&b, &in);

        if (b.overflow || b.pos != b.end
            || memcmp(b.start, expected, len) != 0)
        {
            wrong++;
        }

        tap_free();
    }

    ok(wrong == 0, "%d random header values are folded right", ROUNDS);
}


/* a long text in which a blank is easily overlooked */

static void
test_value_long(void)
{
    size_t      len, at, wrong;
    u_char      text[200];
    s3o_str_t   in;
    s3o_buf_t   b;

    wrong = 0;

    for (len = 1; len < sizeof(text); len++) {
        for (at = 0; at <= len; at++) {
            memset(text, at % 2 ? '!' : 0xff, len);

            if (at < len) {
                text[at] = '\t';
            }

            in = tap_guard(text, len);
            tap_buf(&b, len - (at == 0 || at == len - 1));
            s3o_header_fold(&b, &in);

            if (at < len) {
                text[at] = ' ';
            }

            if (b.overflow || b.pos != b.end
                || memcmp(b.start, text + (at == 0), b.end - b.start) != 0)
            {
                wrong++;
            }

            tap_free();
        }
    }

    ok(wrong == 0, "a blank is found wherever it is");
}


static void
test_headers(void)
{
    size_t     size;
    s3o_buf_t  text, names;

    static const s3o_header_t  headers[] = {
        { s3o_string("content-type"), s3o_string(" text/plain "), 0 },
        { s3o_string("host"), s3o_string("example.com:8443"), 0 },
        { s3o_string("my"), s3o_string("b"), 0 },
        { s3o_string("my"), s3o_string(" a  c"), 0 },
        { s3o_string("my"), s3o_string(""), 0 },
        { s3o_string("x-amz-meta-a"), s3o_string(""), 0 }
    };

    size = s3o_headers_len(headers, 6);

    tap_buf(&text, size);
    tap_buf(&names, size);

    ok(s3o_headers_write(&text, &names, headers, 6) == S3O_OK,
       "headers are written");
    is_buf(&text, "content-type:text/plain\nhost:example.com:8443\n"
           "my:b,a c,\nx-amz-meta-a:\n", "with repeats joined");
    is_buf(&names, "content-type;host;my;x-amz-meta-a",
           "and the list of their names");

    tap_buf(&text, s3o_headers_len(headers + 1, 1));
    tap_buf(&names, 4);
    ok(s3o_headers_write(&text, &names, headers + 1, 1) == S3O_OK
       && text.pos == text.end, "one header takes the room that it says");

    tap_buf(&text, 0);
    ok(s3o_headers_len(headers, 0) == 0
       && s3o_headers_write(&text, &text, headers, 0) == S3O_OK,
       "no headers, no text");

    tap_free();
}


static void
test_headers_full(void)
{
    size_t     size;
    s3o_buf_t  text, names;

    static const s3o_header_t  headers[] = {
        { s3o_string("a"), s3o_string("1"), 0 },
        { s3o_string("b"), s3o_string("2"), 0 }
    };

    for (size = 0; size < 8; size++) {
        tap_buf(&text, size);
        tap_buf(&names, 3);

        ok(s3o_headers_write(&text, &names, headers, 2) == S3O_OVERFLOW,
           "%d bytes are too few for the text", (int) size);
    }

    for (size = 0; size < 3; size++) {
        tap_buf(&text, 8);
        tap_buf(&names, size);

        ok(s3o_headers_write(&text, &names, headers, 2) == S3O_OVERFLOW,
           "%d bytes are too few for the names", (int) size);
    }

    tap_free();
}
