
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What may be signed: operations.
 */


#ifndef _S3O_POLICY_OPERATION_H_INCLUDED_
#define _S3O_POLICY_OPERATION_H_INCLUDED_


#include "s3o_policy.h"


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


#endif /* _S3O_POLICY_OPERATION_H_INCLUDED_ */
