
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_policy.h"


#define S3O_PART_NUMBER_MAX  10000

#define S3O_STEP_UPLOADS     0x01
#define S3O_STEP_UPLOAD_ID   0x02
#define S3O_STEP_PART        0x04


static s3o_policy_error_e s3o_policy_auth(s3o_arg_t *args, s3o_uint_t nargs);
static s3o_uint_t s3o_policy_is_auth(const s3o_str_t *name);
static s3o_uint_t s3o_policy_is_operation(const s3o_str_t *name);
static s3o_policy_error_e s3o_policy_object(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_operation_e *op);
static s3o_uint_t s3o_policy_is_step(const s3o_policy_t *policy,
    s3o_uint_t method, const s3o_arg_t *args, s3o_uint_t nargs);
static s3o_policy_error_e s3o_policy_step(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_operation_e *op);
static s3o_uint_t s3o_policy_step_arg(const s3o_arg_t *arg);
static s3o_operation_e s3o_policy_step_op(s3o_uint_t method,
    s3o_uint_t found);
static s3o_uint_t s3o_policy_part_number(const s3o_str_t *value);
static s3o_uint_t s3o_policy_is_list(const s3o_policy_t *policy,
    const s3o_arg_t *args, s3o_uint_t nargs);
static s3o_policy_error_e s3o_policy_list(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_uint_t empty_key, s3o_arg_t *args,
    s3o_uint_t nargs, s3o_operation_e *op);
static s3o_int_t s3o_policy_own(const s3o_policy_t *policy, s3o_arg_t *args,
    s3o_uint_t nargs, const s3o_str_t *own);
static s3o_uint_t s3o_policy_listed(const s3o_policy_t *policy,
    const s3o_str_t *name);
static s3o_uint_t s3o_policy_in(const s3o_str_t *name, const s3o_str_t *list);


static const s3o_str_t  s3o_policy_uploads = s3o_string("uploads");
static const s3o_str_t  s3o_policy_upload_id = s3o_string("uploadId");
static const s3o_str_t  s3o_policy_number = s3o_string("partNumber");


/*
 * The names by which S3 tells operations apart, in the order of their bytes,
 * those that S3 on Outposts does not have included: what it learns one day
 * stays refused here.
 */

static const s3o_str_t  s3o_policy_operations[] = {
    s3o_string("abac"),
    s3o_string("accelerate"),
    s3o_string("acl"),
    s3o_string("analytics"),
    s3o_string("append"),
    s3o_string("attributes"),
    s3o_string("cors"),
    s3o_string("delete"),
    s3o_string("encryption"),
    s3o_string("intelligent-tiering"),
    s3o_string("inventory"),
    s3o_string("legal-hold"),
    s3o_string("lifecycle"),
    s3o_string("list-type"),
    s3o_string("location"),
    s3o_string("logging"),
    s3o_string("metadataConfiguration"),
    s3o_string("metadataInventoryTable"),
    s3o_string("metadataJournalTable"),
    s3o_string("metadataTable"),
    s3o_string("metrics"),
    s3o_string("notification"),
    s3o_string("object-lock"),
    s3o_string("ownershipControls"),
    s3o_string("partNumber"),
    s3o_string("policy"),
    s3o_string("policyStatus"),
    s3o_string("publicAccessBlock"),
    s3o_string("renameObject"),
    s3o_string("replication"),
    s3o_string("requestPayment"),
    s3o_string("restore"),
    s3o_string("retention"),
    s3o_string("select"),
    s3o_string("select-type"),
    s3o_string("session"),
    s3o_string("tagging"),
    s3o_string("torrent"),
    s3o_string("uploadId"),
    s3o_string("uploads"),
    s3o_string("versionId"),
    s3o_string("versioning"),
    s3o_string("versions"),
    s3o_string("website")
};

#define S3O_POLICY_OPERATIONS                                                \
    (sizeof(s3o_policy_operations) / sizeof(s3o_policy_operations[0]))


/* where those begin that begin with "a", and so on */

static const u_char  s3o_policy_letters['z' - 'a' + 2] = {
    0, 6, 6, 7, 8, 9, 9, 9, 9, 11, 11, 11, 16,              /* a-m */
    21, 22, 24, 28, 28, 33, 36, 38, 40, 43,                 /* n-w */
    S3O_POLICY_OPERATIONS, S3O_POLICY_OPERATIONS,
    S3O_POLICY_OPERATIONS, S3O_POLICY_OPERATIONS            /* x-z, the end */
};


