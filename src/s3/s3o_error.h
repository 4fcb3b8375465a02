
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents like those of S3: the code of a refusal, and the document as
 * XML or JSON.
 */


#ifndef _S3O_ERROR_H_INCLUDED_
#define _S3O_ERROR_H_INCLUDED_


#include "s3o_core.h"


typedef struct {
    s3o_str_t    code;
    s3o_str_t    message;
    s3o_str_t    resource;
    s3o_str_t    request_id;
} s3o_error_t;


/*
 * Sets error->code and error->message, which are constant texts, for a status
 * of 400 or more.  "result" is the word of $s3o_presign_result, which makes
 * some codes more exact, or NULL for a refusal of nginx itself.
 */

void s3o_error_set(s3o_error_t *error, s3o_uint_t status, const char *result);

/*
 * 1 for a code of S3 that only tells what the client did wrong.  No such code
 * is about credentials, signatures or clocks.
 */

s3o_uint_t s3o_error_code_is_harmless(const s3o_str_t *code);

/*
 * Appends the document.  The members may hold any bytes: a byte that is not
 * UTF-8 and a character that XML does not allow are written as "?".
 * s3o_error_len() is the greatest length of either form in bytes.
 */

size_t s3o_error_len(const s3o_error_t *error);
void s3o_error_xml(s3o_buf_t *b, const s3o_error_t *error);
void s3o_error_json(s3o_buf_t *b, const s3o_error_t *error);


#endif /* _S3O_ERROR_H_INCLUDED_ */
