
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The checksums that clients of S3 send after a body, in its trailer (Amazon S3
 * User Guide, "Checking object integrity").
 */


#ifndef _S3O_CHECKSUM_H_INCLUDED_
#define _S3O_CHECKSUM_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_crypto.h"


/* bytes of the longest checksum in base64 */
#define S3O_CHECKSUM_MAX  44


typedef enum {
    S3O_CHECKSUM_NONE = 0,
    S3O_CHECKSUM_CRC32,
    S3O_CHECKSUM_CRC32C,
    S3O_CHECKSUM_CRC64NVME,
    S3O_CHECKSUM_SHA1,
    S3O_CHECKSUM_SHA256
} s3o_checksum_e;


typedef struct {
    s3o_checksum_e   type;
    uint64_t         crc;
    uint64_t         table[256];
    s3o_hash_t       hash;
} s3o_checksum_t;


/*
 * The checksum that a header of this name carries; S3O_CHECKSUM_NONE when it
 * carries none.  "name" is in lower case.
 */

s3o_checksum_e s3o_checksum_type(const s3o_str_t *name);


/*
 * Computes a checksum: begin (with a zeroed struct), any number of adds, end
 * (appends the checksum in base64, at most S3O_CHECKSUM_MAX bytes).  Each
 * returns S3O_OK or S3O_ERROR.  With S3O_CHECKSUM_NONE they do nothing.
 * s3o_checksum_free() is safe at any time.
 */

s3o_int_t s3o_checksum_begin(s3o_checksum_t *c, s3o_crypto_t *crypto,
    s3o_checksum_e type);
s3o_int_t s3o_checksum_add(s3o_checksum_t *c, const u_char *data, size_t len);
s3o_int_t s3o_checksum_end(s3o_checksum_t *c, s3o_buf_t *b);
void s3o_checksum_free(s3o_checksum_t *c);


#endif /* _S3O_CHECKSUM_H_INCLUDED_ */
