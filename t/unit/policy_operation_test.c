
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which operation a request asks for, whether it is allowed, and which of its
 * arguments are signed.
 */


#include "tap.h"
#include "s3o_policy.h"
#include "s3o_policy_operation.h"


#define GET      S3O_METHOD_GET
#define HEAD     S3O_METHOD_HEAD
#define PUT      S3O_METHOD_PUT
#define DELETE   S3O_METHOD_DELETE
#define POST     S3O_METHOD_POST
#define ALL      (GET|HEAD|PUT|DELETE|POST)

#define ARGS     12

#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_operations(void);
static void test_operation_names(void);
static s3o_uint_t split_query(s3o_arg_t *args, const char *query);
static void signed_names(char *dst, const s3o_arg_t *args, s3o_uint_t n);
static void test_random(void);


int
main(void)
{
    test_operations();
    test_operation_names();
    test_random();

    return done();
}


/* "a=b&c": an argument without "=" has an empty value */

static s3o_uint_t
split_query(s3o_arg_t *args, const char *query)
{
    s3o_str_t   rest, pair, value;
    s3o_uint_t  n, more;

    rest = tap_str(query);
    n = 0;

    if (rest.len == 0) {
        return 0;
    }

    do {
        more = s3o_str_split(&rest, &pair, '&');
        value = more ? pair : rest;

        if (!s3o_str_split(&value, &args[n].name, '=')) {
            args[n].name = value;
            value.len = 0;
        }

        args[n].name = tap_guard_str(&args[n].name);
        args[n].value = tap_guard_str(&value);
        args[n].sign = 7;
        n++;

    } while (more);

    return n;
}


static void
signed_names(char *dst, const s3o_arg_t *args, s3o_uint_t n)
{
    s3o_uint_t  i;

    *dst = '\0';

    for (i = 0; i < n; i++) {
        if (args[i].sign) {
            sprintf(dst + strlen(dst), "%s%.*s", *dst ? " " : "",
                    (int) args[i].name.len, args[i].name.data);
        }
    }
}


/* arguments that the configuration may allow; a case uses the first few */

static const s3o_str_t  allowed_args[] = {
    s3o_string("x-id"),
    s3o_string("versionId"),
    s3o_string("partNumber"),
    s3o_string("response-content-type")
};


/* operations that are allowed, and what the path may name */

#define M        S3O_OPS_MULTIPART
#define L        S3O_OPS_LIST
#define OP(o)    s3o_policy_bit(S3O_OP_##o)
#define EVERY    (OP(LAST) - OP(CREATE_MULTIPART))

#define KEY      S3O_PLACE_KEY
#define BUCKET   S3O_PLACE_BUCKET
#define EITHER   S3O_PLACE_EITHER

#define OBJECT   S3O_POLICY_OK, S3O_OP_OBJECT
#define STEP(s)  S3O_POLICY_OK, S3O_OP_##s
#define BAD(e)   S3O_POLICY_##e, S3O_OP_NONE


typedef struct {
    s3o_uint_t           methods;
    s3o_uint_t           nargs;        /* of those above */
    s3o_uint_t           operations;
    s3o_place_e          place;
    s3o_uint_t           method;
    const char          *query;
    s3o_policy_error_e   err;
    s3o_operation_e      op;
    const char          *sign;         /* or the argument at fault */
} operation_t;


