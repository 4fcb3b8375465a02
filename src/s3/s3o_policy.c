
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_policy.h"


typedef struct {
    s3o_str_t    name;
    s3o_uint_t   selector;             /* 0: not in S3 on Outposts */
} s3o_policy_name_t;


static s3o_uint_t s3o_policy_is_auth(const s3o_str_t *name);
static const s3o_policy_name_t *s3o_policy_name(const s3o_str_t *name);


/*
 * The names of arguments that select an operation of S3, in the order of
 * their bytes.  Names that S3 on Outposts does not have are here, too: should
 * it get such an operation one day, the operation stays refused.
 */

static const s3o_policy_name_t  s3o_policy_names[] = {
    { s3o_string("abac"), 0 },
    { s3o_string("accelerate"), 0 },
    { s3o_string("acl"), 0 },
    { s3o_string("analytics"), 0 },
    { s3o_string("append"), 0 },
    { s3o_string("attributes"), 0 },
    { s3o_string("cors"), 0 },
    { s3o_string("delete"), S3O_SELECT_DELETE },
    { s3o_string("encryption"), 0 },
    { s3o_string("intelligent-tiering"), 0 },
    { s3o_string("inventory"), 0 },
    { s3o_string("legal-hold"), 0 },
    { s3o_string("lifecycle"), 0 },
    { s3o_string("list-type"), S3O_SELECT_LIST_TYPE },
    { s3o_string("location"), 0 },
    { s3o_string("logging"), 0 },
    { s3o_string("metadataConfiguration"), 0 },
    { s3o_string("metadataInventoryTable"), 0 },
    { s3o_string("metadataJournalTable"), 0 },
    { s3o_string("metadataTable"), 0 },
    { s3o_string("metrics"), 0 },
    { s3o_string("notification"), 0 },
    { s3o_string("object-lock"), 0 },
    { s3o_string("ownershipControls"), 0 },
    { s3o_string("partNumber"), S3O_SELECT_PART },
    { s3o_string("policy"), 0 },
    { s3o_string("policyStatus"), 0 },
    { s3o_string("publicAccessBlock"), 0 },
    { s3o_string("renameObject"), 0 },
    { s3o_string("replication"), 0 },
    { s3o_string("requestPayment"), 0 },
    { s3o_string("restore"), 0 },
    { s3o_string("retention"), 0 },
    { s3o_string("select"), 0 },
    { s3o_string("select-type"), 0 },
    { s3o_string("session"), 0 },
    { s3o_string("tagging"), S3O_SELECT_TAGGING },
    { s3o_string("torrent"), 0 },
    { s3o_string("uploadId"), S3O_SELECT_UPLOAD_ID },
    { s3o_string("uploads"), S3O_SELECT_UPLOADS },
    { s3o_string("versionId"), S3O_SELECT_VERSION },
    { s3o_string("versioning"), 0 },
    { s3o_string("versions"), S3O_SELECT_VERSIONS },
    { s3o_string("website"), 0 }
};

#define S3O_POLICY_NAMES                                                     \
    (sizeof(s3o_policy_names) / sizeof(s3o_policy_names[0]))


/* for each letter the index of the first name that begins with it */

static const u_char  s3o_policy_letters['z' - 'a' + 2] = {
    0, 6, 6, 7, 8, 9, 9, 9, 9, 11, 11, 11, 16,              /* a-m */
    21, 22, 24, 28, 28, 33, 36, 38, 40, 43,                 /* n-w */
    S3O_POLICY_NAMES, S3O_POLICY_NAMES,
    S3O_POLICY_NAMES, S3O_POLICY_NAMES            /* x-z, the end */
};


s3o_arg_class_e
s3o_policy_arg(const s3o_str_t *name)
{
    s3o_arg_t  arg;

    arg.name = *name;

    s3o_policy_classify(&arg);

    return arg.type;
}


void
s3o_policy_classify(s3o_arg_t *arg)
{
    const s3o_policy_name_t  *known;

    arg->selector = 0;

    if (s3o_policy_is_auth(&arg->name)) {
        arg->type = S3O_ARG_AUTH;
        return;
    }

    known = s3o_policy_name(&arg->name);

    if (known == NULL) {
        arg->type = S3O_ARG_PLAIN;
        return;
    }

    arg->selector = known->selector;
    arg->type = known->selector ? S3O_ARG_OPERATION : S3O_ARG_ABSENT;
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


/* the entry of a name in s3o_policy_names[], or NULL */

static const s3o_policy_name_t *
s3o_policy_name(const s3o_str_t *name)
{
    s3o_uint_t     i;
    const u_char  *range;

    if (name->len == 0 || name->data[0] < 'a' || name->data[0] > 'z') {
        return NULL;
    }

    range = &s3o_policy_letters[name->data[0] - 'a'];

    for (i = range[0]; i < range[1]; i++) {
        if (s3o_str_eq(name, &s3o_policy_names[i].name)) {
            return &s3o_policy_names[i];
        }
    }

    return NULL;
}


s3o_uint_t
s3o_policy_arg_configurable(const s3o_str_t *name)
{
    s3o_arg_t  arg;

    if (name->len == 0) {
        return 0;
    }

    arg.name = *name;

    s3o_policy_classify(&arg);

    switch (arg.type) {

    case S3O_ARG_PLAIN:
        return 1;

    case S3O_ARG_OPERATION:
        return arg.selector == S3O_SELECT_VERSION
               || arg.selector == S3O_SELECT_PART;

    default:
        return 0;
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
