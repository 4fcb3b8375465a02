
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which operations a location allows: "s3o_presign_operations",
 * "s3o_presign_list" and "s3o_presign_multipart".
 */


#include "ngx_http_s3o_conf_operation.h"
#include "s3o_text.h"


static s3o_uint_t ngx_http_s3o_operation_bit(const s3o_str_t *name);
static const char *ngx_http_s3o_operation_fault(const s3o_str_t *name);
static ngx_uint_t ngx_http_s3o_whole_bucket(ngx_http_s3o_loc_conf_t *conf);
#if (NGX_PCRE)
static ngx_uint_t ngx_http_s3o_whole_regex(ngx_http_s3o_loc_conf_t *conf);
static ngx_uint_t ngx_http_s3o_skip(u_char **p, u_char *end,
    const char *text);
#endif


ngx_http_s3o_bits_t  ngx_http_s3o_operations_post = {
    ngx_http_s3o_operation_bit,
    ngx_http_s3o_operation_fault,
    "the operation is named twice",
    s3o_policy_bit(S3O_OP_NONE)
};


static s3o_uint_t
ngx_http_s3o_operation_bit(const s3o_str_t *name)
{
    s3o_operation_e  op;

    op = s3o_policy_operation_find(name);

    return op == S3O_OP_NONE ? 0 : s3o_policy_bit(op);
}


static const char *
ngx_http_s3o_operation_fault(const s3o_str_t *name)
{
    if (s3o_str_is(name, "GetObject")
        || s3o_str_is(name, "HeadObject")
        || s3o_str_is(name, "PutObject")
        || s3o_str_is(name, "DeleteObject"))
    {
        return "\"s3o_presign_methods\" allows methods on objects";
    }

    if (s3o_str_is(name, "CopyObject") || s3o_str_is(name, "UploadPartCopy")) {
        return "\"s3o_presign_copy\" allows copies";
    }

    return "expected \"off\" alone, or HeadBucket, ListObjects, ListObjectsV2, "
           "ListObjectVersions, ListMultipartUploads, GetObjectTagging, "
           "PutObjectTagging, DeleteObjectTagging, DeleteObjects, "
           "CreateMultipartUpload, UploadPart, CompleteMultipartUpload, "
           "AbortMultipartUpload, ListParts";
}


void
ngx_http_s3o_merge_operations(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf)
{
    if (conf->operations == 0) {
        conf->operations = prev->operations;
    }

    ngx_conf_merge_value(conf->multipart, prev->multipart, 0);
    ngx_conf_merge_value(conf->list, prev->list, 0);

    conf->allowed = conf->operations & ~s3o_policy_bit(S3O_OP_NONE);

    if (conf->multipart) {
        conf->allowed |= S3O_OPS_MULTIPART;
    }

    if (conf->list) {
        conf->allowed |= S3O_OPS_LIST;
    }

    conf->policy.methods = conf->methods;
    conf->policy.operations = conf->allowed;

    if (conf->args) {
        conf->policy.args = conf->args->elts;
        conf->policy.nargs = conf->args->nelts;
    }
}


ngx_uint_t
ngx_http_s3o_all_methods(ngx_http_s3o_loc_conf_t *conf)
{
    ngx_uint_t  op, methods;

    methods = conf->methods;

    for (op = S3O_OP_OBJECT + 1; op < S3O_OP_LAST; op++) {
        if (conf->allowed & s3o_policy_bit(op)) {
            methods |= s3o_policy_operation_method(op);
        }
    }

    return methods;
}


char *
ngx_http_s3o_check_operations(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf)
{
    if (!(conf->allowed & s3o_policy_bit(S3O_OP_DELETE_OBJECTS))
        || ngx_http_s3o_whole_bucket(conf))
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_operations DeleteObjects\" in location "
                       "\"%V\" deletes any key that the body of a request "
                       "names, but the location changes or confines keys: use "
                       "it in \"location /name/\" without "
                       "\"s3o_presign_key\", or in \"location "
                       "~ ^/name(?:/(?<key>.*))?$\" with \"s3o_presign_key "
                       "$key\"", &conf->name);

    return NGX_CONF_ERROR;
}


/*
 * 1 when the location maps no path to another key: the key is the path, or
 * nothing.
 */

static ngx_uint_t
ngx_http_s3o_whole_bucket(ngx_http_s3o_loc_conf_t *conf)
{
    ngx_str_t  *key;

    if (conf->is_regex) {
#if (NGX_PCRE)
        return ngx_http_s3o_whole_regex(conf);
#endif
    }

    if (conf->key == NULL) {
        return 1;
    }

    key = &conf->key->value;

    return ngx_strcmp(key->data, "$s3o_presign_path") == 0
           || ngx_strcmp(key->data, "${s3o_presign_path}") == 0;
}


#if (NGX_PCRE)

/*
 * 1 for the regexes "^/name/(.*)$" and "^/name(?:/(.*))?$", whose group may
 * have a name, when the key is that group.  Any other regex may restrict what
 * it matches, so it cannot be told whether all keys are allowed.
 */

static ngx_uint_t
ngx_http_s3o_whole_regex(ngx_http_s3o_loc_conf_t *conf)
{
    u_char      *p, *end, *start;
    size_t       len;
    ngx_str_t    name, *key;
    ngx_uint_t   optional;

    if (conf->key == NULL) {
        return 0;
    }

    p = conf->name.data;
    end = p + conf->name.len;

    if (!ngx_http_s3o_skip(&p, end, "^")) {
        return 0;
    }

    while (p < end && *p != '(') {

        if (*p == '\\' && p + 1 < end && ngx_strchr("./-_~", p[1])) {
            p += 2;

        } else if (s3o_is_alnum(*p) || ngx_strchr("./-_~", *p)) {
            p++;

        } else {
            return 0;
        }
    }

    optional = ngx_http_s3o_skip(&p, end, "(?:/");

    if (!ngx_http_s3o_skip(&p, end, "(") || (!optional && p[-2] != '/')) {
        return 0;
    }

    ngx_str_set(&name, "1");

    if (ngx_http_s3o_skip(&p, end, "?<")
        || ngx_http_s3o_skip(&p, end, "?P<"))
    {
        for (start = p; p < end && *p != '>'; p++) { /* void */ }

        name.data = start;
        name.len = p - start;

        if (!ngx_http_s3o_skip(&p, end, ">")) {
            return 0;
        }
    }

    if (!ngx_http_s3o_skip(&p, end, optional ? ".*))?$" : ".*)$")
        || p != end)
    {
        return 0;
    }

    key = &conf->key->value;
    len = key->len;
    p = key->data;

    if (len > 3 && p[0] == '$' && p[1] == '{' && p[len - 1] == '}') {
        p += 2;
        len -= 3;

    } else if (len > 1 && p[0] == '$') {
        p++;
        len--;

    } else {
        return 0;
    }

    return len == name.len && ngx_strncasecmp(p, name.data, len) == 0;
}


static ngx_uint_t
ngx_http_s3o_skip(u_char **p, u_char *end, const char *text)
{
    size_t  len;

    len = ngx_strlen(text);

    if ((size_t) (end - *p) < len || ngx_memcmp(*p, text, len) != 0) {
        return 0;
    }

    *p += len;

    return 1;
}

#endif