static const operation_t  operations[] = {
    /* objects */
    { GET, 0, 0, KEY, GET, "", OBJECT, "" },
    { GET, 0, 0, KEY, HEAD, "", BAD(METHOD), "" },
    { ALL, 0, 0, KEY, 0, "", BAD(METHOD), "" },
    { ALL, 0, EVERY, KEY, 0, "uploads", BAD(METHOD), "" },
    { ALL, 0, EVERY, KEY, 0, "acl", BAD(METHOD), "" },
    { 0, 0, 0, KEY, GET, "", BAD(METHOD), "" },
    { ALL, 0, 0, KEY, POST, "", OBJECT, "" },
    { GET, 0, 0, BUCKET, GET, "", OBJECT, "" },
    { GET, 0, 0, EITHER, GET, "", OBJECT, "" },
    { GET, 0, 0, KEY, GET, "utm_source=x&a&x-id=1", OBJECT, "" },
    { GET, 1, 0, KEY, GET, "a=1&x-id=1&b=2", OBJECT, "x-id" },
    { GET, 1, 0, KEY, GET, "x-id=1&x-id=1&x-id=2", OBJECT,
      "x-id x-id x-id" },
    { GET, 1, 0, KEY, GET, "X-Id=1", OBJECT, "" },
    { GET, 4, 0, KEY, GET, "response-content-type=a/b", OBJECT,
      "response-content-type" },

    /* authentication arguments are refused first, whatever else is wrong */
    { GET, 4, M|L, KEY, GET, "X-Amz-Signature=0", BAD(AUTH_ARG),
      "X-Amz-Signature" },
    { GET, 4, 0, KEY, PUT, "x-id=1&Expires=1&uploads", BAD(AUTH_ARG),
      "Expires" },
    { GET, 4, 0, KEY, 0, "x-amz-acl=public-read", BAD(AUTH_ARG),
      "x-amz-acl" },
    { GET, 4, 0, KEY, GET, "acl&X-Amz-Date=1", BAD(AUTH_ARG), "X-Amz-Date" },

    /* operations that S3 on Outposts does not have, on any path */
    { ALL, 4, EVERY, KEY, GET, "x-id=1&acl", BAD(ABSENT), "acl" },
    { 0, 0, 0, KEY, PUT, "acl=", BAD(ABSENT), "acl" },
    { GET, 0, EVERY, BUCKET, GET, "location", BAD(ABSENT), "location" },
    { GET, 0, EVERY, BUCKET, GET, "list-type=2&policy", BAD(ABSENT),
      "policy" },
    { GET, 0, EVERY, KEY, GET, "uploadId=1&restore", BAD(ABSENT),
      "restore" },

    /* an operation that is not allowed is refused, not signed as another one */
    { ALL, 4, 0, KEY, GET, "tagging", BAD(OPERATION), "tagging" },
    { ALL, 4, 0, KEY, DELETE, "uploadId=1", BAD(OPERATION), "uploadId" },
    { ALL, 4, 0, KEY, POST, "uploads", BAD(OPERATION), "uploads" },
    { ALL, 4, 0, KEY, POST, "delete", BAD(FORM), "delete" },
    { ALL, 4, 0, BUCKET, POST, "delete", BAD(OPERATION), "delete" },
    { ALL, 4, 0, BUCKET, GET, "list-type=2", BAD(OPERATION), "list-type" },
    { ALL, 0, 0, KEY, GET, "versionId=1", BAD(ARG), "versionId" },
    { ALL, 4, 0, KEY, GET, "versionId=1", OBJECT, "versionId" },
    { ALL, 4, 0, KEY, DELETE, "versionId=1", OBJECT, "versionId" },
    { ALL, 4, 0, KEY, GET, "partNumber=1", OBJECT, "partNumber" },
    { ALL, 2, 0, KEY, GET, "partNumber=1&versionId=1", BAD(ARG),
      "partNumber" },
    { ALL, 4, 0, KEY, HEAD, "partNumber=1&versionId=2", OBJECT,
      "partNumber versionId" },
    { ALL, 4, 0, KEY, PUT, "partNumber=1", BAD(FORM), "partNumber" },
    { ALL, 4, 0, KEY, PUT, "partNumber=1&uploadId=2", BAD(OPERATION),
      "uploadId" },
    { GET, 4, 0, KEY, PUT, "partNumber=1&uploadId=2", BAD(METHOD),
      "uploadId" },

    /* the five steps */
    { GET, 0, M, KEY, POST, "uploads", STEP(CREATE_MULTIPART), "uploads" },
    { GET, 0, M, KEY, POST, "uploads=", STEP(CREATE_MULTIPART), "uploads" },
    { GET, 1, M, KEY, POST, "x-id=1&a=2&uploads", STEP(CREATE_MULTIPART),
      "x-id uploads" },
    { 0, 0, M, KEY, PUT, "partNumber=1&uploadId=2", STEP(UPLOAD_PART),
      "partNumber uploadId" },
    { 0, 0, M, KEY, PUT, "uploadId=2&partNumber=10000", STEP(UPLOAD_PART),
      "uploadId partNumber" },
    { 0, 0, M, KEY, POST, "uploadId=2", STEP(COMPLETE), "uploadId" },
    { 0, 0, M, KEY, DELETE, "uploadId=2", STEP(ABORT), "uploadId" },
    { 0, 0, M, KEY, GET, "uploadId=2", STEP(LIST_PARTS), "uploadId" },
    { 0, 1, M, KEY, GET,
      "max-parts=1&part-number-marker=2&uploadId=2&encoding-type=url&a=1",
      STEP(LIST_PARTS),
      "max-parts part-number-marker uploadId encoding-type" },
    { 0, 0, M, KEY, POST, "uploadId=2&max-parts=1", STEP(COMPLETE),
      "uploadId" },
    { 0, 0, 0, KEY, POST, "uploadId=2", BAD(METHOD), "uploadId" },

    /* and incomplete or wrong forms of them */
    { ALL, 4, M, KEY, POST, "uploads=1", BAD(FORM), "uploads" },
    { ALL, 4, M, KEY, POST, "uploads&uploads", BAD(FORM), "uploads" },
    { ALL, 4, M, KEY, GET, "uploads", BAD(FORM), "uploads" },
    { 0, 4, M, KEY, GET, "uploads", BAD(FORM), "uploads" },
    { ALL, 4, M, BUCKET, GET, "uploads", BAD(OPERATION), "uploads" },
    { 0, 4, M, BUCKET, GET, "uploads", BAD(OPERATION), "uploads" },
    { ALL, 4, M, KEY, POST, "uploads&uploadId=1", BAD(FORM), "uploadId" },
    { ALL, 4, M, KEY, POST, "uploadId=", BAD(FORM), "uploadId" },
    { ALL, 4, M, KEY, POST, "uploadId", BAD(FORM), "uploadId" },
    { ALL, 4, M, KEY, DELETE, "uploadId=1&uploadId=1", BAD(FORM),
      "uploadId" },
    { ALL, 4, M, KEY, DELETE, "uploadId=1&partNumber=1", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, HEAD, "uploadId=1", BAD(FORM), "uploadId" },
    { ALL, 4, M, KEY, PUT, "uploadId=1", BAD(FORM), "uploadId" },
    { ALL, 4, M, KEY, PUT, "partNumber=1", BAD(FORM), "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber=0", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber=10001", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber=100000", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber=01", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber=-1", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber=1a", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, PUT, "uploadId=1&partNumber=1&partNumber=1", BAD(FORM),
      "partNumber" },
    { ALL, 4, M, KEY, POST, "uploadId=1&versionId=1", BAD(FORM),
      "uploadId" },
    { ALL, 4, M, KEY, POST, "uploads&tagging", BAD(FORM), "tagging" },
    { ALL, 4, M, KEY, GET, "uploadId=1&max-parts=1&max-parts=2", BAD(FORM),
      "max-parts" },
    { ALL, 4, M|L, BUCKET, GET, "uploadId=1&list-type=2", BAD(FORM),
      "list-type" },

    /* one of them alone */
    { GET, 0, OP(UPLOAD_PART), KEY, PUT, "partNumber=1&uploadId=2",
      STEP(UPLOAD_PART), "partNumber uploadId" },
    { GET, 0, OP(UPLOAD_PART), KEY, POST, "uploadId=2", BAD(OPERATION),
      "uploadId" },
    { GET, 0, OP(UPLOAD_PART), KEY, POST, "uploads", BAD(METHOD),
      "uploads" },

    /* a part number named for objects, beside multipart uploads */
    { ALL, 4, M, KEY, GET, "partNumber=1", OBJECT, "partNumber" },
    { ALL, 4, M, KEY, HEAD, "partNumber=1", OBJECT, "partNumber" },
    { ALL, 2, M, KEY, GET, "partNumber=1", BAD(ARG), "partNumber" },
    { PUT, 4, M, KEY, GET, "partNumber=1", BAD(METHOD), "partNumber" },
    { ALL, 4, M, KEY, GET, "partNumber=1&uploadId=1", BAD(FORM),
      "uploadId" },
    { ALL, 4, M, KEY, GET, "versionId=1", OBJECT, "versionId" },
    { ALL, 4, M, KEY, GET, "tagging", BAD(OPERATION), "tagging" },

    /* lists */
    { 0, 0, L, BUCKET, GET, "list-type=2", STEP(LIST_OBJECTS_V2),
      "list-type" },
    { 0, 0, L, EITHER, GET, "list-type=2", STEP(LIST_OBJECTS_V2),
      "list-type" },
    { 0, 1, L, BUCKET, GET, "prefix=a&delimiter=/&max-keys=1&a=b&x-id=1"
      "&continuation-token=c&start-after=d&encoding-type=url"
      "&fetch-owner=true&list-type=2&marker=m", STEP(LIST_OBJECTS_V2),
      "prefix delimiter max-keys x-id continuation-token start-after "
      "encoding-type fetch-owner list-type" },
    { ALL, 4, L, KEY, GET, "list-type=2", BAD(FORM), "list-type" },
    { 0, 4, L, KEY, GET, "list-type=2", BAD(FORM), "list-type" },
    { ALL, 4, L, BUCKET, HEAD, "list-type=2", BAD(FORM), "list-type" },
    { ALL, 4, L, BUCKET, PUT, "list-type=2", BAD(FORM), "list-type" },
    { ALL, 4, L, BUCKET, GET, "list-type=1", BAD(FORM), "list-type" },
    { ALL, 4, L, BUCKET, GET, "list-type", BAD(FORM), "list-type" },
    { ALL, 4, L, BUCKET, GET, "list-type=2&list-type=2", BAD(FORM),
      "list-type" },
    { ALL, 4, L, BUCKET, GET, "list-type=2&prefix=a&prefix=b", BAD(FORM),
      "prefix" },
    { ALL, 4, L, BUCKET, GET, "list-type=2&versions", BAD(FORM),
      "versions" },
    { ALL, 4, L, BUCKET, GET, "list-type=2&versionId=1", BAD(FORM),
      "list-type" },
    { ALL, 4, L, BUCKET, GET, "list-type=2&uploads", BAD(FORM), "uploads" },

    /* and lists without an argument that tells which */
    { 0, 0, L, BUCKET, GET, "", STEP(LIST_OBJECTS_V1), "" },
    { 0, 1, L, BUCKET, GET, "prefix=a&delimiter=/&max-keys=1&a=b&x-id=1"
      "&marker=c&encoding-type=url&start-after=s", STEP(LIST_OBJECTS_V1),
      "prefix delimiter max-keys x-id marker encoding-type" },
    { ALL, 4, L, BUCKET, GET, "marker=a&marker=b", BAD(FORM), "marker" },
    { ALL, 4, L, BUCKET, GET, "prefix=a&x-id=1&prefix=a", BAD(FORM),
      "prefix" },
    { ALL, 4, L, BUCKET, GET, "versionId=1", OBJECT, "versionId" },
    { ALL, 4, L, EITHER, GET, "", OBJECT, "" },
    { 0, 4, L, EITHER, GET, "", BAD(METHOD), "" },
    { ALL, 4, L, KEY, GET, "prefix=a", OBJECT, "" },
    { PUT, 4, L, KEY, GET, "prefix=a", BAD(METHOD), "" },
    { PUT, 4, OP(LIST_OBJECTS_V2), BUCKET, GET, "", BAD(METHOD), "" },
    { 0, 1, L, BUCKET, HEAD, "prefix=a&x-id=1", STEP(HEAD_BUCKET), "x-id" },
    { ALL, 0, L, EITHER, HEAD, "", OBJECT, "" },
    { ALL, 0, OP(LIST_OBJECTS_V1), BUCKET, HEAD, "", OBJECT, "" },
    { 0, 0, OP(HEAD_BUCKET), BUCKET, GET, "", BAD(METHOD), "" },
    { 0, 0, L, BUCKET, DELETE, "", BAD(METHOD), "" },

    /* operations that must be allowed by name */
    { 0, 1, OP(LIST_VERSIONS), BUCKET, GET, "versions&prefix=a&delimiter=/"
      "&max-keys=1&key-marker=k&version-id-marker=v&encoding-type=url&x-id=1"
      "&marker=m", STEP(LIST_VERSIONS), "versions prefix delimiter max-keys "
      "key-marker version-id-marker encoding-type x-id" },
    { 0, 0, OP(LIST_VERSIONS), KEY, GET, "versions", BAD(FORM), "versions" },
    { 0, 0, OP(LIST_VERSIONS), BUCKET, GET, "versions=1", BAD(FORM),
      "versions" },
    { 0, 0, OP(LIST_VERSIONS), BUCKET, GET, "versions&key-marker=a"
      "&key-marker=a", BAD(FORM), "key-marker" },
    { 0, 0, OP(LIST_VERSIONS), BUCKET, HEAD, "versions", BAD(FORM),
      "versions" },
    { GET, 0, L, BUCKET, GET, "versions", BAD(OPERATION), "versions" },
    { PUT, 0, L, BUCKET, GET, "versions", BAD(METHOD), "versions" },
    { 0, 1, OP(LIST_UPLOADS), BUCKET, GET, "uploads=&prefix=a&delimiter=/"
      "&max-uploads=1&key-marker=k&upload-id-marker=v&encoding-type=url"
      "&x-id=1&max-keys=2", STEP(LIST_UPLOADS), "uploads prefix delimiter "
      "max-uploads key-marker upload-id-marker encoding-type x-id" },
    { 0, 0, OP(LIST_UPLOADS), BUCKET, POST, "uploads", BAD(OPERATION),
      "uploads" },
    { 0, 4, OP(GET_TAGGING), KEY, GET, "tagging", STEP(GET_TAGGING),
      "tagging" },
    { 0, 4, OP(GET_TAGGING), KEY, GET, "versionId=1&tagging=",
      STEP(GET_TAGGING), "versionId tagging" },
    { 0, 1, OP(GET_TAGGING), KEY, GET, "versionId=1&tagging", BAD(ARG),
      "versionId" },
    { 0, 4, OP(GET_TAGGING), KEY, GET, "versionId=1&tagging&versionId=2",
      BAD(FORM), "versionId" },
    { 0, 4, OP(GET_TAGGING), KEY, GET, "partNumber=1&tagging", BAD(FORM),
      "tagging" },
    { 0, 4, OP(GET_TAGGING), KEY, GET, "tagging=a", BAD(FORM), "tagging" },
    { 0, 4, OP(GET_TAGGING), KEY, PUT, "tagging", BAD(OPERATION),
      "tagging" },
    { 0, 4, OP(GET_TAGGING), KEY, HEAD, "tagging", BAD(FORM), "tagging" },
    { 0, 4, OP(PUT_TAGGING), KEY, PUT, "tagging", STEP(PUT_TAGGING),
      "tagging" },
    { 0, 4, OP(PUT_TAGGING), KEY, PUT, "", BAD(METHOD), "" },
    { 0, 4, OP(DELETE_TAGGING), KEY, DELETE, "tagging&versionId=1",
      STEP(DELETE_TAGGING), "tagging versionId" },
    { ALL, 4, 0, KEY, DELETE, "tagging", BAD(OPERATION), "tagging" },
    { 0, 4, OP(DELETE_OBJECTS), BUCKET, POST, "delete",
      STEP(DELETE_OBJECTS), "delete" },
    { 0, 4, OP(DELETE_OBJECTS), EITHER, POST, "delete=",
      STEP(DELETE_OBJECTS), "delete" },
    { 0, 4, OP(DELETE_OBJECTS), KEY, POST, "delete", BAD(FORM), "delete" },
    { 0, 4, OP(DELETE_OBJECTS), BUCKET, POST, "delete=a", BAD(FORM),
      "delete" },
    { 0, 4, OP(DELETE_OBJECTS), BUCKET, POST, "delete&versionId=1",
      BAD(FORM), "delete" },
    { 0, 4, OP(DELETE_OBJECTS), BUCKET, GET, "delete", BAD(FORM),
      "delete" },
    { ALL, 4, OP(DELETE_OBJECTS), BUCKET, POST, "", OBJECT, "" }
};


