
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A body in the aws-chunked encoding, taken out of it.  The signatures of
 * chunks and trailers are of the client's key and are not looked at.
 */


#ifndef _S3O_UNCHUNK_H_INCLUDED_
#define _S3O_UNCHUNK_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_checksum.h"


#define S3O_UNCHUNK_LINE_MAX  512


typedef enum {
    S3O_UNCHUNK_OK = 0,
    S3O_UNCHUNK_FRAMING,          /* not the encoding */
    S3O_UNCHUNK_LENGTH,           /* not as long as announced */
    S3O_UNCHUNK_TRAILER,          /* not the one announced */
    S3O_UNCHUNK_CHECKSUM,         /* does not match */
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
    uint64_t             size;        /* that is announced */
    uint64_t             seen;
    uint64_t             left;        /* of the chunk */
    s3o_checksum_t       checksum;
    s3o_uint_t           verified;    /* the checksum was there */
    size_t               line_len;
    u_char               line[S3O_UNCHUNK_LINE_MAX];
} s3o_unchunk_t;


/*
 * Prepares a zeroed struct for a body of "size" bytes and the checksum that
 * "x-amz-trailer" announces.  S3O_OK or S3O_ERROR; s3o_unchunk_free() is safe
 * after either.
 */

s3o_int_t s3o_unchunk_init(s3o_unchunk_t *u, s3o_crypto_t *crypto,
    uint64_t size, s3o_checksum_e checksum);
void s3o_unchunk_free(s3o_unchunk_t *u);


/*
 * Goes on from *pos to the end of the next run of data, or to "end".  "data"
 * is that run in the input; it is empty only when *pos is "end".  After an
 * error nothing more can be read.
 */

s3o_unchunk_error_e s3o_unchunk(s3o_unchunk_t *u, u_char **pos, u_char *end,
    s3o_str_t *data);


/*
 * 1 when all has come: the last chunk, as many bytes as were announced, and a
 * checksum that matches.
 */

s3o_uint_t s3o_unchunk_complete(const s3o_unchunk_t *u);


/* What an error means, as a part of a sentence. */

const char *s3o_unchunk_strerror(s3o_unchunk_error_e err);


#endif /* _S3O_UNCHUNK_H_INCLUDED_ */
