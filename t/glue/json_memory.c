
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * JSON without memory: each allocation of a document fails once.  Either all
 * values are those of the text, or the error is "no memory".
 *
 * link: ngx_http_s3o_json ngx_http_s3o_wiped s3o_time -ljansson
 */


#include "glue.h"
#include "ngx_http_s3o_json.h"


static ngx_uint_t  allocations, failing;


void *
ngx_alloc(size_t size, ngx_log_t *log)
{
    return ++allocations == failing ? NULL : malloc(size);
}


static ngx_uint_t
is(const ngx_str_t *s, const char *text)
{
    return s->len == ngx_strlen(text)
           && ngx_memcmp(s->data, text, s->len) == 0;
}


static void
try(const char *name, ngx_http_s3o_json_format_e format, const char *text)
{
    char                 token[1201];
    void                *root;
    ngx_str_t            in;
    const char          *why;
    ngx_uint_t           n, total, wrong, refused;
    u_char               buf[2048];
    ngx_http_s3o_set_t   set;

    memset(token, 't', 1200);
    token[1200] = '\0';

    in.data = buf;
    in.len = snprintf((char *) buf, sizeof(buf), text, token);

    wrong = 0;
    refused = 0;
    total = 1;

    for (n = 0; n <= total; n++) {
        allocations = 0;
        failing = n;
        root = NULL;

        why = ngx_http_s3o_json_parse(&in, format, &set, &root);

        if (n == 0) {
            ok(why == NULL, "%s is parsed", name);
            total = allocations;
        }

        if (why) {
            refused++;
            wrong += strcmp(why, "no memory") != 0;

        } else {
            wrong += !is(&set.access_key_id, "AKIAEXAMPLEEXAMPLE")
                     || !is(&set.secret_access_key, "SECRET/\"\xc3\xa9\"")
                     || !is(&set.session_token, token)
                     || set.expires != 1893499200;
        }

        failing = 0;
        ngx_http_s3o_json_free(root);
    }

    ok(total > 20, "it takes %u allocations", (unsigned) total);
    ok(wrong == 0, "%u failed: \"no memory\" or all values",
       (unsigned) wrong);
    ok(refused > total / 2, "%u were refused", (unsigned) refused);
}


int
main(void)
{
    try("a process", NGX_HTTP_S3O_JSON_PROCESS,
        "{\"Version\": 1, \"AccessKeyId\": \"AKIAEXAMPLEEXAMPLE\","
        "\"SecretAccessKey\": \"SECRET/\\\"\\u00e9\\\"\","
        "\"SessionToken\": \"%s\","
        "\"Expiration\": \"2030-01-01T12:00:00Z\"}");

    try("an instance", NGX_HTTP_S3O_JSON_IMDS,
        "{\"Code\": \"Success\", \"LastUpdated\": \"2026-01-01T00:00:00Z\","
        "\"Type\": \"AWS-HMAC\", \"AccessKeyId\": \"AKIAEXAMPLEEXAMPLE\","
        "\"SecretAccessKey\": \"SECRET/\\\"\\u00e9\\\"\","
        "\"Token\": \"%s\","
        "\"Expiration\": \"2030-01-01T12:00:00Z\"}");

    return done();
}
