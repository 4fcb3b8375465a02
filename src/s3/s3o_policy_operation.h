
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which operations may be signed.
 */


#ifndef _S3O_POLICY_OPERATION_H_INCLUDED_
#define _S3O_POLICY_OPERATION_H_INCLUDED_


#include "s3o_policy.h"


/*
 * Operations.  Those from S3O_OP_LIST_OBJECTS_V2 on are operations of the
 * bucket: they have no key, and their path is "/".
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


/* sets of operations, one bit for each */

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
 * Finds an operation by its name in the API of S3; S3O_OP_NONE for other
 * names. Methods on objects, such as GetObject, are not found.
 */

s3o_operation_e s3o_policy_operation_find(const s3o_str_t *name);

/*
 * The name of an operation, and its S3O_METHOD_* bit.  S3O_OP_OBJECT has
 * neither.
 */

const s3o_str_t *s3o_policy_operation_name(s3o_operation_e op);
s3o_uint_t s3o_policy_operation_method(s3o_operation_e op);


/* what the path of a request stands for */

typedef enum {
    S3O_PLACE_KEY = 0,       /* an object */
    S3O_PLACE_BUCKET,        /* the bucket: the key is empty */
    S3O_PLACE_EITHER         /* an object; or the bucket, when an argument asks
                                for an operation of it */
} s3o_place_e;


typedef struct {
    s3o_uint_t       methods;          /* S3O_METHOD_* that are allowed on
                                          objects */
    s3o_uint_t       operations;       /* other operations that are allowed */
    const s3o_str_t *args;             /* arguments that are allowed */
    s3o_uint_t       nargs;
} s3o_policy_t;


typedef enum {
    S3O_POLICY_OK = 0,
    S3O_POLICY_METHOD,       /* 405 */
    S3O_POLICY_AUTH_ARG,     /* 400: an authentication argument */
    S3O_POLICY_ABSENT,       /* 501: S3 on Outposts does not have it */
    S3O_POLICY_OPERATION,    /* 400: an operation that is not allowed */
    S3O_POLICY_ARG,          /* 400: versionId or partNumber, and "args" does
                                not name it */
    S3O_POLICY_FORM          /* 400: no operation has these arguments */
} s3o_policy_error_e;


/* what is wrong with arguments of which no operation can be made */

typedef enum {
    S3O_FAULT_MIX = 0,       /* "arg" does not go with the others */
    S3O_FAULT_VALUE,         /* the value of "arg" */
    S3O_FAULT_TWICE,         /* "arg" is there twice */
    S3O_FAULT_LACK,          /* "arg" is of "near", which has "lack", too */
    S3O_FAULT_METHOD,        /* "near" has another method */
    S3O_FAULT_PLACE          /* "near" is of the bucket, and there is a key */
} s3o_fault_e;


typedef struct {
    s3o_operation_e  op;     /* what is signed; S3O_OP_NONE: refused */
    s3o_operation_e  wanted; /* what was asked for, when that is known */
    const s3o_str_t *arg;    /* the name of the argument at fault, or NULL.  It
                                is a name of S3, unless the fault is
                                S3O_POLICY_AUTH_ARG */

    /* set with S3O_POLICY_FORM only */

    s3o_fault_e      fault;
    s3o_operation_e  near;   /* what may have been meant */
    const char      *lack;   /* the name of an argument */
} s3o_verdict_t;


/*
 * Decides which operation a request asks for and which of its arguments are
 * signed.  "method" is one S3O_METHOD_* bit, or 0 for any other method.
 *
 *  - Arguments of authentication and those that select an operation which S3
 *    on Outposts does not have are refused.
 *  - A method of 0 is S3O_POLICY_METHOD, unless an argument of authentication
 *    is there.
 *  - The method, the place and the arguments that select something make up the
 *    operation.  It must be among policy->operations; or it is the method on
 *    the object, which must be among policy->methods.  An argument that selects
 *    something is never dropped, as another operation would be signed without
 *    anybody noticing: DELETE with uploadId does not delete the object.
 *  - A GET or HEAD of the bucket without such an argument is ListObjects or
 *    HeadBucket when policy->operations has that, otherwise the method on an
 *    object.
 *  - uploads, versions, tagging and delete have no value or an empty one;
 *    uploadId has a value, list-type is 2, partNumber is 1 to 10000.
 *  - versionId is allowed with objects and their tags, partNumber without
 *    uploadId with GET and HEAD of objects; policy->args must name them.
 *  - Arguments that belong to an operation are signed, and each may be there
 *    once.  Other arguments are signed when policy->args names them, also
 *    several times, and are dropped otherwise.
 *
 * What is not allowed is S3O_POLICY_METHOD when the method is not among
 * policy->methods and no allowed operation has one of the arguments.
 *
 * Sets sign, type and selector of each argument, and *verdict.  After a fault
 * "sign" is 0 in all arguments.
 */

s3o_policy_error_e s3o_policy_operation(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_place_e place, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_verdict_t *verdict);


/* the most parts that a range names */
#define S3O_PARTS_MAX  1000


typedef enum {
    S3O_PARTS_OK = 0,
    S3O_PARTS_ONE,           /* no range: there is no "-" */
    S3O_PARTS_FORM,          /* not two part numbers in their order */
    S3O_PARTS_MANY           /* more than S3O_PARTS_MAX */
} s3o_parts_error_e;


/*
 * Takes a range of part numbers apart, such as "1-100".  Sets *first and
 * *last, also for S3O_PARTS_MANY.
 */

s3o_parts_error_e s3o_policy_part_range(const s3o_str_t *range,
    s3o_uint_t *first, s3o_uint_t *last);


#endif /* _S3O_POLICY_OPERATION_H_INCLUDED_ */