static void
test_operations(void)
{
    int                  good;
    char                 names[256];
    s3o_arg_t            args[ARGS];
    s3o_uint_t           n;
    s3o_policy_t         policy;
    s3o_verdict_t        v;
    const operation_t   *c;
    s3o_policy_error_e   err;

    for (c = operations; c < operations + count(operations); c++) {
        n = split_query(args, c->query);

        policy.methods = c->methods;
        policy.operations = c->operations;
        policy.args = c->nargs ? allowed_args : NULL;
        policy.nargs = c->nargs;

        memset(&v, 0x5a, sizeof(v));
        err = s3o_policy_operation(&policy, c->method, c->place, args, n, &v);
        signed_names(names, args, n);

        good = err == c->err && v.op == c->op;

        if (err != S3O_POLICY_OK) {
            good &= *names == '\0';
            sprintf(names, "%.*s", v.arg ? (int) v.arg->len : 0,
                    v.arg ? (char *) v.arg->data : "");
        }

        if (!ok(good && strcmp(names, c->sign) == 0,
                "operation %d, method %d \"%s\"",
                (int) (c - operations), (int) c->method, c->query))
        {
            diag("got error %d, operation %d, \"%s\"", err, v.op, names);
        }

        tap_free();
    }
}


/* each operation by its name, and by a request for it */

