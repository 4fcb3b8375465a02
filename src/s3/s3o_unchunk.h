
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Decodes a body in the aws-chunked encoding, and verifies the checksum in its
 * trailer.  The signatures of chunks and trailers are made with the client's
 * key and are not verified.
 */


#ifndef _S3O_UNCHUNK_H_INCLUDED_
#define _S3O_UNCHUNK_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_checksum.h"


#define S3O_UNCHUNK_LINE_MAX  512


typedef enum {
    S3O_UNCHUNK_OK = 0,
    S3O_UNCHUNK_FRAMING,          /* not aws-chunked */
    S3O_UNCHUNK_LENGTH,           /* not of the announced length */
    S3O_UNCHUNK_TRAILER,          /* not the announced trailer */
    S3O_UNCHUNK_CHECKSUM,         /* the checksum does not match */
    S3O_UNCHUNK_INTERNAL
} s3o_unchunk_error_e;


typedef enum {
    S3O_UNCHUNK_AT_HEADER = 0,
    S3O_UNCHUNK_AT_DATA,
    S3O_UNCHUNK_AT_DATA_END,
    S3O_UNCHUNK_AT_TRAILER,
    S3O_UNCHUNK_AT_END,
    S3O_UNCHUNK_FAILED
} s3o_unchunk_state_e;


typedef struct {
    s3o_unchunk_state_e  state;
    uint64_t             size;        /* the announced length of the data */
    uint64_t             seen;
    uint64_t             left;        /* of the current chunk */
    s3o_checksum_t       checksum;
    s3o_uint_t           verified;    /* 1: the checksum was there and
                                         matched */
    size_t               line_len;
    u_char               line[S3O_UNCHUNK_LINE_MAX];
} s3o_unchunk_t;


/*
 * Prepares a zeroed struct for a body of "size" bytes after decoding
 * (x-amz-decoded-content-length), and for the checksum that "x-amz-trailer"
 * announces.  Returns S3O_OK or S3O_ERROR; s3o_unchunk_free() is safe after
 * either.
 */

s3o_int_t s3o_unchunk_init(s3o_unchunk_t *u, s3o_crypto_t *crypto,
    uint64_t size, s3o_checksum_e checksum);
void s3o_unchunk_free(s3o_unchunk_t *u);


/*
 * Decodes from *pos on, up to the end of the next run of data or to "end",
 * and moves *pos there.  Sets "data" to that run, which stays in the input;
 * it is empty only when *pos has reached "end".  Returns S3O_UNCHUNK_OK or
 * the fault; after a fault all further calls with input fail.
 */

s3o_unchunk_error_e s3o_unchunk(s3o_unchunk_t *u, u_char **pos, u_char *end,
    s3o_str_t *data);


/*
 * 1 when the body is complete: the last chunk and the trailer have arrived,
 * the data has the announced length, and the announced checksum matches.
 */

s3o_uint_t s3o_unchunk_complete(const s3o_unchunk_t *u);


/*
 * A constant sentence for the error log that says what is wrong with the
 * body.
 */

const char *s3o_unchunk_strerror(s3o_unchunk_error_e err);


#endif /* _S3O_UNCHUNK_H_INCLUDED_ */
