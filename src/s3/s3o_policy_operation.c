
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Finds the operation that a request asks for, and whether it is allowed.
 */


#include "s3o_policy_operation.h"
#include "s3o_text.h"


#define S3O_PART_NUMBER_MAX  10000


/* one operation: by what it is found, and which arguments belong to it */

typedef struct {
    s3o_str_t         name;
    s3o_uint_t        method;
    s3o_uint_t        selectors;       /* S3O_SELECT_* that must be there */
    s3o_uint_t        optional;        /* S3O_SELECT_* that may be there */
    const s3o_str_t  *own;             /* plain arguments; an empty one is the
                                          end */
} s3o_policy_row_t;


static s3o_policy_error_e s3o_policy_classes(s3o_uint_t method,
    s3o_arg_t *args, s3o_uint_t nargs, s3o_uint_t *selectors,
    s3o_verdict_t *verdict);
static s3o_operation_e s3o_policy_select(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_place_e place, s3o_uint_t selectors);
static void s3o_policy_old_list(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_arg_t *args, s3o_uint_t nargs, s3o_verdict_t *verdict);
static void s3o_policy_explain(s3o_uint_t method, s3o_uint_t selectors,
    s3o_verdict_t *verdict);
static s3o_policy_error_e s3o_policy_allowed(const s3o_policy_t *policy,
    s3o_uint_t method, s3o_uint_t selectors, s3o_operation_e op);
static s3o_policy_error_e s3o_policy_args(const s3o_policy_t *policy,
    s3o_arg_t *args, s3o_uint_t nargs, s3o_verdict_t *verdict);
static s3o_policy_error_e s3o_policy_own(const s3o_policy_row_t *row,
    s3o_arg_t *args, s3o_uint_t i, s3o_fault_e *fault);
static s3o_uint_t s3o_policy_value(const s3o_arg_t *arg);
static s3o_uint_t s3o_policy_part_number(const s3o_str_t *value);
static s3o_uint_t s3o_policy_listed(const s3o_policy_t *policy,
    const s3o_str_t *name);
static s3o_uint_t s3o_policy_in(const s3o_str_t *name, const s3o_str_t *list);


static const s3o_str_t  s3o_policy_none[] = {
    { 0, NULL }
};

static const s3o_str_t  s3o_policy_parts[] = {
    s3o_string("max-parts"),
    s3o_string("part-number-marker"),
    s3o_string("encoding-type"),
    { 0, NULL }
};

static const s3o_str_t  s3o_policy_objects_v2[] = {
    s3o_string("prefix"),
    s3o_string("delimiter"),
    s3o_string("max-keys"),
    s3o_string("continuation-token"),
    s3o_string("start-after"),
    s3o_string("encoding-type"),
    s3o_string("fetch-owner"),
    { 0, NULL }
};

static const s3o_str_t  s3o_policy_objects_v1[] = {
    s3o_string("prefix"),
    s3o_string("delimiter"),
    s3o_string("max-keys"),
    s3o_string("marker"),
    s3o_string("encoding-type"),
    { 0, NULL }
};

static const s3o_str_t  s3o_policy_versions[] = {
    s3o_string("prefix"),
    s3o_string("delimiter"),
    s3o_string("max-keys"),
    s3o_string("key-marker"),
    s3o_string("version-id-marker"),
    s3o_string("encoding-type"),
    { 0, NULL }
};

static const s3o_str_t  s3o_policy_uploads[] = {
    s3o_string("prefix"),
    s3o_string("delimiter"),
    s3o_string("max-uploads"),
    s3o_string("key-marker"),
    s3o_string("upload-id-marker"),
    s3o_string("encoding-type"),
    { 0, NULL }
};


/* indexed by s3o_operation_e; the first two have no name */

