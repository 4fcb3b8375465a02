
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The source of a copy: the forms that clients write, sources that try to name
 * another object, and what is sent.
 */


#include "tap.h"
#include "s3o_copy.h"


#define ARN  "arn:aws:s3-outposts:us-west-2:123456789012:outpost/"             \
             "op-01ac5d28a6a232904/accesspoint/my-ap"
#define ARN_COLONS  "arn:aws:s3-outposts:us-west-2:123456789012:outpost:"      \
             "op-01ac5d28a6a232904:accesspoint:my-ap"
#define SENT  "arn%3Aaws%3As3-outposts%3Aus-west-2%3A123456789012%3Aoutpost/"  \
             "op-01ac5d28a6a232904/accesspoint/my-ap/object/"
#define ALIAS  "my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10"     \
               "--op-s3"

#define count(a)  (sizeof(a) / sizeof(a[0]))


static const s3o_str_t  names[] = {
    s3o_string("files"),
    s3o_string("other.name")
};


static const struct {
    const char         *value;
    s3o_copy_error_e    err;
    const char         *sent;      /* behind the ARN */
} sources[] = {
    { "files/a", S3O_COPY_OK, "a" },
    { "/files/a", S3O_COPY_OK, "a" },
    { "other.name/a/b c", S3O_COPY_OK, "a/b%20c" },
    { "files/a%2Fb%20%2B", S3O_COPY_OK, "a/b%20%2B" },
    { "files%2Fa", S3O_COPY_OK, "a" },
    { "%2Ffiles/a", S3O_COPY_OK, "a" },
    { "/files/a?versionId=x-Y_1.", S3O_COPY_OK, "a?versionId=x-Y_1." },
    { "files/a%3FversionId=1", S3O_COPY_OK, "a%3FversionId%3D1" },
    { "files/%252e%252e/a", S3O_COPY_OK, "%252e%252e/a" },
    { "files//a", S3O_COPY_OK, "/a" },
    { ARN "/object/a", S3O_COPY_OK, "a" },
    { "/" ARN "/object/a/b", S3O_COPY_OK, "a/b" },
    { ARN "/a", S3O_COPY_OK, "a" },
    { ARN_COLONS "/object/a", S3O_COPY_OK, "a" },
    { SENT "a%20b", S3O_COPY_OK, "a%20b" },
    { SENT "a?versionId=1", S3O_COPY_OK, "a?versionId=1" },

    { "", S3O_COPY_KEY, NULL },
    { "/", S3O_COPY_KEY, NULL },
    { "files", S3O_COPY_KEY, NULL },
    { "files/", S3O_COPY_KEY, NULL },
    { ARN "/", S3O_COPY_KEY, NULL },
    { ARN "/object/", S3O_COPY_KEY, NULL },
    { "files/a+b", S3O_COPY_ENCODING, NULL },
    { "files/a%", S3O_COPY_ENCODING, NULL },
    { "files/a%2", S3O_COPY_ENCODING, NULL },
    { "files/a%zz", S3O_COPY_ENCODING, NULL },
    { "files/a?", S3O_COPY_QUERY, NULL },
    { "files/a?x", S3O_COPY_QUERY, NULL },
    { "files/a?versionId=", S3O_COPY_QUERY, NULL },
    { "files/a?versionid=1", S3O_COPY_QUERY, NULL },
    { "files/a?versionId=1&x=2", S3O_COPY_QUERY, NULL },
    { "files/a?versionId=1/b", S3O_COPY_QUERY, NULL },
    { "files/a?versionId=%31", S3O_COPY_QUERY, NULL },
    { "files/a?x?versionId=1", S3O_COPY_QUERY, NULL },
    { "filess/a", S3O_COPY_BUCKET, NULL },
    { "file/a", S3O_COPY_BUCKET, NULL },
    { "Files/a", S3O_COPY_BUCKET, NULL },
    { "other/files/a", S3O_COPY_BUCKET, NULL },
    { "../files/a", S3O_COPY_BUCKET, NULL },
    { "%2566iles/a", S3O_COPY_BUCKET, NULL },
    { ALIAS "/a", S3O_COPY_BUCKET, NULL },
    { ARN, S3O_COPY_BUCKET, NULL },
    { ARN "2/object/a", S3O_COPY_BUCKET, NULL },
    { "arn:aws:s3-outposts:us-west-2:123456789013:outpost/"
      "op-01ac5d28a6a232904/accesspoint/my-ap/object/a", S3O_COPY_BUCKET,
      NULL },
    { "arn:aws:s3:::files/a", S3O_COPY_BUCKET, NULL },
    { "arn/aws:s3-outposts:us-west-2:123456789012:outpost/x/a",
      S3O_COPY_BUCKET, NULL },
    { "arn:", S3O_COPY_BUCKET, NULL }
};


static s3o_copy_error_e
parse(s3o_copy_t *copy, const char *value, const char *access_point,
    u_char *buf)
{
    s3o_str_t        text;
    s3o_copy_conf_t  conf;

    text = tap_guard_text(value);

    conf.access_point = tap_guard_text(access_point);
    conf.names = names;
    conf.nnames = count(names);

    return s3o_copy_parse(copy, &text, &conf, buf);
}


static void
test_sent(const char *value, const char *access_point, const char *host,
    const char *want)
{
    u_char       buf[512], out[1024];
    s3o_buf_t    b;
    s3o_str_t    ap, h;
    s3o_copy_t   copy;

    is_int(parse(&copy, value, access_point, buf), S3O_COPY_OK, value);

    ap = tap_guard_text(access_point);
    h = tap_guard_text(host);

    s3o_buf_init(&b, out, s3o_copy_len(&copy, &ap, &h));
    s3o_copy_write(&b, &copy, &ap, &h);

    ok((size_t) (b.pos - b.start) == strlen(want)
       && memcmp(out, want, strlen(want)) == 0,
       "\"%s\" becomes \"%.*s\"", value, (int) (b.pos - b.start), out);
}


int
main(void)
{
    char        want[512];
    size_t      i;
    u_char      buf[512];
    s3o_copy_t  copy;

    for (i = 0; i < count(sources); i++) {

        if (sources[i].err != S3O_COPY_OK) {
            is_int(parse(&copy, sources[i].value, ARN, buf), sources[i].err,
                   sources[i].value);
            continue;
        }

        snprintf(want, sizeof(want), "%s%s", SENT, sources[i].sent);
        test_sent(sources[i].value, ARN, "", want);
        test_sent(sources[i].value, ARN_COLONS, "", want);
    }

    test_sent(ALIAS "/a b", ALIAS, "", ALIAS "/a%20b");
    test_sent("files/a", ALIAS, "", ALIAS "/a");
    test_sent("files/a?versionId=1", ARN,
              "my-ap-123456789012.op-01ac5d28a6a232904.localhost:8080",
              "my-ap-123456789012/a?versionId=1");

    for (i = 0; i <= S3O_COPY_BUCKET; i++) {
        ok(s3o_copy_strerror(i) != NULL, "a sentence for error %d", (int) i);
    }

    tap_free();

    return done();
}
