
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What may be signed: methods, operations, arguments, headers and keys.
 */


#ifndef _S3O_POLICY_H_INCLUDED_
#define _S3O_POLICY_H_INCLUDED_


#include "s3o_core.h"


#define S3O_METHOD_GET     0x01
#define S3O_METHOD_HEAD    0x02
#define S3O_METHOD_PUT     0x04
#define S3O_METHOD_DELETE  0x08
#define S3O_METHOD_POST    0x10

#define S3O_KEY_MAX        1024


/* keys */

typedef enum {
    S3O_KEY_OK = 0,
    S3O_KEY_EMPTY,
    S3O_KEY_TOO_LONG,
    S3O_KEY_CONTROL,         /* NUL, 0x01-0x1f, 0x7f */
    S3O_KEY_UTF8,            /* not valid UTF-8 (RFC 3629) */
    S3O_KEY_DOT_SEGMENT      /* a segment "." or ".." */
} s3o_key_error_e;


/*
 * Checks an object key of raw bytes; the first fault in the order above.
 * *plain is set to 1 when the key is its own encoding, which makes most checks
 * needless.
 */

s3o_key_error_e s3o_policy_key(const s3o_str_t *key, s3o_uint_t *plain);
const char *s3o_policy_key_strerror(s3o_key_error_e err);


/* query arguments */

typedef enum {
    S3O_ARG_PLAIN = 0,
    S3O_ARG_AUTH,            /* X-Amz-* in any case, and SigV2's
                                AWSAccessKeyId, Signature, Expires */
    S3O_ARG_OPERATION        /* selects another operation or object version:
                                uploads, uploadId, partNumber, versionId,
                                tagging, acl, delete, list-type ... */
} s3o_arg_class_e;


/*
 * The class of a decoded argument name.  S3 compares names case-sensitively;
 * authentication names are matched in any case to be on the safe side.
 */

s3o_arg_class_e s3o_policy_arg(const s3o_str_t *name);


/*
 * 1 when the name may stand in "s3o_presign_args" or "s3o_presign_param":
 * any plain name, and of the operation names only those that stay within
 * the object operation of the method (versionId, partNumber).
 */

s3o_uint_t s3o_policy_arg_configurable(const s3o_str_t *name);


/* operations */

typedef enum {
    S3O_OP_NONE = 0,         /* refused */
    S3O_OP_OBJECT,           /* the method on the key */
    S3O_OP_CREATE_MULTIPART, /* POST ?uploads */
    S3O_OP_UPLOAD_PART,      /* PUT ?partNumber&uploadId */
    S3O_OP_COMPLETE,         /* POST ?uploadId */
    S3O_OP_ABORT,            /* DELETE ?uploadId */
    S3O_OP_LIST_PARTS,       /* GET ?uploadId */
    S3O_OP_LIST_OBJECTS      /* GET ?list-type=2, no key */
} s3o_operation_e;


typedef struct {
    s3o_str_t        name;             /* decoded */
    s3o_str_t        value;            /* decoded */
    s3o_uint_t       sign;             /* out: 1 when it enters the query */
    s3o_arg_class_e  type;             /* out: what s3o_policy_arg() says */
} s3o_arg_t;


typedef struct {
    s3o_uint_t       methods;          /* S3O_METHOD_* allowed */
    s3o_uint_t       multipart;        /* the five steps allowed */
    s3o_uint_t       list;             /* ListObjectsV2 allowed */
    const s3o_str_t *args;             /* names allowed, exact */
    s3o_uint_t       nargs;
} s3o_policy_t;


typedef enum {
    S3O_POLICY_OK = 0,
    S3O_POLICY_METHOD,       /* 405 */
    S3O_POLICY_AUTH_ARG,     /* 400: an authentication argument */
    S3O_POLICY_OPERATION,    /* 400: another operation's argument */
    S3O_POLICY_MULTIPART,    /* 400: not one of the five steps */
    S3O_POLICY_LIST          /* 400: not a ListObjectsV2 */
} s3o_policy_error_e;


