
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_http_response.h"


#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_found(void);
static void test_cut(void);
static void test_connect(void);


static const char  interim[] =
    "HTTP/1.1 100 Continue\r\nDate: early\r\n\r\nHTTP/1.1 103 X\n\n"
    "HTTP/1.1 200 OK\r\nX-Date: x\r\ndAtE:\t of it \r\nDate: later\r\n"
    "Content-Length: 12\r\n\r\nDate: body\r\n";

static const s3o_str_t  name = s3o_string("date");


int
main(void)
{
    test_found();
    test_cut();
    test_connect();

    return done();
}


static void
test_found(void)
{
    size_t     i;
    s3o_int_t  rc;
    s3o_str_t  in, value, expected;

    static const struct {
        const char  *text;
        const char  *value;
    } answers[] = {
        { "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", "x" },
        { "HTTP/1.1 200 OK\nDate:x\n\n", "x" },
        { "HTTP/1.1 200 OK\r\nDate:\r\n\r\n", "" },
        { "HTTP/1.0 403 No\r\nA: b\r\nDATE: x y\r\n\r\nDate: z\r\n", "x y" },
        { "HTTP/1.1 200 OK\r\n\r\nDate: z\r\n", NULL },
        { "HTTP/1.1 200 OK\r\nDates: x\r\nDat: x\r\n\r\n", NULL },
        { "HTTP/1.1 100 Date: x\r\nDate: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
          NULL },
        { "HTTP/1.1 200\r\nDate: x", NULL },
        { "", NULL },
        { interim, "of it" }
    };

    for (i = 0; i < count(answers); i++) {
        s3o_str_set(&in, (u_char *) answers[i].text, strlen(answers[i].text));
        in = tap_guard_str(&in);
        rc = s3o_http_header(in.data, in.len, &name, &value);

        if (answers[i].value == NULL) {
            ok(rc == S3O_ERROR, "answer %d: no date", (int) i);

        } else {
            s3o_str_set(&expected, (u_char *) answers[i].value,
                        strlen(answers[i].value));
            ok(rc == S3O_OK && s3o_str_eq(&value, &expected),
               "answer %d: \"%s\"", (int) i, answers[i].value);
        }

        tap_free();
    }
}


/* wherever the text ends, no byte behind it is read */

static void
test_cut(void)
{
    size_t     i, found;
    s3o_str_t  in, value;

    found = 0;

    for (i = 0; i < sizeof(interim); i++) {
        s3o_str_set(&in, (u_char *) interim, i);
        in = tap_guard_str(&in);

        found += s3o_http_header(in.data, in.len, &name, &value) == S3O_OK;

        tap_free();
    }

    ok(found == sizeof(interim) - (strstr(interim, "of it \r\n") - interim)
                - sizeof("of it \r\n") + 1,
       "of all beginnings those have it in which its line is whole");
}


/* a byte at a time: the answer needs the whole head, and nothing behind it */

static void
test_connect(void)
{
    size_t      i, n, len, head;
    s3o_int_t   rc;
    s3o_str_t   in;
    s3o_uint_t  status;

    static const struct {
        const char  *text;
        s3o_uint_t   status;          /* 0: none */
        size_t       rest;
    } answers[] = {
        { "HTTP/1.1 200 Connection established\r\n\r\n", 200, 0 },
        { "HTTP/1.0 200\n\n", 200, 0 },
        { "HTTP/1.1 200 OK\r\nA: b\r\nC: d\n\r\n", 200, 0 },
        { "HTTP/1.1 407 No\nA: b\r\n\nbody", 407, 4 },
        { "HTTP/1.1 299 x\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 299, 2 },
        { "HTTP/1.1 100 Continue\r\n\r\n", 0, 0 },
        { "HTTP/2 200\r\n\r\n", 0, 0 },
        { "HTTP/1.1 20\r\n\r\n", 0, 0 },
        { "\r\nHTTP/1.1 200 OK\r\n\r\n", 0, 0 },
        { "\n\n", 0, 0 }
    };

    for (i = 0; i < count(answers); i++) {
        len = strlen(answers[i].text);
        rc = S3O_AGAIN;
        status = 0;
        head = 0;

        for (n = 1; n <= len && rc == S3O_AGAIN; n++) {
            s3o_str_set(&in, (u_char *) answers[i].text, n);
            in = tap_guard_str(&in);
            rc = s3o_http_connect(in.data, in.len, n - 1, &status, &head);
            tap_free();
        }

        if (answers[i].status == 0) {
            ok(rc == S3O_ERROR, "answer %d to CONNECT: refused", (int) i);

        } else {
            ok(rc == S3O_OK && status == answers[i].status
               && head == len - answers[i].rest && n - 1 == head,
               "answer %d to CONNECT: %d", (int) i, (int) answers[i].status);
        }
    }
}
