
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which methods and query arguments may be signed.
 */


#ifndef _S3O_POLICY_H_INCLUDED_
#define _S3O_POLICY_H_INCLUDED_


#include "s3o_core.h"


#define S3O_METHOD_GET     0x01
#define S3O_METHOD_HEAD    0x02
#define S3O_METHOD_PUT     0x04
#define S3O_METHOD_DELETE  0x08
#define S3O_METHOD_POST    0x10


/* The S3O_METHOD_* bit of a method name, 0 for any other. */

s3o_uint_t s3o_policy_method(const s3o_str_t *name);


/* classes of query arguments */

typedef enum {
    S3O_ARG_PLAIN = 0,
    S3O_ARG_AUTH,            /* X-Amz-* in any case, and SigV2's
                                AWSAccessKeyId, Signature, Expires */
    S3O_ARG_OPERATION,       /* selects an operation that S3 on Outposts has,
                                or a version or a part of an object */
    S3O_ARG_ABSENT           /* selects an operation that it does not have: acl,
                                policy, location ... */
} s3o_arg_class_e;


/* which S3O_ARG_OPERATION argument it is */

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
    s3o_uint_t       sign;             /* out: 1 when it is signed */
    s3o_arg_class_e  type;             /* out: its class */
    s3o_uint_t       selector;         /* out: S3O_SELECT_*, 0 for others */
} s3o_arg_t;


/*
 * The class of an argument, by its decoded name.  S3 compares names
 * case-sensitively.  Names of authentication are found in any case, to be on
 * the safe side.
 */

s3o_arg_class_e s3o_policy_arg(const s3o_str_t *name);

/* The same for arg->name: sets arg->type and arg->selector. */

void s3o_policy_classify(s3o_arg_t *arg);


/*
 * 1 when "s3o_presign_args" and "s3o_presign_param" may name this argument.
 * They may name all plain arguments, and of those that select something only
 * versionId and partNumber, with which the operation stays the method on the
 * object.
 */

s3o_uint_t s3o_policy_arg_configurable(const s3o_str_t *name);


#endif /* _S3O_POLICY_H_INCLUDED_ */
