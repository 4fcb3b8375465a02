
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Parses credentials in JSON, as they are in files and in answers of metadata
 * services and agents.
 */


#ifndef _NGX_HTTP_S3O_JSON_H_INCLUDED_
#define _NGX_HTTP_S3O_JSON_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * Formats.  "credential_process" has "Version": 1 and "SessionToken", IMDS
 * has "Code": "Success" and "Token", containers have "Token".
 */

typedef enum {
    NGX_HTTP_S3O_JSON_PROCESS = 0,
    NGX_HTTP_S3O_JSON_IMDS,
    NGX_HTTP_S3O_JSON_CONTAINER
} ngx_http_s3o_json_format_e;


/*
 * Parses a document and fills *set, which points into *root.  The caller
 * frees *root with ngx_http_s3o_json_free(), also after an error.  Returns
 * NULL, or a constant sentence that says what is wrong.
 */

const char *ngx_http_s3o_json_parse(ngx_str_t *text,
    ngx_http_s3o_json_format_e format, ngx_http_s3o_set_t *set, void **root);


/*
 * Sets *code to the "Code" of a document, when that is a word of letters
 * other than "Success"; *code points into the document.  Returns NGX_OK, or
 * NGX_DECLINED when there is no such code.
 */

ngx_int_t ngx_http_s3o_json_code(void *root, ngx_str_t *code);


/* Wipes and frees a document, which may be NULL. */

void ngx_http_s3o_json_free(void *root);


/* 1 when a text is a JSON object. */

ngx_uint_t ngx_http_s3o_json_is_object(ngx_str_t *text);


#endif /* _NGX_HTTP_S3O_JSON_H_INCLUDED_ */
