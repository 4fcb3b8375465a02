
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The source of a copy: what is written for it names the same object.
 */


#include "fuzz.h"
#include "s3o_copy.h"


static const s3o_str_t  names[] = { s3o_string("files"), s3o_string("a.b") };

static const s3o_str_t  arn = s3o_string("arn:aws:s3-outposts:us-west-2:"
    "123456789012:outpost/op-01234567890123456/accesspoint/my-ap");


static void again(const s3o_copy_t *copy, const s3o_copy_conf_t *conf);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    u_char           *buf;
    fuzz_t            f;
    s3o_str_t         value;
    s3o_copy_t        copy;
    s3o_copy_conf_t   conf;
    s3o_copy_error_e  err;

    fuzz_init(&f, data, len);
    value = fuzz_rest(&f);
    buf = fuzz_room(value.len);

    conf.access_point = arn;
    conf.names = names;
    conf.nnames = 2;

    err = s3o_copy_parse(&copy, &value, &conf, buf);

    if (err == S3O_COPY_OK) {
        fuzz_check(copy.key.len > 0);
        again(&copy, &conf);

    } else {
        fuzz_check(s3o_copy_strerror(err));
    }

    free(buf);
    free(value.data);

    return 0;
}


static void
again(const s3o_copy_t *copy, const s3o_copy_conf_t *conf)
{
    u_char      *text, *buf;
    size_t       room;
    s3o_buf_t    b;
    s3o_str_t    value, host;
    s3o_copy_t   back;

    s3o_str_set(&host, NULL, 0);

    room = s3o_copy_len(copy, &arn, &host);
    text = fuzz_room(room);
    s3o_buf_init(&b, text, room);

    s3o_copy_write(&b, copy, &arn, &host);
    fuzz_check(!b.overflow);

    value = fuzz_copy(text, b.pos - b.start);
    buf = fuzz_room(value.len);

    fuzz_check(s3o_copy_parse(&back, &value, conf, buf) == S3O_COPY_OK);
    fuzz_check(s3o_str_eq(&back.key, &copy->key));
    fuzz_check(s3o_str_eq(&back.version, &copy->version));

    free(text);
    free(buf);
    free(value.data);
}
