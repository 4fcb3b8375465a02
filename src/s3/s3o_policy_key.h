
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which object keys may be signed.
 */


#ifndef _S3O_POLICY_KEY_H_INCLUDED_
#define _S3O_POLICY_KEY_H_INCLUDED_


#include "s3o_core.h"


#define S3O_KEY_MAX        1024


typedef enum {
    S3O_KEY_OK = 0,
    S3O_KEY_EMPTY,
    S3O_KEY_TOO_LONG,
    S3O_KEY_CONTROL,         /* NUL, 0x01-0x1f, 0x7f */
    S3O_KEY_UTF8,            /* not valid UTF-8 (RFC 3629) */
    S3O_KEY_DOT_SEGMENT      /* a segment "." or ".." */
} s3o_key_error_e;


/*
 * Checks an object key, which is not encoded.  Returns S3O_KEY_OK or the
 * first fault, in the order above.  *plain is set to 1 when encoding would
 * not change the key; most checks are not needed then.
 */

s3o_key_error_e s3o_policy_key(const s3o_str_t *key, s3o_uint_t *plain);
const char *s3o_policy_key_strerror(s3o_key_error_e err);


#endif /* _S3O_POLICY_KEY_H_INCLUDED_ */
