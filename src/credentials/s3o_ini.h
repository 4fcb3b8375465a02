
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Reads a profile of an AWS shared credentials or config file (AWS SDKs and
 * Tools Reference Guide, "Shared config and credentials files").
 */


#ifndef _S3O_INI_H_INCLUDED_
#define _S3O_INI_H_INCLUDED_


#include "s3o_core.h"


/* kinds of files: sections are "[name]"; or "[profile name]" and "[default]" */

#define S3O_INI_CREDENTIALS  0
#define S3O_INI_CONFIG       1


typedef struct {
    s3o_str_t      access_key_id;
    s3o_str_t      secret_access_key;
    s3o_str_t      session_token;

    s3o_str_t      region;
    s3o_str_t      role_arn;
    s3o_str_t      source_profile;
    s3o_str_t      credential_source;
    s3o_str_t      web_identity_token_file;
    s3o_str_t      role_session_name;
    s3o_str_t      external_id;
    s3o_str_t      duration_seconds;
    s3o_str_t      sts_regional_endpoints;
    s3o_str_t      mfa_serial;

    s3o_str_t      foreign;    /* name of a key that is not supported */
    s3o_uint_t     line;       /* the line of the section, from 1 */
} s3o_ini_profile_t;


/*
 * Finds the section of the profile "name" and its values.  The strings point
 * into "data"; those of keys that are not there are empty.  "foreign" is the
 * first of the keys credential_process, login_session and sso_*.
 *
 * Names of keys may be in upper or lower case.  "#" and ";" begin a comment
 * at the beginning of a line, after the "]" of a section, and in a value
 * after white space.  A line that is indented more than the key before it
 * continues the value of that key: it is ignored, but for a value of the list
 * above it is an error.  A section that comes twice is merged; of a key that
 * comes twice the last value counts.  If there is a "[profile default]",
 * "[default]" does not count.  aws_security_token is an old name of
 * aws_session_token, and is used when that is missing.  CR LF line ends and a
 * UTF-8 byte order mark are allowed.
 *
 * Returns S3O_OK; S3O_ERROR when the section is not there; S3O_OVERFLOW when
 * there is a malformed line in the profile, before the first section, or in a
 * file without the section.  After S3O_OK *line is the number of the first
 * malformed line of another section, which was skipped, or 0; after
 * S3O_OVERFLOW it is the malformed line, and *profile is empty but for its
 * line.
 */

s3o_int_t s3o_ini_profile(const u_char *data, size_t len, s3o_uint_t kind,
    const s3o_str_t *name, s3o_ini_profile_t *profile, s3o_uint_t *line);


#endif /* _S3O_INI_H_INCLUDED_ */
