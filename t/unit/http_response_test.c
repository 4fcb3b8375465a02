
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_http_response.h"


#define ROUNDS  30000

#define JSON  "{\"Code\" : \"Success\"}"

#define count(a)  (sizeof(a) / sizeof(a[0]))


static s3o_uint_t  differ;


/* what ends an answer */

#define LENGTH  0                   /* its announced length */
#define END     1                   /* the end of the connection */


typedef struct {
    const char  *text;
    s3o_uint_t   over;
    s3o_uint_t   status;
    const char  *body;
} good_answer_t;


static void test_good(void);
static void test_cut(void);
static void test_bad(void);
static void test_zero(void);
static void test_sizes(void);
static void test_large(void);
static void test_random(void);
static void test_pieces(void);
static s3o_int_t parse(const s3o_str_t *in, s3o_uint_t eof,
    s3o_http_response_t *r);
static s3o_uint_t sound(s3o_int_t rc, const s3o_str_t *in, s3o_uint_t eof,
    const s3o_http_response_t *r);


static const good_answer_t  good_answers[] = {
    { "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" JSON, LENGTH, 200,
      JSON },

    { "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nweb", END, 200,
      "web" },

    { "HTTP/1.1 200\r\ncontent-length:3\r\n\r\nweb", LENGTH, 200, "web" },
    { "HTTP/1.1 200 \r\nCONTENT-LENGTH: \t 3 \t\r\n\r\nweb", LENGTH, 200,
      "web" },
    { "HTTP/1.1 200 OK\nContent-Length: 3\n\nweb", LENGTH, 200, "web" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 3\n\r\nweb", LENGTH, 200, "web" },
    { "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", LENGTH, 404,
      "" },
    { "HTTP/1.1 200 OK\r\n\r\n", END, 200, "" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nweb",
      LENGTH, 200, "web" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 003\r\n\r\nweb", LENGTH, 200,
      "web" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nweb and more", LENGTH, 200,
      "web" },
    { "HTTP/1.1 200 OK\r\nX:\r\nY: :\r\nContent-Lengths: 9\r\n\r\nweb", END,
      200, "web" },
    { "HTTP/1.1 599 Any reason: of \xff bytes\r\nContent-Length: 1\r\n\r\n.",
      LENGTH, 599, "." },

    /* interim answers, whose headers are ignored */

    { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
      "Content-Length: 3\r\n\r\nweb",
      LENGTH, 200, "web" },

    { "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n"
      "Transfer-Encoding: chunked\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
      "HTTP/1.0 401 No\r\n\r\nweb",
      END, 401, "web" },

    /* no body, whatever is announced */

    { "HTTP/1.1 204 No Content\r\n\r\n", LENGTH, 204, "" },
    { "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nweb", LENGTH, 204,
      "" },
    { "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", LENGTH, 304,
      "" },

    /* chunks */

    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nweb\r\n0\r\n\r\n",
      LENGTH, 200, "web" },

    { "HTTP/1.1 200 OK\r\ntransfer-encoding:CHUNKED\r\n\r\n"
      "1\r\nw\r\n0a\r\n eb and mo\r\n2 ;x=\"y\"\r\nre\r\n00;z\r\n"
      "Trailer: 1\r\nContent-Length: 7\r\n\r\n",
      LENGTH, 200, "w eb and more" },

    { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0000001\n1\n2\r\n\r\n\r\n0\n\n",
      LENGTH, 200, "1\r\n" },

    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      LENGTH, 200, "" },

    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\nmore",
      LENGTH, 200, "01234567890123456789" }
};


#define OK  "HTTP/1.1 200 OK\r\n"