static const s3o_policy_row_t  s3o_policy_rows[S3O_OP_LAST] = {
    { s3o_string(""), 0, 0, 0, s3o_policy_none },

    { s3o_string(""), 0, 0, S3O_SELECT_VERSION|S3O_SELECT_PART,
      s3o_policy_none },

    { s3o_string("CreateMultipartUpload"), S3O_METHOD_POST,
      S3O_SELECT_UPLOADS, 0, s3o_policy_none },

    { s3o_string("UploadPart"), S3O_METHOD_PUT,
      S3O_SELECT_PART|S3O_SELECT_UPLOAD_ID, 0, s3o_policy_none },

    { s3o_string("CompleteMultipartUpload"), S3O_METHOD_POST,
      S3O_SELECT_UPLOAD_ID, 0, s3o_policy_none },

    { s3o_string("AbortMultipartUpload"), S3O_METHOD_DELETE,
      S3O_SELECT_UPLOAD_ID, 0, s3o_policy_none },

    { s3o_string("ListParts"), S3O_METHOD_GET,
      S3O_SELECT_UPLOAD_ID, 0, s3o_policy_parts },

    { s3o_string("GetObjectTagging"), S3O_METHOD_GET,
      S3O_SELECT_TAGGING, S3O_SELECT_VERSION, s3o_policy_none },

    { s3o_string("PutObjectTagging"), S3O_METHOD_PUT,
      S3O_SELECT_TAGGING, S3O_SELECT_VERSION, s3o_policy_none },

    { s3o_string("DeleteObjectTagging"), S3O_METHOD_DELETE,
      S3O_SELECT_TAGGING, S3O_SELECT_VERSION, s3o_policy_none },

    { s3o_string("ListObjectsV2"), S3O_METHOD_GET,
      S3O_SELECT_LIST_TYPE, 0, s3o_policy_objects_v2 },

    { s3o_string("ListObjects"), S3O_METHOD_GET,
      0, 0, s3o_policy_objects_v1 },

    { s3o_string("HeadBucket"), S3O_METHOD_HEAD,
      0, 0, s3o_policy_none },

    { s3o_string("ListObjectVersions"), S3O_METHOD_GET,
      S3O_SELECT_VERSIONS, 0, s3o_policy_versions },

    { s3o_string("ListMultipartUploads"), S3O_METHOD_GET,
      S3O_SELECT_UPLOADS, 0, s3o_policy_uploads },

    { s3o_string("DeleteObjects"), S3O_METHOD_POST,
      S3O_SELECT_DELETE, 0, s3o_policy_none }
};


s3o_operation_e
s3o_policy_operation_find(const s3o_str_t *name)
{
    s3o_uint_t  op;

    for (op = S3O_OP_CREATE_MULTIPART; op < S3O_OP_LAST; op++) {
        if (s3o_str_eq(name, &s3o_policy_rows[op].name)) {
            return op;
        }
    }

    return S3O_OP_NONE;
}


const s3o_str_t *
s3o_policy_operation_name(s3o_operation_e op)
{
    return &s3o_policy_rows[op].name;
}


s3o_uint_t
s3o_policy_operation_method(s3o_operation_e op)
{
    return s3o_policy_rows[op].method;
}


s3o_policy_error_e
s3o_policy_operation(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_place_e place, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_verdict_t *verdict)
{
    s3o_uint_t          i, selectors;
    s3o_policy_error_e  err;

    verdict->op = S3O_OP_NONE;
    verdict->wanted = S3O_OP_NONE;
    verdict->near = S3O_OP_NONE;
    verdict->arg = NULL;

    err = s3o_policy_classes(method, args, nargs, &selectors, verdict);

    if (err == S3O_POLICY_OK) {
        verdict->wanted = s3o_policy_select(policy, method, place, selectors);

        if (selectors == 0 && place == S3O_PLACE_BUCKET && nargs) {
            s3o_policy_old_list(policy, method, args, nargs, verdict);
        }

        err = s3o_policy_allowed(policy, method, selectors, verdict->wanted);

        if (err == S3O_POLICY_FORM) {
            s3o_policy_explain(method, selectors, verdict);
        }
    }

    if (err == S3O_POLICY_OK && nargs) {
        err = s3o_policy_args(policy, args, nargs, verdict);
    }

    if (err == S3O_POLICY_OK) {
        verdict->op = verdict->wanted;
        return S3O_POLICY_OK;
    }

    for (i = 0; i < nargs; i++) {
        args[i].sign = 0;
    }

    return err;
}


/*
 * Classifies the arguments, and collects in *selectors what they select.
 * Returns the worst fault of all arguments.
 */

