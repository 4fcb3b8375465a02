
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credentials in JSON, as files, metadata services and agents give them.
 */


#ifndef _NGX_HTTP_S3O_JSON_H_INCLUDED_
#define _NGX_HTTP_S3O_JSON_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_credentials.h"


/*
 * The formats: "credential_process" has "Version": 1 and "SessionToken",
 * IMDS has "Code": "Success" and "Token", containers have "Token".
 */

typedef enum {
    NGX_HTTP_S3O_JSON_PROCESS = 0,
    NGX_HTTP_S3O_JSON_IMDS,
    NGX_HTTP_S3O_JSON_CONTAINER
} ngx_http_s3o_json_format_e;


/*
 * Parses a document.  The set points into *root, which the caller gives back
 * with ngx_http_s3o_json_free(), also after an error.  Returns NULL, or a
 * constant sentence that says what is wrong.
 */

const char *ngx_http_s3o_json_parse(ngx_str_t *text,
    ngx_http_s3o_json_format_e format, ngx_http_s3o_set_t *set, void **root);


/*
 * The "Code" of a document where it is a word and not "Success".  NGX_OK, or
 * NGX_DECLINED; the code points into the document.
 */

ngx_int_t ngx_http_s3o_json_code(void *root, ngx_str_t *code);


/* Wipes the strings of a document and frees it; NULL is none. */

void ngx_http_s3o_json_free(void *root);


/* 1 when a text is a JSON object, whatever is in it. */

ngx_uint_t ngx_http_s3o_json_is_object(ngx_str_t *text);


#endif /* _NGX_HTTP_S3O_JSON_H_INCLUDED_ */
