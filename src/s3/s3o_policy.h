
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
    S3O_ARG_OPERATION,       /* selects an operation that S3 on Outposts has,
                                or a version or a part of an object */
    S3O_ARG_ABSENT           /* selects one that it does not have: acl, policy,
                                location ... */
} s3o_arg_class_e;


/* what an S3O_ARG_OPERATION argument is */

#define S3O_SELECT_DELETE      0x01
#define S3O_SELECT_LIST_TYPE   0x02
#define S3O_SELECT_PART        0x04
#define S3O_SELECT_TAGGING     0x08
#define S3O_SELECT_UPLOAD_ID   0x10
#define S3O_SELECT_UPLOADS     0x20
#define S3O_SELECT_VERSION     0x40
#define S3O_SELECT_VERSIONS    0x80


typedef struct {
    s3o_str_t        name;             /* decoded */
    s3o_str_t        value;            /* decoded */
    s3o_uint_t       sign;             /* out: 1 when it enters the query */
    s3o_arg_class_e  type;             /* out: what s3o_policy_arg() says */
    s3o_uint_t       selector;         /* out: S3O_SELECT_*, 0 for others */
} s3o_arg_t;


/*
 * The class of a decoded argument name.  S3 compares names case-sensitively;
 * authentication names are matched in any case to be on the safe side.
 */

s3o_arg_class_e s3o_policy_arg(const s3o_str_t *name);

/* The same; sets arg->type and arg->selector by arg->name. */

void s3o_policy_classify(s3o_arg_t *arg);


/*
 * 1 when the name may stand in "s3o_presign_args" or "s3o_presign_param":
 * any plain name, and of the operation names only those that stay within
 * the object operation of the method (versionId, partNumber).
 */

s3o_uint_t s3o_policy_arg_configurable(const s3o_str_t *name);


/*
 * Operations.  Those from S3O_OP_LIST_OBJECTS_V2 on are of the bucket: they
 * have no key, and their path is "/".
 */

typedef enum {
    S3O_OP_NONE = 0,         /* refused */
    S3O_OP_OBJECT,           /* the method on the key */
    S3O_OP_CREATE_MULTIPART, /* POST ?uploads */
    S3O_OP_UPLOAD_PART,      /* PUT ?partNumber&uploadId */
    S3O_OP_COMPLETE,         /* POST ?uploadId */
    S3O_OP_ABORT,            /* DELETE ?uploadId */
    S3O_OP_LIST_PARTS,       /* GET ?uploadId */
    S3O_OP_GET_TAGGING,      /* GET ?tagging */
    S3O_OP_PUT_TAGGING,      /* PUT ?tagging */
    S3O_OP_DELETE_TAGGING,   /* DELETE ?tagging */
    S3O_OP_LIST_OBJECTS_V2,  /* GET ?list-type=2, no key */
    S3O_OP_LIST_OBJECTS_V1,  /* GET, no key */
    S3O_OP_HEAD_BUCKET,      /* HEAD, no key */
    S3O_OP_LIST_VERSIONS,    /* GET ?versions, no key */
    S3O_OP_LIST_UPLOADS,     /* GET ?uploads, no key */
    S3O_OP_DELETE_OBJECTS,   /* POST ?delete, no key */
    S3O_OP_LAST
} s3o_operation_e;


/* sets of them */

#define s3o_policy_bit(op)  ((s3o_uint_t) 1 << (op))

#define S3O_OPS_MULTIPART                                                    \
    (s3o_policy_bit(S3O_OP_CREATE_MULTIPART)                                 \
     | s3o_policy_bit(S3O_OP_UPLOAD_PART)                                    \
     | s3o_policy_bit(S3O_OP_COMPLETE)                                       \
     | s3o_policy_bit(S3O_OP_ABORT)                                          \
     | s3o_policy_bit(S3O_OP_LIST_PARTS))

#define S3O_OPS_LIST                                                         \
    (s3o_policy_bit(S3O_OP_LIST_OBJECTS_V2)                                  \
     | s3o_policy_bit(S3O_OP_LIST_OBJECTS_V1)                                \
     | s3o_policy_bit(S3O_OP_HEAD_BUCKET))