s3o_arg_class_e
s3o_policy_arg(const s3o_str_t *name)
{
    if (s3o_policy_is_auth(name)) {
        return S3O_ARG_AUTH;
    }

    return s3o_policy_is_operation(name) ? S3O_ARG_OPERATION : S3O_ARG_PLAIN;
}


static s3o_uint_t
s3o_policy_is_auth(const s3o_str_t *name)
{
    size_t      i;
    u_char      lower[sizeof("AWSAccessKeyId") - 1];
    s3o_str_t   text;

    static const s3o_str_t  amz = s3o_string("x-amz-");

    if (name->len == 0) {
        return 0;
    }

    switch (s3o_lower(name->data[0])) {

    case 'a':
    case 'e':
    case 's':
    case 'x':
        break;

    default:
        return 0;
    }

    text.len = name->len < sizeof(lower) ? name->len : sizeof(lower);
    text.data = lower;

    for (i = 0; i < text.len; i++) {
        lower[i] = s3o_lower(name->data[i]);
    }

    if (s3o_str_starts(&text, &amz)) {
        return 1;
    }

    return name->len == text.len
           && (s3o_str_is(&text, "awsaccesskeyid")
               || s3o_str_is(&text, "signature")
               || s3o_str_is(&text, "expires"));
}


static s3o_uint_t
s3o_policy_is_operation(const s3o_str_t *name)
{
    s3o_uint_t     i;
    const u_char  *range;

    if (name->len == 0 || name->data[0] < 'a' || name->data[0] > 'z') {
        return 0;
    }

    range = &s3o_policy_letters[name->data[0] - 'a'];

    for (i = range[0]; i < range[1]; i++) {
        if (s3o_str_eq(name, &s3o_policy_operations[i])) {
            return 1;
        }
    }

    return 0;
}


s3o_uint_t
s3o_policy_arg_configurable(const s3o_str_t *name)
{
    if (name->len == 0) {
        return 0;
    }

    switch (s3o_policy_arg(name)) {

    case S3O_ARG_PLAIN:
        return 1;

    case S3O_ARG_OPERATION:
        return s3o_str_is(name, "versionId")
               || s3o_str_eq(name, &s3o_policy_number);

    default:
        return 0;
    }
}


s3o_policy_error_e
s3o_policy_operation(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_uint_t empty_key, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_operation_e *op)
{
    s3o_uint_t          i;
    s3o_policy_error_e  err;

    *op = S3O_OP_NONE;

    err = s3o_policy_auth(args, nargs);

    if (err != S3O_POLICY_OK) {
        /* void */

    } else if (method == 0) {
        err = S3O_POLICY_METHOD;

    } else if (s3o_policy_is_step(policy, method, args, nargs)) {
        err = s3o_policy_step(policy, method, args, nargs, op);

    } else if (s3o_policy_is_list(policy, args, nargs)) {
        err = s3o_policy_list(policy, method, empty_key, args, nargs, op);

    } else {
        err = s3o_policy_object(policy, method, args, nargs, op);
    }

    if (err != S3O_POLICY_OK) {
        *op = S3O_OP_NONE;

        for (i = 0; i < nargs; i++) {
            args[i].sign = 0;
        }
    }

    return err;
}


static s3o_policy_error_e
s3o_policy_auth(s3o_arg_t *args, s3o_uint_t nargs)
{
    s3o_uint_t          i;
    s3o_policy_error_e  err;

    err = S3O_POLICY_OK;

    for (i = 0; i < nargs; i++) {
        args[i].sign = 0;
        args[i].type = s3o_policy_arg(&args[i].name);

        if (args[i].type == S3O_ARG_AUTH) {
            err = S3O_POLICY_AUTH_ARG;
        }
    }

    return err;
}


static s3o_policy_error_e
s3o_policy_object(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_arg_t *args, s3o_uint_t nargs, s3o_operation_e *op)
{
    s3o_uint_t  i;

    if (!(policy->methods & method)) {
        return S3O_POLICY_METHOD;
    }

    for (i = 0; i < nargs; i++) {
        args[i].sign = s3o_policy_listed(policy, &args[i].name);

        if (args[i].type != S3O_ARG_OPERATION) {
            continue;
        }

        if (!args[i].sign || !s3o_policy_arg_configurable(&args[i].name)) {
            return S3O_POLICY_OPERATION;
        }

        if (s3o_str_eq(&args[i].name, &s3o_policy_number)
            && !(method & (S3O_METHOD_GET|S3O_METHOD_HEAD)))
        {
            return S3O_POLICY_OPERATION;
        }
    }

    *op = S3O_OP_OBJECT;

    return S3O_POLICY_OK;
}


