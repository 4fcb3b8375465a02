
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A profile of an AWS shared credentials file (AWS SDKs and Tools Reference
 * Guide, "Shared config and credentials files").
 */


#ifndef _S3O_INI_H_INCLUDED_
#define _S3O_INI_H_INCLUDED_


#include "s3o_core.h"


typedef struct {
    s3o_str_t      access_key_id;
    s3o_str_t      secret_access_key;
    s3o_str_t      session_token;
} s3o_ini_profile_t;


/*
 * Finds "[name]" and the values aws_access_key_id, aws_secret_access_key and
 * aws_session_token in it; the strings point into "data", missing ones are
 * empty.  Names of keys in any case; "#" and ";" begin a comment where they
 * are the first that is not blank in a line, after a section's "]", and in a
 * value only after white space; another line that begins with white space
 * continues the value before it and is ignored, but a continued credential is
 * an error; a section that comes twice is merged, a key that comes twice: the
 * last wins; CR LF line ends and a UTF-8 byte order mark are accepted.
 *
 * Returns S3O_OK; S3O_ERROR when the section is not there; S3O_OVERFLOW for
 * a line, of whatever section, that is none of these (*line is its number,
 * from 1), with *profile empty.
 */

s3o_int_t s3o_ini_profile(const u_char *data, size_t len,
    const s3o_str_t *name, s3o_ini_profile_t *profile, s3o_uint_t *line);


#endif /* _S3O_INI_H_INCLUDED_ */
