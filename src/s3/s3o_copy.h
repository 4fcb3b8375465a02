
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The source of a copy: taken apart as clients write it, and written as S3 on
 * Outposts wants it.
 */


#ifndef _S3O_COPY_H_INCLUDED_
#define _S3O_COPY_H_INCLUDED_


#include "s3o_core.h"


typedef enum {
    S3O_COPY_OK = 0,
    S3O_COPY_ENCODING,       /* a bad escape, or a plus that is not escaped,
                                which is a space to some */
    S3O_COPY_QUERY,          /* something else than "?versionId=ID" */
    S3O_COPY_KEY,            /* no key */
    S3O_COPY_BUCKET          /* not the access point, under none of its names */
} s3o_copy_error_e;


typedef struct {
    s3o_str_t      access_point;    /* its ARN or alias */
    const s3o_str_t *names;         /* of it, by clients */
    s3o_uint_t     nnames;
} s3o_copy_conf_t;


typedef struct {
    s3o_str_t      key;             /* decoded, in "buf" */
    s3o_str_t      version;         /* empty: the current one */
} s3o_copy_t;


/*
 * Takes the value of "x-amz-copy-source" apart: NAME/KEY, or the ARN and
 * /object/KEY or /KEY, with or without a "/" before it, encoded or not, and
 * perhaps ?versionId=ID.  It is decoded once.  "buf" has room for value->len
 * bytes.  Returns S3O_COPY_OK with *copy filled, or the fault.
 */

s3o_copy_error_e s3o_copy_parse(s3o_copy_t *copy, const s3o_str_t *value,
    const s3o_copy_conf_t *conf, u_char *buf);
const char *s3o_copy_strerror(s3o_copy_error_e err);


/*
 * Appends the value that is sent: ARN/object/KEY or ALIAS/KEY.  With "host",
 * which a custom endpoint has given, it is BUCKET/KEY, where BUCKET is the
 * first label of it.
 */

void s3o_copy_write(s3o_buf_t *b, const s3o_copy_t *copy,
    const s3o_str_t *access_point, const s3o_str_t *host);


/* The number of bytes that s3o_copy_write() writes, at most. */

size_t s3o_copy_len(const s3o_copy_t *copy, const s3o_str_t *access_point,
    const s3o_str_t *host);


#endif /* _S3O_COPY_H_INCLUDED_ */
