
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_error.h"
#include "s3o_utf8.h"
#include "s3o_text.h"


#define S3O_ERROR_XML                                                        \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>"

/* bytes of either form without the four members */
#define S3O_ERROR_FRAME    256

/* "&quot;" */
#define S3O_ERROR_ESCAPE   6


typedef struct {
    s3o_uint_t    status;
    const char   *code;
    const char   *message;
} s3o_error_status_t;


typedef struct {
    const char   *result;
    s3o_uint_t    status;
    const char   *code;
} s3o_error_result_t;


static void s3o_error_text(s3o_str_t *str, const char *text);
static void s3o_error_put_xml(s3o_buf_t *b, const s3o_str_t *text);
static void s3o_error_put_json(s3o_buf_t *b, const s3o_str_t *text);
static size_t s3o_error_character(s3o_buf_t *b, const u_char *p, size_t len);


/* what the status alone tells, which is all that a refusal of nginx has */

static const s3o_error_status_t  s3o_error_statuses[] = {
    { 400, "InvalidRequest", "the request is malformed" },
    { 401, "AccessDenied", "the server asks for a user and a password" },
    { 403, "AccessDenied", "the server does not permit this request" },
    { 404, "NoSuchKey", "there is nothing here" },
    { 405, "MethodNotAllowed", "the method is not allowed here" },
    { 408, "RequestTimeout", "the request did not come in time" },
    { 409, "OperationAborted", "the request conflicts with another one" },
    { 411, "MissingContentLength", "the body has no length" },
    { 412, "PreconditionFailed", "a condition of the request is not met" },
    { 413, "EntityTooLarge",
      "the body is larger than \"client_max_body_size\"" },
    { 414, "InvalidURI", "the URI is too long" },
    { 416, "InvalidRange", "the range is not in the object" },
    { 429, "SlowDown", "there are too many requests, try again later" },
    { 500, "InternalError", "the error log of the server has the reason" },
    { 501, "NotImplemented", "the server does not implement this" },
    { 502, "ServiceUnavailable",
      "the storage did not answer, or its answer cannot be passed on; the "
      "error log of the server has the reason" },
    { 503, "SlowDown", "the server is busy, try again later" },
    { 504, "ServiceUnavailable", "the storage did not answer in time" }
};


static const s3o_error_result_t  s3o_error_results[] = {
    { "args", 400, "InvalidArgument" },
    { "list", 400, "InvalidArgument" },
    { "headers", 400, "InvalidArgument" },
    { "key", 400, "InvalidURI" },
    { "key", 414, "KeyTooLongError" },
    { "access_point", 404, "NoSuchBucket" }
};


static const char  *s3o_error_harmless[] = {
    "AccessDenied",
    "BadDigest",
    "BucketAlreadyExists",
    "EntityTooLarge",
    "EntityTooSmall",
    "IncompleteBody",
    "InvalidArgument",
    "InvalidBucketName",
    "InvalidDigest",
    "InvalidPart",
    "InvalidPartOrder",
    "InvalidRange",
    "InvalidRequest",
    "InvalidStorageClass",
    "InvalidTag",
    "InvalidURI",
    "KeyTooLongError",
    "MalformedXML",
    "MetadataTooLarge",
    "MethodNotAllowed",
    "MissingContentLength",
    "MissingRequestBodyError",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchUpload",
    "NoSuchVersion",
    "NotImplemented",
    "PreconditionFailed",
    "RequestTimeout",
    "UnexpectedContent",
    "XAmzContentSHA256Mismatch"
};


#define s3o_error_count(table)  (sizeof(table) / sizeof((table)[0]))


void
s3o_error_set(s3o_error_t *error, s3o_uint_t status, const char *result)
{
    size_t                     i;
    const s3o_error_status_t  *st;

    s3o_error_text(&error->code,
                   status < 500 ? "InvalidRequest" : "InternalError");
    s3o_error_text(&error->message, "the server refuses this request");

    for (i = 0; i < s3o_error_count(s3o_error_statuses); i++) {
        st = &s3o_error_statuses[i];

        if (st->status == status) {
            s3o_error_text(&error->code, st->code);
            s3o_error_text(&error->message, st->message);
            break;
        }
    }

    if (result == NULL) {
        return;
    }

    for (i = 0; i < s3o_error_count(s3o_error_results); i++) {

        if (s3o_error_results[i].status == status
            && strcmp(s3o_error_results[i].result, result) == 0)
        {
            s3o_error_text(&error->code, s3o_error_results[i].code);
            return;
        }
    }
}


