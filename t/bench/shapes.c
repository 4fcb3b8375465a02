
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * For valgrind: inputs by which a client, a service or a file can make the pure
 * half work hard.  Each shape has a size and four times that size.  For each of
 * them a name is printed, and callgrind writes down what it took.
 */


#include <stdio.h>
#include <stdlib.h>

#include "s3o_canonical.h"
#include "s3o_policy_header.h"
#include "s3o_policy_key.h"
#include "s3o_policy_operation.h"
#include "s3o_encode.h"
#include "s3o_http_response.h"
#include "s3o_ini.h"
#include "s3o_policy.h"
#include "s3o_sort.h"
#include "s3o_unchunk.h"
#include "s3o_utf8.h"

#include <valgrind/callgrind.h>


#define TIMES  4

/* the most names that a location has */
#define NAMED  128


typedef struct {
    const char  *name;
    size_t       n;
    void       (*run)(size_t n);
} shape_t;


static u_char  *text;          /* the input, made before counting begins */
static size_t   len;
static size_t   size;


static void
put(const char *format, size_t i)
{
    if (size - len < 128) {
        size += size + 4096;
        text = realloc(text, size);

        if (text == NULL) {
            exit(1);
        }
    }

    len += sprintf((char *) text + len, format, (int) i);
}


static void
begin(void)
{
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
}


static void
end(int ok)
{
    CALLGRIND_TOGGLE_COLLECT;

    if (!ok) {
        fprintf(stderr, "a shape is not what it was to be\n");
        exit(1);
    }
}


/* n names of eleven bytes, falling */

static s3o_str_t *
names(size_t n)
{
    size_t      i;
    s3o_str_t  *list;

    list = malloc(n * sizeof(s3o_str_t));

    for (i = 0; i < n; i++) {
        put("a-%08d,", 99999999 - i);
    }

    for (i = 0; list && i < n; i++) {
        s3o_str_set(&list[i], text + 11 * i, 10);
    }

    return list ? list : (exit(1), NULL);
}


static void
headers(size_t n)
{
    size_t         i;
    u_char        *room;
    s3o_buf_t      b, list;
    s3o_str_t     *name;
    s3o_header_t  *header;

    name = names(n);
    header = malloc(n * sizeof(s3o_header_t));
    room = malloc(2 * 22 * n);

    for (i = 0; i < n; i++) {
        header[i].name = name[i];
        header[i].value = name[i];
    }

    s3o_buf_init(&b, room, 22 * n);
    s3o_buf_init(&list, room + 22 * n, 22 * n);

    begin();
    s3o_headers_sort(header, n);
    end(s3o_headers_write(&b, &list, header, n) == S3O_OK);

    free(name);
    free(header);
    free(room);
}


static void
connection(size_t n)
{
    size_t      i, found;
    s3o_str_t  *name;

    name = names(n);
    found = 0;

    begin();
    s3o_sort_names(name, n);

    for (i = 0; i < n; i++) {
        found += s3o_sorted_has(name, n, &name[i]);
    }

    end(found == n);
    free(name);
}


static void
arguments(size_t n)
{
    int           ok;
    size_t        i;
    u_char       *room;
    s3o_str_t    *name;
    s3o_param_t  *params;
    s3o_query_t   q;

    name = names(n);
    params = malloc(n * sizeof(s3o_param_t));
    room = malloc(64 * n);
    ok = 1;

    begin();
    s3o_query_init(&q, params, n, room, 64 * n);

    for (i = 0; i < n; i++) {
        ok &= s3o_query_add(&q, &name[i], &name[i]) == S3O_OK;
    }

    s3o_query_sort(&q);
    end(ok);

    free(name);
    free(params);
    free(room);
}


/* headers of a client, each beside all names that a location may have */

static void
named_headers(size_t n)
{
    size_t              i, named;
    s3o_str_t          *name;
    s3o_header_class_e  type;

    name = names(n + NAMED);
    named = 0;

    begin();

    for (i = 0; i < n; i++) {
        type = s3o_policy_header(&name[i]);
        named += s3o_policy_header_named(&name[i], type, name + n, NAMED);
    }

    end(named == 0);
    free(name);
}


/* the same for arguments, of which there may be 128, too */

static void
named_arguments(size_t n)
{
    size_t         i;
    s3o_str_t     *name;
    s3o_arg_t     *args;
    s3o_policy_t   policy;
    s3o_verdict_t  verdict;

    name = names(n + NAMED);
    args = calloc(n, sizeof(s3o_arg_t));

    for (i = 0; args && i < n; i++) {
        args[i].name = name[i];
        args[i].value = name[i];
    }

    memset(&policy, 0, sizeof(s3o_policy_t));

    policy.methods = S3O_METHOD_GET;
    policy.args = name + n;
    policy.nargs = NAMED;

    begin();
    end(args
        && s3o_policy_operation(&policy, S3O_METHOD_GET, S3O_PLACE_KEY, args,
                                n, &verdict)
           == S3O_POLICY_OK);

    free(name);
    free(args);
}


/* every segment and every byte is looked at, and escaped */

static void
key(size_t n)
{
    int         ok;
    size_t      i;
    u_char     *room;
    s3o_buf_t   b;
    s3o_str_t   k;
    s3o_uint_t  plain;

    for (i = 0; i < n / 4; i++) {
        put("/\xc3\xbc ", 0);
    }

    text[0] = 'a';
    s3o_str_set(&k, text, len);
    room = malloc(3 * len);
    s3o_buf_init(&b, room, 3 * len);

    begin();
    ok = s3o_policy_key(&k, &plain) == S3O_KEY_OK;
    s3o_encode(&b, k.data, k.len, S3O_ENCODE_PATH);
    end(ok && !b.overflow);

    free(room);
}