/* A part number alone may also be asked of an object: GET ?partNumber=1. */

static s3o_uint_t
s3o_policy_is_step(const s3o_policy_t *policy, s3o_uint_t method,
    const s3o_arg_t *args, s3o_uint_t nargs)
{
    s3o_uint_t  i, found;

    if (!policy->multipart) {
        return 0;
    }

    found = 0;

    for (i = 0; i < nargs; i++) {
        found |= s3o_policy_step_arg(&args[i]);
    }

    if (found == S3O_STEP_PART
        && (method & (S3O_METHOD_GET|S3O_METHOD_HEAD))
        && s3o_policy_listed(policy, &s3o_policy_number))
    {
        return 0;
    }

    return found != 0;
}


static s3o_policy_error_e
s3o_policy_step(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_arg_t *args, s3o_uint_t nargs, s3o_operation_e *op)
{
    s3o_uint_t        i, found, step;
    const s3o_str_t  *own;

    static const s3o_str_t  write[] = {
        s3o_string("uploads"),
        s3o_string("uploadId"),
        s3o_string("partNumber"),
        { 0, NULL }
    };

    static const s3o_str_t  list[] = {
        s3o_string("uploadId"),
        s3o_string("max-parts"),
        s3o_string("part-number-marker"),
        s3o_string("encoding-type"),
        { 0, NULL }
    };

    found = 0;

    for (i = 0; i < nargs; i++) {
        step = s3o_policy_step_arg(&args[i]);

        if ((step == S3O_STEP_UPLOADS && args[i].value.len)
            || (step == S3O_STEP_UPLOAD_ID && args[i].value.len == 0)
            || (step == S3O_STEP_PART
                && !s3o_policy_part_number(&args[i].value)))
        {
            return S3O_POLICY_MULTIPART;
        }

        found |= step;
    }

    *op = s3o_policy_step_op(method, found);

    if (*op == S3O_OP_NONE) {
        return S3O_POLICY_MULTIPART;
    }

    own = *op == S3O_OP_LIST_PARTS ? list : write;

    if (s3o_policy_own(policy, args, nargs, own) != S3O_OK) {
        return S3O_POLICY_MULTIPART;
    }

    return S3O_POLICY_OK;
}


static s3o_uint_t
s3o_policy_step_arg(const s3o_arg_t *arg)
{
    if (s3o_str_eq(&arg->name, &s3o_policy_uploads)) {
        return S3O_STEP_UPLOADS;
    }

    if (s3o_str_eq(&arg->name, &s3o_policy_upload_id)) {
        return S3O_STEP_UPLOAD_ID;
    }

    if (s3o_str_eq(&arg->name, &s3o_policy_number)) {
        return S3O_STEP_PART;
    }

    return 0;
}


static s3o_operation_e
s3o_policy_step_op(s3o_uint_t method, s3o_uint_t found)
{
    switch (found) {

    case S3O_STEP_UPLOADS:
        return method == S3O_METHOD_POST ? S3O_OP_CREATE_MULTIPART
                                         : S3O_OP_NONE;

    case S3O_STEP_UPLOAD_ID|S3O_STEP_PART:
        return method == S3O_METHOD_PUT ? S3O_OP_UPLOAD_PART : S3O_OP_NONE;

    case S3O_STEP_UPLOAD_ID:
        break;

    default:
        return S3O_OP_NONE;
    }

    switch (method) {

    case S3O_METHOD_POST:
        return S3O_OP_COMPLETE;

    case S3O_METHOD_DELETE:
        return S3O_OP_ABORT;

    case S3O_METHOD_GET:
        return S3O_OP_LIST_PARTS;

    default:
        return S3O_OP_NONE;
    }
}


static s3o_uint_t
s3o_policy_part_number(const s3o_str_t *value)
{
    size_t      i;
    s3o_uint_t  n;

    if (!s3o_str_is_digits(value)
        || value->len > sizeof("10000") - 1
        || value->data[0] == '0')
    {
        return 0;
    }

    n = 0;

    for (i = 0; i < value->len; i++) {
        n = n * 10 + (value->data[i] - '0');
    }

    return n <= S3O_PART_NUMBER_MAX;
}