static s3o_policy_error_e
s3o_policy_classes(s3o_uint_t method, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_uint_t *selectors, s3o_verdict_t *verdict)
{
    s3o_uint_t        i;
    const s3o_str_t  *auth, *absent, *selects;

    auth = NULL;
    absent = NULL;
    selects = NULL;
    *selectors = 0;

    for (i = 0; i < nargs; i++) {
        s3o_policy_classify(&args[i]);

        args[i].sign = 0;
        *selectors |= args[i].selector;

        if (args[i].type == S3O_ARG_AUTH) {
            auth = &args[i].name;

        } else if (args[i].type == S3O_ARG_ABSENT) {
            absent = &args[i].name;

        } else if (args[i].selector
                   && (selects == NULL
                       || args[i].selector != S3O_SELECT_VERSION))
        {
            selects = &args[i].name;
        }
    }

    if (auth) {
        verdict->arg = auth;
        return S3O_POLICY_AUTH_ARG;
    }

    if (method == 0) {
        return S3O_POLICY_METHOD;
    }

    if (absent) {
        verdict->arg = absent;
        return S3O_POLICY_ABSENT;
    }

    verdict->arg = selects;

    return S3O_POLICY_OK;
}


/*
 * The operation that the request asks for, allowed or not; S3O_OP_NONE when
 * there is none with this method and these arguments.
 */

static s3o_operation_e
s3o_policy_select(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_place_e place, s3o_uint_t selectors)
{
    s3o_uint_t               op;
    const s3o_policy_row_t  *row;

    if (selectors == 0 && place == S3O_PLACE_BUCKET) {

        /* where one list is allowed, another one is not taken for an object */

        if (method == S3O_METHOD_GET && (policy->operations & S3O_OPS_LIST)) {
            return S3O_OP_LIST_OBJECTS_V1;
        }

        if (method == S3O_METHOD_HEAD
            && (policy->operations & s3o_policy_bit(S3O_OP_HEAD_BUCKET)))
        {
            return S3O_OP_HEAD_BUCKET;
        }
    }

    row = &s3o_policy_rows[S3O_OP_OBJECT];

    if ((selectors & ~row->optional) == 0
        && (!(selectors & S3O_SELECT_PART)
            || (method & (S3O_METHOD_GET|S3O_METHOD_HEAD))))
    {
        return S3O_OP_OBJECT;
    }

    for (op = S3O_OP_CREATE_MULTIPART; op < S3O_OP_LAST; op++) {
        row = &s3o_policy_rows[op];

        if (row->method == method
            && row->selectors
            && row->selectors == (selectors & ~row->optional)
            && (op < S3O_OP_LIST_OBJECTS_V2 || place != S3O_PLACE_KEY))
        {
            return op;
        }
    }

    return S3O_OP_NONE;
}


/*
 * A GET of the bucket with an argument of ListObjects is a list, and not the
 * object that happens to have the prefix for its key.
 */

static void
s3o_policy_old_list(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_arg_t *args, s3o_uint_t nargs, s3o_verdict_t *verdict)
{
    s3o_uint_t  i;

    if (method != S3O_METHOD_GET) {
        return;
    }

    for (i = 0; i < nargs; i++) {
        if (s3o_policy_in(&args[i].name, s3o_policy_objects_v1)
            && !s3o_policy_listed(policy, &args[i].name))
        {
            verdict->wanted = S3O_OP_LIST_OBJECTS_V1;
            verdict->arg = &args[i].name;
            return;
        }
    }
}


/*
 * Says why the arguments make no operation: finds one that they nearly make.
 * There is at least one selector, as the others are the method on an object.
 */

static void
s3o_policy_explain(s3o_uint_t method, s3o_uint_t selectors,
    s3o_verdict_t *verdict)
{
    s3o_uint_t               op, some;
    const s3o_policy_row_t  *row;

    verdict->fault = S3O_FAULT_MIX;

    for (op = S3O_OP_CREATE_MULTIPART; op < S3O_OP_LAST; op++) {
        row = &s3o_policy_rows[op];
        some = selectors & ~row->optional;

        if (row->selectors == 0 || some == 0 || (some & ~row->selectors)) {
            continue;
        }

        if (row->method == method && some == row->selectors) {
            verdict->fault = S3O_FAULT_PLACE;
            verdict->near = op;
            return;
        }

        if (row->method == method) {
            verdict->fault = S3O_FAULT_LACK;
            verdict->near = op;
            verdict->lack = some == S3O_SELECT_PART ? "uploadId"
                                                    : "partNumber";

        } else if (some == row->selectors
                   && verdict->fault == S3O_FAULT_MIX)
        {
            verdict->fault = S3O_FAULT_METHOD;
            verdict->near = op;
        }
    }
}


