
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Error documents, as S3 answers with: which code a refusal has, and how it
 * is written as XML or JSON.
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
 * Sets code and message for a status from 400 on.  "result" is the word of
 * $s3o_presign_result, or NULL when the refusal is nginx's own; it makes some
 * codes more exact.  The texts are constant.
 */

void s3o_error_set(s3o_error_t *error, s3o_uint_t status, const char *result);

/*
 * 1 for a code of S3 that tells no more than what the client did wrong: none
 * is about credentials, signatures or clocks.
 */

s3o_uint_t s3o_error_code_is_harmless(const s3o_str_t *code);

/*
 * The document.  Any bytes may be in the members: what is no UTF-8, or no
 * character of XML, is written as "?".  s3o_error_len() is how long either
 * form becomes at most; a smaller buffer latches the overflow.
 */

size_t s3o_error_len(const s3o_error_t *error);
void s3o_error_xml(s3o_buf_t *b, const s3o_error_t *error);
void s3o_error_json(s3o_buf_t *b, const s3o_error_t *error);


#endif /* _S3O_ERROR_H_INCLUDED_ */