static const char  *bad_answers[] = {

    /* the status line */

    "\r\n\r\n",
    "\r\n" OK "\r\n",
    "200 OK\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
    "HTTP/1.1 \r\n\r\n",
    "HTTP/1.1 20\r\n\r\n",
    "HTTP/1.1 2000\r\n\r\n",
    "HTTP/1.1 200OK\r\n\r\n",
    "HTTP/1.1 200\tOK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1\t200 OK\r\n\r\n",
    "HTTP/1.1 2x0 OK\r\n\r\n",
    "HTTP/1.1 +20 OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1 000 OK\r\n\r\n",
    "HTTP/1.1 600 OK\r\n\r\n",
    "HTTP/1.1 999 OK\r\n\r\n",
    "HTTP/1.2 200 OK\r\n\r\n",
    "HTTP/1.10 200 OK\r\n\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/0.9 200 OK\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    " HTTP/1.1 200 OK\r\n\r\n",
    "HTTPS/1.1 200 OK\r\n\r\n",
    "ICY 200 OK\r\n\r\n",
    "SSH-2.0-OpenSSH\r\n",
    "\x15\x03\x01\x01\x02\x02\x46\n",
    "HTTP/1.1 200 O\rK\r\n\r\n",
    "HTTP/1.1 200 OK\r\r\n\r\n",
    "{\"Code\" : \"Success\"}\n",

    /* header lines */

    OK "Content-Length\r\n\r\n",
    OK ": 3\r\n\r\n",
    OK " Content-Length: 3\r\n\r\n",
    OK "\tX: 3\r\n\r\n",
    OK "X: 1\r\n folded\r\n\r\n",
    OK "X: 1\r\n\tfolded: 1\r\n\r\n",
    OK "Content-Length : 3\r\n\r\nweb",
    OK "Content-Length\t: 3\r\n\r\nweb",
    OK "X: a\rb\r\n\r\n",
    OK "X: a\r\r\n\r\n",
    OK "\r\r\n",

    /* lengths */

    OK "Content-Length:\r\n\r\n",
    OK "Content-Length: \r\n\r\n",
    OK "Content-Length: +3\r\n\r\nweb",
    OK "Content-Length: -3\r\n\r\nweb",
    OK "Content-Length: 3.0\r\n\r\nweb",
    OK "Content-Length: 0x3\r\n\r\nweb",
    OK "Content-Length: 3 3\r\n\r\nweb",
    OK "Content-Length: 3, 3\r\n\r\nweb",
    OK "Content-Length: 3;\r\n\r\nweb",
    OK "Content-Length: web\r\n\r\nweb",
    OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\nweb",
    OK "Content-Length: 4\r\ncontent-length: 3\r\n\r\nweb",
    OK "Content-Length: 2147483648\r\n\r\n",
    OK "Content-Length: 4294967299\r\n\r\nweb",
    OK "Content-Length: 18446744073709551619\r\n\r\nweb",
    OK "Content-Length: 99999999999999999999999999999\r\n\r\nweb",

    /* codings */

    OK "Transfer-Encoding:\r\n\r\n",
    OK "Transfer-Encoding: gzip\r\n\r\n",
    OK "Transfer-Encoding: identity\r\n\r\n",
    OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    OK "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    OK "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
    OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    OK "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",

    /* chunks */

#define CHUNKED  OK "Transfer-Encoding: chunked\r\n\r\n"

    CHUNKED "\r\n\r\n",
    CHUNKED "web\r\n",
    CHUNKED " 3\r\nweb\r\n0\r\n\r\n",
    CHUNKED "-3\r\nweb\r\n0\r\n\r\n",
    CHUNKED "+3\r\nweb\r\n0\r\n\r\n",
    CHUNKED "0x3\r\nweb\r\n0\r\n\r\n",
    CHUNKED "3g\r\nweb\r\n0\r\n\r\n",
    CHUNKED ";3\r\nweb\r\n0\r\n\r\n",
    CHUNKED "3\r\nwebs\r\n0\r\n\r\n",
    CHUNKED "3\r\nw\r\n0\r\n\r\n",
    CHUNKED "3\r\nweb0\r\n\r\n",
    CHUNKED "3\rx\nweb\r\n0\r\n\r\n",
    CHUNKED "3\r\nweb\r\r\n0\r\n\r\n",
    CHUNKED "80000000\r\nweb",
    CHUNKED "100000003\r\nweb\r\n0\r\n\r\n",
    CHUNKED "10000000000000003\r\nweb\r\n0\r\n\r\n",
    CHUNKED "ffffffffffffffff\r\nweb\r\n0\r\n\r\n",
    CHUNKED "0\r\nX: a\rb\r\n\r\n",

    /* after an interim answer */

    "HTTP/1.1 100 Continue\r\n\r\n{}\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n\r\n",
    "HTTP/1.1 100 Continue\r\nX\r\n\r\n" OK "\r\n"
};