static s3o_policy_error_e
s3o_policy_allowed(const s3o_policy_t *policy, s3o_uint_t method,
    s3o_uint_t selectors, s3o_operation_e op)
{
    s3o_uint_t  i;

    if (op == S3O_OP_OBJECT) {
        return policy->methods & method ? S3O_POLICY_OK : S3O_POLICY_METHOD;
    }

    if (op != S3O_OP_NONE && (policy->operations & s3o_policy_bit(op))) {
        return S3O_POLICY_OK;
    }

    if (policy->methods & method) {
        return op == S3O_OP_NONE ? S3O_POLICY_FORM : S3O_POLICY_OPERATION;
    }

    /* with an argument of an allowed operation, the method is not the fault */

    for (i = S3O_OP_CREATE_MULTIPART; i < S3O_OP_LAST; i++) {
        if ((policy->operations & s3o_policy_bit(i))
            && (s3o_policy_rows[i].selectors & selectors))
        {
            return op == S3O_OP_NONE ? S3O_POLICY_FORM : S3O_POLICY_OPERATION;
        }
    }

    return S3O_POLICY_METHOD;
}


/* Marks the arguments that are signed.  The operation is verdict->wanted. */

static s3o_policy_error_e
s3o_policy_args(const s3o_policy_t *policy, s3o_arg_t *args, s3o_uint_t nargs,
    s3o_verdict_t *verdict)
{
    s3o_uint_t               i;
    s3o_policy_error_e       err;
    const s3o_policy_row_t  *row;

    row = &s3o_policy_rows[verdict->wanted];

    for (i = 0; i < nargs; i++) {
        args[i].sign = s3o_policy_listed(policy, &args[i].name);

        if ((args[i].selector & row->optional) && !args[i].sign) {
            verdict->arg = &args[i].name;
            return S3O_POLICY_ARG;
        }

        if (verdict->wanted == S3O_OP_OBJECT) {
            continue;
        }

        err = s3o_policy_own(row, args, i, &verdict->fault);

        if (err != S3O_POLICY_OK) {
            verdict->arg = &args[i].name;
            return err;
        }
    }

    return S3O_POLICY_OK;
}


/* Marks an argument that belongs to the operation; not for S3O_OP_OBJECT. */

static s3o_policy_error_e
s3o_policy_own(const s3o_policy_row_t *row, s3o_arg_t *args, s3o_uint_t i,
    s3o_fault_e *fault)
{
    s3o_uint_t  k;

    if (args[i].selector == 0 && !s3o_policy_in(&args[i].name, row->own)) {
        return S3O_POLICY_OK;
    }

    if (!s3o_policy_value(&args[i])) {
        *fault = S3O_FAULT_VALUE;
        return S3O_POLICY_FORM;
    }

    /* only arguments of the operation get here, and each of them only once */

    for (k = 0; k < i; k++) {
        if (s3o_str_eq(&args[i].name, &args[k].name)) {
            *fault = S3O_FAULT_TWICE;
            return S3O_POLICY_FORM;
        }
    }

    args[i].sign = 1;

    return S3O_POLICY_OK;
}


static s3o_uint_t
s3o_policy_value(const s3o_arg_t *arg)
{
    switch (arg->selector) {

    case S3O_SELECT_DELETE:
    case S3O_SELECT_TAGGING:
    case S3O_SELECT_UPLOADS:
    case S3O_SELECT_VERSIONS:
        return arg->value.len == 0;

    case S3O_SELECT_UPLOAD_ID:
        return arg->value.len != 0;

    case S3O_SELECT_LIST_TYPE:
        return s3o_str_is(&arg->value, "2");

    case S3O_SELECT_PART:
        return s3o_policy_part_number(&arg->value) != 0;

    default:
        return 1;
    }
}


s3o_parts_error_e
s3o_policy_part_range(const s3o_str_t *range, s3o_uint_t *first,
    s3o_uint_t *last)
{
    s3o_str_t  rest, part;

    rest = *range;

    if (!s3o_str_split(&rest, &part, '-')) {
        return S3O_PARTS_ONE;
    }

    *first = s3o_policy_part_number(&part);
    *last = s3o_policy_part_number(&rest);

    if (*first == 0 || *last < *first) {
        return S3O_PARTS_FORM;
    }

    return *last - *first < S3O_PARTS_MAX ? S3O_PARTS_OK : S3O_PARTS_MANY;
}


/* 1 to 10000, or 0 for what is no part number */

static s3o_uint_t
s3o_policy_part_number(const s3o_str_t *value)
{
    s3o_uint_t  n;

    return s3o_parse_decimal(value, S3O_PART_NUMBER_MAX, &n) == S3O_OK
           && value->data[0] != '0' ? n : 0;
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


/* 1 when the name is in a list, whose end is an empty name */

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
