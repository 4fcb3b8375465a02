
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Signs what it reads, for comparing with other implementations.  A line has
 * these words, with a space between them:
 *
 *     METHOD KEY HOST TIME EXPIRES ID SECRET TOKEN REGION FORM [PAIR...]
 *
 *     KEY ID SECRET TOKEN  hex digits, "-" for none; KEY without its "/"
 *     TIME                 seconds since the Epoch
 *     EXPIRES              seconds; of no account in the header form
 *     REGION               with SigV4A the region set
 *     FORM                 "query" or "header"; with SigV4A "query4a" or
 *                          "header4a"
 *     PAIR                 "q NAME VALUE", a query parameter, or
 *                          "h NAME VALUE", a header to sign; in hex digits
 *
 * For each line one is written: the presigned path and query, or the value of
 * "Authorization"; "error" when it can not be signed.  The service is
 * "s3-outposts".  The header form signs "x-amz-content-sha256:
 * UNSIGNED-PAYLOAD", x-amz-date, with SigV4A x-amz-region-set and, with a
 * token, x-amz-security-token.
 */


#include "s3o_canonical.h"
#include "s3o_encode.h"
#include "s3o_sigv4.h"

#include <stdio.h>
#include <stdlib.h>


#define WORDS   10
#define PAIRS   64


typedef struct {
    char           *words[WORDS];
    s3o_str_t       key;
    s3o_str_t       id;
    s3o_str_t       secret;
    s3o_str_t       token;
    int             header_form;
    s3o_algorithm_e algorithm;

    s3o_str_t       names[PAIRS];
    s3o_str_t       values[PAIRS];
    char            kinds[PAIRS];
    size_t          npairs;

    s3o_param_t     params[PAIRS];
    s3o_header_t    headers[PAIRS + 5];
    s3o_uint_t      nheaders;
    s3o_query_t     query;
} line_t;


static int read_line(line_t *l, char *text);
static int read_hex(s3o_str_t *s, char *hex);
static s3o_int_t sign(s3o_crypto_t *crypto, line_t *l, s3o_buf_t *out);
static s3o_int_t sign_request(s3o_signer_t *s, line_t *l, s3o_buf_t *out);
static s3o_int_t fill(s3o_signer_t *s, line_t *l);
static void add_header(line_t *l, const char *name, const s3o_str_t *value);
static u_char *room(size_t size);


/* all memory of a line is freed at its end */

static u_char  *heap;
static size_t   heap_size, heap_used;


int
main(void)
{
    char          *text;
    size_t         size;
    line_t         l;
    ssize_t        len;
    s3o_buf_t      out;
    s3o_crypto_t   crypto;

    if (s3o_crypto_init(&crypto) != S3O_OK) {
        return 1;
    }

    text = NULL;
    size = 0;

    for ( ;; ) {
        len = getline(&text, &size, stdin);

        if (len < 0) {
            break;
        }

        heap_size = 64 * (len + 1024);
        heap_used = 0;
        heap = malloc(heap_size);

        if (heap == NULL) {
            return 1;
        }

        s3o_buf_init(&out, room(16 * (len + 128)), 16 * (len + 128));

        if (!read_line(&l, text) || sign(&crypto, &l, &out) != S3O_OK) {
            printf("error\n");

        } else {
            printf("%.*s\n", (int) (out.pos - out.start), out.start);
        }

        fflush(stdout);
        free(heap);
    }

    free(text);
    s3o_crypto_free(&crypto);

    return 0;
}


static u_char *
room(size_t size)
{
    u_char  *p;

    size = (size + 15) & ~(size_t) 15;

    if (size > heap_size - heap_used) {
        fprintf(stderr, "a line needs too much memory\n");
        exit(1);
    }

    p = heap + heap_used;
    heap_used += size;

    return p;
}


static int
read_line(line_t *l, char *text)
{
    int    i;
    char  *kind, *name, *value;

    memset(l, 0, sizeof(line_t));

    for (i = 0; i < WORDS; i++) {
        l->words[i] = strtok(i ? NULL : text, " \n");

        if (l->words[i] == NULL) {
            return 0;
        }
    }

    for ( ;; ) {
        kind = strtok(NULL, " \n");

        if (kind == NULL) {
            break;
        }

        name = strtok(NULL, " \n");
        value = strtok(NULL, " \n");

        if (value == NULL || l->npairs == PAIRS
            || !read_hex(&l->names[l->npairs], name)
            || !read_hex(&l->values[l->npairs], value))
        {
            return 0;
        }

        l->kinds[l->npairs++] = kind[0];
    }

    l->header_form = strncmp(l->words[9], "header", 6) == 0;
    l->algorithm = strstr(l->words[9], "4a") ? S3O_SIGV4A : S3O_SIGV4;

    return read_hex(&l->key, l->words[1])
           && read_hex(&l->id, l->words[5])
           && read_hex(&l->secret, l->words[6])
           && read_hex(&l->token, l->words[7]);
}