int
main(void)
{
    test_good();
    test_cut();
    test_bad();
    test_zero();
    test_sizes();
    test_large();
    test_random();
    test_pieces();

    ok(differ == 0, "all of them the same in pieces");

    return done();
}


static void
test_good(void)
{
    size_t                i;
    s3o_int_t             rc;
    s3o_str_t             in, expected;
    s3o_uint_t            eof;
    const good_answer_t  *a;
    s3o_http_response_t   r;

    for (i = 0; i < count(good_answers); i++) {
        a = &good_answers[i];
        expected = tap_str(a->body);

        for (eof = a->over; eof <= 1; eof++) {
            in = tap_guard_text(a->text);
            rc = parse(&in, eof, &r);

            if (!ok(rc == S3O_OK && r.status == a->status,
                    "answer %d%s", (int) i, eof ? " and the end" : ""))
            {
                tap_show("answer", in.data, in.len);
                diag("returned %d, status %d", (int) rc, (int) r.status);
                continue;
            }

            is_str(&r.body, &expected, "its body");
        }

        if (a->over == END) {
            in = tap_guard_text(a->text);
            ok(parse(&in, 0, &r) == S3O_AGAIN,
               "answer %d is not over before the connection", (int) i);
        }

        tap_free();
    }
}


/*
 * Wherever a valid answer is cut off, the parser asks for more, and reports
 * an error when the connection has ended.
 */

static void
test_cut(void)
{
    size_t                i, k, len;
    s3o_str_t             in;
    s3o_uint_t            again, error, full;
    const good_answer_t  *a;
    s3o_http_response_t   r;

    for (i = 0; i < count(good_answers); i++) {
        a = &good_answers[i];
        full = strlen(a->text);

        /* the bytes of the answer */

        for (len = full; a->over == LENGTH && len > 0; len--) {
            in = tap_guard(a->text, len - 1);

            if (parse(&in, 0, &r) != S3O_OK) {
                break;
            }
        }

        if (a->over == END) {
            len = strstr(a->text, "\r\n\r\n") + 4 - a->text;

            if (a->status == 401) {
                len = full - 3;
            }
        }

        tap_free();

        again = 0;
        error = 0;

        for (k = 0; k < len; k++) {
            in = tap_guard(a->text, k);
            again += parse(&in, 0, &r) == S3O_AGAIN;

            in = tap_guard(a->text, k);
            error += parse(&in, 1, &r) == S3O_ERROR;

            tap_free();
        }

        ok(len > 0 && again == len && error == len,
           "answer %d, cut off at %d places", (int) i, (int) len);
    }
}


static void
test_bad(void)
{
    size_t               i;
    s3o_str_t            in;
    s3o_http_response_t  r;

    for (i = 0; i < count(bad_answers); i++) {
        in = tap_guard_text(bad_answers[i]);

        if (!ok(parse(&in, 0, &r) == S3O_ERROR,
                "bad answer %d", (int) i))
        {
            tap_show("answer", in.data, in.len);
        }

        tap_free();
    }
}


/* a zero byte is not the end of anything */

