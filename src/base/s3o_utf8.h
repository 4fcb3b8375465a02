
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Checks for UTF-8, which object keys and JSON have to be.
 */


#ifndef _S3O_UTF8_H_INCLUDED_
#define _S3O_UTF8_H_INCLUDED_


#include "s3o_core.h"


/*
 * 1 when all bytes are well-formed UTF-8 (RFC 3629, section 4): no overlong
 * forms, no surrogates, nothing above U+10FFFF, no character that is cut off.
 * An empty string is well-formed.
 */

s3o_uint_t s3o_utf8_valid(const u_char *data, size_t len);

/*
 * The length in bytes, 1 to 4, of the UTF-8 character at "p"; 0 when there is
 * none.  "len", 1 or more, is the number of bytes that may be read.
 */

size_t s3o_utf8_sequence(const u_char *p, size_t len);


#endif /* _S3O_UTF8_H_INCLUDED_ */
