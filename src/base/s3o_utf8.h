
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Whether bytes are UTF-8, as object keys and JSON have to be.
 */


#ifndef _S3O_UTF8_H_INCLUDED_
#define _S3O_UTF8_H_INCLUDED_


#include "s3o_core.h"


/*
 * 1 when all of it is well-formed (RFC 3629, section 4): no overlong forms, no
 * surrogates, nothing beyond U+10FFFF, no sequence that is cut off.  An empty
 * string is.
 */

s3o_uint_t s3o_utf8_valid(const u_char *data, size_t len);

/*
 * The length of the character that begins at p, of which "len" bytes are
 * there, at least one; 0 when they are none.
 */

size_t s3o_utf8_sequence(const u_char *p, size_t len);


#endif /* _S3O_UTF8_H_INCLUDED_ */