static void
test_zero(void)
{
    s3o_str_t            in, expected;
    s3o_http_response_t  r;

    static const char  line[] = "HTTP/1.1 200 O\0K\r\n\r\n";
    static const char  header[] = "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n";
    static const char  size[] = CHUNKED "3\0\r\nweb\r\n0\r\n\r\n";
    static const char  body[] = OK "Content-Length: 3\r\n\r\n\0\0\0";

    in = tap_guard(line, sizeof(line) - 1);
    is_int(parse(&in, 1, &r), S3O_ERROR,
           "a zero byte in the status line");

    in = tap_guard(header, sizeof(header) - 1);
    is_int(parse(&in, 1, &r), S3O_ERROR,
           "in a header line");

    in = tap_guard(size, sizeof(size) - 1);
    is_int(parse(&in, 1, &r), S3O_ERROR,
           "in the size of a chunk");

    in = tap_guard(body, sizeof(body) - 1);
    is_int(parse(&in, 0, &r), S3O_OK,
           "in a body it is a byte as any other");

    s3o_str_set(&expected, (u_char *) "\0\0\0", 3);
    is_str(&r.body, &expected, "and comes through");

    tap_free();
}


/* announced sizes of bodies that do not come */

static void
test_sizes(void)
{
    size_t               i;
    s3o_str_t            in;
    s3o_http_response_t  r;

    static const char  *answers[] = {
        OK "Content-Length: 4\r\n\r\nweb",
        OK "Content-Length: 65536\r\n\r\nweb",
        OK "Content-Length: 2000000000\r\n\r\nweb",
        CHUNKED "4\r\nweb",
        CHUNKED "5\r\nweb\r\n",
        CHUNKED "7000000\r\nweb",
        CHUNKED "00000000000000000000000000000000004\r\nweb",
        CHUNKED "1\r\nw\r\n7000000\r\neb"
    };

    for (i = 0; i < count(answers); i++) {
        in = tap_guard_text(answers[i]);
        is_int(parse(&in, 0, &r), S3O_AGAIN,
               "more is to come");

        in = tap_guard_text(answers[i]);
        is_int(parse(&in, 1, &r), S3O_ERROR,
               "and does not");

        tap_free();
    }
}


/* as much as is ever read, in the smallest chunks */

static void
test_large(void)
{
    size_t               i, len;
    s3o_str_t            in;
    s3o_buf_t            b;
    s3o_http_response_t  r;

    tap_buf(&b, 65536);
    s3o_buf_put_literal(&b, CHUNKED);

    for (len = 0; b.end - b.pos >= 11; len++) {
        s3o_buf_put_literal(&b, "1\r\n");
        s3o_buf_putc(&b, (u_char) ('a' + len % 26));
        s3o_buf_put_literal(&b, "\r\n");
    }

    s3o_buf_put_literal(&b, "0\r\n\r\n");

    in = tap_written(&b);
    in = tap_guard_str(&in);

    ok(!b.overflow
       && parse(&in, 0, &r) == S3O_OK
       && r.body.len == len,
       "%d chunks of one byte", (int) len);

    for (i = 0; i < len && r.body.data[i] == 'a' + i % 26; i++) {
        /* void */
    }

    ok(i == len, "all of them in their order");

    tap_free();
}


/*
 * Parses a text at once, and once more in pieces of up to six bytes: both
 * must have the same result.
 */

static s3o_int_t
parse(const s3o_str_t *in, s3o_uint_t eof, s3o_http_response_t *r)
{
    size_t               len;
    s3o_int_t            rc, rc2;
    s3o_str_t            copy;
    s3o_http_response_t  r2;

    copy = tap_guard_str(in);
    len = 0;
    s3o_http_response_init(&r2);

    do {
        len += 1 + tap_random(6);
        len = len < copy.len ? len : copy.len;
        rc2 = s3o_http_response(copy.data, len, eof && len == copy.len, &r2);

    } while (rc2 == S3O_AGAIN && len < copy.len);

    s3o_http_response_init(r);
    rc = s3o_http_response(in->data, in->len, eof, r);

    if (rc != rc2
        || (rc == S3O_OK
            && (r->status != r2.status || !s3o_str_eq(&r->body, &r2.body))))
    {
        differ++;
        tap_show("otherwise in pieces", in->data, in->len);
    }

    return rc;
}


