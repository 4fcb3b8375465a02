
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "ngx_http_s3o_json.h"
#include "s3o_core.h"
#include "s3o_time.h"
#include "s3o_text.h"
#include "ngx_http_s3o_wiped.h"


#define NGX_HTTP_S3O_JSON_CODE_MAX  64


static json_t *ngx_http_s3o_json_load(ngx_str_t *text);
static const char *ngx_http_s3o_json_check(json_t *root,
    ngx_http_s3o_json_format_e format);
static const char *ngx_http_s3o_json_fields(json_t *root,
    ngx_http_s3o_json_format_e format, ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_json_expiration(json_t *root,
    ngx_http_s3o_set_t *set);
static const char *ngx_http_s3o_json_string(json_t *root, const char *name,
    ngx_str_t *value);


const char *
ngx_http_s3o_json_parse(ngx_str_t *text, ngx_http_s3o_json_format_e format,
    ngx_http_s3o_set_t *set, void **root)
{
    json_t      *json;
    const char  *why;

    ngx_memzero(set, sizeof(ngx_http_s3o_set_t));

    json = ngx_http_s3o_json_load(text);
    *root = json;

    if (ngx_http_s3o_wiped_failed) {
        return "no memory";
    }

    if (!json_is_object(json)) {
        return "not a JSON object";
    }

    why = ngx_http_s3o_json_check(json, format);

    if (why == NULL) {
        why = ngx_http_s3o_json_fields(json, format, set);
    }

    return why;
}


/*
 * Parses a document with memory that is wiped.  The functions that other
 * users of jansson have set are restored.  When the buffer of a string cannot
 * grow, jansson leaves out a character and goes on: after an allocation that
 * failed the document must not be used (ngx_http_s3o_wiped_failed).
 */

static json_t *
ngx_http_s3o_json_load(ngx_str_t *text)
{
    json_t         *json;
    json_free_t     free_fn;
    json_error_t    error;
    json_malloc_t   malloc_fn;

    json_get_alloc_funcs(&malloc_fn, &free_fn);
    json_set_alloc_funcs(ngx_http_s3o_wiped_malloc, ngx_http_s3o_wiped_free);

    ngx_http_s3o_wiped_failed = 0;

    json = json_loadb((char *) text->data, text->len, JSON_REJECT_DUPLICATES,
                      &error);

    json_set_alloc_funcs(malloc_fn, free_fn);

    return json;
}


static const char *
ngx_http_s3o_json_check(json_t *root, ngx_http_s3o_json_format_e format)
{
    json_t  *value;

    switch (format) {

    case NGX_HTTP_S3O_JSON_PROCESS:
        value = json_object_get(root, "Version");

        return json_is_integer(value) && json_integer_value(value) == 1
               ? NULL : "expected \"Version\": 1";

    case NGX_HTTP_S3O_JSON_IMDS:
        value = json_object_get(root, "Code");

        return value == NULL || (json_is_string(value)
                                 && ngx_strcmp(json_string_value(value),
                                               "Success") == 0)
               ? NULL : "the service answers with a \"Code\" other than "
                        "\"Success\"";

    default:
        return NULL;
    }
}


static const char *
ngx_http_s3o_json_fields(json_t *root, ngx_http_s3o_json_format_e format,
    ngx_http_s3o_set_t *set)
{
    const char  *why;

    why = ngx_http_s3o_json_string(root, "AccessKeyId", &set->access_key_id);

    if (why == NULL) {
        why = ngx_http_s3o_json_string(root, "SecretAccessKey",
                                       &set->secret_access_key);
    }

    if (why == NULL) {
        why = ngx_http_s3o_json_string(root,
                                       format == NGX_HTTP_S3O_JSON_PROCESS
                                       ? "SessionToken" : "Token",
                                       &set->session_token);
    }

    if (why == NULL) {
        why = ngx_http_s3o_json_expiration(root, set);
    }

    /*
     * An empty token belongs to keys that need none; the SDKs take it, too,
     * but not an answer without "Token".  An answer without keys gets a
     * clearer message from ngx_http_s3o_set_check().
     */

    if (why == NULL
        && format != NGX_HTTP_S3O_JSON_PROCESS
        && set->access_key_id.len
        && (set->session_token.data == NULL || set->expires == 0))
    {
        why = "\"Token\" or \"Expiration\" is missing";
    }

    return why;
}


static const char *
ngx_http_s3o_json_expiration(json_t *root, ngx_http_s3o_set_t *set)
{
    int64_t      t;
    ngx_str_t    text;
    const char  *why;

    why = ngx_http_s3o_json_string(root, "Expiration", &text);

    if (why || text.len == 0) {
        return why;
    }

    if (s3o_time_parse_rfc3339(text.data, text.len, &t) != S3O_OK) {
        return "\"Expiration\" is not a time such as 2030-01-31T12:00:00Z";
    }

    /* some helpers give the year 1 when they fail; 0 would mean "never" */

    set->expires = t > 0 ? t : 1;

    return NULL;
}


static const char *
ngx_http_s3o_json_string(json_t *root, const char *name, ngx_str_t *value)
{
    json_t  *string;

    ngx_str_null(value);

    string = json_object_get(root, name);

    if (string == NULL || json_is_null(string)) {
        return NULL;
    }

    if (!json_is_string(string)) {
        return "a field of the JSON is not a string";
    }

    value->data = (u_char *) json_string_value(string);
    value->len = json_string_length(string);

    return NULL;
}


ngx_int_t
ngx_http_s3o_json_code(void *root, ngx_str_t *code)
{
    size_t  i;

    if (ngx_http_s3o_json_string(root, "Code", code) != NULL
        || code->len == 0
        || code->len > NGX_HTTP_S3O_JSON_CODE_MAX
        || ngx_strcmp(code->data, "Success") == 0)
    {
        return NGX_DECLINED;
    }

    for (i = 0; i < code->len; i++) {
        if (!s3o_is_letter(code->data[i])) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


void
ngx_http_s3o_json_free(void *root)
{
    json_free_t    free_fn;
    json_malloc_t  malloc_fn;

    json_get_alloc_funcs(&malloc_fn, &free_fn);
    json_set_alloc_funcs(ngx_http_s3o_wiped_malloc, ngx_http_s3o_wiped_free);

    json_decref((json_t *) root);

    json_set_alloc_funcs(malloc_fn, free_fn);
}


ngx_uint_t
ngx_http_s3o_json_is_object(ngx_str_t *text)
{
    json_t      *json;
    ngx_uint_t   is;

    json = ngx_http_s3o_json_load(text);
    is = json_is_object(json);

    ngx_http_s3o_json_free(json);

    return is;
}