static int
read_hex(s3o_str_t *s, char *hex)
{
    size_t        i;
    unsigned int  byte;

    s3o_str_set(s, (u_char *) hex, 0);

    if (strcmp(hex, "-") == 0) {
        return 1;
    }

    /* the bytes overwrite their hex digits */

    for (i = 0; hex[2 * i]; i++) {
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1 || hex[2 * i + 1] == '\0') {
            return 0;
        }

        s->data[i] = (u_char) byte;
    }

    s->len = i;

    return 1;
}


static s3o_int_t
sign(s3o_crypto_t *crypto, line_t *l, s3o_buf_t *out)
{
    s3o_int_t          rc;
    s3o_str_t          region;
    s3o_signer_t       signer;
    s3o_credentials_t  credentials;

    static const s3o_str_t  service = s3o_string(S3O_SERVICE);

    memset(&signer, 0, sizeof(s3o_signer_t));

    s3o_str_set(&region, (u_char *) l->words[8], strlen(l->words[8]));

    credentials.access_key_id = l->id;
    credentials.secret_access_key = l->secret;
    credentials.session_token = l->token;

    rc = s3o_signer_init(&signer, crypto,
                         room(s3o_signer_size(l->algorithm, &credentials,
                                              &region, &service)),
                         l->algorithm, &credentials, &region, &service);

    if (rc == S3O_OK) {
        rc = s3o_signer_time(&signer, atoll(l->words[3]));
    }

    if (rc == S3O_OK) {
        rc = sign_request(&signer, l, out);
    }

    s3o_signer_free(&signer);

    return rc;
}


static s3o_int_t
sign_request(s3o_signer_t *s, line_t *l, s3o_buf_t *out)
{
    size_t             len;
    s3o_buf_t          path, b;
    s3o_request_t      r;
    s3o_query_form_t   q;
    s3o_header_form_t  h;

    if (fill(s, l) != S3O_OK) {
        return S3O_ERROR;
    }

    len = 1 + 3 * l->key.len;
    s3o_buf_init(&path, room(len), len);
    s3o_buf_putc(&path, '/');
    s3o_encode(&path, l->key.data, l->key.len, S3O_ENCODE_PATH);

    s3o_headers_sort(l->headers, l->nheaders);

    s3o_str_set(&r.method, (u_char *) l->words[0], strlen(l->words[0]));
    s3o_str_set(&r.path, path.start, path.pos - path.start);
    r.query = &l->query;

    if (l->header_form) {
        s3o_str_set(&h.payload_hash, (u_char *) S3O_UNSIGNED_PAYLOAD,
                    sizeof(S3O_UNSIGNED_PAYLOAD) - 1);
        s3o_str_set(&h.host, NULL, 0);
        h.list = l->headers;
        h.nlist = l->nheaders;

        return s3o_authorization(s, &r, &h, out);
    }

    len = 2 * s3o_headers_len(l->headers, l->nheaders)
          + sizeof("\n\n\n" S3O_UNSIGNED_PAYLOAD);

    s3o_str_set(&q.origin, NULL, 0);
    s3o_buf_init(&b, room(len), len);

    s3o_buf_putc(&b, '\n');
    s3o_headers_text(&b, l->headers, l->nheaders);
    s3o_buf_putc(&b, '\n');
    q.names.data = b.pos;
    s3o_headers_names(&b, l->headers, l->nheaders);
    q.names.len = b.pos - q.names.data;
    s3o_buf_put_literal(&b, "\n" S3O_UNSIGNED_PAYLOAD);
    s3o_str_set(&q.epilogue, b.start, b.pos - b.start);

    return s3o_presign(s, &r, &q, atoi(l->words[4]), out);
}


static s3o_int_t
fill(s3o_signer_t *s, line_t *l)
{
    size_t     i, size;
    s3o_str_t  value;

    size = 1;

    for (i = 0; i < l->npairs; i++) {
        size += s3o_query_param_len(&l->names[i], &l->values[i]);
    }

    s3o_query_init(&l->query, l->params, PAIRS, room(size), size);

    s3o_str_set(&value, (u_char *) l->words[2], strlen(l->words[2]));
    add_header(l, "host", &value);

    if (l->header_form) {
        s3o_str_set(&value, (u_char *) S3O_UNSIGNED_PAYLOAD,
                    sizeof(S3O_UNSIGNED_PAYLOAD) - 1);
        add_header(l, "x-amz-content-sha256", &value);
        add_header(l, "x-amz-date", &s->date);

        if (l->algorithm == S3O_SIGV4A) {
            add_header(l, "x-amz-region-set", &s->region);
        }

        if (l->token.len) {
            add_header(l, "x-amz-security-token", &l->token);
        }
    }

    for (i = 0; i < l->npairs; i++) {

        if (l->kinds[i] == 'h') {
            l->headers[l->nheaders].name = l->names[i];
            l->headers[l->nheaders].value = l->values[i];
            l->nheaders++;

        } else if (s3o_query_add(&l->query, &l->names[i], &l->values[i])
                   != S3O_OK)
        {
            return S3O_ERROR;
        }
    }

    s3o_query_sort(&l->query);

    return S3O_OK;
}


static void
add_header(line_t *l, const char *name, const s3o_str_t *value)
{
    s3o_str_set(&l->headers[l->nheaders].name, (u_char *) name, strlen(name));
    l->headers[l->nheaders].value = *value;
    l->nheaders++;
}