#define S3O_OPS_TAGGING                                                      \
    (s3o_policy_bit(S3O_OP_GET_TAGGING)                                      \
     | s3o_policy_bit(S3O_OP_PUT_TAGGING)                                    \
     | s3o_policy_bit(S3O_OP_DELETE_TAGGING))

#define S3O_OPS_BUCKET                                                       \
    (S3O_OPS_LIST                                                            \
     | s3o_policy_bit(S3O_OP_LIST_VERSIONS)                                  \
     | s3o_policy_bit(S3O_OP_LIST_UPLOADS)                                   \
     | s3o_policy_bit(S3O_OP_DELETE_OBJECTS))


/*
 * Finds an operation by its name in the API, methods on objects excepted:
 * S3O_OP_NONE for any other name.
 */

s3o_operation_e s3o_policy_operation_find(const s3o_str_t *name);

/* The name of an operation, and its S3O_METHOD_*; not for S3O_OP_OBJECT. */

const s3o_str_t *s3o_policy_operation_name(s3o_operation_e op);
s3o_uint_t s3o_policy_operation_method(s3o_operation_e op);


/* what the path of a request names */

typedef enum {
    S3O_PLACE_KEY = 0,       /* an object */
    S3O_PLACE_BUCKET,        /* nothing, which is the bucket */
    S3O_PLACE_EITHER         /* an object, or the bucket where an argument
                                asks for an operation of it */
} s3o_place_e;


typedef struct {
    s3o_uint_t       methods;          /* S3O_METHOD_* allowed on objects */
    s3o_uint_t       operations;       /* s3o_policy_bit() of others allowed */
    const s3o_str_t *args;             /* names allowed, exact */
    s3o_uint_t       nargs;
} s3o_policy_t;


typedef enum {
    S3O_POLICY_OK = 0,
    S3O_POLICY_METHOD,       /* 405 */
    S3O_POLICY_AUTH_ARG,     /* 400: an authentication argument */
    S3O_POLICY_ABSENT,       /* 501: S3 on Outposts does not have it */
    S3O_POLICY_OPERATION,    /* 400: an operation that is not allowed */
    S3O_POLICY_ARG,          /* 400: a version or part, not named in "args" */
    S3O_POLICY_FORM          /* 400: arguments that make no operation */
} s3o_policy_error_e;


typedef struct {
    s3o_operation_e  op;     /* what is signed, S3O_OP_NONE when refused */
    s3o_operation_e  wanted; /* what was asked for when refused, if it is
                                known */
    const s3o_str_t *arg;    /* the name of the argument at fault, or NULL;
                                one of S3's own, but for S3O_POLICY_AUTH_ARG */
} s3o_verdict_t;


/*
 * Decides which operation a request asks for and which of its arguments are
 * signed.  "method" is one S3O_METHOD_* bit (0: any other method).
 *
 *  - An authentication argument is refused, and so is one of an operation
 *    that S3 on Outposts does not have.
 *  - A method of 0 is S3O_POLICY_METHOD, whatever the arguments.
 *  - Method, place and the arguments that select something make up the
 *    operation, which must be among "operations", or be the method on the
 *    object, which must be among "methods".  A selecting argument is never
 *    dropped: that would sign another operation in silence (DELETE ?uploadId
 *    is not a DELETE).
 *  - A GET or HEAD of the bucket without such an argument is ListObjects or
 *    HeadBucket where "operations" has it, and else the method on an object.
 *  - uploads, versions, tagging and delete have no value or an empty one;
 *    uploadId has one, list-type is 2, partNumber is 1 to 10000.
 *  - versionId is for objects and their tagging, partNumber alone for GET and
 *    HEAD of objects, where "args" names them.
 *  - An operation's own arguments are signed, each of which may be there
 *    once.  Others are signed when "args" names them, duplicates and all, or
 *    else dropped.
 *
 * What is not allowed is S3O_POLICY_METHOD where the method is not among
 * "methods" and no operation with one of these arguments is allowed.
 *
 * Sets sign, type and selector of each argument, and *verdict.  With a fault
 * nothing is to be signed.
 */

s3o_policy_error_e s3o_policy_operation(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_place_e place, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_verdict_t *verdict);


/* The S3O_METHOD_* bit of a method name, 0 for any other. */

s3o_uint_t s3o_policy_method(const s3o_str_t *name);


