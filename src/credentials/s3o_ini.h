
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A profile of an AWS shared credentials or config file (AWS SDKs and Tools
 * Reference Guide, "Shared config and credentials files").
 */


#ifndef _S3O_INI_H_INCLUDED_
#define _S3O_INI_H_INCLUDED_


#include "s3o_core.h"


/* sections: "[name]", or "[profile name]" and "[default]" */

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

    s3o_str_t      foreign;    /* the name of a key that is not supported */
    s3o_uint_t     line;       /* of the section, from 1 */
} s3o_ini_profile_t;


/*
 * Finds the section of the profile "name" and the values in it; the strings
 * point into "data", missing ones are empty.  "foreign" is the first of the
 * keys credential_process, login_session and sso_*.
 *
 * Names of keys in any case.  "#" and ";" begin a comment where they are the
 * first that is not blank in a line, after a section's "]", and in a value
 * only after white space.  Another line that is indented more than the key
 * before it continues that key's value and is ignored, but a continued value
 * of the list above is an error.  A section that comes twice is merged, a key
 * that comes twice: the last wins; of "[profile default]" and "[default]" the
 * former alone counts.  aws_security_token is an older aws_session_token, and
 * gives way to it.  CR LF line ends and a UTF-8 byte order mark are accepted.
 *
 * Returns S3O_OK, with *line the first line that was skipped because it is
 * none of these, outside of the profile, or 0; S3O_ERROR when the section is
 * not there; S3O_OVERFLOW for such a line, *line from 1, in the profile,
 * before the first section, or in a file without the section, with *profile
 * empty but for its line.
 */

s3o_int_t s3o_ini_profile(const u_char *data, size_t len, s3o_uint_t kind,
    const s3o_str_t *name, s3o_ini_profile_t *profile, s3o_uint_t *line);


#endif /* _S3O_INI_H_INCLUDED_ */
