
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The source of a copy, x-amz-copy-source: parsed in all forms in which clients
 * write it, and written in the form that S3 on Outposts takes.
 */


#ifndef _S3O_COPY_H_INCLUDED_
#define _S3O_COPY_H_INCLUDED_


#include "s3o_core.h"


typedef enum {
    S3O_COPY_OK = 0,
    S3O_COPY_ENCODING,       /* a bad escape, or a "+" that is not escaped,
                                which some take for a space */
    S3O_COPY_QUERY,          /* the query is not "versionId=ID" */
    S3O_COPY_KEY,            /* no key */
    S3O_COPY_BUCKET          /* none of the names that the access point has */
} s3o_copy_error_e;


typedef struct {
    s3o_str_t      access_point;    /* an ARN or an alias */
    const s3o_str_t *names;         /* by which clients may call it */
    s3o_uint_t     nnames;
} s3o_copy_conf_t;


typedef struct {
    s3o_str_t      key;             /* decoded, stored in "buf" */
    s3o_str_t      version;         /* empty: the current version */
} s3o_copy_t;


/*
 * Parses the value of "x-amz-copy-source".  It is NAME/KEY, ARN/KEY or
 * ARN/object/KEY, with or without "/" at its beginning and "?versionId=ID" at
 * its end.  NAME is one of conf->names or the alias; all but the query may be
 * percent-encoded and is decoded once.  "buf" has room for value->len bytes
 * and must live as long as "copy".  Returns S3O_COPY_OK with *copy filled, or
 * the fault.
 */

s3o_copy_error_e s3o_copy_parse(s3o_copy_t *copy, const s3o_str_t *value,
    const s3o_copy_conf_t *conf, u_char *buf);
const char *s3o_copy_strerror(s3o_copy_error_e err);


/*
 * Appends the value that is sent to the Outpost: ARN/object/KEY or ALIAS/KEY.
 * When "host" is not empty, which is the name of a custom endpoint, it is
 * BUCKET/KEY, where BUCKET is the first label of the host.
 */

void s3o_copy_write(s3o_buf_t *b, const s3o_copy_t *copy,
    const s3o_str_t *access_point, const s3o_str_t *host);


/* The greatest number of bytes that s3o_copy_write() writes. */

size_t s3o_copy_len(const s3o_copy_t *copy, const s3o_str_t *access_point,
    const s3o_str_t *host);


#endif /* _S3O_COPY_H_INCLUDED_ */