/*
 * 1 when a result is possible: the answer is within the data, and "more" ends
 */

static s3o_uint_t
sound(s3o_int_t rc, const s3o_str_t *in, s3o_uint_t eof,
    const s3o_http_response_t *r)
{
    switch (rc) {

    case S3O_OK:
        return r->status >= 200 && r->status <= 599
               && r->body.data >= in->data
               && r->body.data + r->body.len <= in->data + in->len;

    case S3O_AGAIN:
        return !eof;

    default:
        return rc == S3O_ERROR;
    }
}


/* valid answers with a few bytes changed, removed or inserted */

static void
test_random(void)
{
    size_t               i, n, len, pos, good, wrong;
    u_char               text[1024];
    s3o_int_t            rc;
    s3o_str_t            in;
    s3o_uint_t           eof;
    s3o_http_response_t  r;

    static const char  bytes[] = "\r\n\r\n: \t0123456789afAFxX;-+,\0\xff" "HT";

    good = 0;
    wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        i = tap_random(count(good_answers));
        len = strlen(good_answers[i].text);
        memcpy(text, good_answers[i].text, len);

        for (i = tap_random(4); i > 0 && len > 1; i--) {
            pos = tap_random(len);

            switch (tap_random(4)) {

            case 0:
                memmove(text + pos, text + pos + 1, len - pos - 1);
                len--;
                break;

            case 1:
                memmove(text + pos + 1, text + pos, len - pos);
                len++;
                /* fall through */

            case 2:
                text[pos] = bytes[tap_random(sizeof(bytes) - 1)];
                break;

            default:
                text[pos] = (u_char) tap_random(256);
                break;
            }
        }

        eof = tap_random(2);
        in = tap_guard(text, tap_random(4) ? len : tap_random(len + 1));

        rc = parse(&in, eof, &r);

        good += rc == S3O_OK;

        if (!sound(rc, &in, eof, &r)) {
            wrong++;
            tap_show("wrong", in.data, in.len);
        }

        tap_free();
    }

    ok(wrong == 0 && good > ROUNDS / 20 && good < ROUNDS,
       "%d answers with faults, %d of them good", ROUNDS, (int) good);
}


/* parts of answers in any order */

static void
test_pieces(void)
{
    size_t               i, n, good, wrong;
    s3o_int_t            rc;
    s3o_str_t            in, piece;
    s3o_buf_t            b;
    s3o_uint_t           eof;
    s3o_http_response_t  r;

    static const s3o_str_t  pieces[] = {
        s3o_string("HTTP/1.1 200 OK\r\n"), s3o_string("HTTP/1.0 401\n"),
        s3o_string("HTTP/1.1 100 C\r\n\r\n"), s3o_string("\r\n"),
        s3o_string("\r\n\r\n"), s3o_string("\n"),
        s3o_string("Transfer-Encoding: chunked\r\n"),
        s3o_string("Content-Length: 3\r\n"), s3o_string("3\r\nweb\r\n"),
        s3o_string("0\r\n\r\n"), s3o_string("0\r\n"), s3o_string("X: y\r\n"),
        s3o_string("web"), s3o_string("7fffffff\r\n"), s3o_string(":")
    };

    good = 0;
    wrong = 0;

    for (n = 0; n < ROUNDS; n++) {
        s3o_buf_init(&b, tap_room(512), 512);

        if (tap_random(2)) {
            s3o_buf_put_str(&b, &pieces[0]);
        }

        for (i = tap_random(10); i > 0; i--) {
            piece = pieces[tap_random(count(pieces))];
            s3o_buf_put_str(&b, &piece);
        }

        in = tap_written(&b);
        in = tap_guard_str(&in);
        eof = tap_random(2);

        rc = parse(&in, eof, &r);

        good += rc == S3O_OK;
        wrong += !sound(rc, &in, eof, &r);

        tap_free();
    }

    ok(wrong == 0 && good > 100, "%d answers of parts, %d of them good",
       ROUNDS, (int) good);
}
