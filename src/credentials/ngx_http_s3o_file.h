
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Reads a file of credentials, JSON or profiles.
 */


#ifndef _NGX_HTTP_S3O_FILE_H_INCLUDED_
#define _NGX_HTTP_S3O_FILE_H_INCLUDED_


#include "ngx_http_s3o_credentials.h"
#include "s3o_ini.h"


typedef struct {
    ngx_str_t               name;
    ngx_str_t               profile;        /* empty: "default" */
    ngx_uint_t              kind;           /* S3O_INI_* */
    ngx_uint_t              shared;         /* 1: others may read it */
    ngx_uint_t              no_role;        /* 1: use keys despite a role */
} ngx_http_s3o_file_conf_t;


/* zeroed before ngx_http_s3o_file_read() */

typedef struct {
    ngx_str_t               content;
    ngx_err_t               err;
    ngx_http_s3o_stamp_t    stamp;
    void                   *root;
    ngx_uint_t              skipped;        /* a line's number, or 0 */
    u_char                  why[256];
} ngx_http_s3o_file_t;


/* what ngx_http_s3o_file_ini() returns for a file that lacks the profile */

extern const char  ngx_http_s3o_file_no_profile[];


/* Tells one state of a file from another. */

void ngx_http_s3o_file_stamp(ngx_http_s3o_stamp_t *stamp,
    ngx_file_info_t *fi);


/*
 * Reads up to 64k of a regular file, which others must not be able to read
 * unless "shared" is set.  Does not wait for the writer of a FIFO.  Sets the
 * stamp as far as the file is there, and "err" where a call has failed.
 *
 * Returns NULL, or a constant sentence that says why not.  In both cases
 * ngx_http_s3o_file_free() has to follow.
 */

const char *ngx_http_s3o_file_read(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf);


/* 1 when what was read begins with "{", after white space */

ngx_uint_t ngx_http_s3o_file_is_json(ngx_http_s3o_file_t *file);


/*
 * The credentials of what was read, for the source "file".  The strings of
 * "set" are valid until ngx_http_s3o_file_free().
 *
 * Returns NULL, or a sentence that says why not, which is valid as long.
 */

const char *ngx_http_s3o_file_parse(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, ngx_http_s3o_set_t *set);


/*
 * The profile of what was read, whatever keys it has.  The strings of "ini"
 * are valid until ngx_http_s3o_file_free().  Sets "skipped".
 *
 * Returns NULL, ngx_http_s3o_file_no_profile, or a sentence as above.
 */

const char *ngx_http_s3o_file_ini(ngx_http_s3o_file_t *file,
    ngx_http_s3o_file_conf_t *fcf, s3o_ini_profile_t *ini);


/* Wipes and frees what was read. */

void ngx_http_s3o_file_free(ngx_http_s3o_file_t *file);


#endif /* _NGX_HTTP_S3O_FILE_H_INCLUDED_ */