/*
 * Decides which operation a request asks for and which of its arguments are
 * signed.  "method" is one S3O_METHOD_* bit (0: any other method);
 * "empty_key" says that the part of the key that the request supplies is
 * empty.
 *
 *  - An authentication argument is refused.
 *  - With "multipart", an argument uploads, uploadId or partNumber makes the
 *    request one of the five steps, allowed whatever "methods" says:
 *    uploads without a value or an empty one; uploadId once and not empty;
 *    partNumber once, 1 to 10000.  For ListParts also max-parts,
 *    part-number-marker and encoding-type, at most once each.  Anything short
 *    of a step is refused, and no other operation argument may stand beside
 *    it, named in "args" or not.  Only a partNumber without the other two,
 *    named in "args", leaves a GET or HEAD what it is: one of an object.
 *  - With "list", a GET with an empty key and list-type=2 (once) is
 *    ListObjectsV2, allowed whatever "methods" says, with its arguments
 *    prefix, delimiter, max-keys, continuation-token, start-after,
 *    encoding-type, fetch-owner, at most once each.  Any other request with
 *    list-type, or one with another operation's argument, is refused.
 *  - A method of 0 is S3O_POLICY_METHOD, whatever the arguments.
 *  - Otherwise the method must be in "methods" and the operation is the
 *    object's.  An operation argument that "args" does not name is refused:
 *    dropping it would sign another operation in silence (DELETE ?uploadId
 *    is not a DELETE).  A partNumber named in "args" is for GET and HEAD
 *    only.
 *  - Arguments named in "args" are signed, duplicates and all; in a step or
 *    a listing none but its own are (and plain ones named in "args").  All
 *    others are dropped.
 *
 * Sets arg->sign of each argument and *op; returns S3O_POLICY_OK, or the
 * fault with *op = S3O_OP_NONE and nothing to sign.
 */

s3o_policy_error_e s3o_policy_operation(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_uint_t empty_key, s3o_arg_t *args,
    s3o_uint_t nargs, s3o_operation_e *op);
const char *s3o_policy_strerror(s3o_policy_error_e err);


/* The S3O_METHOD_* bit of a method name, 0 for any other. */

s3o_uint_t s3o_policy_method(const s3o_str_t *name);


/* headers; names in lower case */

typedef enum {
    S3O_HEADER_PLAIN = 0,
    S3O_HEADER_HOST,         /* always signed, never the client's */
    S3O_HEADER_AUTH,         /* authorization, x-amz-date,
                                x-amz-content-sha256, x-amz-security-token,
                                x-amz-region-set: replaced */
    S3O_HEADER_AMZ,          /* other x-amz-*: only when named */
    S3O_HEADER_AMZ_EXACT,    /* x-amz-copy-source*, x-amz-acl,
                                x-amz-grant-*: only when named exactly */
    S3O_HEADER_UNSIGNABLE    /* changed on the way: connection, expect,
                                keep-alive, te, trailer, transfer-encoding,
                                upgrade, user-agent, proxy-*,
                                x-amzn-trace-id, date */
} s3o_header_class_e;


/* The class of a lower-case header name, in which "_" counts as "-". */

s3o_header_class_e s3o_policy_header(const s3o_str_t *name);


/*
 * 1 when a lower-case header name is among "names", entries of which may end
 * in "*"; an S3O_HEADER_AMZ_EXACT name is matched only by itself.
 */

s3o_uint_t s3o_policy_header_named(const s3o_str_t *name,
    const s3o_str_t *names, s3o_uint_t n);


/*
 * 1 when a name may stand in "s3o_presign_signed_headers": a lower-case
 * token (RFC 9110), PLAIN or AMZ or AMZ_EXACT, "*" only at the end and with
 * at least one character before it.  A pattern may begin what is HOST, AUTH or
 * UNSIGNABLE, s3o_policy_header_named() never matches those; one that begins
 * with an AMZ_EXACT name could match nothing and is refused.
 */

s3o_uint_t s3o_policy_header_configurable(const s3o_str_t *name);


#endif /* _S3O_POLICY_H_INCLUDED_ */