static void
s3o_error_text(s3o_str_t *str, const char *text)
{
    s3o_str_set(str, (u_char *) text, strlen(text));
}


s3o_uint_t
s3o_error_code_is_harmless(const s3o_str_t *code)
{
    size_t     i;
    s3o_str_t  known;

    for (i = 0; i < s3o_error_count(s3o_error_harmless); i++) {
        s3o_error_text(&known, s3o_error_harmless[i]);

        if (s3o_str_eq(&known, code)) {
            return 1;
        }
    }

    return 0;
}


size_t
s3o_error_len(const s3o_error_t *error)
{
    return S3O_ERROR_FRAME
           + (error->code.len + error->message.len + error->resource.len
              + error->request_id.len)
             * S3O_ERROR_ESCAPE;
}


void
s3o_error_xml(s3o_buf_t *b, const s3o_error_t *error)
{
    s3o_buf_put_literal(b, S3O_ERROR_XML);
    s3o_error_put_xml(b, &error->code);
    s3o_buf_put_literal(b, "</Code><Message>");
    s3o_error_put_xml(b, &error->message);
    s3o_buf_put_literal(b, "</Message><Resource>");
    s3o_error_put_xml(b, &error->resource);
    s3o_buf_put_literal(b, "</Resource><RequestId>");
    s3o_error_put_xml(b, &error->request_id);
    s3o_buf_put_literal(b, "</RequestId></Error>");
}


void
s3o_error_json(s3o_buf_t *b, const s3o_error_t *error)
{
    s3o_buf_put_literal(b, "{\"Code\":\"");
    s3o_error_put_json(b, &error->code);
    s3o_buf_put_literal(b, "\",\"Message\":\"");
    s3o_error_put_json(b, &error->message);
    s3o_buf_put_literal(b, "\",\"Resource\":\"");
    s3o_error_put_json(b, &error->resource);
    s3o_buf_put_literal(b, "\",\"RequestId\":\"");
    s3o_error_put_json(b, &error->request_id);
    s3o_buf_put_literal(b, "\"}\n");
}


static void
s3o_error_put_xml(s3o_buf_t *b, const s3o_str_t *text)
{
    size_t  i;

    i = 0;

    while (i < text->len) {

        switch (text->data[i]) {

        case '&':
            s3o_buf_put_literal(b, "&amp;");
            i++;
            break;

        case '<':
            s3o_buf_put_literal(b, "&lt;");
            i++;
            break;

        case '>':
            s3o_buf_put_literal(b, "&gt;");
            i++;
            break;

        case '"':
            s3o_buf_put_literal(b, "&quot;");
            i++;
            break;

        default:
            i += s3o_error_character(b, text->data + i, text->len - i);
        }
    }
}


static void
s3o_error_put_json(s3o_buf_t *b, const s3o_str_t *text)
{
    size_t  i;

    i = 0;

    while (i < text->len) {

        if (text->data[i] == '"' || text->data[i] == '\\') {
            s3o_buf_putc(b, '\\');
        }

        i += s3o_error_character(b, text->data + i, text->len - i);
    }
}


/*
 * Writes the character at "p", or "?" for what is no character.  Returns the
 * number of bytes that it had in the text.
 */

static size_t
s3o_error_character(s3o_buf_t *b, const u_char *p, size_t len)
{
    size_t  n;

    n = s3o_utf8_sequence(p, len);

    if (n == 0) {
        s3o_buf_putc(b, '?');
        return 1;
    }

    /* control characters, U+FFFE and U+FFFF */

    if (s3o_is_control(p[0])
        || (p[0] == 0xc2 && p[1] < 0xa0)
        || (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe))
    {
        s3o_buf_putc(b, '?');

    } else {
        s3o_buf_put(b, p, n);
    }

    return n;
}