static s3o_uint_t
s3o_policy_is_list(const s3o_policy_t *policy, const s3o_arg_t *args,
    s3o_uint_t nargs)
{
    s3o_uint_t  i;

    if (!policy->list) {
        return 0;
    }

    for (i = 0; i < nargs; i++) {
        if (s3o_str_is(&args[i].name, "list-type")) {
            return 1;
        }
    }

    return 0;
}


static s3o_policy_error_e
s3o_policy_list(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_uint_t empty_key, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_operation_e *op)
{
    s3o_uint_t  i;

    static const s3o_str_t  own[] = {
        s3o_string("list-type"),
        s3o_string("prefix"),
        s3o_string("delimiter"),
        s3o_string("max-keys"),
        s3o_string("continuation-token"),
        s3o_string("start-after"),
        s3o_string("encoding-type"),
        s3o_string("fetch-owner"),
        { 0, NULL }
    };

    if (method != S3O_METHOD_GET || !empty_key) {
        return S3O_POLICY_LIST;
    }

    for (i = 0; i < nargs; i++) {
        if (s3o_str_is(&args[i].name, "list-type")
            && !s3o_str_is(&args[i].value, "2"))
        {
            return S3O_POLICY_LIST;
        }
    }

    if (s3o_policy_own(policy, args, nargs, own) != S3O_OK) {
        return S3O_POLICY_LIST;
    }

    *op = S3O_OP_LIST_OBJECTS;

    return S3O_POLICY_OK;
}


/*
 * Marks an operation's own arguments, each at most once, and plain ones that
 * the configuration names; no other operation's argument may be there.
 */

static s3o_int_t
s3o_policy_own(const s3o_policy_t *policy, s3o_arg_t *args, s3o_uint_t nargs,
    const s3o_str_t *own)
{
    s3o_uint_t  i, j;

    for (i = 0; i < nargs; i++) {

        if (s3o_policy_in(&args[i].name, own)) {

            for (j = 0; j < i; j++) {
                if (s3o_str_eq(&args[i].name, &args[j].name)) {
                    return S3O_ERROR;
                }
            }

            args[i].sign = 1;
            continue;
        }

        if (args[i].type == S3O_ARG_OPERATION) {
            return S3O_ERROR;
        }

        args[i].sign = s3o_policy_listed(policy, &args[i].name);
    }

    return S3O_OK;
}


static s3o_uint_t
s3o_policy_listed(const s3o_policy_t *policy, const s3o_str_t *name)
{
    s3o_uint_t  i;

    for (i = 0; i < policy->nargs; i++) {
        if (s3o_str_eq(name, &policy->args[i])) {
            return 1;
        }
    }

    return 0;
}


/* 1 when the name is in a list that ends with an empty one */

static s3o_uint_t
s3o_policy_in(const s3o_str_t *name, const s3o_str_t *list)
{
    for ( /* void */ ; list->len; list++) {
        if (s3o_str_eq(name, list)) {
            return 1;
        }
    }

    return 0;
}


const char *
s3o_policy_strerror(s3o_policy_error_e err)
{
    switch (err) {

    case S3O_POLICY_METHOD:
        return "the method is not allowed";

    case S3O_POLICY_AUTH_ARG:
        return "the query has an authentication argument";

    case S3O_POLICY_OPERATION:
        return "the query has an argument of another operation";

    case S3O_POLICY_MULTIPART:
        return "the request is not one of the steps of a multipart upload";

    case S3O_POLICY_LIST:
        return "the request is not a ListObjectsV2";

    default:
        return "no error";
    }
}


s3o_uint_t
s3o_policy_method(const s3o_str_t *name)
{
    if (s3o_str_is(name, "GET")) {
        return S3O_METHOD_GET;
    }

    if (s3o_str_is(name, "HEAD")) {
        return S3O_METHOD_HEAD;
    }

    if (s3o_str_is(name, "PUT")) {
        return S3O_METHOD_PUT;
    }

    if (s3o_str_is(name, "DELETE")) {
        return S3O_METHOD_DELETE;
    }

    if (s3o_str_is(name, "POST")) {
        return S3O_METHOD_POST;
    }

    return 0;
}