static void
prefix(size_t n)
{
    u_char     *room;
    s3o_str_t   name, value;
    s3o_param_t params[1];
    s3o_query_t q;

    while (len < n) {
        put("%%/ ", 0);
    }

    s3o_str_set(&name, (u_char *) "prefix", 6);
    s3o_str_set(&value, text, n);
    room = malloc(3 * n + 16);

    begin();
    s3o_query_init(&q, params, 1, room, s3o_query_param_len(&name, &value));
    end(s3o_query_add(&q, &name, &value) == S3O_OK);

    free(room);
}


/* a byte in each of n chunks */

static void
chunks(size_t n)
{
    int             ok;
    size_t          i;
    u_char         *pos;
    s3o_str_t       data;
    s3o_crypto_t    crypto;
    s3o_unchunk_t   u;

    memset(&crypto, 0, sizeof(s3o_crypto_t));
    memset(&u, 0, sizeof(s3o_unchunk_t));

    for (i = 0; i < n; i++) {
        put("1\r\nx\r\n", 0);
    }

    put("0\r\n\r\n", 0);
    pos = text;

    ok = s3o_unchunk_init(&u, &crypto, n, S3O_CHECKSUM_NONE) == S3O_OK;

    begin();

    while (ok && pos < text + len) {
        ok = s3o_unchunk(&u, &pos, text + len, &data) == S3O_UNCHUNK_OK;
    }

    end(ok && s3o_unchunk_complete(&u));
    s3o_unchunk_free(&u);
}


static void
ini(size_t n)
{
    size_t             i;
    s3o_str_t          name;
    s3o_uint_t         line;
    s3o_ini_profile_t  profile;

    for (i = 0; i < n; i++) {
        put("[p]\naws_session_token = a # b\n ;\n", 0);
    }

    s3o_str_set(&name, (u_char *) "p", 1);

    begin();
    end(s3o_ini_profile(text, len, S3O_INI_CREDENTIALS, &name, &profile, &line)
        == S3O_OK);
}


/* an answer with many fields and one byte in each chunk */

static void
put_answer(size_t n)
{
    size_t  i;

    put("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", 0);

    for (i = 0; i < n; i++) {
        put("a: b\r\n", 0);
    }

    put("\r\n", 0);

    for (i = 0; i < n; i++) {
        put("1\r\nx\r\n", 0);
    }

    put("0\r\n\r\n", 0);
}


static void
answer(size_t n)
{
    s3o_http_response_t  r;

    put_answer(n);
    s3o_http_response_init(&r);

    begin();
    end(s3o_http_response(text, len, 0, &r) == S3O_OK);
}


/* the same, and each byte comes alone: of a head, of a body, of a long line */

static void
trickle(size_t n)
{
    size_t               i;
    s3o_int_t            rc;
    s3o_http_response_t  r;

    put_answer(n);
    s3o_http_response_init(&r);

    begin();

    for (rc = S3O_AGAIN, i = 1; rc == S3O_AGAIN && i <= len; i++) {
        rc = s3o_http_response(text, i, 0, &r);
    }

    end(rc == S3O_OK);
}


static void
trickle_line(size_t n)
{
    size_t               i;
    s3o_int_t            rc;
    s3o_http_response_t  r;

    put("HTTP/1.1 200 OK\r\nContent-Length: 0\r\na: ", 0);

    for (i = 0; i < n; i++) {
        put("b", 0);
    }

    put("\r\n\r\n", 0);
    s3o_http_response_init(&r);

    begin();

    for (rc = S3O_AGAIN, i = 1; rc == S3O_AGAIN && i <= len; i++) {
        rc = s3o_http_response(text, i, 0, &r);
    }

    end(rc == S3O_OK);
}


/* a value of blanks, and one that is not UTF-8 at its end */

static void
value(size_t n)
{
    u_char     *room;
    s3o_buf_t   b;
    s3o_str_t   v;

    while (len < n) {
        put(" \t a", 0);
    }

    s3o_str_set(&v, text, len);
    room = malloc(len);
    s3o_buf_init(&b, room, len);

    begin();
    s3o_header_fold(&b, &v);
    end(s3o_utf8_valid(text, len) && !b.overflow);

    free(room);
}


static const shape_t  shapes[] = {
    { "headers, names that fall", 400, headers },
    { "names in Connection", 400, connection },
    { "arguments, names that fall", 400, arguments },
    { "headers beside 128 names", 400, named_headers },
    { "arguments beside 128 names", 32, named_arguments },
    { "key, bytes to escape", 256, key },
    { "list prefix, bytes to escape", 256, prefix },
    { "chunks of a byte", 2000, chunks },
    { "INI, sections and keys again", 500, ini },
    { "answer, fields and chunks", 1000, answer },
    { "answer, byte by byte", 1000, trickle },
    { "answer, a long line byte by byte", 4000, trickle_line },
    { "header value, blanks", 2000, value },
    { NULL, 0, NULL }
};


int
main(void)
{
    size_t          n;
    const shape_t  *shape;

    for (shape = shapes; shape->name; shape++) {

        for (n = shape->n; n <= TIMES * shape->n; n *= TIMES) {
            len = 0;
            shape->run(n);

            CALLGRIND_DUMP_STATS;
        }

        printf("%s|%d\n", shape->name, (int) shape->n);
    }

    free(text);

    return 0;
}