static void
test_operation_names(void)
{
    size_t               i;
    s3o_str_t            name;
    s3o_arg_t            args[ARGS];
    s3o_uint_t           n, op, bad, wrong;
    s3o_policy_t         policy;
    s3o_verdict_t        v;

    static const struct {
        const char      *name;
        s3o_uint_t       method;
        const char      *query;
    } all[] = {
        { "CreateMultipartUpload", POST, "uploads" },
        { "UploadPart", PUT, "partNumber=1&uploadId=a" },
        { "CompleteMultipartUpload", POST, "uploadId=a" },
        { "AbortMultipartUpload", DELETE, "uploadId=a" },
        { "ListParts", GET, "uploadId=a" },
        { "GetObjectTagging", GET, "tagging" },
        { "PutObjectTagging", PUT, "tagging" },
        { "DeleteObjectTagging", DELETE, "tagging" },
        { "ListObjectsV2", GET, "list-type=2" },
        { "ListObjects", GET, "" },
        { "HeadBucket", HEAD, "" },
        { "ListObjectVersions", GET, "versions" },
        { "ListMultipartUploads", GET, "uploads" },
        { "DeleteObjects", POST, "delete" }
    };

    is_int(count(all), S3O_OP_LAST - S3O_OP_CREATE_MULTIPART,
           "all operations have names");

    policy.methods = ALL;
    policy.args = NULL;
    policy.nargs = 0;

    for (i = 0; i < count(all); i++) {
        name = tap_guard_text(all[i].name);
        op = s3o_policy_operation_find(&name);

        is_int(op, S3O_OP_CREATE_MULTIPART + i, all[i].name);
        ok(s3o_str_eq(s3o_policy_operation_name(op), &name), "its name");
        is_int(s3o_policy_operation_method(op), all[i].method, "its method");

        /*
         * signed when only this operation is allowed, refused when only all
         * others are
         */

        n = split_query(args, all[i].query);
        wrong = 0;
        policy.operations = s3o_policy_bit(op);
        wrong += s3o_policy_operation(&policy, all[i].method, BUCKET, args, n,
                                      &v) != S3O_POLICY_OK
                 || v.op != op;

        policy.operations = EVERY & ~s3o_policy_bit(op);
        bad = s3o_policy_operation(&policy, all[i].method, BUCKET, args, n,
                                   &v);
        wrong += op != S3O_OP_HEAD_BUCKET
                 ? bad != S3O_POLICY_OPERATION || v.op != S3O_OP_NONE
                   || v.wanted != op || (v.arg == NULL) != (n == 0)
                 : bad != S3O_POLICY_OK || v.op != S3O_OP_OBJECT;

        is_int(wrong, 0, "it is allowed by itself, and only so");
        tap_free();
    }

    for (i = 0; i < 5; i++) {
        static const char  *others[] = {
            "", "GetObject", "headbucket", "HeadBucket ", "GetObjectAcl"
        };

        name = tap_guard_text(others[i]);
        is_int(s3o_policy_operation_find(&name), S3O_OP_NONE, others[i]);
    }

    tap_free();
}