/* headers; names in lower case */

typedef enum {
    S3O_HEADER_PLAIN = 0,
    S3O_HEADER_HOST,         /* always signed, never the client's */
    S3O_HEADER_AUTH,         /* authorization: replaced */
    S3O_HEADER_OWN,          /* x-amz-date, x-amz-content-sha256,
                                x-amz-security-token, x-amz-region-set:
                                replaced */
    S3O_HEADER_WAY,          /* what CDNs, gateways and SDKs say of
                                themselves: amz-sdk-*, x-amz-cf-*,
                                x-amz-apigw-*, x-amzn-* */
    S3O_HEADER_AGENT,        /* x-amz-user-agent: of the way, but the client
                                repeats it at the Outpost */
    S3O_HEADER_COOKIE,       /* the site's; only when named exactly */
    S3O_HEADER_INTEGRITY,    /* content-md5, x-amz-checksum-*,
                                x-amz-sdk-checksum-algorithm: signed */
    S3O_HEADER_FRAME,        /* of an aws-chunked body: x-amz-trailer,
                                x-amz-decoded-content-length, x-amz-te */
    S3O_HEADER_EFFECT,       /* other x-amz-*: only when named */
    S3O_HEADER_COPY,         /* x-amz-copy-source* and what goes with it:
                                only when named exactly */
    S3O_HEADER_LACKED,       /* what S3 on Outposts does not have: only when
                                named */
    S3O_HEADER_ACCESS,       /* x-amz-acl, x-amz-grant-*: neither, and only
                                when named exactly */
    S3O_HEADER_UNSIGNABLE    /* changed on the way: connection, expect,
                                keep-alive, te, trailer, transfer-encoding,
                                upgrade, user-agent, proxy-*, date */
} s3o_header_class_e;


/* The class of a lower-case header name, in which "_" counts as "-". */

s3o_header_class_e s3o_policy_header(const s3o_str_t *name);


typedef enum {
    S3O_PLACE_PROXY = 0,     /* what is signed is sent from here */
    S3O_PLACE_REDIRECT,      /* the client repeats it at the Outpost */
    S3O_PLACE_LIST           /* the client is told what to send */
} s3o_header_place_e;


typedef enum {
    S3O_ACT_PASS = 0,        /* not signed; sent in proxy mode */
    S3O_ACT_SIGN,            /* signed; sent in proxy mode */
    S3O_ACT_REMOVE,          /* not sent in proxy mode */
    S3O_ACT_REFUSE,          /* 400, unless its value is usual */
    S3O_ACT_LACK             /* 501, unless its value is usual */
} s3o_header_act_e;


/* What becomes of a client's header; "named": in the configuration. */

s3o_header_act_e s3o_policy_header_act(s3o_header_class_e type,
    s3o_uint_t named, s3o_header_place_e place);


typedef enum {
    S3O_VALUE_MATTERS = 0,
    S3O_VALUE_USUAL,         /* asks for what happens anyway */
    S3O_VALUE_OTHER_OWNER    /* expects another account: 403 */
} s3o_header_value_e;


/*
 * What a header that is refused has to say.  "value" has no blanks at its
 * ends; "account" is the access point's, or empty where it is not known.
 */

s3o_header_value_e s3o_policy_header_value(const s3o_str_t *name,
    const s3o_str_t *value, const s3o_str_t *account);


/*
 * 1 when a lower-case header name of this class is among "names", entries of
 * which may end in "*".  A COPY, ACCESS or COOKIE name is matched only by
 * itself; a HOST, AUTH, OWN, WAY or UNSIGNABLE one never.
 */

s3o_uint_t s3o_policy_header_named(const s3o_str_t *name,
    s3o_header_class_e type, const s3o_str_t *names, s3o_uint_t n);


/*
 * 1 when a name may stand in "s3o_presign_signed_headers": a lower-case
 * token (RFC 9110) of a class that can be named, "*" only at the end and with
 * at least one character before it.  A pattern may begin what cannot be named,
 * s3o_policy_header_named() never matches that; one that begins with a COPY,
 * ACCESS or COOKIE name could match nothing and is refused.
 */

s3o_uint_t s3o_policy_header_configurable(const s3o_str_t *name);


#endif /* _S3O_POLICY_H_INCLUDED_ */