/* random requests: the signed arguments belong to one operation */

static void
test_random(void)
{
    size_t                n, i, round, wrong, good;
    s3o_uint_t            method;
    s3o_arg_t             args[6];
    s3o_policy_t          policy;
    s3o_verdict_t         v;
    s3o_policy_error_e    err;

    static const s3o_str_t  names[] = {
        s3o_string("uploads"), s3o_string("uploadId"),
        s3o_string("partNumber"), s3o_string("list-type"),
        s3o_string("tagging"), s3o_string("versionId"),
        s3o_string("versions"), s3o_string("delete"), s3o_string("acl"),
        s3o_string("prefix"), s3o_string("x-id"),
        s3o_string("X-Amz-Date"), s3o_string("other")
    };

    static const s3o_str_t  values[] = {
        s3o_string(""), s3o_string("1"), s3o_string("2"), s3o_string("x")
    };

    static const s3o_str_t  allowed[] = {
        s3o_string("x-id"), s3o_string("versionId")
    };

    wrong = 0;
    good = 0;

    for (round = 0; round < 100000; round++) {
        n = tap_random(4);

        for (i = 0; i < n; i++) {
            args[i].name = names[tap_random(count(names))];
            args[i].value = values[tap_random(count(values))];
        }

        policy.methods = tap_random(ALL + 1);
        policy.operations = tap_random(OP(LAST)) & EVERY;
        policy.args = allowed;
        policy.nargs = tap_random(3);
        method = (s3o_uint_t) 1 << tap_random(6);

        if (method > ALL) {
            method = 0;
        }

        err = s3o_policy_operation(&policy, method, tap_random(3), args, n,
                                   &v);

        wrong += (err == S3O_POLICY_OK) != (v.op != S3O_OP_NONE);
        wrong += v.op > S3O_OP_OBJECT
                 && (!(policy.operations & s3o_policy_bit(v.op))
                     || s3o_policy_operation_method(v.op) != method);
        wrong += v.op == S3O_OP_OBJECT && !(policy.methods & method);
        wrong += (err == S3O_POLICY_OPERATION || err == S3O_POLICY_FORM
                  || err == S3O_POLICY_ARG || err == S3O_POLICY_ABSENT)
                 && v.arg == NULL && v.wanted != S3O_OP_LIST_OBJECTS_V1;

        good += err == S3O_POLICY_OK;

        for (i = 0; i < n; i++) {

            if (args[i].sign > 1
                || (err != S3O_POLICY_OK && args[i].sign)
                || (err == S3O_POLICY_OK && !args[i].sign
                    && s3o_policy_arg(&args[i].name) != S3O_ARG_PLAIN)
                || (args[i].sign
                    && s3o_policy_arg(&args[i].name) == S3O_ARG_AUTH)
                || (v.op == S3O_OP_OBJECT && args[i].sign
                    && !s3o_policy_arg_configurable(&args[i].name)))
            {
                wrong++;
            }
        }
    }

    ok(wrong == 0 && good > 1000, "100000 random requests, %d allowed",
       (int) good);
}
